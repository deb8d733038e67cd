// What is counted of windows that have closed. Each row: when it is judged, and what has been counted by then.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

bool Up(const std::string&, const std::string&) { return true; }

const Tally& TallyNow(Tracker& tracker, const std::string& now) { return *tracker.Evaluate(At(now), Up).at(0)->objectives.at(0).tally; }

// "met/missed/unknown/excused", of all days together; totals are checked against it.
std::string Text(const Tally& tally) {
  const Endings all = tally.days.Newest(90);
  EXPECT_EQ(tally.windows, all.met + all.missed + all.unknown);
  EXPECT_EQ(tally.missed, all.missed);
  EXPECT_EQ(tally.unknown, all.unknown);
  return std::to_string(all.met) + "/" + std::to_string(all.missed) + "/" + std::to_string(all.unknown) + "/" + std::to_string(all.excused);
}

// Judged from `begin` on, each minute and at each row's instant.
void ExpectCounts(const Subject& subject, const Facts& facts, const std::string& begin, const Timeline& rows) {
  Tracker tracker = TrackerOf(subject);
  TimePoint told = TimePoint::min(), next = At(begin);
  for (const auto& [now, counts] : rows) {
    for (; next < At(now); next += minutes{1}) {
      Tell(tracker, facts, std::exchange(told, next), next);
      tracker.Evaluate(next, Up);
    }
    Tell(tracker, facts, std::exchange(told, At(now)), At(now));
    EXPECT_EQ(Text(TallyNow(tracker, now)), counts) << now;
  }
}

const Subject kBy{.rule = DailyAt10(), .grace = minutes{5}};
Facts Seen(const std::string& from, const std::string& to) { return Join(EachMinute(from, to), {Job(from, {.schedule = "0 9 * * *"})}); }

TEST(Counting, AWindowIsMetWhenItIsOver) {
  const Facts facts = Join(Seen("02T08:00:00Z", "02T11:00:00Z"), {Ran("a", "02T09:00:00Z", "02T09:30:00Z")});
  ExpectCounts(kBy, facts, "02T08:00:00Z",
               {{"02T09:31:00Z", "0/0/0/0"}, {"02T10:00:30Z", "0/0/0/0"}, {"02T10:05:00Z", "0/0/0/0"}, {"02T10:05:00.000001Z", "1/0/0/0"}, {"02T11:00:00Z", "1/0/0/0"}});
}

TEST(Counting, AMissIsCountedWithTheViewThatProvesIt) {
  const Facts facts = Seen("02T08:00:00Z", "02T11:00:00Z");
  ExpectCounts(kBy, facts, "02T08:00:00Z", {{"02T10:05:59Z", "0/0/0/0"}, {"02T10:06:00Z", "0/1/0/0"}, {"02T11:00:00Z", "0/1/0/0"}});
}

TEST(Counting, LateIsMissedWhereItWasSeenUpToItsEndElseUnknown) {
  const Fact late = Ran("a", "02T09:00:00Z", "02T10:05:20Z");
  ExpectCounts(kBy, Join(Seen("02T08:00:00Z", "02T11:00:00Z"), {late}), "02T08:00:00Z", {{"02T10:05:59Z", "0/0/0/0"}, {"02T10:06:00Z", "0/1/0/0"}});
  const Facts gap = Join(Join(Seen("02T08:00:00Z", "02T09:30:00Z"), EachMinute("02T10:00:00Z", "02T11:00:00Z")), {late});
  ExpectCounts(kBy, gap, "02T08:00:00Z", {{"02T10:08:00Z", "0/0/0/0"}, {"02T10:08:00.000001Z", "0/0/1/0"}});
}

TEST(Counting, AnUndecidedWindowIsWaitedForOneStalenessBound) {
  const Facts dark = Seen("02T08:00:00Z", "02T09:30:00Z");
  ExpectCounts(kBy, dark, "02T08:00:00Z", {{"02T10:08:00Z", "0/0/0/0"}, {"02T10:08:00.000001Z", "0/0/1/0"}, {"02T12:00:00Z", "0/0/1/0"}});
}

