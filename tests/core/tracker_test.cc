// What a tracker keeps, forgets and takes over from the process before.
#include "exporter/core/tracker.h"

#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

const Subject kHourly{EveryRun{0, std::nullopt, false}};

bool Up(const std::string&, const std::string&) { return true; }

Facts LifeWithAMiss() {
  return Join(EachMinute("02T00:30:00Z", "02T09:00:00Z"),
              {Job("02T00:30:00Z"), Ran("a", "02T01:00:00Z", "02T01:05:00Z"), Paused("02T04:30:00Z", true), Paused("02T06:30:00Z", false)});
}

TEST(TrackerMemory, CarriesFirstSeenTheStateAndStandingMisses) {
  Tracker before = TrackerOf(kHourly);
  Tell(before, LifeWithAMiss(), TimePoint::min(), At("02T06:31:00Z"));
  const auto told = before.Evaluate(At("02T06:31:00Z"), Up).at(0);
  ASSERT_EQ(Text(told->objectives[0]), "missed");
  const auto memory = before.TakeChangedMemory();
  ASSERT_EQ(memory.size(), 1u);
  EXPECT_TRUE(before.TakeChangedMemory().empty());

  Tracker after = TrackerOf(kHourly);  // the facts from before are gone
  after.SetMemory("j", memory[0].second, At("02T06:32:00Z"));
  Tell(after, Join(EachMinute("02T06:32:00Z", "02T06:40:00Z"), {Job("02T06:32:00Z")}), TimePoint::min(), At("02T06:40:00Z"));
  const auto again = after.Evaluate(At("02T06:40:00Z"), Up).at(0);
  EXPECT_EQ(again->first_seen, At("02T00:30:00Z"));
  EXPECT_EQ(again->state, told->state);
  EXPECT_EQ(again->state_since, told->state_since);
}

TEST(TrackerMemory, AJobThatWasTakenOutIsJudgedAsFirstSeenWhenItComesBack) {
  const Subject hour{Within{hours{1}}};
  const Facts facts = Join(EachMinute("02T00:30:00Z", "02T09:00:00Z"), {Job("02T00:30:00Z"), Ran("a", "02T01:00:00Z", "02T01:05:00Z")});
  Tracker before = TrackerOf(hour);
  Tell(before, facts, TimePoint::min(), At("02T03:00:00Z"));
  EXPECT_EQ(Text(before.Evaluate(At("02T03:00:00Z"), Up).at(0)->objectives[0]), "missed");
  const auto left = Tracker::MemoryOfOneThatLeft(before.TakeChangedMemory().at(0).second, At("02T03:00:01Z"));
  EXPECT_FALSE(Tracker::MemoryOfOneThatLeft(*left, At("02T03:30:00Z")));
  std::string memory = *left;
  for (const char* back : {"02T06:00:00Z", "02T06:10:00Z"}) {  // the second: after a restart
    Tracker after = TrackerOf(hour);
    Tell(after, facts, TimePoint::min(), At(back));
    after.SetMemory("j", memory, At(back));
    EXPECT_EQ(Text(after.Evaluate(At(back), Up).at(0)->objectives[0]), "unknown");
    Tell(after, facts, At(back), At("02T07:01:00Z"));
    EXPECT_EQ(Text(after.Judge("j", At("02T06:59:59Z")).state->objectives[0]), "unknown");
    EXPECT_EQ(Text(after.Judge("j", At("02T07:01:00Z")).state->objectives[0]), "missed");
    for (const auto& [job, text] : after.TakeChangedMemory()) memory = text;
  }
}

TEST(TrackerMemory, WhatCanNotBeReadIsLeftOut) {
  for (const std::string& text : std::vector<std::string>{"", "nonsense", "standing\to", "first_seen\tnever", "state\tmet", std::string("\0\t\n", 3)}) {
    Tracker tracker = TrackerOf(kHourly);
    tracker.SetMemory("j", text, At("02T00:30:00Z"));
    Tell(tracker, LifeWithAMiss(), TimePoint::min(), At("02T01:10:00Z"));
    EXPECT_EQ(Text(tracker.Judge("j", At("02T01:10:00Z")).state->objectives[0]), "met") << text;
  }
}

