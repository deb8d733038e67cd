// Tested by tests/cli/check_sources_test.py; with a fake that Google's description checks by tests/peers/google.
#include "exporter/sources/bigquery_inquiry.h"

#include <map>
#include <nlohmann/json.hpp>

#include "exporter/sources/bigquery_find.h"
#include "exporter/sources/bigquery_look.h"
#include "exporter/sources/sql_question.h"

namespace batchslo {
namespace {

using Found = CheckRow::Found;
using Kind = BigQueryFault::Kind;

class BigQueryCheck {
 public:
  explicit BigQueryCheck(const Inquiry& inquiry)
      : inquiry_(inquiry), settings_(BigQuerySettingsOf(inquiry.config)),
        api_(settings_, BigQueryCredentialsOf(inquiry.config), inquiry.services.http, inquiry.services.clock, {}) {}

  std::vector<CheckRow> Run() {
    rows_ = {LogIn()};
    if (rows_.front().found != Found::kGood) return rows_;
    if (inquiry_.config.outputs.empty()) CheckProject();
    for (const auto& output : inquiry_.config.outputs) output.options.Has("query") ? CheckQuery(output) : CheckTable(output);
    for (const auto& [dataset, tables] : to_ask_) CheckPartitions(dataset.first, dataset.second, tables);
    return rows_;
  }

 private:
  std::string GrantOnProject(const std::string& role) const {
    return "gcloud projects add-iam-policy-binding " + settings_.billing_project + " --member " + api_.Member() + " --role " + role;
  }
  std::string GrantOnDataset(const std::string& project, const std::string& dataset, const std::string& role) const {
    return "bq query --project_id " + project + " --nouse_legacy_sql 'GRANT `" + role + "` ON SCHEMA `" + project + "`." + dataset + " TO \"" + api_.Member() + "\"'";
  }

  CheckRow LogIn() {
    CheckRow row{Found::kGood, "get a token from Google", "everything", "", ""};
    const auto fault = api_.SignIn(inquiry_.deadline);
    if (!fault) return row;
    row.found = Found::kFailed;
    row.message = fault->message;
    if (!BigQueryCredentialsOf(inquiry_.config)) row.remedy = "gcloud auth application-default login    # or name a file: credentials: {file: ...}";
    return row;
  }

  static void Failed(CheckRow& row, const BigQueryFault& fault) {
    row.found = Found::kFailed;
    row.message = fault.message;
  }

  void CheckProject() {
    CheckRow row{Found::kGood, "be let into project " + settings_.billing_project, "everything", "", ""};
    const auto answer = api_.Ping(inquiry_.deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&answer)) Failed(row, *fault);
    rows_.push_back(std::move(row));
  }

  void CheckTable(const SourceConfig::OutputTarget& output) {
    BigQueryName name = BigQueryNameOf(inquiry_.config, output.options);
    CheckRow row{Found::kGood, "look at " + output.options.String("table"), "output " + output.output + " of " + output.job, "", ""};
    const std::string& zone_name = output.options.String("timezone");
    const auto zone = Zone::Find(zone_name.empty() ? "UTC" : zone_name);
    DateParts date;
    const auto answer = FindBigQueryTable(api_, name, date, DatePartsOf(inquiry_.services.clock.Now(), zone ? *zone : Zone{}), inquiry_.deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&answer)) {
      Failed(row, *fault);
      if (fault->kind == Kind::kAbsent) {
        row.found = Found::kUnknown;
        row.message = "it is not there: it never moved; is its name right?";
      }
      if (fault->kind == Kind::kDenied) row.remedy = GrantOnDataset(name.project, name.dataset, "roles/bigquery.metadataViewer");
      return rows_.push_back(std::move(row));
    }
    const auto& table = std::get<BigQueryTable>(answer);
    row.message = UnfitTable(table.type, "it");
    if (!row.message.empty()) row.found = Found::kFailed;
    if (row.message.empty() && name.table_fields > 0) row.message = "the newest is " + name.table;
    if (table.type == "TABLE" && !inquiry_.config.options.Bool("metadata_only"))
      to_ask_[{name.project, name.dataset}].push_back({{name.table, !name.partition.empty()}, table.location});
    rows_.push_back(std::move(row));
  }

  void CheckQuery(const SourceConfig::OutputTarget& output) {
    const std::string what = "the query of " + output.job + "/" + output.output;
    CheckRow row{Found::kGood, "dry-run " + what, "output " + output.output + " of " + output.job, "", ""};
    const auto plan = api_.Plan(TrimQuery(output.options.String("query")), "", what, inquiry_.deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&plan)) {
      Failed(row, *fault);
      if (fault->kind == Kind::kDenied) row.remedy = GrantToQuery(*fault);
    } else {
      row.message = "it would read " + std::to_string(std::get<BigQueryRows>(plan).bytes_processed) + " bytes";
    }
    rows_.push_back(std::move(row));
  }

  std::string GrantToQuery(const BigQueryFault& fault) const {
    const bool is_of_data = fault.message.find("jobs.create") == std::string::npos;
    return is_of_data ? GrantOnDataset(inquiry_.config.options.String("project"), "DATASET", "roles/bigquery.dataViewer")
                      : GrantOnProject("roles/bigquery.jobUser");
  }

  struct ToAsk {
    BigQueryWanted wanted;
    std::string location;
  };

  void CheckPartitions(const std::string& project, const std::string& dataset, const std::vector<ToAsk>& tables) {
    CheckRow row{Found::kGood, "dry-run the query of partitions of " + dataset, "telling a change of data from one of the schema; partitions", "", ""};
    std::vector<BigQueryWanted> wanted;
    for (const ToAsk& one : tables) wanted.push_back(one.wanted);
    const auto plan = api_.Plan(PartitionsQuery(project, dataset, wanted), tables.front().location, "the partitions of dataset " + dataset, inquiry_.deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&plan)) {
      Failed(row, *fault);
      if (fault->kind == Kind::kDenied)
        row.remedy = GrantOnProject("roles/bigquery.jobUser") + "\n# or never query: metadata_only: true";
    }
    rows_.push_back(std::move(row));
  }

  const Inquiry& inquiry_;
  const BigQueryApi::Settings settings_;
  BigQueryApi api_;
  std::vector<CheckRow> rows_;
  std::map<std::pair<std::string, std::string>, std::vector<ToAsk>> to_ask_;  // by project and dataset
};

}  // namespace

std::vector<CheckRow> CheckBigQuery(const Inquiry& inquiry) { return BigQueryCheck(inquiry).Run(); }

}  // namespace batchslo
