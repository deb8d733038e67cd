#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/scratch.h"

namespace batchslo {
namespace {

const TimePoint kNow = kStart + days{200};
constexpr Duration kRetention = days{90};

Fact Sight(int day, bool paused = false) { return {"s", kStart + days{day}, JobFact{"j", false, {}, {}, {}, {}, paused, {}}}; }
Fact Gone(int day) { return {"s", kStart + days{day}, GoneFact{"j"}}; }
Fact RunOn(int day, const std::string& run, Outcome outcome) { return RunAt(kStart + days{day}, run, outcome); }
Fact LookOn(int day, std::int64_t rows) { return LookAt(kStart + days{day}, rows); }

struct Kept {
  const char* name;
  std::vector<Fact> facts;
  std::vector<std::size_t> stay;  // indices of them
};

// Day 200 is today, day 110 the edge of the retention.
const std::vector<Kept> kTable = {
    {"the newest sight of a job, however old", {Sight(0), Sight(1)}, {1}},
    {"within the retention all that differs", {Sight(150), Sight(151, true), Sight(152)}, {0, 1, 2}},
    {"of equal ones in a row the first and the newest", {Sight(150), Sight(151), Sight(152), Sight(153)}, {0, 3}},
    {"a sight that ended a time of being gone", {Sight(150), Gone(151), Sight(152), Sight(153)}, {0, 1, 2, 3}},
    {"the first that told that it is gone", {Gone(150), Sight(151), Gone(152), Gone(153)}, {0, 1, 2, 3}},
    {"not what was gone and came back long ago", {Sight(1), Gone(2), Sight(3), Sight(199)}, {3}},
    {"since when it is gone, however old", {Sight(1), Gone(2), Gone(199)}, {0, 1, 2}},
    {"the last success of a job", {RunOn(0, "a", Outcome::kSucceeded), RunOn(1, "b", Outcome::kSucceeded), RunOn(2, "c", Outcome::kFailed)}, {1}},
    {"a run that is still running", {RunOn(0, "a", Outcome::kRunning), RunOn(150, "b", Outcome::kSucceeded)}, {0, 1}},
    {"all sights of a run that was seen of late", {RunOn(109, "a", Outcome::kRunning), RunOn(111, "a", Outcome::kFailed)}, {0, 1}},
    {"at the edge what is younger", {LookOn(109, 1), LookOn(110, 2), LookOn(111, 3)}, {1, 2}},
    {"the newest look at an output", {LookOn(0, 1), LookOn(1, 2)}, {1}},
};

TEST(Retention, KeepsWhatAVerdictMayNeed) {
  for (const Kept& row : kTable) {
    SCOPED_TRACE(row.name);
    const Scratch scratch;
    auto options = OptionsAt(scratch.File());
    options.retention = kRetention;
    auto ledger = Ledger::Open(options);
    ASSERT_TRUE(ledger.Ok());
    ASSERT_TRUE((*ledger)->Append(row.facts).Ok());
    std::vector<Fact> expected;
    for (const std::size_t i : row.stay) expected.push_back(row.facts[i]);
    for (const char* pass : {"once", "again"}) {
      ASSERT_TRUE((*ledger)->Prune(kNow).Ok()) << pass;
      EXPECT_EQ(FactsOf(**ledger), expected) << pass;
    }
  }
}

TEST(Retention, ARunOfManySightsGoesInTheTimeOfAsManyRuns) {
  for (const TimePoint last_success : {kStart - days{1}, kStart + days{1}}) {
    const Scratch scratch;
    auto ledger = OpenAt(scratch.File());
    Report sights;
    for (int i = 0; i < 10'000; ++i) sights.push_back(RunAt(kStart + seconds{i}, "r", i % 2 == 0 ? Outcome::kFailed : Outcome::kCancelled));
    sights.push_back(RunAt(last_success, "last", Outcome::kSucceeded));
    ASSERT_TRUE(ledger->Append(sights).Ok());
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(ledger->Prune(kStart + days{200}).Ok());
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{5});  // it takes less than half of one
    EXPECT_EQ(FactsOf(*ledger).size(), 1u);
  }
}

TEST(Retention, AJobThatCameAndWentAllDayIsSettledInAMoment) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  Report facts;
  for (int i = 0; i < 10'000; ++i) {
    Fact fact = i % 2 == 0 ? Sight(0) : Gone(0);
    fact.observed += seconds{i};
    facts.push_back(fact);
  }
  ASSERT_TRUE(ledger->Append(facts).Ok());
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(ledger->Prune(kStart + days{1}).Ok());
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{5});  // it takes less than half of one
  EXPECT_EQ(FactsOf(*ledger), facts);
}

TEST(Retention, TotalsOnlyGrow) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const auto completed = [&] { return ledger->Totals()->front().completed; };
  for (int day = 0; day < 20; ++day) ASSERT_TRUE(ledger->Append({RunOn(day, std::to_string(day), Outcome::kFailed)}).Ok());
  ASSERT_TRUE(ledger->Prune(kNow).Ok());
  EXPECT_EQ(completed(), 20u);
  EXPECT_THAT(FactsOf(*ledger), testing::IsEmpty());
  ledger.reset();
  ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger->Append({RunOn(199, "new", Outcome::kSucceeded)}).Ok());
  EXPECT_EQ(completed(), 21u);
}

TEST(Retention, CoverageEndsWhereTheRetentionDoes) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const TimePoint edge = kNow - kRetention;
  ASSERT_TRUE(ledger->Append({ViewAt(edge - hours{2}), ViewAt(edge - seconds{30}), ViewAt(edge + seconds{20})}).Ok());
  ASSERT_TRUE(ledger->Prune(kNow).Ok());
  EXPECT_THAT(FactsOf(*ledger), testing::ElementsAre(ViewAt(edge), ViewAt(edge + seconds{20})));
}

}  // namespace
}  // namespace batchslo
