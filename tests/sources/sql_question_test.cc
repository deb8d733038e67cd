#include "exporter/sources/sql_question.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

using enum SqlDialect;

TEST(AskTable, AsksAllInOneStatement) {
  SourceConfig::OutputTarget target;
  EXPECT_EQ(AskTable("s.t", "at", target, kSqlite).sql, R"(SELECT CAST(max(t."at") AS TEXT) FROM "s"."t" AS t)");
  target.wants_rows = true;
  target.not_null = {"a.b", "c\"d"};
  const OutputQuestion question = AskTable("t", "at", target, kPostgresql);
  EXPECT_EQ(question.sql, R"(SELECT CAST(max(t."at") AS TEXT), count(*), count(*) - count(t."a.b"), count(*) - count(t."c""d"),)"
                          R"( (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM "t" AS t)");
  EXPECT_EQ(question.columns, 5u);
  EXPECT_TRUE(question.has_rows && question.has_clock);
}

TEST(AskTable, OfMysqlKeepsTheTypeOfTheTime) {
  SourceConfig::OutputTarget target;
  target.wants_rows = true;
  const OutputQuestion question = AskTable("s.t`", "at", target, kMysql);
  EXPECT_EQ(question.sql, "SELECT max(t.`at`), count(*), CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED) FROM `s`.`t``` AS t");
  EXPECT_TRUE(question.has_clock);
  EXPECT_EQ(question.columns, 3u);
  EXPECT_EQ(DescribeTime("s.t", "a.b", kMysql), "SELECT t.`a.b` FROM `s`.`t` AS t");
}

TEST(AskQuery, TakesTheColumnsThatItKnowsByTheirOwnNames) {
  const auto question = AskQuery("SELECT 1", {{"Updated_At"}, {"other"}, {"null.Amount"}, {"ROWS"}}, kSqlite);
  ASSERT_TRUE(question.Ok());
  EXPECT_EQ(question->sql, "SELECT CAST(q.\"Updated_At\" AS TEXT), q.\"ROWS\", q.\"null.Amount\" FROM (SELECT 1\n) AS q LIMIT 2");
  EXPECT_EQ(question->nulls, std::vector<std::string>{"Amount"});
  EXPECT_EQ(question->columns, 3u);
}

TEST(AskQuery, RefusesATimeThatIsAText) { EXPECT_FALSE(AskQuery("SELECT 1", {{"updated_at", true}}, kSqlite).Ok()); }

TEST(AskQuery, WantsATime) { EXPECT_FALSE(AskQuery("SELECT 1", {{"rows"}}, kSqlite).Ok()); }

struct Row {
  const char* sql;
  bool one;
};

TEST(IsOneStatement, KnowsQuotesAndComments) {
  static constexpr Row kTable[] = {
      {"SELECT 1", true},          {"SELECT 1;", true},         {"SELECT 1 ; \n;", true},     {"SELECT 1; SELECT 2", false},
      {"SELECT ';'; x", false},    {"SELECT ';' || 'x'", true}, {"SELECT \";x\" FROM t", true}, {"SELECT 'it''s; x'", true},
      {"SELECT 1 -- ; x\n", true}, {"SELECT 1 -- a\n; x", false}, {"SELECT /* ; x */ 1", true}, {"SELECT /* ; */ 1; x", false},
      {"SELECT 'open; x", true}, {"SELECT `a;b` FROM t", true}, {"SELECT `a`; x", false},   {"", false},                {" ;; ", false},
  };
  for (const Row& row : kTable) EXPECT_EQ(IsOneStatement(row.sql), row.one) << row.sql;
}

TEST(TrimQuery, DropsWhatFollowsTheStatement) {
  EXPECT_EQ(TrimQuery("SELECT 1 ;\n ; "), "SELECT 1");
  EXPECT_EQ(TrimQuery(" ; "), "");
}

}  // namespace
}  // namespace batchslo
