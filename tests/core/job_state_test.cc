// What is said of a job as a whole: pending, paused, gone, and the worst of its objectives.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

const Subject kHourly{EveryRun{0, std::nullopt, false}};
const Subject kHalfHour{Within{minutes{30}}};

// ---- first seen ----

TEST(FirstSeen, BeforeItEverythingIsPending) {
  Tracker tracker = TrackerOf(kHourly);
  Tell(tracker, Join(EachMinute("02T00:00:00Z", "02T04:00:00Z"), {Job("02T00:00:00Z")}), TimePoint::min(), At("02T04:00:00Z"));
  tracker.SetFirstSeen("j", At("02T05:00:00Z"));
  EXPECT_EQ(Text(tracker.Judge("j", At("02T04:59:59.999999Z")).state->objectives[0]), "pending");
}

TEST(FirstSeen, AWindowThatBeganBeforeItCountsOnlyIfItIsMet) {
  const Facts seen = Join(EachMinute("02T01:30:00Z", "02T03:30:00Z"), {Job("02T01:30:00Z")});
  EXPECT_EQ(VerdictAt(kHourly, seen, "02T02:59:00Z"), "pending");
  EXPECT_EQ(VerdictAt(kHourly, seen, "02T03:01:00Z"), "missed");  // the tick of 02:00
  EXPECT_EQ(VerdictAt(kHourly, Join(seen, {Ran("a", "02T01:00:00Z", "02T01:40:00Z")}), "02T01:41:00Z"), "met");
}

TEST(FirstSeen, WithoutAnAnswerItIsPendingForOneStalenessBoundAndUnknownThen) {
  const Facts configured = {Job("02T00:30:00Z", {.configured = true})};
  for (const auto& [now, verdict] : Timeline{{"02T00:30:00Z", "pending"}, {"02T00:32:59.999999Z", "pending"}, {"02T00:33:00Z", "unknown"}}) {
    EXPECT_EQ(VerdictAt(kHourly, configured, now), verdict) << now;
    EXPECT_EQ(VerdictAt(kHalfHour, configured, now), verdict) << now;
  }
  EXPECT_EQ(VerdictAt(kHourly, Join(configured, {View("02T00:31:00Z")}), "02T00:50:00Z"), "pending");
}

// ---- paused ----

TEST(Paused, ReplacesEveryVerdict) {
  const Facts facts = Join(EachMinute("02T00:00:00Z", "02T05:00:00Z"), {Job("02T00:00:00Z"), Paused("02T04:30:00Z", true)});
  const JudgedJob judged = JudgeAt(kHourly, facts, "02T05:00:00Z");
  EXPECT_EQ(judged.state->state, State::kPaused);
  const ObjectiveState& state = judged.state->objectives[0];
  EXPECT_EQ(state.verdict, Verdict::kPaused);
  EXPECT_FALSE(state.window || state.margin || state.success_at || state.next_due);
  EXPECT_EQ(state.evidence, "");
}

TEST(Paused, TooLongTurnsTheStateIntoMissedButNoVerdict) {
  const Subject subject{.rule = Within{minutes{30}}, .max_suspend = hours{1}};
  const Facts facts = {Job("02T00:00:00Z"), Paused("02T04:00:00Z", true)};
  for (const auto& [now, state] : Timeline{{"02T04:59:59.999999Z", "paused"}, {"02T05:00:00Z", "missed"}}) {
    EXPECT_EQ(StateAt(subject, facts, now), state) << now;
    EXPECT_EQ(VerdictAt(subject, facts, now), "paused") << now;
  }
}

TEST(Pause, StartsTheVerdictAnewButAProvenMissStands) {
  const Facts pause = {Paused("02T04:30:00Z", true), Paused("02T06:30:00Z", false)};
  const Facts facts = Join(Join(EachMinute("02T00:00:00Z", "02T09:00:00Z"), {Job("02T00:00:00Z")}), pause);
  EXPECT_EQ(VerdictAt(kHourly, facts, "02T06:45:00Z"), "missed");
  const Facts good = Join(facts, {Ran("g", "02T03:00:00Z", "02T03:05:00Z")});
  EXPECT_EQ(VerdictAt(kHourly, good, "02T06:45:00Z"), "pending");
  EXPECT_EQ(VerdictAt(kHourly, good, "02T07:59:00Z"), "pending");  // the tick of 07:00 is open
  EXPECT_EQ(VerdictAt(kHourly, good, "02T08:01:00Z"), "missed");   // and closed
}

