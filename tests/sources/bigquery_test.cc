// Tests exporter/sources/bigquery.cc and bigquery_api.cc on a BigQuery of our own making; tests/peers/bigquery has
// others'.
#include "tests/sources/bigquery_case.h"

namespace batchslo::bigquery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(BigQueryTest, ATableIsAskedForFreeAndWhenItChangedByOneQuery) {
  Add("table", "d.items");
  tables_["items"] = Table(At("09:00:00"), 42);
  partitions_ = {{"items", "", 42, At("08:00:00")}};
  const auto look = Look();
  EXPECT_EQ(look.job, "job0");
  EXPECT_EQ(look.updated, At("08:00:00"));
  EXPECT_EQ(look.rows, 42);
  EXPECT_EQ(look.bytes, 70);
  EXPECT_THAT(asked_, ElementsAre("GET /projects/p/datasets/d/tables/items", "POST /projects/p/queries",
                                  "POST /projects/p/queries"));
  EXPECT_EQ(queries_[0]["location"], "EU");
  Look();
  EXPECT_THAT(asked_, ElementsAre("GET /projects/p/datasets/d/tables/items"));
}

TEST_F(BigQueryTest, AChangeOfTheSchemaAloneIsNoMove) {
  Add("table", "d.items");
  tables_["items"] = Table(At("09:00:00"), 42);
  partitions_ = {{"items", "", 42, At("08:00:00")}};
  EXPECT_EQ(Look().updated, At("08:00:00"));
  tables_["items"] = Table(At("09:30:00"), 42);
  EXPECT_EQ(Look().updated, At("08:00:00"));
  EXPECT_THAT(queries_, SizeIs(2)) << "it changed: asked";
  tables_["items"] = Table(At("09:40:00"), 43);
  partitions_ = {{"items", "", 43, At("09:40:00")}};
  EXPECT_EQ(Look().updated, At("09:40:00"));
}

TEST_F(BigQueryTest, AChangeThatPartitionsDoNotTellOfIsAskedForAgainForAWhile) {
  for (const char* table : {"d.items", "d.items$%Y%m%d"}) {
    config_.outputs.clear();
    Add("table", table);
    tables_["items"] = Table(kNow - minutes{14}, 42);
    partitions_ = {{"items", "20260301", 42, At("08:00:00")}};
    EXPECT_EQ(Look().updated, At("08:00:00"));
    partitions_ = {{"items", "20260301", 43, kNow - minutes{14} - seconds{59}}};
    EXPECT_EQ(Look().updated, kNow - minutes{14} - seconds{59}) << "it was behind";
    EXPECT_THAT(queries_, SizeIs(2));
    Look();
    EXPECT_THAT(queries_, IsEmpty()) << "it tells of the change";
  }
}

TEST_F(BigQueryTest, ByMetadataAloneNothingIsQueried) {
  config_.options.Set("metadata_only", true);
  Add("table", "d.items");
  tables_["items"] = Table(At("09:00:00"), 42);
  EXPECT_EQ(Look().updated, At("09:00:00"));
  EXPECT_THAT(asked_, SizeIs(1));
}

TEST_F(BigQueryTest, ManyTablesOfADatasetAreOneQuery) {
  for (const char* table : {"d.a", "d.b", "d.c$%Y%m%d", "e.a"}) Add("table", table);
  for (const char* table : {"a", "b", "c"}) tables_[table] = Table(At("09:00:00"), 1);
  partitions_ = {{"a", "", 1, At("08:01:00")},
                 {"b", "", 1, At("08:02:00")},
                 {"c", "20260301", 3, At("08:03:00")},
                 {"c", "20260228", 9, At("08:04:00")}};
  const auto result = Poll();
  EXPECT_THAT(result.facts, SizeIs(4));
  EXPECT_THAT(queries_, SizeIs(4)) << "two datasets, each dry and wet";
  const auto partition = std::get<ObservationFact>(result.facts[2].what);
  EXPECT_EQ(partition.job, "job2");
  EXPECT_EQ(partition.updated, At("08:03:00"));
  EXPECT_EQ(partition.rows, 3);
  EXPECT_EQ(partition.bytes, 10);
  EXPECT_EQ(partition.partition, "2026-03-01");
}