TEST(Tracker, TellsWhichRunsHaveEndedWhereReportsMayComeLate) {
  const Facts facts = {RunOf("02T09:50:00Z", "b", Outcome::kSucceeded, {.finished = "02T09:30:00Z"}), RunOf("02T09:50:00Z", "c", Outcome::kFailed, {.finished = "02T09:20:00Z"}),
                       RunOf("02T09:50:00Z", "a", Outcome::kRunning, {.started = "02T09:10:00Z"})};
  for (const auto& [allowance, ended] : std::vector<std::pair<Duration, std::string>>{{minutes{2}, "c b "}, {Duration{0}, ""}}) {
    Tracker tracker = TrackerOf({.rule = Within{hours{1}}, .spool_allowance = allowance});
    Tell(tracker, facts, TimePoint::min(), At("02T10:00:00Z"));
    std::string ids;
    for (const auto& run : tracker.EndedRuns("k8s")) ids += run.run_id + " ";
    EXPECT_EQ(ids, ended);
  }
}

TEST(Tracker, ALastSuccessToldBeforeItsSourceIsKnownIsKept) {
  Subject subject{Within{minutes{30}}, With::kOutput};  // whose runs it has, the first fact of a job or run tells
  subject.success = SuccessMode::kAny;
  const Facts facts = {LastSuccess("02T10:00:00Z", "02T09:59:00Z"), Job("02T10:01:00Z")};
  EXPECT_EQ(JudgeAt(subject, facts, "02T10:02:00Z").state->last_success, At("02T09:59:00Z"));
}

TEST(Tracker, AJobThatCannotHaveChangedIsTheSameObject) {
  Tracker tracker = TrackerOf(kHourly);
  Tell(tracker, LifeWithAMiss(), TimePoint::min(), At("02T01:10:00Z"));
  const auto first = tracker.Evaluate(At("02T01:10:00Z"), Up).at(0);
  EXPECT_EQ(tracker.Evaluate(At("02T01:10:01Z"), Up).at(0), first);
  EXPECT_NE(tracker.Evaluate(At("02T02:00:00Z"), Up).at(0), first);  // the next tick has fallen
}

TEST(Tracker, FactsOfWhatIsNotFollowedAreTold) {
  Tracker tracker = TrackerOf(kHourly);
  Fact fact = Job("02T00:30:00Z");
  EXPECT_TRUE(tracker.Apply(fact));
  std::get<JobFact>(fact.what).job = "other";
  EXPECT_FALSE(tracker.Apply(fact));
  fact = View("02T00:30:00Z");
  fact.source = "elsewhere";
  EXPECT_FALSE(tracker.Apply(fact));
}

TEST(Tracker, WhoIsJudgedOtherwiseIsToldAgain) {
  Fleet fleet = FleetOf(kHourly);
  Tracker tracker;
  tracker.SetFleet(fleet);
  EXPECT_EQ(tracker.TakeToReload(), std::set<std::string>{"j"});  // new
  tracker.SetFleet(fleet);
  EXPECT_TRUE(tracker.TakeToReload().empty());
  JobDef job = *fleet.jobs[0];
  job.team = "data";
  fleet.jobs[0] = std::make_shared<const JobDef>(job);
  tracker.SetFleet(fleet);
  EXPECT_TRUE(tracker.TakeToReload().empty());
  fleet.sources[0].controller_timezone = "Asia/Kolkata";
  tracker.SetFleet(fleet);
  EXPECT_EQ(tracker.TakeToReload(), std::set<std::string>{"j"});
  job.objectives[0].grace = minutes{1};
  fleet.jobs[0] = std::make_shared<const JobDef>(job);
  tracker.SetFleet(fleet);
  EXPECT_EQ(tracker.TakeToReload(), std::set<std::string>{"j"});
}

TEST(TrackerTrim, ATableThatNeverPassedItsCheckIsMissedAllTheSame) {
  const Subject subject{.rule = Within{hours{2}}, .with = With::kOutput, .checks = {{"rows", RowsCheck{Compare::kGreaterEqual, 1000}}}};
  Tracker tracker = TrackerOf(subject);
  for (TimePoint at = At("02T00:00:00Z"); at < At("02T05:00:00Z"); at += minutes{1}) {
    Fact look = Moved("02T00:00:00Z", "02T00:00:00Z", 5);
    look.observed = at;
    std::get<ObservationFact>(look.what).updated = at - seconds{5};
    tracker.Apply(look);
    if (at.time_since_epoch() % minutes{20} == Duration{0}) tracker.Trim(at);
  }
  EXPECT_EQ(Text(tracker.Judge("j", At("02T05:00:00Z")).state->objectives[0]), "missed");
}

