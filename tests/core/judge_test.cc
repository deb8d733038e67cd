// The semantics, sentence by sentence: a little language of facts, one table row a claim.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "exporter/core/tracker.h"

namespace batchslo {
namespace {

TimePoint At(const std::string& clock) { return ParseRfc3339("2026-03-" + clock).Value(); }  // "02T10:00:00Z"

Fact Make(const std::string& observed, decltype(Fact::what) what, const std::string& source = "k8s") { return {source, At(observed), std::move(what)}; }
Fact Job(const std::string& observed, std::optional<bool> paused = {}, std::optional<std::string> schedule = "0 * * * *") {
  JobFact fact;
  fact.job = "j";
  fact.schedule = std::move(schedule);
  fact.paused = paused;
  return Make(observed, fact);
}
Fact View(const std::string& observed) { return Make(observed, ViewFact{}); }
std::vector<Fact> Views(const std::string& from, const std::string& to) {
  std::vector<Fact> views;
  for (TimePoint at = At(from); at <= At(to); at += seconds{60}) views.push_back({"k8s", at, ViewFact{}});
  return views;
}
struct Times {
  std::string scheduled, started, finished;
};
Fact RunOf(const std::string& observed, const std::string& id, Outcome outcome, const Times& times, Trigger trigger = Trigger::kScheduled) {
  const auto maybe = [](const std::string& text) { return text.empty() ? std::optional<TimePoint>() : At(text); };
  RunFact fact;
  fact.job = "j";
  fact.run_id = id;
  fact.outcome = outcome;
  fact.trigger = trigger;
  fact.scheduled = maybe(times.scheduled);
  fact.started = maybe(times.started);
  fact.finished = maybe(times.finished);
  return Make(observed, fact);
}
Fact Moved(const std::string& observed, const std::string& updated, std::optional<std::int64_t> rows = {}) {
  ObservationFact fact;
  fact.job = "j";
  fact.output = "t";
  fact.updated = At(updated);
  fact.rows = rows;
  return Make(observed, fact, "dwh");
}

enum class With { kRuns, kOutput, kBoth };

Tracker MakeTracker(Rule rule, With with, Duration grace = {}) {
  Fleet fleet;
  SourceDef k8s, dwh;
  k8s.name = "k8s";
  k8s.staleness = seconds{180};
  dwh.name = "dwh";
  dwh.coverage = Coverage::kLastValue;
  dwh.staleness = seconds{90};
  fleet.sources = {k8s, dwh};
  JobDef job;
  job.name = "j";
  job.configured = true;
  if (with != With::kOutput) job.runs_source = "k8s";
  if (with != With::kRuns) job.outputs = {{"t", "dwh", {}}};
  job.objectives = {{"o", std::move(rule), grace, "critical", ObjectiveFrom::kJob}};
  fleet.jobs = {job};
  Tracker tracker;
  tracker.SetFleet(fleet);
  return tracker;
}

std::string VerdictAt(Tracker& tracker, std::vector<Fact> facts, const std::string& now) {
  std::stable_sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) { return a.observed < b.observed; });
  for (const Fact& fact : facts) {
    if (fact.observed <= At(now)) tracker.Apply(fact);
  }
  const JudgedJob judged = tracker.Judge("j", At(now));
  const ObjectiveState& state = judged.state->objectives[0];
  return std::string(VerdictName(state.verdict)) + (state.late ? " late" : "");
}