TEST_F(BigQueryTest, TheNewestPartitionIsAskedAgainWhenTheDayChanges) {
  Add("table", "d.t$%Y%m%d", "Asia/Tokyo");
  tables_["t"] = Table(At("09:00:00"), 9);
  partitions_ = {{"t", "20260301", 1, At("08:00:00")}, {"t", "20260302", 2, At("09:00:00")}};
  EXPECT_EQ(Look().partition, "2026-03-01");
  clock_.Advance(hours{5});  // past midnight in Tokyo
  const auto look = Look();
  EXPECT_EQ(look.partition, "2026-03-02");
  EXPECT_EQ(look.updated, At("09:00:00"));
}

TEST_F(BigQueryTest, APartitionThatIsNotThereHasNotMoved) {
  Add("table", "d.t$%Y%m%d");
  tables_["t"] = Table(At("09:00:00"), 9);
  partitions_ = {{"t", "__NULL__", 9, At("08:00:00")}};
  const auto look = Look();
  EXPECT_EQ(look.updated, std::nullopt);
  EXPECT_EQ(look.rows, 0);
}

TEST_F(BigQueryTest, OfTablesOfDatesTheNewestThatIsThereCounts) {
  Add("table", "d.events_%Y%m%d", "Asia/Tokyo");
  tables_["events_20260227"] = Table(At("09:00:00"), 7);
  partitions_ = {{"events_20260227", "", 7, At("08:59:00")}};
  const auto look = Look();
  EXPECT_EQ(look.updated, At("08:59:00"));
  EXPECT_EQ(look.partition, "2026-02-27");
  EXPECT_EQ(look.rows, 7);
  EXPECT_EQ(asked_[0], "GET /projects/p/datasets/d/tables/events_20260301");
  EXPECT_EQ(asked_[2], "GET /projects/p/datasets/d/tables/events_20260227");
}

TEST_F(BigQueryTest, ATableThatIsNotThereHasNotMovedButADatasetThatIsNotThereIsAnError) {
  Add("table", "d.items");
  EXPECT_EQ(Look().updated, std::nullopt);
  failures_ = {Refusal(404, "notFound", "Not found: Dataset p:d")};
  const auto result = Poll();
  EXPECT_THAT(result.facts, IsEmpty());
  EXPECT_THAT(result.error, HasSubstr("Not found: Dataset p:d"));
  EXPECT_EQ(result.reason, "reply");
}

TEST_F(BigQueryTest, WhatHasNoTimeOfItsDataIsAnError) {
  struct Row {
    json table;
    const char* error;
  };
  json bare = Table(At("09:00:00"), 1);
  bare.erase("lastModifiedTime");
  for (const Row& row :
       {Row{{{"type", "VIEW"}, {"lastModifiedTime", Milli(At("09:00:00"))}},
            "is a view, whose time is that of its definition; write a query"},
        Row{{{"type", "EXTERNAL"}, {"lastModifiedTime", Milli(At("09:00:00"))}}, "lies outside of BigQuery"},
        Row{bare, "does not say when it was modified"},
        Row{Table(At("09:00:00"), 1), "has rows, but INFORMATION_SCHEMA.PARTITIONS does not show it"}}) {
    config_.outputs.clear();
    Add("table", "d.t");
    tables_["t"] = row.table;
    const auto result = Poll();
    EXPECT_THAT(result.error, HasSubstr(row.error));
    EXPECT_THAT(result.facts, IsEmpty());
  }
}

TEST_F(BigQueryTest, AMaterializedViewAndASnapshotHaveTimesOfTheirOwn) {
  Add("table", "d.t");
  tables_["t"] = {{"type", "MATERIALIZED_VIEW"},
                  {"lastModifiedTime", "1"},
                  {"materializedView", {{"lastRefreshTime", Milli(At("09:10:00"))}}},
                  {"numRows", "5"}};
  EXPECT_EQ(Look().updated, At("09:10:00"));
  tables_["t"] = {{"type", "SNAPSHOT"}, {"lastModifiedTime", "1"}, {"creationTime", Milli(At("09:20:00"))}};
  EXPECT_EQ(Look().updated, At("09:20:00"));
}

