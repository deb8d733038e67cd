// Tests exporter/sources/bigquery_reply.cc.
#include "exporter/sources/bigquery_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace batchslo {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using Kind = BigQueryFault::Kind;

HttpReply Reply(long status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}
HttpReply Refusal(long status, const std::string& reason, const std::string& message) {
  return Reply(status, json{{"error",
                             {{"code", status},
                              {"message", message},
                              {"errors", {{{"domain", "global"}, {"reason", reason}, {"message", message}}}}}}}
                           .dump());
}

TEST(BigQueryReply, ARefusalSaysWhatItIsAndWhichRightIsMissing) {
  struct Row {
    HttpReply reply;
    Kind kind;
    const char* message;
  };
  const Row rows[] = {
      {Refusal(404, "notFound", "Not found: Table p:d.t"), Kind::kAbsent,
       "table d.t: BigQuery answers 404 notFound: Not found: Table p:d.t"},
      {Refusal(404, "notFound", "Not found: Dataset p:d"), Kind::kReply,
       "are its project, its name and the location right?"},
      {Refusal(404, "notFound", "Not found: Project p"), Kind::kReply, "Not found: Project p"},
      {Reply(404, "<html>Not found: Table</html>"), Kind::kReply, "BigQuery answers 404"},
      {Refusal(401, "authError", "Invalid Credentials"), Kind::kAuth, "401 authError"},
      {Refusal(
           403, "accessDenied",
           "Access Denied: Table p:d.t: Permission bigquery.tables.get denied on table p:d.t (or it may not exist)."),
       Kind::kDenied, "grant roles/bigquery.metadataViewer on the dataset"},
      {Refusal(403, "accessDenied", "User does not have permission bigquery.tables.getData"), Kind::kDenied,
       "grant roles/bigquery.dataViewer on the dataset"},
      {Refusal(403, "accessDenied",
               "Access Denied: Project p: User does not have bigquery.jobs.create permission in project p."),
       Kind::kDenied, "grant roles/bigquery.jobUser on the project"},
      {Refusal(403, "accessDenied", "No"), Kind::kDenied, "grant roles/bigquery.metadataViewer"},
      {Refusal(403, "accessNotConfigured", "BigQuery API has not been used"), Kind::kDenied,
       "gcloud services enable bigquery.googleapis.com"},
      {Refusal(403, "rateLimitExceeded", "Exceeded rate limits"), Kind::kQuota,
       "403 rateLimitExceeded: Exceeded rate limits"},
      {Refusal(403, "quotaExceeded", "Quota exceeded"), Kind::kQuota, "quotaExceeded"},
      {Reply(429, ""), Kind::kQuota, "429"},
      {Refusal(400, "bytesBilledLimitExceeded", "Query exceeded limit for bytes billed"), Kind::kReply,
       "raise maximum_bytes_billed"},
      {Refusal(400, "invalidQuery", "Syntax error\nat\x1b[31m"), Kind::kReply, "Syntax error at [31m"},
      {Reply(503, ""), Kind::kReply, "503"},
      {Reply(200, "<html>login</html>"), Kind::kReply, "no JSON"},
      {Reply(200, ""), Kind::kReply, "no JSON"},
      {Reply(200, "[]"), Kind::kReply, "no JSON"},
      {Reply(200, std::string(100'000, '[')), Kind::kReply, "no JSON"},
      {Reply(400, R"({"error":{"errors":[{"reason":7}],"message":[]}})"), Kind::kReply, "BigQuery answers 400"},
      {Reply(400, R"({"error":"x"})"), Kind::kReply, "BigQuery answers 400"},
  };
  for (const Row& row : rows) {
    const auto answer = ReadBigQueryReply(row.reply, "table d.t");
    const auto* fault = std::get_if<BigQueryFault>(&answer);
    ASSERT_NE(fault, nullptr) << row.message;
    EXPECT_EQ(fault->kind, row.kind) << fault->message;
    EXPECT_THAT(fault->message, HasSubstr(row.message));
    EXPECT_EQ(fault->message.find_first_of("\n\x1b"), std::string::npos);
  }
}

TEST(BigQueryReply, ATablesMetadata) {
  const auto table = ParseBigQueryTable(json::parse(
      R"({"type":"TABLE","creationTime":"1714521600000","lastModifiedTime":"1714521600123","numRows":"42","numBytes":"7","location":"EU",
    "streamingBuffer":{"estimatedRows":"3","estimatedBytes":"1","oldestEntryTime":"1714521600001"}})"));
  EXPECT_EQ(table.type, "TABLE");
  EXPECT_EQ(table.modified, *ParseRfc3339("2024-05-01T00:00:00.123Z"));
  EXPECT_EQ(table.created, *ParseRfc3339("2024-05-01T00:00:00Z"));
  EXPECT_EQ(table.rows, 42);
  EXPECT_EQ(table.bytes, 7);
  EXPECT_EQ(table.location, "EU");
  ASSERT_TRUE(table.buffer);
  EXPECT_EQ(table.buffer->rows, 3);
  EXPECT_EQ(table.buffer->oldest, *ParseRfc3339("2024-05-01T00:00:00.001Z"));
  const auto view = ParseBigQueryTable(json::parse(
      R"({"type":"MATERIALIZED_VIEW","materializedView":{"query":"x","lastRefreshTime":"1714521600000"}})"));
  EXPECT_EQ(view.refreshed, *ParseRfc3339("2024-05-01T00:00:00Z"));
}

TEST(BigQueryReply, WhatATableDoesNotSayIsNotMadeUp) {
  for (const char* body : {"{}", R"({"lastModifiedTime":null,"numRows":1.5,"streamingBuffer":[]})",
                           R"({"lastModifiedTime":"soon","numRows":"many"})", R"({"lastModifiedTime":"0"})",
                           R"({"lastModifiedTime":"-1"})", R"({"lastModifiedTime":"9223372036854775807"})"}) {
    const auto table = ParseBigQueryTable(json::parse(body));
    EXPECT_FALSE(table.modified) << body;
    EXPECT_FALSE(table.rows) << body;
    EXPECT_FALSE(table.buffer) << body;
  }
}

TEST(BigQueryReply, TheRowsOfAQuery) {
  const auto rows = ParseBigQueryRows(json::parse(
      R"({"jobComplete":true,"jobReference":{"projectId":"p","jobId":"j","location":"EU"},"cacheHit":false,"totalBytesProcessed":"100",
    "totalBytesBilled":"10485760","statementType":"SELECT","schema":{"fields":[{"name":"a","type":"TIMESTAMP"},{"name":"b","type":"INTEGER"},{"name":"c","type":"RECORD"}]},
    "rows":[{"f":[{"v":"1"},{"v":null},{"v":{"f":[]}}]},{"f":[{"v":"2"}]},{}],"totalRows":"7"})"));
  EXPECT_TRUE(rows.is_complete);
  EXPECT_FALSE(rows.is_cached);
  EXPECT_EQ(rows.job + " " + rows.location + " " + rows.statement, "j EU SELECT");
  EXPECT_EQ(rows.bytes_billed, 10485760);
  EXPECT_EQ(rows.bytes_processed, 100);
  EXPECT_EQ(rows.total, 7u);
  ASSERT_EQ(rows.rows.size(), 3u);
  EXPECT_EQ(rows.rows[0], (std::vector<std::optional<std::string>>{"1", std::nullopt, std::nullopt}));
  EXPECT_EQ(rows.rows[1], (std::vector<std::optional<std::string>>{"2", std::nullopt, std::nullopt}));
  EXPECT_EQ(rows.rows[2].size(), 3u);
  EXPECT_FALSE(ParseBigQueryRows(json::parse(R"({"jobComplete":"yes","rows":{},"schema":[]})")).is_complete);
  EXPECT_EQ(ParseBigQueryRows(json::parse(R"({"cacheHit":true,"totalBytesProcessed":"9"})")).bytes_billed, 0);
}

TEST(BigQueryReply, ManyColumnsTimesManyRowsAreNotFilledIn) {
  std::string columns = "{}", rows = "{}";
  for (int i = 1; i < 20'000; ++i) columns += ",{}", rows += ",{}";
  const auto parsed = ParseBigQueryRows(json::parse(R"({"schema":{"fields":[)" + columns + R"(]},"rows":[)" + rows + R"(],"totalRows":"1"})"));
  EXPECT_EQ(parsed.rows.size(), 50u);
  EXPECT_EQ(parsed.total, 20'000u);  // more than there are: whoever needs all of them says so
}

TEST(BigQueryReply, ATimeOfEachSpelling) {
  const TimePoint at = *ParseRfc3339("2024-05-01T00:00:00Z");
  for (const char* cell : {"1714521600000000", "1714521600", "1714521600.0", "1.7145216E9"})
    EXPECT_EQ(ParseBigQueryTime(cell), at) << cell;
  EXPECT_EQ(ParseBigQueryTime("1714521600.5"), at + std::chrono::milliseconds{500});
  EXPECT_EQ(ParseBigQueryTime("1714521600123456"), at + microseconds{123456});
  for (const char* cell : {"", "x", "-1", "nan", "1e99", "99999999999999999999", "1714521600 "})
    EXPECT_EQ(ParseBigQueryTime(cell), std::nullopt) << cell;
}

}  // namespace
}  // namespace batchslo
