#include "exporter/store/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Ledger, WhatIsAppendedComesBackAfterARestart) {
  const Scratch scratch;
  const std::vector<Fact> facts = {
      {"s", kStart, JobFact{"j", false, "ns", "0 8 * * *", "UTC", "kubernetes", false, {{{"within", "30m"}}}}},
      {"s", kStart, ViewFact{"ns", true, {}}},
      {"s", kStart, ViewFact{{}, true, kStart - hours{24}}},
      RunAt(kStart + seconds{1}, "r", Outcome::kRunning),
      {"s", kStart + seconds{2}, ObservationFact{"j", "o", kStart, 5, 6, "p", {{"null.a", 0.5}}}},
      {"s", kStart + seconds{3}, LastSuccessFact{"j", {}}},
      {"s", kStart + seconds{4}, GoneFact{"j"}},
      {"s", kStart + seconds{5}, DownFact{"timeout"}},
  };
  auto ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger->Append(facts).Ok());
  ledger.reset();
  std::vector<Fact> expected = facts;
  expected.insert(expected.begin() + 1, {"s", kStart, ViewFact{{}, true, {}}});  // the view with `since` is a look, too
  EXPECT_THAT(FactsOf(*OpenAt(scratch.File())), testing::UnorderedElementsAreArray(expected));
}

TEST(Ledger, FactsComeByTimeAndAtOneInstantJobsFirst) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact run = RunAt(kStart, "r", Outcome::kRunning), view = ViewAt(kStart), job = {"s", kStart, JobFact{"j", {}, {}, {}, {}, {}, true, {}}};
  const Fact earlier = RunAt(kStart - seconds{1}, "r", Outcome::kRunning);
  ASSERT_TRUE(ledger->Append({run, view, job}).Ok());
  ASSERT_TRUE(ledger->Append({earlier}).Ok());
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(earlier, job, view, run));
}

TEST(Ledger, ManyFactsOfOneInstantAndManyPagesAreAllVisited) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  Report report;
  for (int i = 0; i < 9000; ++i) report.push_back(RunAt(kStart + seconds{i / 5000}, std::to_string(i), Outcome::kRunning));
  ASSERT_TRUE(ledger->Append(report).Ok());
  const auto facts = FactsOf(*ledger);
  EXPECT_EQ(facts.size(), report.size());
  EXPECT_TRUE(std::is_sorted(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) { return a.observed < b.observed; }));
}

TEST(Ledger, OfDownTheNewestOfEachSourceIsKept) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact newest{"s", kStart + seconds{9}, DownFact{"timeout"}}, other{"t", kStart, DownFact{"auth"}};
  ASSERT_TRUE(ledger->Append({{"s", kStart, DownFact{"auth"}}, newest, {"s", kStart + seconds{5}, DownFact{"reply"}}, other}).Ok());
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(other, newest));
}

struct Counted {
  const char* name;
  std::vector<Fact> facts;
  std::uint64_t completed, failed;
};

TEST(Ledger, ARunCountsOnceWhenItIsFirstSeenCompleted) {
  const auto run = [](int second, Outcome outcome, const char* id = "r") { return RunAt(kStart + seconds{second}, id, outcome); };
  const std::vector<Counted> table = {
      {"running", {run(0, Outcome::kRunning)}, 0, 0},
      {"cancelled and skipped", {run(0, Outcome::kCancelled), run(1, Outcome::kSkipped, "r2")}, 0, 0},
      {"succeeded", {run(0, Outcome::kRunning), run(1, Outcome::kSucceeded)}, 1, 0},
      {"failed", {run(0, Outcome::kFailed)}, 1, 1},
      {"said twice", {run(0, Outcome::kFailed), run(0, Outcome::kFailed), run(7, Outcome::kFailed)}, 1, 1},
      {"failed, then run again", {run(0, Outcome::kFailed), run(7, Outcome::kRunning), run(9, Outcome::kSucceeded)}, 1, 1},
      {"two runs", {run(0, Outcome::kFailed), run(0, Outcome::kSucceeded, "r2")}, 2, 1},
  };
  for (const Counted& row : table) {
    SCOPED_TRACE(row.name);
    const Scratch scratch;
    for (const Fact& fact : row.facts) ASSERT_TRUE(OpenAt(scratch.File())->Append({fact}).Ok());
    const auto totals = OpenAt(scratch.File())->Totals();
    ASSERT_TRUE(totals.Ok());
    ASSERT_EQ(totals->size(), row.completed == 0 ? 0u : 1u);
    if (totals->empty()) continue;
    EXPECT_EQ(totals->front().job, "j");
    EXPECT_EQ(totals->front().completed, row.completed);
    EXPECT_EQ(totals->front().failed, row.failed);
  }
}

