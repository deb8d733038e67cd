// The source on a real SQLite file; servers are in tests/peers/postgresql and mariadb.
#include "exporter/sources/sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "exporter/sql/database.h"
#include "tests/fakes/scratch.h"
#include "tests/sources/services.h"

namespace batchslo {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kNow = *ParseRfc3339("2026-03-02T00:00:00Z");

class SqlSourceTest : public testing::Test {
 protected:
  SqlSourceTest() {
    config_.name = "db";
    config_.kind = "sql";
    config_.timeout = seconds{2};
    config_.options.Set("url", "sqlite://" + File());
    config_.options.Set("updated_at", std::string("at"));
  }

  std::string File() const { return scratch_.File("a.db"); }

  void Do(const std::vector<std::string>& statements) const {
    DatabaseOptions options;
    options.url = "sqlite://" + File();
    options.writes = true;
    const auto session = std::move(Session::Open(options)).Value();
    for (const std::string& sql : statements) {
      const auto done = session->Execute({sql, {}, 0});
      ASSERT_TRUE(done.Ok()) << done.Message();
    }
  }

  SourceConfig::OutputTarget& Add(const std::string& job, const std::string& key, const std::string& value) {
    SourceConfig::OutputTarget target{job, "o", {}, {}, false};
    target.options.Set(key, value);
    config_.outputs.push_back(target);
    return config_.outputs.back();
  }

  PollResult Poll() {
    if (!source_) source_ = std::make_unique<Source>(std::move(SqlKind().make(config_, services_.Get())).Value());
    return source_->poll(kNow, std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(config_.timeout));
  }

  static ObservationFact Only(const PollResult& result) {
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.facts.size(), 1u);
    return result.facts.empty() ? ObservationFact{} : std::get<ObservationFact>(result.facts[0].what);
  }

  const Scratch scratch_;
  SourceConfig config_;
  NoServices services_;
  std::unique_ptr<Source> source_;
};

TEST_F(SqlSourceTest, TimeRowsAndNullsComeTogether) {
  Do({"CREATE TABLE t (at TEXT, n INTEGER)", "INSERT INTO t VALUES ('2026-03-01 09:00:00.5', 1), ('2026-03-01 08:00:00', NULL)"});
  auto& target = Add("a", "table", "t");
  target.wants_rows = true;
  target.not_null = {"n"};
  const ObservationFact fact = Only(Poll());
  EXPECT_EQ(fact.updated, *ParseRfc3339("2026-03-01T09:00:00.5Z"));
  EXPECT_EQ(fact.rows, 2);
  EXPECT_EQ(fact.values, (std::map<std::string, double>{{"null.n", 1}}));
}

TEST_F(SqlSourceTest, AnEmptyTableIsAnObservationWithoutATime) {
  Do({"CREATE TABLE t (at TEXT)"});
  Add("a", "table", "t").wants_rows = true;
  const PollResult result = Poll();
  EXPECT_EQ(Only(result).updated, std::nullopt);
  EXPECT_EQ(Only(result).rows, 0);
  EXPECT_TRUE(result.scopes.at(0).up);
}

TEST_F(SqlSourceTest, ViewsAndNamesOfAnyKindAreRead) {
  Do({"CREATE TABLE \"Ünï \"\"t\"\"; --\" (\"a.t\" INTEGER)", "INSERT INTO \"Ünï \"\"t\"\"; --\" VALUES (1772355600)",
      "CREATE VIEW v AS SELECT \"a.t\" AS at FROM \"Ünï \"\"t\"\"; --\""});
  Add("a", "table", "main.Ünï \"t\"; --").options.Set("updated_at", std::string("a.t"));
  Add("b", "table", "v");
  const PollResult result = Poll();
  ASSERT_EQ(result.facts.size(), 2u) << result.error;
  for (const Fact& fact : result.facts) EXPECT_EQ(std::get<ObservationFact>(fact.what).updated, *ParseRfc3339("2026-03-01T09:00:00Z"));
}

TEST_F(SqlSourceTest, AQueryTellsWhichPartitionItIsOf) {
  Do({"CREATE TABLE t (at TEXT, dt TEXT)", "INSERT INTO t VALUES ('2026-03-01 09:00:00', '2026-03-01'), ('2026-03-01 09:30:00', '2026-02-01')"});
  Add("a", "query", "SELECT max(at) AS updated_at, dt AS partition_id, count(*) AS rows, 0 AS \"null.n\" FROM t GROUP BY dt ORDER BY dt DESC LIMIT 1");
  const ObservationFact newest = Only(Poll());
  EXPECT_EQ(newest.updated, *ParseRfc3339("2026-03-01T09:00:00Z"));
  EXPECT_EQ(newest.partition, "2026-03-01");
  EXPECT_EQ(newest.rows, 1);
  EXPECT_EQ(newest.values, (std::map<std::string, double>{{"null.n", 0}}));
}