std::vector<Fact> Join(std::vector<Fact> a, const std::vector<Fact>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

By Daily10(std::variant<std::monostate, Duration, Ticks> since = {}) { return By{ParseDeadline("10:00", Zone{}).Value(), std::move(since)}; }

TEST(By, DailyTableThatComesLateIsMissedThenLateEveryDay) {
  const std::vector<Fact> facts = {Moved("01T10:30:10Z", "01T10:30:00Z"), Moved("02T10:00:02Z", "01T10:30:00Z"), Moved("02T10:30:10Z", "02T10:30:00Z"),
                                   Moved("03T10:00:02Z", "02T10:30:00Z")};
  for (const auto& [now, verdict] : std::vector<std::pair<std::string, std::string>>{{"01T10:31:00Z", "met late"},
                                                                                     {"02T10:00:00Z", "met late"},
                                                                                     {"02T10:00:02Z", "missed"},
                                                                                     {"02T10:30:09Z", "missed"},
                                                                                     {"02T10:30:10Z", "met late"},
                                                                                     {"03T10:00:02Z", "missed"}}) {
    Tracker tracker = MakeTracker(Daily10(), With::kOutput);
    EXPECT_EQ(VerdictAt(tracker, facts, now), verdict) << now;
  }
}

TEST(By, SuccessExactlyAtDuePlusGraceIsInTime) {
  for (const auto& [updated, verdict] : std::vector<std::pair<std::string, std::string>>{
           {"02T10:04:59.999999Z", "met"}, {"02T10:05:00Z", "met"}, {"02T10:05:00.000001Z", "met late"}}) {
    Tracker tracker = MakeTracker(Daily10(), With::kOutput, minutes{5});
    EXPECT_EQ(VerdictAt(tracker, {Moved("01T22:00:00Z", "01T09:00:00Z"), Moved("02T10:06:00Z", updated)}, "02T10:06:00Z"), verdict) << updated;
  }
}

TEST(By, WithoutAViewPastTheDueInstantItIsUnknown) {
  const std::vector<Fact> before = {Moved("01T09:00:00Z", "01T08:00:00Z"), Moved("02T09:59:59Z", "01T08:00:00Z")};
  Tracker dark = MakeTracker(Daily10(), With::kOutput);
  EXPECT_EQ(VerdictAt(dark, before, "02T10:00:01Z"), "unknown");
  Tracker exactly = MakeTracker(Daily10(), With::kOutput);
  EXPECT_EQ(VerdictAt(exactly, Join(before, {Moved("02T10:00:00Z", "01T08:00:00Z")}), "02T10:00:01Z"), "unknown");
  Tracker past = MakeTracker(Daily10(), With::kOutput);
  EXPECT_EQ(VerdictAt(past, Join(before, {Moved("02T10:00:00.000001Z", "01T08:00:00Z")}), "02T10:00:01Z"), "missed");
}

TEST(By, AMissStandsWhileTheSourceIsDark) {
  Tracker tracker = MakeTracker(Daily10(), With::kOutput);
  EXPECT_EQ(VerdictAt(tracker, {Moved("01T09:00:00Z", "01T08:00:00Z"), Moved("02T10:00:02Z", "01T08:00:00Z")}, "05T12:00:00Z"), "missed");
}

TEST(By, LateOverTheWireButInTimeMeetsTheWindowAfterAll) {
  Tracker tracker = MakeTracker(Daily10(), With::kOutput);
  EXPECT_EQ(VerdictAt(tracker, {Moved("01T09:00:00Z", "01T08:00:00Z"), Moved("02T10:00:02Z", "01T08:00:00Z"), Moved("02T12:00:00Z", "02T09:00:00Z")}, "02T12:00:00Z"), "met");
}

TEST(By, SinceOpensTheWindow) {
  Tracker too_early = MakeTracker(Daily10(Duration{hours{2}}), With::kOutput);
  const std::vector<Fact> facts = {Moved("01T09:00:00Z", "01T08:30:00Z"), Moved("02T10:00:02Z", "02T07:59:59Z")};
  EXPECT_EQ(VerdictAt(too_early, facts, "02T10:00:02Z"), "missed");
  Tracker in_it = MakeTracker(Daily10(Duration{hours{2}}), With::kOutput);
  EXPECT_EQ(VerdictAt(in_it, {facts[0], Moved("02T10:00:02Z", "02T08:00:00Z")}, "02T10:00:02Z"), "met");
}

TEST(By, RunAndOutputMustBothBeThere) {
  const auto run = RunOf("02T09:40:00Z", "r", Outcome::kSucceeded, {"02T09:00:00Z", "02T09:00:05Z", "02T09:30:00Z"});
  const std::vector<Fact> seen = Join(Views("02T08:00:00Z", "02T10:02:00Z"), {Job("02T08:00:00Z")});
  Tracker no_output = MakeTracker(Daily10(), With::kBoth);
  EXPECT_EQ(VerdictAt(no_output, Join(seen, {run, Moved("02T08:00:00Z", "01T09:20:00Z"), Moved("02T10:00:02Z", "01T09:20:00Z")}), "02T10:01:00Z"), "missed");
  Tracker both = MakeTracker(Daily10(), With::kBoth);
  EXPECT_EQ(VerdictAt(both, Join(seen, {run, Moved("02T10:00:02Z", "02T09:29:00Z")}), "02T10:01:00Z"), "met");
}

TEST(Within, NowExactlyAtTheEndIsNoLongerMet) {
  const auto success = RunOf("02T10:00:10Z", "r", Outcome::kSucceeded, {"", "", "02T10:00:00Z"});
  for (const auto& [now, verdict] : std::vector<std::pair<std::string, std::string>>{
           {"02T10:29:59.999999Z", "met"}, {"02T10:30:00Z", "missed"}, {"02T10:45:00Z", "missed"}}) {
    Tracker tracker = MakeTracker(Within{minutes{30}}, With::kRuns);
    EXPECT_EQ(VerdictAt(tracker, Join(Views("02T09:00:00Z", "02T10:30:00Z"), {success}), now), verdict) << now;
  }
}

TEST(Within, AGapInTheViewsLeavesItUnknown) {
  const auto success = RunOf("02T10:00:10Z", "r", Outcome::kSucceeded, {"", "", "02T10:00:00Z"});
  Tracker tracker = MakeTracker(Within{minutes{30}}, With::kRuns);
  EXPECT_EQ(VerdictAt(tracker, Join(Join(Views("02T09:00:00Z", "02T10:10:00Z"), Views("02T10:13:01Z", "02T10:40:00Z")), {success}), "02T10:35:00Z"), "unknown");
}

TEST(Within, SourceDownAfterASuccessIsStillMet) {
  Tracker tracker = MakeTracker(Within{minutes{30}}, With::kRuns);
  EXPECT_EQ(VerdictAt(tracker, {View("02T10:00:00Z"), RunOf("02T10:00:10Z", "r", Outcome::kSucceeded, {"", "", "02T10:00:00Z"})}, "02T10:10:00Z"), "met");
}

TEST(Within, ManualRunsCountAndBackfillsDoNot) {
  for (const auto& [trigger, verdict] : std::vector<std::pair<Trigger, std::string>>{{Trigger::kManual, "met"}, {Trigger::kBackfill, "pending"}}) {
    Tracker tracker = MakeTracker(Within{minutes{30}}, With::kRuns);
    EXPECT_EQ(VerdictAt(tracker, {View("02T10:00:00Z"), RunOf("02T10:01:00Z", "r", Outcome::kSucceeded, {"", "", "02T10:00:30Z"}, trigger)}, "02T10:10:00Z"), verdict);
  }
}

TEST(EveryRun, OneOfTheRunsBeforeMayStandIn) {
  const std::vector<Fact> seen = Join(Views("02T00:00:00Z", "02T04:05:00Z"), {Job("02T00:00:00Z")});
  const auto good = RunOf("02T01:10:00Z", "a", Outcome::kSucceeded, {"02T01:00:00Z", "", "02T01:05:00Z"});
  const auto bad = RunOf("02T02:10:00Z", "b", Outcome::kFailed, {"02T02:00:00Z", "", "02T02:05:00Z"});
  Tracker tolerant = MakeTracker(EveryRun{1, std::nullopt, false}, With::kRuns);
  EXPECT_EQ(VerdictAt(tolerant, Join(seen, {good, bad}), "02T03:00:30Z"), "met");
  Tracker strict = MakeTracker(EveryRun{0, std::nullopt, false}, With::kRuns);
  EXPECT_EQ(VerdictAt(strict, Join(seen, {good, bad}), "02T03:01:00Z"), "missed");
}

TEST(EveryRun, WithoutAScheduleItIsUnknown) {
  Tracker tracker = MakeTracker(EveryRun{0, std::nullopt, false}, With::kRuns);
  EXPECT_EQ(VerdictAt(tracker, Join(Views("02T00:00:00Z", "02T01:00:00Z"), {Job("02T00:00:00Z", {}, {})}), "02T01:00:00Z"), "unknown");
}

TEST(StartBy, ARunThatNeverStartsIsMissed) {
  const std::vector<Fact> seen = Join(Views("02T00:30:00Z", "02T01:20:00Z"), {Job("02T00:30:00Z")});
  const auto waiting = RunOf("02T01:00:01Z", "a", Outcome::kRunning, {"02T01:00:00Z", "", ""});
  Tracker never = MakeTracker(StartBy{minutes{15}}, With::kRuns);
  EXPECT_EQ(VerdictAt(never, Join(seen, {waiting}), "02T01:16:00Z"), "missed");
  Tracker late = MakeTracker(StartBy{minutes{15}}, With::kRuns);
  EXPECT_EQ(VerdictAt(late, Join(seen, {RunOf("02T01:16:30Z", "a", Outcome::kRunning, {"02T01:00:00Z", "02T01:16:00Z", ""})}), "02T01:17:00Z"), "met late");
  Tracker started = MakeTracker(StartBy{minutes{15}}, With::kRuns);
  EXPECT_EQ(VerdictAt(started, Join(seen, {RunOf("02T01:01:00Z", "a", Outcome::kRunning, {"02T01:00:00Z", "02T01:00:05Z", ""})}), "02T01:17:00Z"), "met");
}

TEST(MaxRuntime, MissedOnlyByAViewPastTheLimit) {
  const std::vector<Fact> running = {Job("02T00:00:00Z"), RunOf("02T01:00:10Z", "a", Outcome::kRunning, {"02T01:00:00Z", "02T01:00:00Z", ""})};
  Tracker before = MakeTracker(MaxRuntime{hours{1}}, With::kRuns);
  EXPECT_EQ(VerdictAt(before, Join(running, {View("02T02:00:00Z")}), "02T02:01:00Z"), "met");
  Tracker after = MakeTracker(MaxRuntime{hours{1}}, With::kRuns);
  EXPECT_EQ(VerdictAt(after, Join(running, {View("02T02:00:01Z")}), "02T05:00:00Z"), "missed");
  Tracker stale = MakeTracker(MaxRuntime{hours{1}}, With::kRuns);
  EXPECT_EQ(VerdictAt(stale, Join(running, {View("02T01:30:00Z")}), "02T01:33:01Z"), "unknown");
}

TEST(Pause, StartsTheVerdictAnewButAProvenMissStands) {
  const std::vector<Fact> seen = Views("02T00:00:00Z", "02T09:00:00Z");
  const std::vector<Fact> facts = Join(seen, {Job("02T00:00:00Z", false), Job("02T04:30:00Z", true), Job("02T06:30:00Z", false)});
  Tracker paused = MakeTracker(EveryRun{0, std::nullopt, false}, With::kRuns);
  EXPECT_EQ(VerdictAt(paused, facts, "02T05:00:00Z"), "paused");
  Tracker stands = MakeTracker(EveryRun{0, std::nullopt, false}, With::kRuns);
  EXPECT_EQ(VerdictAt(stands, facts, "02T06:45:00Z"), "missed");
  const auto good = RunOf("02T03:10:00Z", "g", Outcome::kSucceeded, {"02T03:00:00Z", "", "02T03:05:00Z"});
  Tracker pending = MakeTracker(EveryRun{0, std::nullopt, false}, With::kRuns);
  EXPECT_EQ(VerdictAt(pending, Join(facts, {good}), "02T06:45:00Z"), "pending");
}

TEST(Gone, ConfiguredJobIsMissedWhenItsWindowsClose) {
  Tracker tracker = MakeTracker(EveryRun{0, std::nullopt, false}, With::kRuns);
  GoneFact gone;
  gone.job = "j";
  EXPECT_EQ(VerdictAt(tracker, {Job("02T00:30:00Z"), View("02T00:30:00Z"), Make("02T01:10:00Z", gone)}, "02T02:00:01Z"), "missed");
}

TEST(Runs, AFirstSuccessStaysWhateverIsSaidLater) {
  Tracker tracker = MakeTracker(Within{hours{2}}, With::kRuns);
  EXPECT_EQ(VerdictAt(tracker, {View("02T01:00:00Z"), RunOf("02T01:00:00Z", "a", Outcome::kSucceeded, {"", "", "02T00:59:00Z"}), RunOf("02T01:10:00Z", "a", Outcome::kFailed, {"", "", "02T01:09:00Z"})}, "02T02:00:00Z"), "met");
}

TEST(RunLog, OrderAndRepetitionOfSightsDoNotMatter) {
  rc::check([] {
    std::vector<Sight> sights;
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
      Sight sight;
      sight.run_id = "r" + std::to_string(*rc::gen::inRange(0, 2));
      sight.observed = At("02T10:00:00Z") + seconds{i * 60};
      sight.outcome = static_cast<Outcome>(*rc::gen::inRange(0, 3));
      if (*rc::gen::arbitrary<bool>()) sight.started = sight.observed - seconds{*rc::gen::inRange(0, 100)};
      if (*rc::gen::arbitrary<bool>()) sight.finished = sight.observed - seconds{*rc::gen::inRange(0, 100)};
      sights.push_back(sight);
    }
    RunLog in_order;
    for (const Sight& sight : sights) in_order.Add(sight);
    for (const Sight& sight : sights) in_order.Add(sight);
    RC_ASSERT(in_order.Fold().size() <= 2);
    const auto folded = in_order.Fold();
    for (const auto& run : folded) {
      std::vector<Sight> own;
      for (const Sight& sight : sights) {
        if (sight.run_id == run.id) own.push_back(MadeWhole(sight));
      }
      std::sort(own.begin(), own.end(), Before);
      const auto expected = FoldSights(own.data(), own.data() + own.size());
      RC_ASSERT(run.outcome == expected.outcome);
      RC_ASSERT(run.finished == expected.finished);
      RC_ASSERT(run.earliest_start == expected.earliest_start);
    }
  });
}