TEST_F(BigQueryTest, StreamedRowsCountWhenTheyAreSeenToCome) {
  Add("table", "d.t");
  tables_["t"] = Table(At("09:00:00"), 5);
  partitions_ = {{"t", "", 5, At("09:00:00")}};
  EXPECT_EQ(Look().updated, At("09:00:00"));
  clock_.Advance(minutes{1});
  tables_["t"]["streamingBuffer"] = {{"estimatedRows", "2"}, {"oldestEntryTime", Milli(At("10:00:30"))}};
  const auto look = Look();
  EXPECT_EQ(look.updated, At("10:01:00"));
  EXPECT_EQ(look.rows, 7);
  source_.reset();
  EXPECT_THAT(Poll().error, HasSubstr("streaming buffer")) << "at the first look";
}

TEST_F(BigQueryTest, AQueryRunsDryFirstAndWithinItsLimit) {
  Add("query", "SELECT max(t) AS updated_at, count(*) AS rows, COUNTIF(x IS NULL) AS null_x FROM d.v ;");
  results_ = Rows({"updated_at", "rows", "null_x"}, {"TIMESTAMP", "INTEGER", "INTEGER"},
                  json::array({{{"f", {{{"v", Micro(At("09:00:00"))}}, {{"v", "42"}}, {{"v", "1"}}}}}}));
  const auto result = Poll();
  ASSERT_THAT(result.facts, SizeIs(1)) << result.error;
  const auto& look = std::get<ObservationFact>(result.facts[0].what);
  EXPECT_EQ(look.updated, At("09:00:00"));
  EXPECT_EQ(look.rows, 42);
  EXPECT_EQ(look.values.at("null.x"), 1);
  ASSERT_THAT(queries_, SizeIs(2));
  EXPECT_EQ(queries_[0]["dryRun"], true);
  EXPECT_FALSE(queries_[1].contains("dryRun"));
  for (const json& query : queries_) {
    EXPECT_EQ(query["query"], "SELECT max(t) AS updated_at, count(*) AS rows, COUNTIF(x IS NULL) AS null_x FROM d.v");
    EXPECT_EQ(query["useLegacySql"], false);
    EXPECT_EQ(query["maximumBytesBilled"], "100000000");
    EXPECT_EQ(query["formatOptions"]["useInt64Timestamp"], true);
  }
  EXPECT_EQ(Extra(result, "batchslo_bigquery_billed_bytes_total"), 10485760);
  EXPECT_EQ(Extra(result, "batchslo_bigquery_queries_total", "billed"), 1);
  results_["cacheHit"] = true;
  results_["totalBytesBilled"] = "0";
  const auto again = Poll();
  EXPECT_EQ(Extra(again, "batchslo_bigquery_billed_bytes_total"), 10485760);
  EXPECT_EQ(Extra(again, "batchslo_bigquery_queries_total", "cached"), 1);
}

TEST_F(BigQueryTest, AQueryThatWouldCostTooMuchOrThatWritesIsNotRun) {
  Add("query", "SELECT max(t) AS updated_at FROM d.v");
  dry_bytes_ = 100'000'001;
  const auto result = Poll();
  EXPECT_THAT(result.error, HasSubstr("it would read 101 MB, more than maximum_bytes_billed allows (100 MB)"));
  EXPECT_THAT(queries_, SizeIs(1));
  EXPECT_EQ(Extra(result, "batchslo_bigquery_queries_total", "refused"), 1);
  dry_bytes_ = 1;
  statement_ = "SCRIPT";
  EXPECT_THAT(Poll().error, HasSubstr("it is no SELECT, but SCRIPT"));
  EXPECT_THAT(queries_, SizeIs(1));
}

