// Sessions on a real SQLite file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "exporter/sql/database.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

class SqliteTest : public testing::Test {
 protected:
  DatabaseOptions Options(bool writes) const {
    DatabaseOptions options;
    options.url = "sqlite://" + scratch_.File("a.db");
    options.writes = writes;
    options.statement_timeout = std::chrono::milliseconds(300);
    return options;
  }
  std::unique_ptr<Session> Open(bool writes = true) const {
    auto opened = Session::Open(Options(writes));
    EXPECT_TRUE(opened.Ok());
    return std::move(opened).Value();
  }
  const Scratch scratch_;
};

TEST_F(SqliteTest, ValuesComeBackAsTheyWereBound) {
  const auto session = Open();
  ASSERT_TRUE(session->Execute({"CREATE TABLE t (a, b, c, d)", {}, 0}).Ok());
  const Statement insert{"INSERT INTO t VALUES (:a, :b, :c, :d)", {INT64_MIN, 0.5, "it's :x; \"é\"", std::monostate{}}, 0};
  for (int times = 0; times < 2; ++times) ASSERT_TRUE(session->Execute(insert).Ok());
  const auto rows = session->Query({"SELECT a, b, c, d FROM t", {}, 4});
  ASSERT_TRUE(rows.Ok());
  const SqlRow expected = {"-9223372036854775808", "0.5", "it's :x; \"é\"", std::nullopt};
  EXPECT_THAT(*rows, ElementsAre(expected, expected));
}

TEST_F(SqliteTest, ColumnsAreNamedWithoutRunningTheQuery) {
  const auto session = Open();
  const auto names = session->Columns("SELECT 1 AS Updated_At, x'00' AS \"b \"\"c\", NULL AS d LIMIT 0");
  ASSERT_TRUE(names.Ok());
  EXPECT_THAT(*names, ElementsAre(Field(&SqlColumn::name, "Updated_At"), Field(&SqlColumn::name, "b \"c"), Field(&SqlColumn::name, "d")));
  EXPECT_THAT(session->Columns("SELECT 'canary' FROM nowhere").Message(), AllOf(HasSubstr("no such table: nowhere"), Not(HasSubstr("canary"))));
  EXPECT_EQ(session->LastFault(), SqlFault::kMissing);
}

TEST_F(SqliteTest, AReadOnlySessionWritesNothing) {
  ASSERT_TRUE(Open()->Execute({"CREATE TABLE t (a)", {}, 0}).Ok());
  const auto session = Open(false);
  for (const char* sql : {"INSERT INTO t VALUES (1)", "DROP TABLE t", "CREATE TABLE u (a)"}) {
    EXPECT_FALSE(session->Execute({sql, {}, 0}).Ok()) << sql;
    EXPECT_EQ(session->LastFault(), SqlFault::kReadOnly) << sql;
  }
  EXPECT_EQ(session->Query({"SELECT count(*) FROM t", {}, 1})->at(0)[0], "0");
}

TEST_F(SqliteTest, AFileOfOthersHasUsComputeNoHugeValue) {
  ASSERT_TRUE(Open()->Execute({"CREATE VIEW v AS SELECT hex(zeroblob(20000000)) AS a", {}, 0}).Ok());
  EXPECT_THAT(Open(false)->Query({"SELECT a FROM v", {}, 1}).Message(), HasSubstr("too big"));
}

TEST_F(SqliteTest, ErrorsShowNeitherStatementNorValues) {
  const auto session = Open();
  ASSERT_TRUE(session->Execute({"CREATE TABLE t (a UNIQUE)", {}, 0}).Ok());
  const Statement insert{"INSERT INTO t VALUES (:a)", {"canary"}, 0};
  ASSERT_TRUE(session->Execute(insert).Ok());
  EXPECT_THAT(session->Execute(insert).Message(), AllOf(HasSubstr("UNIQUE"), Not(HasSubstr("canary")), Not(HasSubstr("INSERT"))));
  EXPECT_TRUE(session->Execute({"INSERT INTO t VALUES (:a)", {"other"}, 0}).Ok());
}

TEST_F(SqliteTest, AMissingFileIsNotMade) {
  SqlFault fault = SqlFault::kNone;
  EXPECT_FALSE(Session::Open(Options(false), &fault).Ok());
  EXPECT_EQ(fault, SqlFault::kConnect);
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.Path()));
}

TEST_F(SqliteTest, AFileThatWasReplacedOrMovedAwayIsReadNoMore) {
  const auto old = Open();
  ASSERT_TRUE(old->Execute({"CREATE TABLE t (a)", {}, 0}).Ok());
  const auto session = Open(false);
  ASSERT_TRUE(session->Query({"SELECT count(*) FROM t", {}, 1}).Ok());
  std::filesystem::rename(scratch_.File("a.db"), scratch_.File("b.db"));
  EXPECT_THAT(session->Query({"SELECT count(*) FROM t", {}, 1}).Message(), HasSubstr("its file was moved away or replaced"));
  EXPECT_EQ(session->LastFault(), SqlFault::kConnect) << "it is opened anew";
  EXPECT_TRUE(old->Query({"SELECT count(*) FROM t", {}, 1}).Ok()) << "what we write ourselves looks after its own file";
}

TEST_F(SqliteTest, WhereTooManyConnectionsHangOthersGoOn) {
  ASSERT_TRUE(Open()->Execute({"CREATE TABLE t (a)", {}, 0}).Ok());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto options = Options(false);
  options.hanging = std::make_shared<std::atomic<int>>(8);
  const auto refused = MakeDatabase(options)->Query({"SELECT count(*) FROM t", {}, 1}, deadline);
  ASSERT_TRUE(std::holds_alternative<Database::Failure>(refused));
  EXPECT_THAT(std::get<Database::Failure>(refused).error.message, HasSubstr("too many connections hang"));
  EXPECT_FALSE(std::holds_alternative<Database::Failure>(MakeDatabase(Options(false))->Query({"SELECT count(*) FROM t", {}, 1}, deadline)));
}

TEST_F(SqliteTest, ADatabaseCancelsAtTheDeadlineAndGoesOn) {
  ASSERT_TRUE(Open()->Execute({"CREATE TABLE t (a)", {}, 0}).Ok());
  const auto database = MakeDatabase(Options(false));
  const auto in = [](int milliseconds) { return std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds); };
  const auto slow = database->Query({"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n", {}, 1}, in(100));
  const auto* failure = std::get_if<Database::Failure>(&slow);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->fault, SqlFault::kTimeout);
  const auto next = database->Query({"SELECT count(*) FROM t", {}, 1}, in(20'000));
  ASSERT_TRUE(std::holds_alternative<std::vector<SqlRow>>(next));
}

}  // namespace
}  // namespace batchslo
