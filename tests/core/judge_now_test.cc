// max_runtime and checks: what the newest sight says.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/core/story.h"

namespace batchslo {
namespace {

// ---- max_runtime ----

Subject AnHour(Duration grace = {}) { return {MaxRuntime{hours{1}}, With::kRuns, grace}; }
Facts Running() {
  return {Job("02T00:00:00Z"), RunOf("02T01:00:10Z", "a", Outcome::kRunning, {.scheduled = "02T01:00:00Z", .started = "02T01:00:00Z"})};
}

TEST(MaxRuntime, MissedByTheFirstViewPastTheLimit) {
  for (const auto& [view, verdict] : Timeline{{"02T01:59:59.999999Z", "met"}, {"02T02:00:00Z", "met"}, {"02T02:00:00.000001Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(AnHour(), Join(Running(), {View(view)}), "02T02:01:00Z"), verdict) << view;
  }
  for (const auto& [view, verdict] : Timeline{{"02T02:05:00Z", "met"}, {"02T02:05:00.000001Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(AnHour(minutes{5}), Join(Running(), {View(view)}), "02T02:06:00Z"), verdict) << view;
  }
}

TEST(MaxRuntime, NowAloneProvesNothing) {
  EXPECT_EQ(VerdictAt(AnHour(), Join(Running(), {View("02T01:59:00Z")}), "02T02:01:59.999999Z"), "met");
  EXPECT_EQ(VerdictAt(AnHour(), Join(Running(), {View("02T01:59:00Z")}), "02T02:02:00.000001Z"), "unknown");
}

TEST(MaxRuntime, AViewOfAClockThatHadJumpedAheadProvesNothing) {
  const Facts jumped = Join(EachMinute("02T01:00:00Z", "02T01:20:00Z"), {View("03T01:20:30Z")});
  const Facts after = Join(jumped, EachMinute("02T01:21:00Z", "02T02:30:00Z"));
  for (const auto& [now, verdict] : Timeline{{"02T01:20:40Z", "met"}, {"02T01:59:00Z", "met"}, {"02T02:00:30Z", "met"}, {"02T02:01:00Z", "missed"}}) {
    Facts told;
    for (const Fact& fact : after) {
      if (fact.observed <= At(now) || fact.observed > At("02T12:00:00Z")) told.push_back(fact);
    }
    Tracker tracker = TrackerOf(AnHour());
    Tell(tracker, Join(Running(), told), TimePoint::min(), TimePoint::max());
    EXPECT_EQ(Text(tracker.Judge("j", At(now)).state->objectives[0]), verdict) << now;
  }
  Tracker tracker = TrackerOf(AnHour());
  Tell(tracker, Join(Running(), jumped), TimePoint::min(), TimePoint::max());
  EXPECT_EQ(Text(tracker.Judge("j", At("02T01:23:30Z")).state->objectives[0]), "unknown") << "nothing was seen for longer than the staleness bound";
}

TEST(MaxRuntime, MetOnlyWhileTheNewestViewIsWithinTheStalenessBound) {
  const Facts idle = {Job("02T00:00:00Z"), View("02T01:00:00Z")};
  for (const auto& [now, verdict] : Timeline{{"02T01:00:00Z", "met"}, {"02T01:03:00Z", "met"}, {"02T01:03:00.000001Z", "unknown"}}) {
    EXPECT_EQ(VerdictAt(AnHour(), idle, now), verdict) << now;
  }
}

TEST(MaxRuntime, AMissStandsWhileTheSourceIsDarkAndEndsWithTheRun) {
  const Facts stuck = Join(Running(), {View("02T02:00:01Z")});
  EXPECT_EQ(VerdictAt(AnHour(), stuck, "02T09:00:00Z"), "missed");
  const Fact ended = RunOf("02T09:00:01Z", "a", Outcome::kFailed, {.finished = "02T09:00:00Z"});
  EXPECT_EQ(VerdictAt(AnHour(), Join(stuck, {ended}), "02T09:00:02Z"), "unknown");
  EXPECT_EQ(VerdictAt(AnHour(), Join(stuck, {ended, View("02T09:00:01Z")}), "02T09:00:02Z"), "met");
}

TEST(MaxRuntime, ARunThatGoesAgainAfterItsSuccessCounts) {
  const Facts again = {Job("02T00:00:00Z"), Ran("a", "02T00:00:00Z", "02T00:10:00Z"),
                       RunOf("02T01:00:10Z", "a", Outcome::kRunning, {.started = "02T01:00:00Z"}), View("02T02:00:01Z")};
  EXPECT_EQ(VerdictAt(AnHour(), again, "02T02:01:00Z"), "missed");
}

TEST(MaxRuntime, TheLongestGoingRunIsTheEvidence) {
  const Fact younger = RunOf("02T01:10:10Z", "0", Outcome::kRunning, {.started = "02T01:10:00Z"});
  const JudgedJob judged = JudgeAt(AnHour(), Join(Running(), {younger, View("02T01:11:00Z")}), "02T01:12:00Z");
  EXPECT_EQ(judged.state->objectives[0].evidence, "run a");
  EXPECT_EQ(judged.state->objectives[0].window, (Window{At("02T01:00:00Z"), At("02T02:00:00Z")}));
  EXPECT_EQ(judged.state->objectives[0].margin, Duration{minutes{48}});
}

// ---- checks ----

const Check kThousand{"rows", RowsCheck{Compare::kGreaterEqual, 1000}};
Subject Checked(std::vector<Check> checks) { return {.rule = Checks{}, .with = With::kOutput, .checks = std::move(checks)}; }

TEST(Checks, TheNewestLookDecides) {
  for (const auto& [rows, verdict] : std::vector<std::pair<std::int64_t, std::string>>{{999, "missed"}, {1000, "met"}, {1001, "met"}}) {
    const Facts looks = {Moved("02T10:00:00Z", "02T09:00:00Z", 2000), Moved("02T10:00:30Z", "02T10:00:20Z", rows)};
    EXPECT_EQ(VerdictAt(Checked({kThousand}), looks, "02T10:01:00Z"), verdict) << rows;
  }
}

TEST(Checks, MetGoesStaleButAMissStands) {
  for (const auto& [now, verdict] : Timeline{{"02T10:01:30Z", "met"}, {"02T10:01:30.000001Z", "unknown"}}) {
    EXPECT_EQ(VerdictAt(Checked({kThousand}), {Moved("02T10:00:00Z", "02T09:00:00Z", 1000)}, now), verdict) << now;
  }
  EXPECT_EQ(VerdictAt(Checked({kThousand}), {Moved("02T10:00:00Z", "02T09:00:00Z", 0)}, "03T10:00:00Z"), "missed");
}

TEST(Checks, AMissingValueIsNeitherPassedNorFailed) {
  EXPECT_EQ(VerdictAt(Checked({kThousand}), {Moved("02T10:00:00Z", "02T09:00:00Z")}, "02T10:01:00Z"), "unknown");
  EXPECT_EQ(VerdictAt(Checked({kThousand}), {}, "02T10:01:00Z"), "pending");  // not seen at all
}

TEST(Checks, NullsAreCountedByColumn) {
  const Check check{"not_null.c", NotNullCheck{"c"}};
  for (const auto& [values, verdict] : std::vector<std::pair<std::map<std::string, double>, std::string>>{
           {{{"null.c", 0}}, "met"}, {{{"null.c", 1}}, "missed"}, {{{"null.other", 1}}, "unknown"}}) {
    Fact look = Moved("02T10:00:00Z", "02T09:00:00Z");
    std::get<ObservationFact>(look.what).values = values;
    EXPECT_EQ(VerdictAt(Checked({check}), {look}, "02T10:01:00Z"), verdict);
  }
}

TEST(Checks, AFailedCheckOutweighsAMissingValue) {
  const Facts look = {Moved("02T10:00:00Z", "02T09:00:00Z", 1)};
  EXPECT_EQ(VerdictAt(Checked({{"not_null.c", NotNullCheck{"c"}}, kThousand}), look, "02T10:01:00Z"), "missed");
}

TEST(Checks, WhatFailsOrLacksAValueIsNoSuccess) {
  for (const auto& [rows, verdict] :
       std::vector<std::pair<std::optional<std::int64_t>, std::string>>{{1000, "met"}, {999, "missed"}, {{}, "unknown"}}) {
    const Subject subject{.rule = DailyAt10(), .with = With::kOutput, .checks = {kThousand}};
    const Facts looks = {Moved("01T09:00:00Z", "01T08:00:00Z", 1000), Moved("02T09:59:00Z", "02T09:58:00Z", rows), Moved("02T10:00:02Z", "02T09:58:00Z", rows)};
    // Two looks one staleness bound apart, the later failing, cover what lies between; not the hours before.
    const Facts since = Join(looks, {Moved("02T09:57:30Z", "01T08:00:00Z", 1000)});
    EXPECT_EQ(VerdictAt(subject, since, "02T10:00:03Z"), verdict);
  }
}

// ---- shrink ----

// A move a day at noon, for `days` days before March 30th, with `rows` that day ago; then today's.
Facts Daily(int days_back, const std::function<std::int64_t(int)>& rows) {
  Facts looks;
  for (int day = days_back; day >= 0; --day) {
    Fact look = Moved("30T12:00:10Z", "30T12:00:00Z", rows(day));
    look.observed -= days{day};
    auto& updated = *std::get<ObservationFact>(look.what).updated;
    updated -= days{day};
    looks.push_back(look);
  }
  return looks;
}
std::string ShrinkVerdict(const ShrinkCheck& check, const Facts& looks) {
  return VerdictAt(Checked({{"shrink", check}}), looks, "30T12:00:20Z");
}

TEST(Shrink, ExactlyTheLimitIsNotBelowIt) {
  for (const auto& [rows, below, at_most] : std::vector<std::tuple<int, std::string, std::string>>{
           {1000, "met", "met"}, {801, "met", "met"}, {800, "missed", "met"}, {799, "missed", "missed"}, {2000, "met", "met"}}) {
    const Facts looks = Daily(10, [rows = rows](int day) { return day == 0 ? rows : 1000; });
    EXPECT_EQ(ShrinkVerdict({20}, looks), below) << rows;
    EXPECT_EQ(ShrinkVerdict({20, Compare::kLessEqual}, looks), at_most) << rows;
  }
}

TEST(Shrink, ComparesFromFourObservationsOn) {
  for (const auto& [before, verdict] : std::vector<std::pair<int, std::string>>{{1, "met"}, {2, "met"}, {3, "missed"}, {4, "missed"}}) {
    EXPECT_EQ(ShrinkVerdict({20}, Daily(before, [](int day) { return day == 0 ? 1 : 1000; })), verdict) << before;
  }
}

TEST(Shrink, OnePercentADayIsCaughtWithin25Days) {
  const auto rows_on = [](int day) { return static_cast<std::int64_t>(1'000'000 * std::pow(0.99, day)); };
  int caught = 0;
  for (int day = 1; day <= 25 && caught == 0; ++day) {
    // Constant for 60 days, then shrinking for `day` days.
    const Facts looks = Daily(60 + day, [&](int back) { return rows_on(std::max(0, day - back)); });
    if (ShrinkVerdict({20}, looks) == "missed") caught = day;
  }
  EXPECT_GT(caught, 1);
  EXPECT_LE(caught, 25);
}

TEST(Shrink, AQuietWeekdayIsHeldAgainstTheBestWeekToo) {
  const auto rows = [](int day) { return day % 7 == 0 ? 100 : 1000; };
  EXPECT_EQ(ShrinkVerdict({95}, Daily(60, rows)), "met");
  EXPECT_EQ(ShrinkVerdict({20}, Daily(60, rows)), "missed");
}

}  // namespace
}  // namespace batchslo
