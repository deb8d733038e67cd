// What a clock wrote that ran ahead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::ElementsAre;

// Our clock jumped from one to three, and is put right at half past one.
const ClockError kError{At("2026-03-01T03:00:00Z"), hours{2}};
const Span kUnseen{At("2026-03-01T01:29:55Z"), At("2026-03-01T01:30:00Z")};

TEST(PutRight, MovesWhatWasWrittenSince) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  Fact run = RunAt(At("2026-03-01T03:20:00Z"), "r", Outcome::kSucceeded);
  std::get<RunFact>(run.what).finished = At("2026-03-01T03:19:00Z");
  const Fact before = LookAt(At("2026-03-01T00:59:00Z"), 1), after = LookAt(At("2026-03-01T01:29:58Z"), 3);
  ASSERT_TRUE(ledger->Append({before, LookAt(At("2026-03-01T03:05:00Z"), 2), run}).Ok());
  ASSERT_TRUE(ledger->Append({after}).Ok());
  ASSERT_TRUE(ledger->PutRight(kError, kUnseen).Ok());
  Fact right = RunAt(At("2026-03-01T01:20:00Z"), "r", Outcome::kSucceeded);
  std::get<RunFact>(right.what).finished = At("2026-03-01T01:19:00Z");
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(before, LookAt(At("2026-03-01T01:05:00Z"), 2), right, after));
  ASSERT_TRUE(ledger->PutRight(kError, kUnseen).Ok());
  EXPECT_EQ(FactsOf(*ledger).size(), 4u);
  EXPECT_EQ(FactsOf(*ledger).front(), before);
}

// A jump of a minute that lasted for an hour: of what was written around the instant at which it was put right, the order
// tells which clock wrote it.
TEST(PutRight, WhatIsWrittenByTheRightClockStays) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const ClockError minute{At("2026-03-01T01:01:00Z"), minutes{1}};
  const Span unseen{At("2026-03-01T01:59:55Z"), At("2026-03-01T02:00:00Z")};
  const Fact after = LookAt(At("2026-03-01T01:59:58Z"), 3);
  ASSERT_TRUE(ledger->Append({LookAt(At("2026-03-01T01:30:00Z"), 1)}).Ok());
  ASSERT_TRUE(ledger->Append({LookAt(At("2026-03-01T01:59:59Z"), 2), LookAt(At("2026-03-01T02:00:55Z"), 4)}).Ok());
  ASSERT_TRUE(ledger->Append({after}).Ok());
  ASSERT_TRUE(ledger->PutRight(minute, unseen).Ok());
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(LookAt(At("2026-03-01T01:29:00Z"), 1), LookAt(At("2026-03-01T01:58:59Z"), 2), LookAt(At("2026-03-01T01:59:55Z"), 4), after));
}

TEST(PutRight, ViewsEndWhenTheyWereSeen) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  for (const char* at : {"2026-03-01T00:59:00Z", "2026-03-01T01:00:00Z", "2026-03-01T03:00:30Z", "2026-03-01T03:01:00Z", "2026-03-01T03:01:30Z"}) {
    ASSERT_TRUE(ledger->Append({ViewAt(At(at))}).Ok());
  }
  ASSERT_TRUE(ledger->PutRight(kError, kUnseen).Ok());
  std::vector<TimePoint> seen;
  for (const Fact& fact : FactsOf(*ledger)) seen.push_back(fact.observed);
  EXPECT_THAT(seen, ElementsAre(At("2026-03-01T00:59:00Z"), At("2026-03-01T01:00:00Z"), At("2026-03-01T01:00:30Z"), At("2026-03-01T01:01:30Z")));
}

}  // namespace
}  // namespace batchslo