TEST(Ledger, MemoryOutlivesARestart) {
  const Scratch scratch;
  OpenAt(scratch.File())->Remember({{"a", "one\n\ttwo"}, {"b", ""}}).Ok();
  OpenAt(scratch.File())->Remember({{"b", "three"}}).Ok();
  const auto memories = OpenAt(scratch.File())->Recall();
  ASSERT_TRUE(memories.Ok());
  ASSERT_EQ(memories->size(), 2u);
  EXPECT_EQ((*memories)[0].text, "one\n\ttwo");
  EXPECT_EQ((*memories)[1].text, "three");
}

TEST(Ledger, AForgottenJobLeavesNothingAndTheOthersStay) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact stays = RunAt(kStart, "r", Outcome::kSucceeded, "other");
  ASSERT_TRUE(ledger->Append({RunAt(kStart, "r", Outcome::kSucceeded), {"dwh", kStart, ObservationFact{"j", "o", {}, {}, {}, {}, {}}}, stays}).Ok());
  ASSERT_TRUE(ledger->Remember({{"j", "x"}, {"other", "y"}}).Ok());
  ASSERT_TRUE(ledger->Forget({"j", "never seen"}).Ok());
  EXPECT_THAT(FactsOf(*ledger), ElementsAre(stays));
  EXPECT_EQ(ledger->Totals()->size(), 1u);
  EXPECT_EQ(ledger->Recall()->size(), 1u);
}

TEST(Ledger, ANameWithNulIsRefusedAndSpoilsNothing) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Fact bad = RunAt(kStart, std::string("r\0s", 3), Outcome::kRunning), good = RunAt(kStart, "r", Outcome::kRunning);
  EXPECT_FALSE(ledger->Append({good, bad}).Ok());
  EXPECT_THAT(FactsOf(*ledger), IsEmpty());
  EXPECT_TRUE(ledger->State().up);
  EXPECT_TRUE(ledger->Append({good}).Ok());
}

TEST(Ledger, ThreadsThatWaitTogetherAllGetTheirs) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  std::vector<std::jthread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) EXPECT_TRUE(ledger->Append({RunAt(kStart, std::to_string(t) + "." + std::to_string(i), Outcome::kSucceeded)}).Ok());
    });
  }
  threads.clear();
  EXPECT_EQ(FactsOf(*ledger).size(), 400u);
  EXPECT_EQ(ledger->Totals()->front().completed, 400u);
  EXPECT_GT(ledger->State().size_bytes, 0u);
}

TEST(Ledger, MoreThanCanWaitIsRefused) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  RunFact large;
  large.job = "j";
  large.excerpt = std::string(5 << 20, 'x');
  std::atomic<int> stored = 0, refused = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 24; ++t) {
    threads.emplace_back([&, t, run = large]() mutable {
      run.run_id = std::to_string(t);
      const auto done = ledger->Append({{"s", kStart, run}});
      ++(done ? stored : refused);
      EXPECT_TRUE(done.Ok() || done.Message().find("overloaded") != std::string::npos);
    });
  }
  threads.clear();
  EXPECT_EQ(stored + refused, 24);
  EXPECT_GE(stored, 1);
  EXPECT_EQ(FactsOf(*ledger).size(), static_cast<std::size_t>(stored));
  EXPECT_TRUE(ledger->Append({RunAt(kStart, "after", Outcome::kRunning)}).Ok());
}

}  // namespace
}  // namespace batchslo