TEST_F(BigQueryTest, AQueryThatTakesLongIsWaitedForInItsPlace) {
  Add("query", "SELECT 1 AS updated_at");
  results_first_ = {{"jobComplete", false}, {"jobReference", {{"jobId", "j 1"}, {"location", "asia-northeast1"}}}};
  results_ = Rows({"updated_at"}, {"TIMESTAMP"}, json::array({{{"f", {{{"v", Micro(At("09:00:00"))}}}}}}));
  std::string url;
  http_.answer = [&](const HttpRequest& request) { return url = request.url, Answer(request); };
  EXPECT_EQ(Look().updated, At("09:00:00"));
  EXPECT_THAT(url, HasSubstr("/queries/j%201?formatOptions.useInt64Timestamp=true"));
  EXPECT_THAT(url, HasSubstr("&location=asia-northeast1"));
  results_ = results_first_;
  const auto result = Poll(milliseconds{300});
  EXPECT_THAT(result.error, HasSubstr("did not end within its share of the timeout"));
  results_first_ = {{"jobComplete", false}};
  EXPECT_THAT(Poll().error, HasSubstr("neither an answer nor the job"));
}

TEST_F(BigQueryTest, OneThatMayNotBeReadDarkensOnlyItsOwnJob) {
  for (const char* table : {"d.a", "d.b"}) Add("table", table);
  tables_["a"] = tables_["b"] = Table(At("09:00:00"), 1);
  partitions_ = {{"b", "", 1, At("09:00:00")}};
  failures_ = {Refusal(403, "accessDenied", "Access Denied: Table p:d.a: Permission bigquery.tables.get denied")};
  const auto result = Poll();
  EXPECT_EQ(result.error, "");
  ASSERT_THAT(result.scopes, SizeIs(2));
  EXPECT_THAT(result.scopes[0].error, HasSubstr("grant roles/bigquery.metadataViewer"));
  EXPECT_FALSE(result.scopes[0].up);
  EXPECT_TRUE(result.scopes[1].up);
  EXPECT_THAT(result.facts, SizeIs(1));
}

TEST_F(BigQueryTest, WhoMayNotQueryIsToldWhatToDo) {
  Add("table", "d.a");
  tables_["a"] = Table(At("09:00:00"), 1);
  failures_ = {{200, tables_["a"].dump()},
               Refusal(403, "accessDenied", "User does not have bigquery.jobs.create permission in project p.")};
  const auto result = Poll();
  EXPECT_THAT(result.error,
              HasSubstr("grant roles/bigquery.jobUser on the project that pays for queries; or set metadata_only"));
  EXPECT_EQ(result.reason, "denied");
}

TEST_F(BigQueryTest, ARefusedTokenIsReplacedOnce) {
  Add("table", "d.a");
  tables_["a"] = Table(At("09:00:00"), 1);
  partitions_ = {{"a", "", 1, At("09:00:00")}};
  refused_bearer_ = "Bearer token-1";
  EXPECT_EQ(Look().updated, At("09:00:00"));
  EXPECT_EQ(tokens_, 2);
  failures_ = {Refusal(401, "authError", "Invalid Credentials"), Refusal(401, "authError", "Invalid Credentials")};
  const auto result = Poll();
  EXPECT_EQ(result.reason, "auth");
  EXPECT_THAT(asked_, SizeIs(2));
}

TEST_F(BigQueryTest, WithoutATokenNothingIsAsked) {
  for (const char* table : {"d.a", "d.b"}) Add("table", table);
  token_status_ = 400;
  const auto result = Poll();
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_EQ(result.reason, "auth");
  EXPECT_THAT(result.error, HasSubstr("no token"));
  EXPECT_THAT(result.scopes, SizeIs(2));
}

TEST_F(BigQueryTest, WhenTheQuotaIsUsedUpItIsLeftAloneForAWhile) {
  for (const char* table : {"d.a", "d.b"}) Add("table", table);
  tables_["a"] = tables_["b"] = Table(At("09:00:00"), 1);
  partitions_ = {{"a", "", 1, At("09:00:00")}, {"b", "", 1, At("09:00:00")}};
  const auto refusal = Refusal(403, "rateLimitExceeded", "Exceeded rate limits");
  failures_ = {refusal};
  const auto result = Poll();
  EXPECT_EQ(result.reason, "quota");
  EXPECT_THAT(result.error, HasSubstr("it is asked again in 30 s"));
  EXPECT_THAT(asked_, SizeIs(2)) << "both at once";
  clock_.Advance(seconds{29});
  Poll();
  EXPECT_THAT(asked_, IsEmpty());
  clock_.Advance(seconds{1});
  failures_ = {refusal};
  EXPECT_THAT(Poll().error, HasSubstr("in 60 s")) << "the second time twice as long";
  clock_.Advance(seconds{60});
  failures_ = {{429, "", {{"retry-after", "3600"}}}};
  EXPECT_THAT(Poll().error, HasSubstr("in 600 s")) << "no longer than that";
  clock_.Advance(seconds{600});
  EXPECT_EQ(Poll().error, "");
}