// What a success is owed in is twice as long where half of it is maintenance.
TEST(TrackerTrim, ATableThatNeverPassedItsCheckIsMissedOverMaintenanceToo) {
  Calendar calendar;
  calendar.recurring = {{ParseDeadline("30 * * * *", Zone{}).Value(), minutes{30}, "maintenance"}};
  Seal(calendar);
  const Subject subject{.rule = Within{minutes{50}}, .with = With::kOutput, .checks = {{"rows", RowsCheck{Compare::kGreaterEqual, 1000}}}, .calendar = CalendarRef(std::move(calendar))};
  Tracker tracker = TrackerOf(subject);
  for (TimePoint at = At("02T00:00:00Z"); at < At("02T05:00:00Z"); at += minutes{1}) {
    tracker.Apply(Moved(FormatRfc3339(at).substr(8), FormatRfc3339(at - seconds{5}).substr(8), 5));
    if (at.time_since_epoch() % minutes{20} == Duration{0}) tracker.Trim(at);
  }
  EXPECT_EQ(Text(tracker.Judge("j", At("02T05:00:00Z")).state->objectives[0]), "missed");
}

TEST(TrackerTrim, AMissThatAYoungerOneHidStandsWhenThatOneIsUndecidedAfterAll) {
  const Subject subject{StartBy{minutes{8}}};
  const Facts facts = Join(Join(EachMinute("02T00:30:00Z", "02T01:30:00Z"), EachMinute("02T04:50:00Z", "02T05:30:00Z")),
                           {Job("02T00:30:00Z"), RunOf("02T05:20:00Z", "a", Outcome::kFailed, {.finished = "02T05:19:00Z"})});
  for (const bool trims : {false, true}) {
    Tracker tracker = TrackerOf(subject);
    Tell(tracker, facts, TimePoint::min(), At("02T05:10:00Z"));
    EXPECT_EQ(tracker.Judge("j", At("02T05:10:00Z")).state->objectives[0].window->due, At("02T05:08:00Z"));
    if (trims) tracker.Trim(At("02T05:10:00Z"));
    Tell(tracker, facts, At("02T05:10:00Z"), At("02T05:30:00Z"));  // it may have started in time
    const ObjectiveState state = tracker.Judge("j", At("02T05:30:00Z")).state->objectives[0];
    EXPECT_EQ(Text(state), "missed") << trims;
    EXPECT_EQ(state.window->due, At("02T01:08:00Z")) << trims;
  }
}

TEST(TrackerTrim, ASuccessThatIsToldVeryLateDisprovesAMissFromBeforeTheHorizon) {
  const Facts facts = Join(EachMinute("02T00:30:00Z", "02T03:30:00Z"), {Job("02T00:30:00Z")});
  Tracker tracker = TrackerOf(kHourly);
  Tell(tracker, facts, TimePoint::min(), At("02T03:30:00Z"));
  for (const char* trim : {"02T03:30:00Z", "02T09:30:00Z"}) tracker.Trim(At(trim));
  EXPECT_EQ(Text(tracker.Judge("j", At("02T09:30:00Z")).state->objectives[0]), "missed");
  tracker.Apply(RunOf("02T09:30:00Z", "a", Outcome::kSucceeded, {.scheduled = "02T02:00:00Z", .finished = "02T02:10:00Z"}));
  EXPECT_EQ(Text(tracker.Judge("j", At("02T09:31:00Z")).state->objectives[0]), "unknown");
  tracker.Trim(At("02T09:31:00Z"));
  EXPECT_EQ(Text(tracker.Judge("j", At("02T09:31:00Z")).state->objectives[0]), "unknown");
}

// From 02:10 to 05:37, without a scheduled time: more than a trim keeps.
Facts FortyFailures(Trigger trigger) {
  Facts runs;
  for (int i = 0; i < 40; ++i) {
    const std::string at = "02T0" + std::to_string(2 + i / 10) + ":" + std::to_string(10 + i % 10 * 3) + ":00Z";
    runs.push_back(RunOf(at, "failed " + std::to_string(i), Outcome::kFailed, {.finished = at}, trigger));
  }
  return runs;
}