TEST_F(SqlSourceTest, APartitionThatIsNoDateIsNone) {
  Do({"CREATE TABLE t (at TEXT)"});
  Add("a", "query", "SELECT 1772355600 AS updated_at, 'eu' AS partition_id");
  EXPECT_EQ(Only(Poll()).partition, std::nullopt);
}

TEST_F(SqlSourceTest, HugeNumbersAreNotCut) {
  Do({"CREATE TABLE t (at TEXT)"});
  Add("a", "query", "SELECT 4102444800 AS updated_at, 9223372036854775807 AS \"rows\", 5000000000 AS \"null.x\";");
  const ObservationFact fact = Only(Poll());
  EXPECT_EQ(fact.updated, *ParseRfc3339("2100-01-01T00:00:00Z"));
  EXPECT_EQ(fact.rows, INT64_MAX);
  EXPECT_EQ(fact.values.at("null.x"), 5e9);
}

struct Refused {
  const char *key, *value, *error;
};

TEST_F(SqlSourceTest, WhatIsWrongIsToldAndBringsNoFact) {
  Do({"CREATE TABLE t (at TEXT)", "INSERT INTO t VALUES ('soon')"});
  static constexpr Refused kTable[] = {
      {"table", "t", "\"soon\" is no time"},
      {"table", "nowhere", "no such table: nowhere"},
      {"query", "SELECT 1 AS n", "no column updated_at"},
      {"query", "SELECT 1 AS updated_at WHERE 0", "no row"},
      {"query", "SELECT 0 AS updated_at UNION ALL SELECT 0", "more than one row"},
      {"query", "DELETE FROM t RETURNING at AS updated_at", "syntax error"},
      {"query", "SELECT 1) AS q; DELETE FROM t; --", ""},
      {"query", "SELECT 'canary' AS x, nonsense( AS updated_at", "syntax error"},
  };
  for (const Refused& row : kTable) {
    SCOPED_TRACE(row.value);
    config_.outputs.clear();
    source_.reset();
    Add("a", row.key, row.value);
    const PollResult result = Poll();
    EXPECT_THAT(result.error, HasSubstr(row.error));
    EXPECT_NE(result.error, "");
    EXPECT_EQ(result.error.find("canary"), std::string::npos);
    EXPECT_THAT(result.facts, IsEmpty());
  }
  config_.outputs.clear();
  source_.reset();
  Add("a", "query", "SELECT 0 AS updated_at, count(*) AS \"rows\" FROM t");
  EXPECT_EQ(Only(Poll()).rows, 1);  // nothing was deleted
}

TEST_F(SqlSourceTest, AnOutputThatFailsHarmsNoOther) {
  Do({"CREATE TABLE t (at TEXT)"});
  Add("a", "table", "nowhere");
  Add("b", "table", "t");
  const PollResult result = Poll();
  Only(result);
  EXPECT_FALSE(result.scopes.at(0).up);
  EXPECT_EQ(result.scopes[0].name, "a/o");
  EXPECT_TRUE(result.scopes.at(1).up);
}

TEST_F(SqlSourceTest, AFileThatIsNotThereIsAnErrorAndIsFoundWhenItComes) {
  Add("a", "table", "t");
  const PollResult away = Poll();
  EXPECT_THAT(away.error, HasSubstr("there is no such file"));
  EXPECT_EQ(away.reason, "connect");
  EXPECT_THAT(away.facts, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(File()));
  Do({"CREATE TABLE t (at TEXT)"});
  Only(Poll());
}

TEST_F(SqlSourceTest, WhatIsNoDatabaseIsAnError) {
  std::ofstream(File()) << std::string(4096, 'x');
  Add("a", "table", "t");
  EXPECT_THAT(Poll().error, HasSubstr("not a database"));
}

constexpr const char* kEndless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS updated_at FROM n";

TEST_F(SqlSourceTest, AnEndlessQueryIsCancelledAndTheNextOneStillAsked) {
  Do({"CREATE TABLE t (at TEXT)"});
  config_.timeout = std::chrono::milliseconds(400);
  Add("a", "query", kEndless);
  Add("b", "table", "t");
  const PollResult result = Poll();
  Only(result);
  EXPECT_FALSE(result.scopes.at(0).up);
  EXPECT_TRUE(result.scopes.at(1).up);
}

TEST_F(SqlSourceTest, StopEndsAPollThatIsUnderWay) {
  Do({"CREATE TABLE t (at TEXT)"});
  config_.timeout = hours{1};
  for (const char* job : {"a", "b", "c"}) Add(job, "query", kEndless);
  source_ = std::make_unique<Source>(std::move(SqlKind().make(config_, services_.Get())).Value());
  std::jthread stopper([this] { source_->stop(); });
  EXPECT_NE(Poll().error, "");
}

}  // namespace
}  // namespace batchslo
