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
      {"Cannot establish connection to the database.\nconnection to server at \"localhost\" (::1), port 5432 failed: Connection refused\n"
       "\tIs the server running on that host and accepting TCP/IP connections?\n"
       "connection to server at \"localhost\" (127.0.0.1), port 5432 failed: FATAL:  password authentication failed for user \"slo\"\n",
       "password authentication failed for user \"slo\""},
      {"Cannot establish connection to the database.\nconnection to server at \"db\" (10.0.0.1), port 5432 failed: SSL error: certificate verify failed\n",
       "SSL error: certificate verify failed"},
      {"Cannot establish connection to the database.\ncould not translate host name \"db\" to address: Name or service not known\n",
       "could not translate host name \"db\" to address: Name or service not known"},
      {"Cannot establish connection to the database.\nroot certificate file \"/x\" does not exist\nEither provide the file\n", "root certificate file \"/x\" does not exist"},
  };
  for (const Row& row : kTable) EXPECT_EQ(ConnectionMessage(row.what), row.shown) << row.what;
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
