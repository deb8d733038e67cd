// Tested by tests/sources/bigquery_test.cc.
#include "exporter/sources/bigquery_find.h"

namespace batchslo {
namespace {

constexpr int kMostBack = 48;  // tables of so many days, hours, months are looked for, from now on back

}  // namespace

BigQueryApi::Settings BigQuerySettingsOf(const SourceConfig& config) {
  const Options& options = config.options;
  const std::string& payer = options.String("billing_project");
  return {options.String("endpoint"), payer.empty() ? options.String("project") : payer, options.String("location"),
          options.Integer("maximum_bytes_billed")};
}

std::optional<SecretRef> BigQueryCredentialsOf(const SourceConfig& config) {
  const SecretRef* secret = config.options.Secret("credentials");
  return secret ? std::optional(*secret) : std::nullopt;
}

BigQueryName BigQueryNameOf(const SourceConfig& config, const Options& output) {
  BigQueryName name;
  if (output.Has("table")) name = ParseBigQueryName(output.String("table")).Value();
  if (name.project.empty()) name.project = config.options.String("project");
  return name;
}

BigQueryAnswer<BigQueryTable> FindBigQueryTable(BigQueryApi& api, BigQueryName& name, DateParts& date,
                                                const DateParts& today, Deadline deadline) {
  const std::string pattern = name.table;
  for (int back = 0;; ++back) {
    if (name.table_fields > 0) date = DateBefore(today, name.table_fields, back);
    name.table = FillDate(pattern, date);
    auto answer = api.Table(name.project, name.dataset, name.table, deadline);
    const auto* fault = std::get_if<BigQueryFault>(&answer);
    const bool is_absent = fault && fault->kind == BigQueryFault::Kind::kAbsent;
    if (!is_absent || name.table_fields == 0 || back == kMostBack) return answer;
  }
}

std::string UnfitTable(const std::string& type, const std::string& what) {
  if (type == "VIEW")
    return what + " is a view, whose time is that of its definition; write a query, or name the table below it";
  if (type == "EXTERNAL")
    return what + " lies outside of BigQuery, which does not know when it moved; write a query, or watch its files";
  return "";
}

}  // namespace batchslo
