// The last good copies of registries: Ledger::KeepRegistry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/sql/database.h"
#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> CopiesOf(Ledger& ledger) {
  const auto copies = ledger.Registries();
  std::vector<std::string> texts;
  if (!copies) return {copies.Message()};
  for (const auto& [name, place, fetched, body] : *copies) texts.push_back(name + " " + std::to_string(place) + " " + FormatRfc3339(fetched) + " " + body);
  return texts;
}

TEST(Registries, ComeBackAfterARestartAsTheyWereKeptLast) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  EXPECT_THAT(CopiesOf(*ledger), IsEmpty());
  ASSERT_TRUE(ledger->KeepRegistry({"sheet", UINT64_MAX, kStart, "job\na\n"}).Ok());
  ASSERT_TRUE(ledger->KeepRegistry({"other", 1, kStart, "job\n\"x''y\"\n"}).Ok());
  ASSERT_TRUE(ledger->KeepRegistry({"sheet", UINT64_MAX, kStart + hours{1}, "job\nb\n"}).Ok());
  ledger.reset();
  EXPECT_THAT(CopiesOf(*OpenAt(scratch.File())), testing::UnorderedElementsAre("sheet 18446744073709551615 2026-03-01T01:00:00Z job\nb\n", "other 1 2026-03-01T00:00:00Z job\n\"x''y\"\n"));
}

TEST(Registries, ALargeOneIsKeptWhole) {
  const Scratch scratch;
  const std::string body(16u << 20, 'x');
  ASSERT_TRUE(OpenAt(scratch.File())->KeepRegistry({"sheet", 1, kStart, body}).Ok());
  EXPECT_EQ(OpenAt(scratch.File())->Registries()->at(0).body, body);
}

TEST(Registries, ANulIsKept) {
  const Scratch scratch;
  const std::string body("job\na\0b\n", 8);
  ASSERT_TRUE(OpenAt(scratch.File())->KeepRegistry({"sheet", 1, kStart, body}).Ok());
  EXPECT_EQ(OpenAt(scratch.File())->Registries()->at(0).body, body);
}

TEST(Registries, AnOlderLedgerGetsTheirTable) {
  const Scratch scratch;
  OpenAt(scratch.File()).reset();
  DatabaseOptions options;
  options.url = "sqlite://" + scratch.File();
  options.writes = true;
  {
    const auto session = std::move(Session::Open(options)).Value();
    for (const char* table : {"registries", "clocks"}) ASSERT_TRUE(session->Execute({std::string("DROP TABLE ") + table, {}, 0}).Ok());
    ASSERT_TRUE(session->Execute({"UPDATE meta SET value = 2 WHERE key = 'schema'", {}, 0}).Ok());
  }
  const auto ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger->KeepRegistry({"sheet", 1, kStart, "job\n"}).Ok());
  EXPECT_THAT(CopiesOf(*ledger), ElementsAre("sheet 1 2026-03-01T00:00:00Z job\n"));
}

}  // namespace
}  // namespace batchslo