// A random life of a job: hourly runs, some of them late or failed, views with gaps.
std::vector<Fact> RandomLife() {
  std::vector<Fact> facts = {Job("02T00:00:00Z")};
  for (int hour = 1; hour < 8; ++hour) {
    const TimePoint tick = At("02T00:00:00Z") + hours{hour};
    const int fate = *rc::gen::inRange(0, 4);
    if (fate == 3) continue;
    RunFact run;
    run.job = "j";
    run.run_id = "r" + std::to_string(hour);
    run.scheduled = tick;
    run.outcome = fate == 0 ? Outcome::kFailed : Outcome::kSucceeded;
    run.finished = tick + minutes{*rc::gen::inRange(1, 100)};
    facts.push_back({"k8s", *run.finished + seconds{1}, run});
  }
  for (TimePoint at = At("02T00:00:00Z"); at < At("02T10:00:00Z"); at += minutes{2}) {
    if (*rc::gen::inRange(0, 40) != 0) facts.push_back({"k8s", at, ViewFact{}});
  }
  return facts;
}

int Goodness(const std::string& verdict) { return verdict == "missed" ? 0 : verdict == "unknown" || verdict == "pending" ? 1 : 2; }

Rule RandomRule() {
  switch (*rc::gen::inRange(0, 3)) {
    case 0: return Within{minutes{*rc::gen::inRange(30, 200)}};
    case 1: return EveryRun{*rc::gen::inRange(0, 3), std::nullopt, false};
    default: return By{ParseDeadline("5:00", Zone{}).Value(), Duration{hours{3}}};
  }
}

