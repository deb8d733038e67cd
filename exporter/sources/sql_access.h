#pragma once

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>

#include "exporter/core/source.h"
#include "exporter/sql/database.h"

namespace batchslo {

// The database of a source; its password is read anew. Errors: there is none where it should be.
// `hanging` counts the connections of the source that were left behind; null: one of its own.
Result<std::unique_ptr<Database>> OpenSqlSource(const SourceConfig& config, std::shared_ptr<std::atomic<int>> hanging,
                                                std::stop_token stop);

// The column that tells when a table of the source moved.
const std::string& SqlTimeColumn(const SourceConfig& config, const Options& output);

// What to say of a column that is a text: the greatest of MySQL's texts follows their collation, not the time.
std::string TextIsNoTime(const std::string& table, const std::string& column);

}  // namespace batchslo
