// Why the newest run failed: what was said of it in several sights, in any order.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/story.h"

namespace batchslo {
namespace {

const Subject kHourly{EveryRun{0, std::nullopt, false}};
const std::string kTraceback = "Traceback (most recent call last):\n  File \"/app/job.py\", line 3, in load\n    x\nValueError: no rows in 7\n";

Fact Failed(const std::string& observed, const std::string& id, const std::string& finished, const std::string& reason, const std::string& excerpt) {
  Fact fact = RunOf(observed, id, Outcome::kFailed, {.scheduled = finished, .finished = finished});
  std::get<RunFact>(fact.what).reason = reason;
  std::get<RunFact>(fact.what).excerpt = excerpt;
  return fact;
}

std::unique_ptr<LastFailure> FailureAfter(const Facts& facts, const Redactor& redactor = {}) {
  Fleet fleet = FleetOf(kHourly);
  fleet.redactor = redactor;
  Tracker tracker;
  tracker.SetFleet(fleet);
  tracker.Apply(Job("02T00:30:00Z"));
  for (const Fact& fact : facts) tracker.Apply(fact);
  const auto state = tracker.Evaluate(At("02T03:00:00Z"), [](const auto&, const auto&) { return true; }).at(0);
  return state->failure ? std::make_unique<LastFailure>(*state->failure) : nullptr;
}

// All orders of the facts tell the same.
void Expect(Facts facts, const std::function<void(const LastFailure&)>& check) {
  const auto by_id = [](const Fact& a, const Fact& b) { return a.observed < b.observed; };
  std::sort(facts.begin(), facts.end(), by_id);
  do {
    const auto failure = FailureAfter(facts);
    ASSERT_TRUE(failure);
    check(*failure);
  } while (std::next_permutation(facts.begin(), facts.end(), by_id));
}

TEST(TrackerFailure, ALogThatWasReadLaterIsAddedToItsRun) {
  Expect({Failed("02T01:00:10Z", "a", "02T01:00:05Z", "BackoffLimitExceeded", ""), Failed("02T01:00:12Z", "a", "02T01:00:05Z", "", kTraceback)}, [](const LastFailure& failure) {
    EXPECT_EQ(failure.reason, "BackoffLimitExceeded");
    EXPECT_EQ(failure.error, "ValueError: no rows in *");
    EXPECT_EQ(failure.frame, "load at /app/job.py:3");
    EXPECT_EQ(failure.excerpt, kTraceback);
    EXPECT_EQ(failure.at, At("02T01:00:10Z"));
  });
}

TEST(TrackerFailure, OfEachFieldTheLastThatIsNotSilentHolds) {
  Expect({Failed("02T01:00:10Z", "a", "02T01:00:05Z", "BackoffLimitExceeded", "old"), Failed("02T01:00:12Z", "a", "02T01:00:05Z", "OOMKilled", ""),
          Failed("02T01:00:14Z", "a", "02T01:00:05Z", "", "new")},
         [](const LastFailure& failure) {
           EXPECT_EQ(failure.reason, "OOMKilled");
           EXPECT_EQ(failure.excerpt, "new\n");
         });
}

TEST(TrackerFailure, ALogOfAnEarlierRunThatComesLateSaysNothingOfTheNewest) {
  Expect({Failed("02T01:00:10Z", "a", "02T01:00:05Z", "first", ""), Failed("02T02:00:10Z", "b", "02T02:00:05Z", "second", ""),
          Failed("02T02:00:20Z", "a", "02T01:00:05Z", "first", kTraceback)},
         [](const LastFailure& failure) {
           EXPECT_EQ(failure.run_id, "b");
           EXPECT_EQ(failure.reason, "second");
           EXPECT_EQ(failure.excerpt, "");
         });
}

TEST(TrackerFailure, WhatIsKnownOfTheNewestIsNotAskedAgain) {
  Tracker tracker = TrackerOf(kHourly);
  tracker.Apply(Job("02T00:30:00Z"));
  tracker.Apply(Failed("02T01:00:10Z", "a", "02T01:00:05Z", "BackoffLimitExceeded", ""));
  EXPECT_TRUE(tracker.ExplainedRuns("k8s").empty());
  tracker.Apply(Failed("02T01:00:12Z", "a", "02T01:00:05Z", "", kTraceback));
  ASSERT_EQ(tracker.ExplainedRuns("k8s").size(), 1u);
  EXPECT_EQ(tracker.ExplainedRuns("k8s")[0].run_id, "a");
  EXPECT_TRUE(tracker.ExplainedRuns("dwh").empty());
}

TEST(TrackerFailure, PatternsOfTheConfigurationHideAlsoWhatIsStored) {
  const Facts facts = {Failed("02T01:00:10Z", "a", "02T01:00:05Z", "r", "lost cust-17\n")};
  EXPECT_EQ(FailureAfter(facts)->excerpt, "lost cust-17\n");
  const auto redactor = Redactor::Make({"cust-[0-9]+"});
  EXPECT_EQ(FailureAfter(facts, *redactor)->excerpt, "lost <redacted>\n");
}

TEST(TrackerFailure, OtherPatternsAreHeededAtAReload) {
  Fleet fleet = FleetOf(kHourly);
  Tracker tracker;
  tracker.SetFleet(fleet);
  tracker.Apply(Job("02T00:30:00Z"));
  tracker.Apply(Failed("02T01:00:10Z", "a", "02T01:00:05Z", "r", "lost cust-17\n"));
  const auto excerpt = [&] { return tracker.Evaluate(At("02T03:00:00Z"), [](const auto&, const auto&) { return true; }).at(0)->failure->excerpt; };
  EXPECT_EQ(excerpt(), "lost cust-17\n");
  fleet.redactor = *Redactor::Make({"cust-[0-9]+"});
  tracker.SetFleet(fleet);
  EXPECT_EQ(excerpt(), "lost <redacted>\n");
}

}  // namespace
}  // namespace batchslo
