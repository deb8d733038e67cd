#include "exporter/store/tallies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

StoredTally TallyOf(const std::string& job, std::uint64_t rule, TimePoint until, const std::string& days) {
  return {job, "by", SharedValue(Tally{rule, until, 30, 2, 1, *DayCounts::Read(days)})};
}

std::vector<std::string> TextsOf(Ledger& ledger) {
  const auto tallies = ledger.Tallies();
  std::vector<std::string> texts;
  if (!tallies) return {tallies.Message()};
  for (const auto& [job, objective, tally] : *tallies) {
    texts.push_back(job + " " + objective + " " + std::to_string(tally->rule) + " " + FormatRfc3339(tally->until) + " " + std::to_string(tally->windows) + " " +
                    std::to_string(tally->missed) + " " + std::to_string(tally->unknown) + " " + tally->days.Text());
  }
  return texts;
}

std::string Ask(const Scratch& scratch, const std::string& sql, bool writes = false) {
  DatabaseOptions options;
  options.url = "sqlite://" + scratch.File();
  options.writes = writes;
  const auto session = std::move(Session::Open(options)).Value();
  if (writes) return session->Execute({sql, {}, 0}).Ok() ? "done" : "failed";
  const auto rows = session->Query({sql, {}, 1});
  return rows ? rows->at(0)[0].value_or("NULL") : rows.Message();
}

TEST(Tallies, ComeBackAfterARestartAsTheyStoodLast) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const std::uint64_t high = UINT64_MAX - 1;  // more than SQLite's integers hold
  ASSERT_TRUE(ledger->KeepTallies({TallyOf("a", high, kStart, ""), TallyOf("a", 5, kStart, "100x1:1/0/0/0"), TallyOf("b", 5, kStart, "")}).Ok());
  for (int times = 0; times < 2; ++times) ASSERT_TRUE(ledger->KeepTallies({TallyOf("a", high, kStart + hours{1}, "100x3:1/0/0/0")}).Ok());
  ledger.reset();
  EXPECT_THAT(TextsOf(*OpenAt(scratch.File())),
              testing::UnorderedElementsAre("a by 18446744073709551614 2026-03-01T01:00:00Z 30 2 1 100x3:1/0/0/0", "a by 5 2026-03-01T00:00:00Z 30 2 1 100x1:1/0/0/0",
                                            "b by 5 2026-03-01T00:00:00Z 30 2 1 "));
  EXPECT_EQ(Ask(scratch, "SELECT until - since FROM tallies WHERE job = 'a' AND rule < 0"), "3600000000");
}

TEST(Tallies, AJobThatIsForgottenTakesItsOwnAlong) {
  const Scratch scratch;
  const auto ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger->KeepTallies({TallyOf("a", 1, kStart, ""), TallyOf("b", 1, kStart, "")}).Ok());
  ASSERT_TRUE(ledger->Forget({"a"}).Ok());
  EXPECT_THAT(TextsOf(*ledger), ElementsAre("b by 1 2026-03-01T00:00:00Z 30 2 1 "));
}

TEST(Tallies, OfAnotherDefinitionGoAfterAHundredDays) {
  const Scratch scratch;
  const auto ledger = OpenAt(scratch.File());
  const StoredTally old = TallyOf("a", 1, kStart, ""), newer = TallyOf("a", 2, kStart + hours{1}, ""), yearly = TallyOf("b", 1, kStart - days{300}, "");
  ASSERT_TRUE(ledger->KeepTallies({old, newer, yearly}).Ok());
  ASSERT_TRUE(ledger->Prune(kStart + days{100}).Ok());
  EXPECT_EQ(TextsOf(*ledger).size(), 3u);
  ASSERT_TRUE(ledger->Prune(kStart + days{100} + Duration{1}).Ok());
  EXPECT_THAT(TextsOf(*ledger), testing::UnorderedElementsAre("a by 2 2026-03-01T01:00:00Z 30 2 1 ", "b by 1 2025-05-05T00:00:00Z 30 2 1 "));
}

TEST(Tallies, WhereTheDaysAreDamagedTheTotalsStillCome) {
  const Scratch scratch;
  ASSERT_TRUE(OpenAt(scratch.File())->KeepTallies({TallyOf("a", 1, kStart, "100x1:1/0/0/0")}).Ok());
  ASSERT_EQ(Ask(scratch, "UPDATE tallies SET days = '100x'", true), "done");
  EXPECT_THAT(TextsOf(*OpenAt(scratch.File())), ElementsAre("a by 1 2026-03-01T00:00:00Z 30 2 1 "));
}

// As the first version of the tables was.
constexpr const char* kFirstVersion[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE jobs (id INTEGER PRIMARY KEY, source TEXT NOT NULL, job TEXT NOT NULL,"
    " completed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, last_success INTEGER)",
    "CREATE UNIQUE INDEX jobs_by_name ON jobs (job, source)",
    "CREATE TABLE facts (id INTEGER PRIMARY KEY, job INTEGER NOT NULL, kind INTEGER NOT NULL, key TEXT NOT NULL,"
    " observed INTEGER NOT NULL, mark INTEGER NOT NULL, success INTEGER, fields TEXT NOT NULL)",
    "CREATE INDEX facts_about ON facts (job, kind, key, observed)",
    "CREATE INDEX facts_by_time ON facts (observed)",
    "CREATE TABLE spans (id INTEGER PRIMARY KEY, source TEXT NOT NULL, scope TEXT NOT NULL,"
    " begins INTEGER NOT NULL, ends INTEGER NOT NULL, bound INTEGER NOT NULL)",
    "CREATE INDEX spans_of ON spans (source, scope, ends)",
    "CREATE TABLE memory (job TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    "INSERT INTO meta VALUES ('schema', 1)",
    "INSERT INTO jobs (source, job, completed, failed) VALUES ('s', 'j', 7, 2)",
    "INSERT INTO memory VALUES ('j', 'kept')",
};

TEST(Tallies, AFileOfTheFirstVersionKeepsWhatIsInItAndTakesThem) {
  const Scratch scratch;
  for (const char* statement : kFirstVersion) ASSERT_EQ(Ask(scratch, statement, true), "done") << statement;
  EXPECT_THAT(ReadLedger(scratch.File(), [](const Fact&) {}).Message(), testing::HasSubstr("earlier version"));
  const auto ledger = OpenAt(scratch.File());
  ASSERT_NE(ledger, nullptr);
  EXPECT_EQ(ledger->Notice(), "");
  EXPECT_THAT(TextsOf(*ledger), IsEmpty());
  ASSERT_TRUE(ledger->KeepTallies({TallyOf("j", 1, kStart, "")}).Ok());
  EXPECT_EQ(TextsOf(*ledger).size(), 1u);
  EXPECT_EQ(ledger->Totals()->at(0).completed, 7u);
  EXPECT_EQ(ledger->Recall()->at(0).text, "kept");
  EXPECT_EQ(Ask(scratch, "SELECT value FROM meta WHERE key = 'schema'"), "4");
}

}  // namespace
}  // namespace batchslo
