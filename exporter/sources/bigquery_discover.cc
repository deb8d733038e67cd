// Tested by tests/cli/discover_test.py; with a fake that Google's description checks by tests/peers/google.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "exporter/net/json.h"
#include "exporter/sources/bigquery_families.h"
#include "exporter/sources/bigquery_find.h"
#include "exporter/sources/bigquery_inquiry.h"

namespace batchslo {
namespace {

using nlohmann::json;

constexpr std::size_t kMostListed = 100'000;  // tables of one dataset

// All items of a list that comes in pages.
BigQueryAnswer<std::vector<json>> ListAll(BigQueryApi& api, const std::string& path, const char* items, const std::string& what, Deadline deadline) {
  std::vector<json> all;
  std::string token;
  do {
    const std::string page = path + "?maxResults=1000" + (token.empty() ? "" : "&pageToken=" + UrlEncode(token));
    auto answer = api.Get(page, what, deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&answer)) return *fault;
    const json& body = std::get<json>(answer);
    const json& list = JsonChild(body, items);
    if (list.is_array()) all.insert(all.end(), list.begin(), list.end());
    token = JsonText(body, "nextPageToken");
  } while (!token.empty() && all.size() < kMostListed);
  return all;
}

ListedTable ToTable(const json& item) {
  return {JsonText(JsonChild(item, "tableReference"), "tableId"), JsonText(item, "type"), JsonText(JsonChild(item, "timePartitioning"), "type")};
}

Discovery::Job JobOf(const TableFamily& family, const std::string& dataset, const std::string& source, bool may_query) {
  const std::string& name = family.table.name;
  const std::string fields = may_query && family.newest.empty() ? PartitionFields(family.table.partition) : "";
  const std::size_t date = name.find("%Y");
  std::string output = name.substr(0, date);
  while (date != std::string::npos && output.ends_with('_')) output.pop_back();
  if (output.empty()) output = "dates";
  Discovery::Job job;
  job.name = dataset + "/" + output;
  if (!family.newest.empty()) job.facts = std::to_string(family.tables) + (family.tables == 1 ? " table of a date, " : " tables, one a date, the newest ") + family.newest;
  if (family.newest.empty()) job.facts = family.table.type == "TABLE" ? "a table" : family.table.type;
  if (!fields.empty()) job.facts += ", partitioned by " + family.table.partition + ": the newest partition counts; without $" + fields + " the whole table";
  job.block = "{outputs: {" + YamlText(output) + ": {source: " + YamlText(source) + ", table: " +
              YamlText(dataset + "." + name + (fields.empty() ? "" : "$" + fields)) + "}}}";
  return job;
}

class BigQueryDiscovery {
 public:
  explicit BigQueryDiscovery(const Inquiry& inquiry)
      : inquiry_(inquiry), project_(inquiry.config.options.String("project")),
        api_(BigQuerySettingsOf(inquiry.config), BigQueryCredentialsOf(inquiry.config), inquiry.services.http, inquiry.services.clock, {}) {}

  Result<Discovery> Run() {
    const auto datasets = ListAll(api_, UrlEncode(project_) + "/datasets", "datasets", "the datasets of project " + project_, inquiry_.deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&datasets)) return Error{fault->message};
    for (const json& item : std::get<std::vector<json>>(datasets)) AddDataset(JsonText(JsonChild(item, "datasetReference"), "datasetId"));
    found_.summary = std::to_string(tables_) + " tables in " + std::to_string(std::get<std::vector<json>>(datasets).size()) + " datasets of project " + project_;
    found_.notes.insert(found_.notes.begin(), "A date is one of UTC: add timezone where it is another.");
    Finish(found_);
    return std::move(found_);
  }

 private:
  void AddDataset(const std::string& dataset) {
    const auto listed = ListAll(api_, UrlEncode(project_) + "/datasets/" + UrlEncode(dataset) + "/tables", "tables", "the tables of dataset " + dataset, inquiry_.deadline);
    if (const auto* fault = std::get_if<BigQueryFault>(&listed)) return found_.notes.push_back(fault->message);
    std::vector<ListedTable> tables;
    for (const json& item : std::get<std::vector<json>>(listed)) tables.push_back(ToTable(item));
    tables_ += tables.size();
    std::string views;
    for (const TableFamily& family : TableFamiliesOf(tables)) {
      const bool is_unfit = !UnfitTable(family.table.type, "").empty();
      if (is_unfit) {
        views += (views.empty() ? "" : ", ") + family.table.name;
      } else {
        found_.jobs.push_back(JobOf(family, dataset, inquiry_.config.name, !inquiry_.config.options.Bool("metadata_only")));
      }
    }
    constexpr std::size_t kMostText = 500;
    if (views.size() > kMostText) views = views.substr(0, kMostText) + " ...";
    if (!views.empty()) found_.notes.push_back("Views and external tables of " + dataset + " don't tell when their data moved, write queries: " + views);
  }

  const Inquiry& inquiry_;
  const std::string project_;
  BigQueryApi api_;
  Discovery found_;
  std::size_t tables_ = 0;
};

}  // namespace

Result<Discovery> DiscoverBigQuery(const Inquiry& inquiry) { return BigQueryDiscovery(inquiry).Run(); }

}  // namespace batchslo