TEST(Counting, ASuccessToldAfterTheWindowWasCountedTakesNothingBack) {
  const Fact told_late = RunOf("02T11:00:00Z", "a", Outcome::kSucceeded, {.scheduled = "02T09:00:00Z", .finished = "02T09:30:00Z"});
  const Facts facts = Join(Seen("02T08:00:00Z", "02T12:00:00Z"), {told_late});
  Tracker tracker = TrackerOf(kBy);
  tracker.Evaluate(At("02T08:00:00Z"), Up);
  Tell(tracker, facts, TimePoint::min(), At("02T10:30:00Z"));
  EXPECT_EQ(Text(TallyNow(tracker, "02T10:30:00Z")), "0/1/0/0");
  Tell(tracker, facts, At("02T10:30:00Z"), At("02T12:00:00Z"));
  const auto state = tracker.Evaluate(At("02T12:00:00Z"), Up).at(0);
  EXPECT_EQ(Text(state->objectives[0]), "met");
  EXPECT_EQ(Text(*state->objectives[0].tally), "0/1/0/0");
}

TEST(Counting, WindowsThatOverlapAPauseAreExcusedUnlessMet) {
  const Facts seen = Seen("02T08:00:00Z", "02T11:00:00Z");
  const Facts paused = {Paused("02T09:10:00Z", true), Paused("02T09:20:00Z", false)};
  ExpectCounts(kBy, Join(seen, paused), "02T08:00:00Z", {{"02T10:06:00Z", "0/0/0/1"}});
  ExpectCounts(kBy, Join(Join(seen, paused), {Ran("a", "02T09:00:00Z", "02T09:30:00Z")}), "02T08:00:00Z", {{"02T10:06:00Z", "1/0/0/0"}});
  ExpectCounts(kBy, Join(seen, {Paused("02T09:10:00Z", true)}), "02T08:00:00Z", {{"02T10:06:00Z", "0/0/0/1"}});
  ExpectCounts(kBy, Join(seen, {Paused("02T10:30:00Z", true)}), "02T08:00:00Z", {{"02T10:40:00Z", "0/1/0/0"}});
}

TEST(Counting, WhatBeganBeforeFirstSeenWasNotOwed) {
  const Facts facts = Join(EachMinute("02T09:30:00Z", "02T11:00:00Z"), {Job("02T09:30:00Z", {.schedule = "0 9 * * *"})});
  ExpectCounts(kBy, facts, "02T09:30:00Z", {{"02T11:00:00Z", "0/0/0/0"}});
}

TEST(Counting, EachKindOfWindowCounts) {
  const Facts facts = Join(Join(EachMinute("02T08:30:00Z", "02T13:00:00Z"), {Job("02T08:30:00Z")}),
                           {RunOf("02T09:01:00Z", "a", Outcome::kSucceeded, {.scheduled = "02T09:00:00Z", .started = "02T09:00:10Z", .finished = "02T09:01:00Z"}),
                            RunOf("02T11:01:00Z", "b", Outcome::kSucceeded, {.scheduled = "02T11:00:00Z", .started = "02T11:00:10Z", .finished = "02T11:01:00Z"})});
  for (const Rule& rule : {Rule{EveryRun{0, {}, false}}, Rule{EveryRun{0, minutes{10}, false}}, Rule{StartBy{minutes{10}}}}) {
    ExpectCounts({.rule = rule}, facts, "02T08:30:00Z", {{"02T12:02:00Z", "2/1/0/0"}});
  }
  ExpectCounts({.rule = EveryRun{1, minutes{10}, false}}, facts, "02T08:30:00Z", {{"02T12:02:00Z", "3/0/0/0"}});
}

// What the ledger gives back.
StoredTally Stored(Tracker& tracker) {
  auto changed = tracker.TakeChangedTallies();
  EXPECT_FALSE(changed.empty());
  return changed.back();
}

TEST(Counting, GoesOnAfterARestartWithWhatClosedMeanwhile) {
  const Subject hourly{.rule = EveryRun{0, minutes{10}, false}};
  Tracker before = TrackerOf(hourly);
  before.Evaluate(At("02T08:30:00Z"), Up);
  Tell(before, Join(EachMinute("02T08:30:00Z", "02T09:11:00Z"), {Job("02T08:30:00Z"), Ran("a", "02T09:00:00Z", "02T09:01:00Z")}), TimePoint::min(), At("02T09:11:00Z"));
  EXPECT_EQ(Text(TallyNow(before, "02T09:11:00Z")), "1/0/0/0");
  const StoredTally stored = Stored(before);

  Tracker after = TrackerOf(hourly);
  after.SetTallies({stored});
  Tell(after, Join(EachMinute("02T08:30:00Z", "02T09:11:00Z"), {Job("02T08:30:00Z"), Ran("a", "02T09:00:00Z", "02T09:01:00Z")}), TimePoint::min(), At("02T09:11:00Z"));
  EXPECT_EQ(Text(TallyNow(after, "02T12:30:00Z")), "1/0/0/0") << "the sources have not been asked yet";
  after.Trim(At("02T12:30:00Z"));
  after.Apply(RunOf("02T12:31:00Z", "b", Outcome::kSucceeded, {.scheduled = "02T10:00:00Z", .finished = "02T10:05:00Z"}));
  after.Apply(View("02T12:31:00Z"));
  EXPECT_EQ(Text(TallyNow(after, "02T12:31:00Z")), "2/0/0/0");
  EXPECT_EQ(Text(TallyNow(after, "02T12:33:00.000001Z")), "2/0/2/0");
  EXPECT_EQ(Text(TallyNow(after, "02T12:40:00Z")), "2/0/2/0");
}

