#pragma once
// A source of BigQuery with outputs "job0", "job1" ... and a BigQuery of our own making that it asks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "exporter/sources/bigquery.h"
#include "tests/fakes/fake_http.h"
#include "tests/fakes/scratch.h"

namespace batchslo::bigquery {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::SizeIs;

inline const TimePoint kNow = *ParseRfc3339("2026-03-01T10:00:00Z");
inline TimePoint At(const std::string& clock) { return *ParseRfc3339("2026-03-01T" + clock + "Z"); }
inline std::string Milli(TimePoint time) { return std::to_string(time.time_since_epoch().count() / 1000); }
inline std::string Micro(TimePoint time) { return std::to_string(time.time_since_epoch().count()); }

class BigQueryTest : public testing::Test {
 protected:
  BigQueryTest() {
    config_.name = "dwh";
    config_.kind = "bigquery";
    for (const auto& [key, value] : {std::pair("project", "p"), std::pair("endpoint", "https://bq")})
      config_.options.Set(key, std::string(value));
    config_.options.Set("maximum_bytes_billed", std::int64_t{100'000'000});
    config_.options.Set("metadata_only", false);
    std::ofstream(scratch_.File("user"))
        << R"({"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r","token_uri":"https://token"})";
    config_.options.Set("credentials", SecretRef{scratch_.File("user"), ""});
    http_.answer = [this](const HttpRequest& request) { return Answer(request); };
  }

  // The server.
  FakeHttp::Answer Answer(const HttpRequest& request) {
    if (request.url == "https://token")
      return {token_status_, json{{"access_token", "token-" + std::to_string(++tokens_)}, {"expires_in", 3600}}.dump()};
    std::string path = request.url.substr(request.url.find("/projects/"));
    path = path.substr(0, path.find('?'));
    asked_.push_back(request.method + " " + path);
    const auto bearer = std::find_if(request.headers.begin(), request.headers.end(),
                                     [](const auto& header) { return header.first == "Authorization"; });
    if (bearer->second == refused_bearer_) return Refusal(401, "authError", "Invalid Credentials");
    if (!failures_.empty()) {
      const auto failure = failures_.front();
      failures_.erase(failures_.begin());
      return failure;
    }
    if (path == "/projects/p/datasets") return {200, "{}"};
    if (request.method == "POST") return AnswerQuery(json::parse(request.body));
    if (path.starts_with("/projects/p/queries/")) return {200, results_.dump()};
    const auto table = tables_.find(path.substr(path.rfind('/') + 1));
    if (table == tables_.end())
      return Refusal(404, "notFound", "Not found: Table p:d." + path.substr(path.rfind('/') + 1));
    return {200, table->second.dump()};
  }
  FakeHttp::Answer AnswerQuery(const json& body) {
    queries_.push_back(body);
    if (body.value("dryRun", false))
      return {200, json{{"jobComplete", true},
                        {"totalBytesProcessed", std::to_string(dry_bytes_)},
                        {"statementType", statement_}}
                       .dump()};
    return {200, (body["query"].get<std::string>().find("PARTITIONS") != std::string::npos ? Partitions()
                  : results_first_.is_null()                                               ? results_
                                                                                           : results_first_)
                     .dump()};
  }
  json Partitions() const {
    json rows = json::array();
    for (const auto& [table, id, count, moved] : partitions_) {
      rows.push_back({{"f",
                       {{{"v", table}},
                        {{"v", id.empty() ? json() : json(id)}},
                        {{"v", std::to_string(count)}},
                        {{"v", "10"}},
                        {{"v", Micro(moved)}}}}});
    }
    return Rows({"table_name", "id", "row_count", "size_bytes", "moved"},
                {"STRING", "STRING", "INTEGER", "INTEGER", "TIMESTAMP"}, rows);
  }
  static json Rows(const std::vector<std::string>& names, const std::vector<std::string>& types, const json& rows) {
    json fields = json::array();
    for (std::size_t i = 0; i < names.size(); ++i) fields.push_back({{"name", names[i]}, {"type", types[i]}});
    return {{"jobComplete", true},
            {"schema", {{"fields", fields}}},
            {"rows", rows},
            {"totalRows", std::to_string(rows.size())},
            {"totalBytesProcessed", "100"},
            {"totalBytesBilled", "10485760"}};
  }
  static FakeHttp::Answer Refusal(long status, const std::string& reason, const std::string& message) {
    return {status,
            json{{"error",
                  {{"code", status}, {"message", message}, {"errors", {{{"reason", reason}, {"message", message}}}}}}}
                .dump()};
  }
  static json Table(TimePoint modified, std::int64_t rows) {
    return {{"type", "TABLE"},
            {"lastModifiedTime", Milli(modified)},
            {"numRows", std::to_string(rows)},
            {"numBytes", "70"},
            {"location", "EU"}};
  }

  SourceConfig::OutputTarget& Add(const std::string& key, const std::string& value, const std::string& zone = "UTC") {
    SourceConfig::OutputTarget target{"job" + std::to_string(config_.outputs.size()), "o", {}, {}, false};
    target.options.Set(key, value);
    target.options.Set("timezone", zone);
    config_.outputs.push_back(target);
    source_.reset();
    return config_.outputs.back();
  }
  PollResult Poll(milliseconds patience = milliseconds{30'000}) {
    if (!source_) {
      auto made = BigQueryKind().make(config_, Services());
      EXPECT_TRUE(made) << made.Message();
      source_ = std::make_unique<Source>(std::move(made).Value());
    }
    asked_.clear();
    queries_.clear();
    return source_->poll(clock_.Now(), std::chrono::steady_clock::now() + patience);
  }
  SourceServices Services() {
    return {http_,
            clock_,
            [](LogLevel, std::string_view) {},
            [](Report) -> Result<void> { return Error{"none"}; },
            [] { return Known{}; },
            [](const std::string&, const std::string&) -> Result<KubeAccess> { return Error{"none"}; }};
  }
  ObservationFact Look() {
    const PollResult result = Poll();
    EXPECT_EQ(result.error, "");
    EXPECT_THAT(result.facts, SizeIs(1));
    return result.facts.empty() ? ObservationFact{} : std::get<ObservationFact>(result.facts[0].what);
  }
  static double Extra(const PollResult& result, const std::string& metric, const std::string& label = "") {
    for (const auto& extra : result.extras) {
      if (extra.metric == metric && (label.empty() || extra.labels[0].second == label)) return extra.value;
    }
    return -1;
  }

  const Scratch scratch_;
  FakeClock clock_{kNow};
  FakeHttp http_{clock_};
  SourceConfig config_;
  std::unique_ptr<Source> source_;
  std::map<std::string, json> tables_;
  std::vector<std::tuple<std::string, std::string, int, TimePoint>> partitions_;
  json results_, results_first_;
  std::int64_t dry_bytes_ = 100;
  std::string statement_ = "SELECT", refused_bearer_;
  long token_status_ = 200;
  int tokens_ = 0;
  std::vector<std::string> asked_;
  std::vector<json> queries_;
  std::vector<FakeHttp::Answer> failures_;  // before all else
};

}  // namespace batchslo::bigquery