RC_GTEST_PROP(Properties, AnAddedSuccessNeverWorsensAVerdict, ()) {
  const std::vector<Fact> facts = RandomLife();
  const Rule rule = RandomRule();
  RunFact added;
  added.job = "j";
  added.run_id = "added";
  added.outcome = Outcome::kSucceeded;
  added.finished = At("02T00:10:00Z") + minutes{*rc::gen::inRange(0, 500)};
  added.scheduled = *added.finished - minutes{*rc::gen::inRange(0, 50)};
  Tracker without = MakeTracker(rule, With::kRuns), with = MakeTracker(rule, With::kRuns);
  const std::string now = "02T0" + std::to_string(*rc::gen::inRange(1, 10)) + ":30:00Z";
  RC_ASSERT(Goodness(VerdictAt(with, Join(facts, {{"k8s", *added.finished, added}}), now)) >= Goodness(VerdictAt(without, facts, now)));
}

RC_GTEST_PROP(Properties, RemovedCoverageOnlyMovesMissedToUnknown, ()) {
  const std::vector<Fact> facts = RandomLife();
  std::vector<Fact> fewer;
  for (const Fact& fact : facts) {
    if (!std::holds_alternative<ViewFact>(fact.what) || *rc::gen::inRange(0, 3) != 0) fewer.push_back(fact);
  }
  const Rule rule = RandomRule();
  Tracker all = MakeTracker(rule, With::kRuns), some = MakeTracker(rule, With::kRuns);
  const std::string now = "02T0" + std::to_string(*rc::gen::inRange(1, 10)) + ":30:00Z";
  const std::string before = VerdictAt(all, facts, now), after = VerdictAt(some, fewer, now);
  if (before == "missed") {
    RC_ASSERT(after != "pending");
  } else if (Goodness(before) == 2) {
    RC_ASSERT(after == before || after == "unknown" || after == "pending" || Goodness(after) == 2);
  } else {
    RC_ASSERT(after != "missed");
  }
}

RC_GTEST_PROP(Properties, TrimmingChangesNoVerdict, ()) {
  const std::vector<Fact> facts = RandomLife();
  const Rule rule = RandomRule();
  Tracker whole = MakeTracker(rule, With::kRuns), trimmed = MakeTracker(rule, With::kRuns);
  for (int hour = 1; hour < 10; ++hour) {
    const TimePoint from = At("02T00:00:00Z") + hours{hour - 1}, to = from + hours{1};
    for (const Fact& fact : facts) {
      const bool now = fact.observed >= (hour == 1 ? TimePoint{} : from) && fact.observed < to;
      if (now) whole.Apply(fact), trimmed.Apply(fact);
    }
    trimmed.Trim(to);
    const auto a = whole.Judge("j", to).state->objectives[0], b = trimmed.Judge("j", to).state->objectives[0];
    RC_ASSERT(a.verdict == b.verdict);
    RC_ASSERT(a.late == b.late);
  }
}

}  // namespace
}  // namespace batchslo