TEST(Counting, WhatWasCountedBeforeARestartIsNotCountedAgain) {
  const Facts facts = Seen("02T08:00:00Z", "02T11:00:00Z");
  Tracker before = TrackerOf(kBy);
  before.Evaluate(At("02T08:00:00Z"), Up);
  Tell(before, facts, TimePoint::min(), At("02T11:00:00Z"));
  EXPECT_EQ(Text(TallyNow(before, "02T11:00:00Z")), "0/1/0/0");
  Tracker after = TrackerOf(kBy);
  after.SetTallies({Stored(before)});
  Tell(after, facts, TimePoint::min(), At("02T11:00:00Z"));
  EXPECT_EQ(Text(TallyNow(after, "02T11:10:00Z")), "0/1/0/0");
  EXPECT_TRUE(after.TakeChangedTallies().empty());
}

TEST(Counting, AnotherDefinitionBeginsItsOwnAndTheOldOneGoesOnWhenItIsBack) {
  const Facts facts = Seen("02T08:00:00Z", "04T11:00:00Z");
  Tracker tracker = TrackerOf(kBy);
  const auto change = [&](const Subject& subject, const std::string& now) {
    tracker.SetFleet(FleetOf(subject));
    tracker.TakeToReload();
    Tell(tracker, facts, TimePoint::min(), At(now));
    return Text(TallyNow(tracker, now));
  };
  tracker.Evaluate(At("02T08:00:00Z"), Up);
  Tell(tracker, facts, TimePoint::min(), At("02T11:00:00Z"));
  EXPECT_EQ(Text(TallyNow(tracker, "02T11:00:00Z")), "0/1/0/0");
  EXPECT_EQ(change({.rule = DailyAt10(), .grace = minutes{6}}, "02T11:01:00Z"), "0/0/0/0");
  Tell(tracker, facts, At("02T11:01:00Z"), At("03T11:00:00Z"));
  EXPECT_EQ(Text(TallyNow(tracker, "03T11:00:00Z")), "0/1/0/0");
  EXPECT_EQ(change(kBy, "03T11:01:00Z"), "0/2/0/0") << "the window of the 3rd, too";
}

TEST(Counting, AClockThatWasFarAheadLeavesNoHole) {
  Tracker tracker = TrackerOf(kBy);
  tracker.Evaluate(At("02T08:00:00Z"), Up);
  const Facts facts = Seen("02T08:00:00Z", "02T11:00:00Z");
  Tell(tracker, facts, TimePoint::min(), At("02T08:30:00Z"));
  tracker.Evaluate(At("02T08:30:00Z"), Up);
  tracker.ClockJumped(At("20T10:07:00Z"));
  EXPECT_EQ(Text(TallyNow(tracker, "20T10:07:00Z")), "0/0/0/0") << "frozen";
  EXPECT_EQ(TallyNow(tracker, "20T10:12:00Z").unknown, 19u);
  Tell(tracker, facts, At("02T08:30:00Z"), At("02T11:00:00Z"));
  const Tally& tally = TallyNow(tracker, "02T11:00:00Z");
  EXPECT_EQ(tally.windows, 19u) << "totals never go back";
  Tell(tracker, Join(EachMinute("02T11:01:00Z", "03T10:10:00Z"), {}), At("02T11:00:00Z"), At("03T10:10:00Z"));
  EXPECT_EQ(TallyNow(tracker, "03T10:10:00Z").days.Text(), "20514x1:0/0/1/0 20515x1:0/1/1/0");
}

}  // namespace
}  // namespace batchslo