TEST_F(BigQueryTest, WhatPassesIsAskedAgain) {
  Add("table", "d.a");
  tables_["a"] = Table(At("09:00:00"), 1);
  partitions_ = {{"a", "", 1, At("09:00:00")}};
  failures_ = {{503, ""}, {500, ""}};
  EXPECT_EQ(Look().updated, At("09:00:00"));
  failures_ = {{503, ""}, {503, ""}, {503, ""}};
  const auto result = Poll();
  EXPECT_THAT(result.error, HasSubstr("503"));
  EXPECT_THAT(asked_, SizeIs(3));
}

TEST_F(BigQueryTest, WithoutOutputsItStillShowsWhetherItIsLetIn) {
  EXPECT_EQ(Poll().error, "");
  EXPECT_THAT(asked_, ElementsAre("GET /projects/p/datasets"));
  failures_ = {Refusal(403, "accessDenied", "no")};
  EXPECT_EQ(Poll().reason, "denied");
}

TEST_F(BigQueryTest, WhatMovedWhileItWasAskedCountsFromThen) {
  Add("table", "d.a");
  tables_["a"] = Table(At("10:00:01"), 1);
  partitions_ = {{"a", "", 1, At("10:00:01")}};
  http_.answer = [this](const HttpRequest& request) {
    clock_.Advance(seconds{1});
    return Answer(request);
  };
  const auto result = Poll();
  ASSERT_THAT(result.facts, SizeIs(1));
  EXPECT_EQ(result.facts[0].observed, At("10:00:01"));
}

TEST_F(BigQueryTest, NullsOfATableWantAQuery) {
  Add("table", "d.a").not_null = {"amount"};
  const auto made = BigQueryKind().make(config_, Services());
  ASSERT_FALSE(made);
  EXPECT_THAT(made.Message(), HasSubstr("COUNTIF(amount IS NULL) AS null_amount"));
}

TEST_F(BigQueryTest, WhatAnOutputAndASourceMayHold) {
  const SourceSpec spec = BigQueryKind().spec;
  const auto fault = [&](const std::vector<std::pair<std::string, std::string>>& keys, bool metadata_only = false) {
    Options output, source;
    for (const auto& [key, value] : keys) output.Set(key, value);
    source.Set("metadata_only", metadata_only);
    return spec.output_fault(output, source);
  };
  EXPECT_EQ(fault({{"table", "d.t"}}), "");
  EXPECT_EQ(fault({{"query", "SELECT 1"}}, true), "");
  EXPECT_THAT(fault({}), HasSubstr("either a table or a query"));
  EXPECT_THAT(fault({{"table", "d.t"}, {"query", "SELECT 1"}}), HasSubstr("either a table or a query"));
  EXPECT_THAT(fault({{"table", "d.t$%Y%m%d"}}, true), HasSubstr("metadata_only forbids"));
  const auto option = [](const std::vector<OptionSpec>& specs, std::string_view key) {
    return std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& one) { return one.key == key; });
  };
  const auto query_fault = option(spec.outputs, "query")->fault;
  EXPECT_EQ(query_fault("SELECT 1;"), "");
  EXPECT_THAT(query_fault("SELECT 1; DELETE FROM x"), HasSubstr("one statement"));
  EXPECT_THAT(query_fault("DELETE FROM x"), HasSubstr("must be a SELECT"));
  const auto endpoint_fault = option(spec.options, "endpoint")->fault;
  EXPECT_EQ(endpoint_fault("http://127.0.0.1:9050"), "");
  for (const char* url : {"http://bigquery.example", "https://bigquery.example/", "bigquery.example"})
    EXPECT_NE(endpoint_fault(url), "") << url;
}

}  // namespace
}  // namespace batchslo::bigquery
