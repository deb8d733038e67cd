#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

Subject Hourly(int tolerate, std::optional<Duration> finish_within = {}, Duration grace = {}) {
  return {EveryRun{tolerate, finish_within, false}, With::kRuns, grace};
}
Facts SeenAllDay() { return Join(EachMinute("02T00:00:00Z", "02T12:00:00Z"), {Job("02T00:00:00Z")}); }
Fact Failed(const std::string& id, const std::string& scheduled, const std::string& finished) {
  return RunOf(finished, id, Outcome::kFailed, {.scheduled = scheduled, .finished = finished});
}

TEST(EveryRun, AWindowEndsAtTheNextTickUnlessItMustFinishSooner) {
  for (const auto& [finished, verdict] : Timeline{{"02T04:00:00Z", "met"}, {"02T04:00:00.000001Z", "met late"}}) {
    EXPECT_EQ(VerdictAt(Hourly(0), Join(SeenAllDay(), {Ran("a", "02T03:00:00Z", finished)}), "02T04:00:30Z"), verdict) << finished;
  }
  for (const auto& [finished, verdict] : Timeline{{"02T03:25:00Z", "met"}, {"02T03:25:00.000001Z", "met late"}}) {
    const Subject subject = Hourly(0, minutes{20}, minutes{5});
    EXPECT_EQ(VerdictAt(subject, Join(SeenAllDay(), {Ran("a", "02T03:00:00Z", finished)}), "02T03:30:00Z"), verdict) << finished;
  }
}