TEST(TrackerTrim, AnOldSuccessfulRunIsPairedWithTheMoveThatComesAtLast) {
  const Subject subject{.rule = Within{hours{2}}, .with = With::kBoth};
  Tracker tracker = TrackerOf(subject);
  const Facts facts = Join(Join(EachMinute("02T00:00:00Z", "02T20:00:00Z"), {Job("02T00:00:00Z"), Ran("good", "02T01:00:00Z", "02T01:05:00Z")}),
                           FortyFailures(Trigger::kScheduled));
  Tell(tracker, facts, TimePoint::min(), At("02T19:00:00Z"));
  tracker.Trim(At("02T19:00:00Z"));
  Tell(tracker, {Moved("02T19:30:00Z", "02T19:29:00Z")}, TimePoint::min(), At("02T19:30:00Z"));
  EXPECT_EQ(Text(tracker.Judge("j", At("02T19:30:00Z")).state->objectives[0]), "met");
}

TEST(TrackerTrim, TheRunByWhichEveryGoesStays) {
  Tracker tracker = TrackerOf(kHourly);
  const Facts facts = Join(Join(EachMinute("02T00:00:00Z", "02T20:00:00Z"), {Job("02T00:00:00Z", {.schedule = "@every 1h"}), Ran("a", "02T01:10:00Z", "02T01:15:00Z")}),
                           FortyFailures(Trigger::kManual));
  Tell(tracker, facts, TimePoint::min(), At("02T19:00:00Z"));
  tracker.Trim(At("02T19:00:00Z"));
  const ObjectiveState state = tracker.Judge("j", At("02T19:00:00Z")).state->objectives[0];
  EXPECT_EQ(Text(state), "missed");
  EXPECT_EQ(state.window->due, At("02T18:10:00Z"));
}

TEST(Tracker, WhatAReloadDidNotChangeGoesOnUndisturbed) {
  Tracker tracker = TrackerOf(kHourly);
  Tell(tracker, LifeWithAMiss(), TimePoint::min(), At("02T01:10:00Z"));
  const Fleet before = FleetOf(kHourly);
  tracker.SetFleet(before);
  const auto states = tracker.Evaluate(At("02T01:11:00Z"), Up);
  Fleet same = FleetOf(kHourly);
  ASSERT_NE(same.jobs[0], before.jobs[0]);
  KeepUnchanged(before, same);
  ASSERT_EQ(same.jobs[0], before.jobs[0]);
  EXPECT_FALSE(tracker.SetFleet(same));
  EXPECT_EQ(tracker.Evaluate(At("02T01:11:00Z"), Up)[0], states[0]);
  Fleet other = FleetOf(kHourly);
  JobDef job = *other.jobs[0];
  job.objectives[0].severity = "info";
  other.jobs[0] = std::make_shared<const JobDef>(job);
  KeepUnchanged(same, other);
  EXPECT_FALSE(tracker.SetFleet(other));
  EXPECT_EQ(tracker.Evaluate(At("02T01:11:00Z"), Up)[0]->def->objectives[0].severity, "info");
  EXPECT_TRUE(tracker.SetFleet({other.sources, {}}));  // it is dropped
}

TEST(Tracker, AChangedFleetKeepsTheHistoriesOfJobsThatStay) {
  Tracker tracker = TrackerOf(kHourly);
  Tell(tracker, LifeWithAMiss(), TimePoint::min(), At("02T01:10:00Z"));
  Fleet fleet = FleetOf({Within{hours{1}}});
  JobDef other = *fleet.jobs[0];
  other.name = "k";
  fleet.jobs.push_back(std::make_shared<const JobDef>(other));
  tracker.SetFleet(fleet);
  const auto states = tracker.Evaluate(At("02T01:11:00Z"), Up);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(Text(states[0]->objectives[0]), "met");
  fleet.jobs.erase(fleet.jobs.begin());
  tracker.SetFleet(fleet);
  EXPECT_EQ(tracker.Evaluate(At("02T01:12:00Z"), Up).size(), 1u);
}

}  // namespace
}  // namespace batchslo
