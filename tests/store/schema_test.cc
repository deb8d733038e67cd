#include "exporter/store/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::HasSubstr;

const SchemaVersions kFirst = {{"CREATE TABLE t (a)", "INSERT INTO t VALUES ('kept')"}};
const SchemaVersions kSecond = {kFirst[0], {"ALTER TABLE t ADD COLUMN b DEFAULT 'new'"}};
const SchemaVersions kBroken = {kFirst[0], {"ALTER TABLE t ADD COLUMN b", "CREATE TABLE t (a)"}};

std::unique_ptr<Session> Open(const Scratch& scratch) {
  DatabaseOptions options;
  options.url = "sqlite://" + scratch.File();
  options.writes = true;
  return std::move(Session::Open(options)).Value();
}

std::string Ask(Session& session, const std::string& sql) {
  const auto rows = session.Query({sql, {}, 1});
  return rows ? rows->at(0)[0].value_or("NULL") : rows.Message();
}

TEST(Schema, AnOlderOneIsBroughtForwardAndKeepsWhatIsInIt) {
  const Scratch scratch;
  ASSERT_TRUE(MigrateTo(*Open(scratch), kFirst).Ok());
  const auto session = Open(scratch);
  for (int times = 0; times < 2; ++times) {
    ASSERT_TRUE(MigrateTo(*session, kSecond).Ok());
    EXPECT_EQ(Ask(*session, "SELECT a || ' ' || b FROM t"), "kept new");
    EXPECT_EQ(Ask(*session, "SELECT value FROM meta WHERE key = 'schema'"), "2");
  }
}

TEST(Schema, AStepThatFailsLeavesTheOlderOneWhole) {
  const Scratch scratch;
  const auto session = Open(scratch);
  ASSERT_TRUE(MigrateTo(*session, kFirst).Ok());
  EXPECT_FALSE(MigrateTo(*session, kBroken).Ok());
  EXPECT_EQ(Ask(*session, "SELECT value FROM meta WHERE key = 'schema'"), "1");
  EXPECT_EQ(Ask(*session, "SELECT count(*) FROM pragma_table_info('t')"), "1");
  EXPECT_TRUE(MigrateTo(*session, kSecond).Ok());
}

TEST(Schema, ADatabaseOfSomethingElseIsRefusedAndLeftAsItIs) {
  for (const char* theirs : {"CREATE TABLE orders (id)", "CREATE TABLE meta AS SELECT 'schema' AS key, 1 AS value"}) {
    const Scratch scratch;
    ASSERT_TRUE(Open(scratch)->Execute({theirs, {}, 0}).Ok());
    const auto opened = Ledger::Open(OptionsAt(scratch.File()));
    ASSERT_FALSE(opened.Ok()) << theirs;
    EXPECT_THAT(opened.Message(), HasSubstr("is a database of something else; name another file"));
    const auto session = Open(scratch);
    EXPECT_EQ(Ask(*session, "SELECT count(*) FROM sqlite_master"), "1");
    EXPECT_EQ(Ask(*session, "PRAGMA journal_mode"), "delete");
  }
}

TEST(Schema, ALaterOneIsRefused) {
  for (const char* version : {"99", "-1"}) {
    const Scratch scratch;
    OpenAt(scratch.File()).reset();
    ASSERT_TRUE(Open(scratch)->Execute({std::string("UPDATE meta SET value = ") + version + " WHERE key = 'schema'", {}, 0}).Ok());
    const auto opened = Ledger::Open(OptionsAt(scratch.File()));
    ASSERT_FALSE(opened.Ok());
    EXPECT_THAT(opened.Message(), HasSubstr("later version of batchslo_exporter (schema "));
    EXPECT_THAT(ReadLedger(scratch.File(), [](const Fact&) {}).Message(), HasSubstr("later version"));
  }
}

}  // namespace
}  // namespace batchslo