TEST(Pause, AWindowFromBeforeItsEndCountsIfASuccessSinceItBeganMeetsIt) {
  const Facts facts = {Job("02T00:00:00Z"), Paused("02T04:30:00Z", true), Paused("02T06:30:00Z", false)};
  for (const auto& [finished, verdict] : Timeline{{"02T04:30:00Z", "pending"}, {"02T04:30:00.000001Z", "met"}}) {
    EXPECT_EQ(VerdictAt(kHourly, Join(facts, {Ran("g", "02T04:00:00Z", finished)}), "02T06:45:00Z"), verdict) << finished;
  }
  EXPECT_EQ(VerdictAt(kHourly, Join(facts, {Ran("g", "02T04:00:00Z", "02T05:30:00Z")}), "02T06:45:00Z"), "met late");
}

TEST(Pause, AMissFromBeforeItEndsWithASuccessLaterThanItsWindow) {
  Facts facts = Join(EachMinute("02T00:00:00Z", "02T09:00:00Z"), {Job("02T00:00:00Z"), Paused("02T04:30:00Z", true), Paused("02T06:30:00Z", false)});
  // The missed window is that of 03:00, which closed at 04:00.
  for (const auto& [finished, verdict] : Timeline{{"02T04:00:00Z", "missed"}, {"02T04:00:00.000001Z", "pending"}}) {
    EXPECT_EQ(VerdictAt(kHourly, Join(facts, {Ran("g", "02T00:30:00Z", finished)}), "02T06:45:00Z"), verdict) << finished;
  }
}

