#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

const Subject kQuarter{StartBy{minutes{15}}};

Facts Seen() { return Join(EachMinute("02T00:30:00Z", "02T01:40:00Z"), {Job("02T00:30:00Z")}); }
Fact Going(const std::string& observed, const std::string& started, const std::string& scheduled = "02T01:00:00Z") {
  return RunOf(observed, "a", Outcome::kRunning, {.scheduled = scheduled, .started = started});
}

TEST(StartBy, AStartExactlyAtTheLimitIsInTime) {
  for (const auto& [started, verdict] : Timeline{{"02T01:00:05Z", "met"},
                                                 {"02T01:14:59.999999Z", "met"},
                                                 {"02T01:15:00Z", "met"},
                                                 {"02T01:15:00.000001Z", "met late"}}) {
    EXPECT_EQ(VerdictAt(kQuarter, Join(Seen(), {Going("02T01:16:30Z", started)}), "02T01:17:00Z"), verdict) << started;
  }
}

TEST(StartBy, ARunThatWaitsForItsPodIsMissedOnceAViewIsPastTheLimit) {
  const Facts waiting = Join(EachMinute("02T00:30:00Z", "02T01:14:00Z"), {Job("02T00:30:00Z"), Going("02T01:00:01Z", "")});
  for (const auto& [view, verdict] : Timeline{{"02T01:15:00Z", "unknown"}, {"02T01:15:00.000001Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(kQuarter, Join(waiting, {View(view)}), "02T01:16:00Z"), verdict) << view;
  }
}

TEST(StartBy, ATickThatStartsNothingIsMissed) { EXPECT_EQ(VerdictAt(kQuarter, Seen(), "02T01:16:00Z"), "missed"); }

TEST(StartBy, TheEarliestStartEverSeenCounts) {
  const Facts facts = Join(Seen(), {Going("02T01:05:00Z", "02T01:04:00Z"), Going("02T01:30:00Z", "02T01:29:00Z")});
  EXPECT_EQ(VerdictAt(kQuarter, facts, "02T01:31:00Z"), "met");
}

struct Ending { Outcome outcome; std::string finished, verdict; };

TEST(StartBy, ARunThatEndedWithoutAKnownStartHadStartedByItsFinish) {
  for (const auto& [outcome, finished, verdict] : std::vector<Ending>{{Outcome::kSucceeded, "02T01:15:00Z", "met"},
                                                                      {Outcome::kFailed, "02T01:15:00Z", "met"},
                                                                      {Outcome::kSucceeded, "02T01:15:00.000001Z", "unknown"},
                                                                      {Outcome::kFailed, "02T01:15:00.000001Z", "unknown"},
                                                                      {Outcome::kCancelled, "02T01:10:00Z", "missed"},
                                                                      {Outcome::kSkipped, "02T01:10:00Z", "missed"}}) {
    const Fact run = RunOf("02T01:16:00Z", "a", outcome, {.scheduled = "02T01:00:00Z", .finished = finished});
    EXPECT_EQ(VerdictAt(kQuarter, Join(Seen(), {run}), "02T01:17:00Z"), verdict) << static_cast<int>(outcome) << " " << finished;
  }
}

TEST(StartBy, AKnownLateStartMakesItLateWhateverElseIsUndecided) {
  const Fact unclear = RunOf("02T01:16:00Z", "b", Outcome::kFailed, {.scheduled = "02T01:00:00Z", .finished = "02T01:16:00Z"});
  EXPECT_EQ(VerdictAt(kQuarter, Join(Seen(), {unclear, Going("02T01:16:30Z", "02T01:16:10Z")}), "02T01:17:00Z"), "met late");
}

TEST(StartBy, ABackfillIsNoStart) {
  const Fact backfill = RunOf("02T01:05:00Z", "a", Outcome::kRunning, {.scheduled = "02T01:00:00Z", .started = "02T01:04:00Z"}, Trigger::kBackfill);
  EXPECT_EQ(VerdictAt(kQuarter, Join(Seen(), {backfill}), "02T01:16:00Z"), "missed");
}

TEST(StartBy, AStartAfterAPauseBeganMeetsAWindowFromBeforeItsEnd) {
  const Facts facts = {Job("02T00:30:00Z"), Paused("02T00:50:00Z", true), Paused("02T01:02:00Z", false)};
  EXPECT_EQ(VerdictAt(kQuarter, facts, "02T01:20:00Z"), "pending");
  EXPECT_EQ(VerdictAt(kQuarter, Join(facts, {Going("02T01:10:00Z", "02T01:09:00Z")}), "02T01:20:00Z"), "met");
  EXPECT_EQ(VerdictAt(kQuarter, Join(facts, {Going("02T01:19:00Z", "02T01:18:00Z")}), "02T01:20:00Z"), "met late");
}

TEST(StartBy, AnOutputThatMovesIsNoView) {
  const Subject subject{StartBy{minutes{15}}, With::kBoth};
  const Facts facts = {Job("02T00:30:00Z"), Moved("02T00:31:00Z", "02T00:20:00Z"), Moved("02T01:20:00Z", "02T00:20:00Z")};
  EXPECT_EQ(VerdictAt(subject, facts, "02T01:21:00Z"), "unknown");
}

}  // namespace
}  // namespace batchslo
