#pragma once

#include "exporter/core/source.h"
#include "exporter/sources/bigquery_api.h"
#include "exporter/sources/bigquery_name.h"

namespace batchslo {

BigQueryApi::Settings BigQuerySettingsOf(const SourceConfig& config);
std::optional<SecretRef> BigQueryCredentialsOf(const SourceConfig& config);

// The table that an output names; of a query only the project.
BigQueryName BigQueryNameOf(const SourceConfig& config, const Options& output);

// The table of that name; of the tables of dates the newest one that is there, none after `today`, of 48 days, hours,
// months or years. Fills the date into `name.table` and `date`.
BigQueryAnswer<BigQueryTable> FindBigQueryTable(BigQueryApi& api, BigQueryName& name, DateParts& date,
                                                const DateParts& today, Deadline deadline);

// What is wrong with a table of this type, whose own time is not that of its data; "" if nothing. `what` names it.
std::string UnfitTable(const std::string& type, const std::string& what);

}  // namespace batchslo