TEST(Pause, WithinIsOwedAnewFromItsEnd) {
  const Facts facts = Join(EachMinute("02T00:00:00Z", "02T09:00:00Z"), {Job("02T00:00:00Z"), Ran("a", "", "02T04:20:00Z"),
                                                                   Paused("02T04:30:00Z", true), Paused("02T06:30:00Z", false)});
  for (const auto& [now, verdict] : Timeline{{"02T06:59:59.999999Z", "pending"}, {"02T07:00:00Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(kHalfHour, facts, now), verdict) << now;
  }
}

TEST(Pause, AMissOfWithinFromBeforeItStandsUntilASuccess) {
  const Facts facts = Join(EachMinute("02T00:00:00Z", "02T09:00:00Z"), {Job("02T00:00:00Z"), Paused("02T04:30:00Z", true), Paused("02T06:30:00Z", false)});
  EXPECT_EQ(VerdictAt(kHalfHour, facts, "02T06:31:00Z"), "missed");
  EXPECT_EQ(VerdictAt(kHalfHour, Join(facts, {Ran("a", "", "02T06:32:00Z")}), "02T06:33:00Z"), "met");
  const Facts owed = Join(facts, {Ran("old", "", "02T03:00:00Z")});
  EXPECT_EQ(JudgeAt(kHalfHour, owed, "02T06:31:00Z").state->objectives[0].margin, Duration{-(hours{3} + minutes{1})});
}

TEST(Pause, ARunSinceItBeganMayMeetAnOldWindowWithAnOldMove) {
  const Subject subject{EveryRun{0, std::nullopt, false}, With::kBoth};
  const Facts facts = {Job("02T00:00:00Z"), Moved("02T02:10:00Z", "02T02:05:00Z"), Paused("02T04:30:00Z", true),
                       RunOf("02T05:10:00Z", "r", Outcome::kSucceeded, {.finished = "02T05:05:00Z"}), Paused("02T06:30:00Z", false)};
  EXPECT_EQ(VerdictAt(subject, facts, "02T06:31:00Z"), "met late");
}

TEST(Pause, AMissFromBeforeItEndsWithASuccessThatMetItsWindowAfterAll) {
  const Facts facts = Join(EachMinute("02T00:00:00Z", "02T04:29:00Z"), {Job("02T00:00:00Z"), Paused("02T04:30:00Z", true), Paused("02T06:30:00Z", false)});
  ASSERT_EQ(VerdictAt(kHourly, facts, "02T06:45:00Z"), "missed");  // the window of 03:00
  for (const auto& [finished, verdict] : Timeline{{"02T03:05:00Z", "pending"}, {"02T02:05:00Z", "missed"}}) {
    const Fact told_late = RunOf("02T06:40:00Z", "a", Outcome::kSucceeded, {.finished = finished});
    EXPECT_EQ(VerdictAt(kHourly, Join(facts, {told_late}), "02T06:45:00Z"), verdict) << finished;
  }
  const Subject table{.rule = DailyAt10(Duration{hours{2}}), .with = With::kBoth, .success = SuccessMode::kOutputs};
  const Facts looks = {Moved("02T07:00:00Z", "02T06:00:00Z"), Moved("02T10:00:02Z", "02T06:00:00Z"), Paused("02T10:30:00Z", true), Paused("02T11:00:00Z", false)};
  EXPECT_EQ(VerdictAt(table, looks, "02T11:10:00Z"), "missed");
  EXPECT_EQ(VerdictAt(table, Join(looks, {Moved("02T11:10:00Z", "02T09:00:00Z")}), "02T11:10:00Z"), "pending");
}

TEST(Pause, AnOlderWindowThatIsMetAfterAllDoesNotLiftAStandingMiss) {
  const Subject subject{By{ParseDeadline("*/15 * * * *", Zone{}).Value(), {}}, With::kBoth, minutes{10}};
  const Facts facts = {Moved("02T00:05:00Z", "02T00:05:00Z"), View("02T00:33:00Z"), View("02T00:36:00Z"), View("02T00:39:00Z"),
                       View("02T00:42:00Z"), View("02T00:45:00Z"), View("02T00:48:00Z"), View("02T00:51:00Z"), View("02T00:54:00Z"),
                       View("02T00:57:00Z"), Job("02T01:30:31Z", {.paused = true, .schedule = {}}), Paused("02T01:48:00Z", false),
                       RunOf("02T02:01:01Z", "r1", Outcome::kSucceeded, {})};
  EXPECT_EQ(VerdictAt(subject, facts, "02T02:01:04Z"), "missed");
}

TEST(Pause, IsJudgedByWhatWasKnownBeforeIt) {
  // The paused sight is the first that tells whose runs these are: before it only the output was asked for.
  Subject subject{Within{minutes{30}}, With::kOutput};
  const Facts facts = {Moved("02T04:00:00Z", "02T03:00:00Z"), Paused("02T04:30:00Z", true), Paused("02T06:30:00Z", false)};
  EXPECT_EQ(VerdictAt(subject, facts, "02T06:31:00Z"), "missed");
}

// ---- gone ----

TEST(Gone, AConfiguredJobIsMissedWhenItsWindowsCloseWithoutFurtherCoverage) {
  const Facts facts = {Job("02T00:30:00Z"), View("02T00:30:00Z"), Gone("02T01:10:00Z")};
  EXPECT_EQ(VerdictAt(kHourly, facts, "02T02:00:00Z"), "pending");
  EXPECT_EQ(VerdictAt(kHourly, facts, "02T02:00:00.000001Z"), "missed");
  EXPECT_EQ(StateAt(kHourly, facts, "02T02:00:00.000001Z"), "gone");
}

TEST(Gone, ADecidedWindowStands) {
  const Facts facts = {Job("02T00:30:00Z"), Ran("a", "02T01:00:00Z", "02T01:05:00Z"), Gone("02T01:10:00Z")};
  EXPECT_EQ(VerdictAt(kHourly, facts, "02T02:30:00Z"), "met");
  EXPECT_EQ(VerdictAt(kHourly, facts, "02T03:00:01Z"), "missed");
}

TEST(Gone, ALaterSightEndsIt) {
  const Facts facts = {Job("02T00:30:00Z"), Gone("02T01:10:00Z"), Job("02T01:20:00Z")};
  EXPECT_EQ(VerdictAt(kHourly, facts, "02T02:10:00Z"), "unknown");
  EXPECT_EQ(StateAt(kHourly, facts, "02T02:10:00Z"), "unknown");
  const Facts only_written = {Job("02T00:30:00Z"), Gone("02T01:10:00Z"), Job("02T01:20:00Z", {.configured = true})};
  EXPECT_EQ(StateAt(kHourly, only_written, "02T02:10:00Z"), "gone");
}

TEST(Gone, ComesBeforePaused) {
  EXPECT_EQ(StateAt(kHourly, {Job("02T00:30:00Z"), Paused("02T01:00:00Z", true), Gone("02T01:10:00Z")}, "02T01:20:00Z"), "gone");
}

// ---- the worst ----

TEST(State, IsTheWorstOfTheObjectives) {
  const Facts facts = Join(EachMinute("02T03:30:00Z", "02T04:00:00Z"), {Job("02T03:30:00Z", {.schedule = {}})});
  const Rule met = MaxRuntime{hours{1}}, pending = Within{hours{1}}, unknown = EveryRun{}, missed = Within{minutes{10}};
  struct Row { std::vector<Rule> rules; std::string state; };
  for (const auto& [rules, expected] : std::vector<Row>{{{met}, "met"},
                                                        {{met, pending}, "pending"},
                                                        {{pending, unknown, met}, "unknown"},
                                                        {{pending, missed, unknown, met}, "missed"}}) {
    Fleet fleet = FleetOf(kHourly);
    JobDef job = *fleet.jobs[0];
    job.objectives.clear();
    for (const Rule& rule : rules) job.objectives.push_back({"o" + std::to_string(job.objectives.size()), rule, {}, "critical", ObjectiveFrom::kJob});
    fleet.jobs[0] = std::make_shared<const JobDef>(job);
    Tracker tracker;
    tracker.SetFleet(fleet);
    Tell(tracker, facts, TimePoint::min(), At("02T04:00:00Z"));
    EXPECT_EQ(StateName(tracker.Judge("j", At("02T04:00:00Z")).state->state), expected);
  }
}

// ---- closed undecided ----

TEST(Undecided, AMissStandsThroughDarkWindowsButAMetOneDoesNot) {
  const Facts missed = Join(EachMinute("02T00:00:00Z", "02T03:01:00Z"), {Job("02T00:00:00Z")});
  EXPECT_EQ(VerdictAt(kHourly, missed, "02T09:00:00Z"), "missed");
  const Facts met = Join(missed, {Ran("a", "02T02:00:00Z", "02T02:05:00Z")});
  EXPECT_EQ(VerdictAt(kHourly, met, "02T09:00:00Z"), "unknown");
  EXPECT_TRUE(JudgeAt(kHourly, met, "02T09:00:00Z").objectives[0].closed_undecided);
}

TEST(Undecided, AStandingMissEndsWithAnySuccessLaterThanItsWindow) {
  const Facts missed = Join(EachMinute("02T00:00:00Z", "02T03:01:00Z"), {Job("02T00:00:00Z")});  // of 02:00, closed at 03:00
  for (const auto& [finished, verdict] : Timeline{{"02T03:00:00Z", "missed"}, {"02T03:00:00.000001Z", "unknown"}}) {
    EXPECT_EQ(VerdictAt(kHourly, Join(missed, {Ran("old", "01T20:00:00Z", finished)}), "02T09:00:00Z"), verdict) << finished;
  }
}

TEST(Unproven, IsToldOnlyWhileTheSourcesAreUp) {
  const Facts met = Join(EachMinute("02T00:00:00Z", "02T03:01:00Z"), {Job("02T00:00:00Z"), Ran("a", "02T02:00:00Z", "02T02:05:00Z")});
  for (const bool up : {true, false}) {
    Tracker tracker = TrackerOf(kHourly);
    Tell(tracker, met, TimePoint::min(), At("02T09:00:00Z"));
    const auto states = tracker.Evaluate(At("02T09:00:00Z"), [&](const std::string&, const std::string&) { return up; });
    EXPECT_EQ(states.at(0)->objectives.at(0).unproven, up);
  }
}

}  // namespace
}  // namespace batchslo