TEST(EveryRun, AMissIsProvenByAViewPastTheEndOfTheWindow) {
  const Facts good = Join(EachMinute("02T00:00:00Z", "02T03:19:00Z"), {Job("02T00:00:00Z"), Ran("a", "02T02:00:00Z", "02T02:05:00Z")});
  for (const auto& [view, verdict] : Timeline{{"02T03:20:00Z", "unknown"}, {"02T03:20:00.000001Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(Hourly(0, minutes{20}), Join(good, {View(view)}), "02T03:21:00Z"), verdict) << view;
  }
}

TEST(EveryRun, AnOpenWindowLeavesTheVerdictWithTheOneBefore) {
  const Facts facts = Join(SeenAllDay(), {Ran("a", "02T02:00:00Z", "02T02:05:00Z"), Failed("b", "02T03:00:00Z", "02T03:05:00Z")});
  EXPECT_EQ(VerdictAt(Hourly(0), facts, "02T04:00:00Z"), "met");
  EXPECT_EQ(VerdictAt(Hourly(0), facts, "02T04:01:00Z"), "missed");
}

TEST(EveryRun, OneOfTheRunsBeforeMayStandIn) {
  Facts facts = Join(SeenAllDay(), {Ran("a", "02T01:00:00Z", "02T01:05:00Z")});
  for (int hour = 2; hour <= 6; ++hour) {
    const std::string at = "02T0" + std::to_string(hour);
    facts.push_back(Failed("f" + std::to_string(hour), at + ":00:00Z", at + ":05:00Z"));
  }
  for (int tolerate = 0; tolerate <= 3; ++tolerate) {
    // The window of tick T closes at T + 1 h: with one failure tolerated, the tick of 02:00 is met, that of 03:00 missed.
    const std::string last_met = "02T0" + std::to_string(2 + tolerate) + ":00:30Z";
    const std::string first_missed = "02T0" + std::to_string(3 + tolerate) + ":01:00Z";
    EXPECT_EQ(VerdictAt(Hourly(tolerate), facts, last_met), "met") << tolerate;
    EXPECT_EQ(VerdictAt(Hourly(tolerate), facts, first_missed), "missed") << tolerate;
  }
}

TEST(EveryRun, WithoutAReadableScheduleItIsUnknownAndSaysWhy) {
  const Facts seen = EachMinute("02T00:00:00Z", "02T01:00:00Z");
  const auto why = [&](Said said) {
    const JudgedJob judged = JudgeAt(Hourly(0), Join(seen, {Job("02T00:00:00Z", std::move(said))}), "02T01:00:00Z");
    EXPECT_EQ(Text(judged.state->objectives[0]), "unknown");
    return Sentence(judged.objectives[0].why.at(0));
  };
  EXPECT_EQ(why({.schedule = {}}), "no schedule of the job is known");
  EXPECT_NE(why({.schedule = "H * * * *"}).find("jenkins"), std::string::npos);
  EXPECT_NE(why({.timezone = "Mars/Phobos"}).find("Mars/Phobos"), std::string::npos);
  EXPECT_NE(why({.dialect = "cobol"}).find("cobol"), std::string::npos);
}

TEST(EveryRun, ARunWithoutAScheduledTimeBelongsToTheTickThatItsStartMayBeALittleBefore) {
  for (const auto& [started, verdict] : Timeline{{"02T02:59:29.999999Z", "missed"}, {"02T02:59:30Z", "met"}, {"02T03:10:00Z", "met"}}) {
    const Fact run = RunOf("02T03:20:00Z", "a", Outcome::kSucceeded, {.started = started, .finished = "02T03:20:00Z"});
    EXPECT_EQ(VerdictAt(Hourly(0), Join(SeenAllDay(), {run}), "02T04:01:00Z"), verdict) << started;
  }
}

TEST(EveryRun, TheEarlyAllowanceIsATenthOfAShortGap) {
  const Facts seen = Join(EachMinute("02T00:00:00Z", "02T01:00:00Z"), {Job("02T00:00:00Z", {.schedule = "*/2 * * * *"})});
  for (const auto& [started, verdict] : Timeline{{"02T00:29:47.999999Z", "missed"}, {"02T00:29:48Z", "met"}}) {
    const Fact run = RunOf("02T00:30:10Z", "a", Outcome::kSucceeded, {.started = started, .finished = "02T00:30:10Z"});
    EXPECT_EQ(VerdictAt(Hourly(0, minutes{1}), Join(seen, {run}), "02T00:32:00Z"), verdict) << started;
  }
}

TEST(EveryRun, ALastSuccessNeverMeetsATick) {
  const Facts told = {Job("02T00:00:00Z"), LastSuccess("02T03:10:00Z", "02T03:05:00Z")};
  EXPECT_EQ(VerdictAt(Hourly(0), told, "02T04:10:00Z"), "unknown");
}

TEST(EveryRun, ALastSuccessFurtherThanASecondFromAVisibleRunLeavesItUndecided) {
  const Fact late = Ran("a", "02T02:00:00Z", "02T03:05:00Z");
  for (const auto& [value, verdict] : Timeline{{"02T03:04:58.999999Z", "unknown"},
                                               {"02T03:04:59Z", "missed"},
                                               {"02T03:05:00Z", "missed"},
                                               {"02T03:05:01Z", "missed"},
                                               {"02T03:05:01.000001Z", "unknown"}}) {
    EXPECT_EQ(VerdictAt(Hourly(0), Join(SeenAllDay(), {late, LastSuccess("02T03:10:00Z", value)}), "02T04:01:00Z"), verdict) << value;
  }
}

TEST(EveryRun, ATickIsJudgedByTheScheduleThatHeldWhenItFell) {
  const Facts changed = Join(SeenAllDay(), {Job("02T06:30:00Z", {.schedule = "0 */6 * * *"}), Ran("a", "02T06:00:00Z", "02T06:05:00Z")});
  EXPECT_EQ(VerdictAt(Hourly(0), changed, "02T06:29:00Z"), "met");
  EXPECT_EQ(VerdictAt(Hourly(0), changed, "02T09:00:00Z"), "met");     // no tick since
  EXPECT_EQ(VerdictAt(Hourly(0), changed, "02T05:29:00Z"), "missed");  // the tick of 04:00, by the hour
}

// ---- the derived default ----

TEST(EveryRun, TheDerivedToleranceFollowsFromThePeriod) {
  for (const auto& [period, tolerate] : std::vector<std::pair<Duration, int>>{{minutes{1}, 5},
                                                                              {minutes{15}, 5},
                                                                              {minutes{15} + Duration{1}, 2},
                                                                              {hours{1}, 2},
                                                                              {hours{1} + Duration{1}, 1},
                                                                              {hours{12}, 1},
                                                                              {hours{12} + Duration{1}, 0},
                                                                              {days{7}, 0}}) {
    EXPECT_EQ(DerivedTolerance(period), tolerate) << FormatDuration(period);
  }
}

TEST(EveryRun, TheDerivedDefaultToleratesByItsSchedule) {
  struct Row { std::string schedule; int tolerate; };
  for (const auto& [schedule, tolerate] : {Row{"*/15 * * * *", 5}, Row{"*/20 * * * *", 2}, Row{"0 * * * *", 2}, Row{"0 */2 * * *", 1},
                                           Row{"0 */12 * * *", 1}, Row{"0 3 * * *", 0}}) {
    Subject subject{EveryRun{0, std::nullopt, true}};
    const Fact job = Job("02T00:00:00Z", {.schedule = schedule});
    const Schedule parsed = Schedule::Parse(schedule, Dialect::kKubernetes, Zone{}).Value();
    const TimePoint last_good = *parsed.Next(At("02T00:00:00Z"));
    RunFact run;
    run.job = "j", run.run_id = "a", run.outcome = Outcome::kSucceeded, run.scheduled = last_good, run.finished = last_good + seconds{60};
    Facts facts = {job, {"k8s", last_good + seconds{60}, run}};
    TimePoint tick = last_good;
    for (int i = 0; i <= tolerate; ++i) tick = *parsed.Next(tick);  // the first tick that the success no longer excuses
    const TimePoint closes = *parsed.Next(tick);
    for (TimePoint at = At("02T00:00:00Z"); at <= closes + minutes{1}; at += minutes{1}) facts.push_back({"k8s", at, ViewFact{}});
    Tracker tracker = TrackerOf(subject);
    Tell(tracker, facts, TimePoint::min(), closes);
    EXPECT_EQ(Text(tracker.Judge("j", closes).state->objectives[0]), "met") << schedule;
    Tell(tracker, facts, closes, closes + minutes{1});
    EXPECT_EQ(Text(tracker.Judge("j", closes + minutes{1}).state->objectives[0]), "missed") << schedule;
  }
}

// Walked minute by minute this would take minutes, too.
TEST(EveryRun, YearsInTheDarkAreNotWalkedThrough) {
  const Subject minutely{EveryRun{2, std::nullopt, false}};
  Fact job = Job("02T00:00:00Z", {.schedule = "* * * * *"}), old = Ran("a", "02T00:00:00Z", "02T00:00:30Z"), going = RunOf("02T12:00:00Z", "b", Outcome::kRunning, {});
  job.observed = old.observed = ParseRfc3339("1999-01-01T00:00:00Z").Value();
  std::get<RunFact>(old.what).scheduled = job.observed;
  std::get<RunFact>(old.what).finished = job.observed + seconds{30};
  std::get<RunFact>(going.what).scheduled = ParseRfc3339("9999-01-01T00:00:00Z").Value();
  const JudgedJob judged = JudgeAt(minutely, {job, old, View("02T11:59:00Z"), View("02T12:00:00Z"), going}, "02T12:00:01Z");
  EXPECT_EQ(Text(judged.state->objectives[0]), "unknown");
}

}  // namespace
}  // namespace batchslo
