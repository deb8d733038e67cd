#include "exporter/sql/fault.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

struct Row {
  const char *what, *shown;
};

TEST(PrimaryMessage, IsTheServersOwnWithoutStatementAndValues) {
  static constexpr Row kTable[] = {
      {"Cannot execute query. ERROR:  relation \"t\" does not exist\nLINE 1: SELECT secret\n", "relation \"t\" does not exist"},
      {"Cannot execute query. Fatal error. FATAL:  terminating connection due to administrator command while executing \"SELECT :x\" with :x=\"secret\".",
       "terminating connection due to administrator command"},
      {"no such column: a while preparing \"SELECT 'secret'\"", "no such column: a"},
      {"", ""},
  };
  for (const Row& row : kTable) EXPECT_EQ(PrimaryMessage(row.what), row.shown) << row.what;
}

TEST(ConnectionMessage, IsOfTheAddressThatWasTriedLast) {
  static constexpr Row kTable[] = {
      {"connection to server at \"localhost\" (::1), port 5432 failed: Connection refused\n"
       "\tIs the server running on that host and accepting TCP/IP connections?\n"
       "connection to server at \"localhost\" (127.0.0.1), port 5432 failed: FATAL:  password authentication failed for user \"slo\"\n",
       "password authentication failed for user \"slo\""},
      {"connection to server at \"db\" (10.0.0.1), port 5432 failed: SSL error: certificate verify failed\n",
       "SSL error: certificate verify failed"},
      {"could not translate host name \"db\" to address: Name or service not known\n",
       "could not translate host name \"db\" to address: Name or service not known"},
      {"root certificate file \"/x\" does not exist\nEither provide the file\n", "root certificate file \"/x\" does not exist"},
  };
  for (const Row& row : kTable) EXPECT_EQ(ConnectionMessage(row.what), row.shown) << row.what;
}

TEST(WithoutPassword, HidesEachUnlessItIsNoMoreThanASyllable) {
  EXPECT_EQ(WithoutPassword("no user a-b: a-b-c-d, a-b-c-d", "a-b-c-d"), "no user a-b: <secret>, <secret>");
  EXPECT_EQ(WithoutPassword("a text", "tex"), "a text");
  EXPECT_EQ(WithoutPassword("a text", ""), "a text");
}

struct MysqlRow {
  unsigned code;
  SqlFault fault;
  const char *text, *shown;
};

TEST(Mysql, ErrorsAreSortedAndShowNoPieceOfAStatement) {
  using enum SqlFault;
  static constexpr MysqlRow kTable[] = {
      {1045, kAuth, "Access denied for user 'slo'@'10.0.0.1' (using password: YES)", "Access denied for user 'slo'@'10.0.0.1' (using password: YES)"},
      {5010, kAuth, "Authentication plugin 'x' couldn't be found in restricted_auth plugin list.",
       "the server wants a way to log in that is safe only where it is verified; write sslmode=verify-full, or name its socket; sslmode=disable encrypts at least "
       "the password of caching_sha2_password"},
      {1820, kAuth, "You must reset your password using ALTER USER statement before executing this statement.",
       "You must reset your password using ALTER USER statement before executing this statement."},
      {1142, kDenied, "SELECT command denied to user 'slo'@'h' for table `d`.`t`", "SELECT command denied to user 'slo'@'h' for table `d`.`t`"},
      {1146, kMissing, "Table 'd.t' doesn't exist", "Table 'd.t' doesn't exist"},
      {1969, kTimeout, "Query execution was interrupted (max_statement_time exceeded)", "Query execution was interrupted (max_statement_time exceeded)"},
      {3024, kTimeout, "Query execution was interrupted, maximum statement execution time exceeded",
       "Query execution was interrupted, maximum statement execution time exceeded"},
      {2013, kConnect, "Lost connection to server during query", "Lost connection to server during query"},
      {2027, kConnect, "Malformed packet", "Malformed packet"},
      {4031, kConnect, "The client was disconnected by the server because of inactivity.", "The client was disconnected by the server because of inactivity."},
      {3000, kOther, "", ""},
      {1205, kBusy, "Lock wait timeout exceeded; try restarting transaction", "Lock wait timeout exceeded; try restarting transaction"},
      {1792, kReadOnly, "Cannot execute statement in a READ ONLY transaction", "Cannot execute statement in a READ ONLY transaction"},
      {1064, kOther, "You have an error in your SQL syntax; check the manual for the right syntax to use near 'SELECT 'secret' line 7' at line 12",
       "a syntax error at line 12"},
      {1064, kOther, "... near 'SELECT 'secret line 7 secret", "a syntax error"},
      {1064, kOther, "", "a syntax error"},
      {1292, kOther, "Truncated incorrect DOUBLE value: 'it's secret' at row 1", "Truncated incorrect DOUBLE value: '...' at row 1"},
      {1292, kOther, "Truncated incorrect DOUBLE value: 'secret", "Truncated incorrect DOUBLE value: '...'"},
      {1305, kOther, "FUNCTION d.f does not exist", "FUNCTION d.f does not exist"},
  };
  for (const MysqlRow& row : kTable) {
    EXPECT_EQ(FaultOfMysql(row.code), row.fault) << row.code;
    EXPECT_EQ(MysqlMessage(row.code, row.text), row.shown) << row.text;
  }
}

TEST(FaultOfSqlstate, GoesByTheClassWhereTheCodeIsNotKnown) {
  EXPECT_EQ(FaultOfSqlstate("57014"), SqlFault::kTimeout);
  EXPECT_EQ(FaultOfSqlstate("57P01"), SqlFault::kConnect);
  EXPECT_EQ(FaultOfSqlstate("42501"), SqlFault::kDenied);
  EXPECT_EQ(FaultOfSqlstate("42P01"), SqlFault::kMissing);
  EXPECT_EQ(FaultOfSqlstate("25006"), SqlFault::kReadOnly);
  EXPECT_EQ(FaultOfSqlstate("53300"), SqlFault::kBusy);
  EXPECT_EQ(FaultOfSqlstate("28P01"), SqlFault::kAuth);
  EXPECT_EQ(FaultOfSqlstate("22012"), SqlFault::kOther);
}

}  // namespace
}  // namespace batchslo
