// Jobs that need others: exporter/core/tracker_needs.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/core/tracker.h"
#include "tests/core/story.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

bool Up(const std::string&, const std::string&) { return true; }

const Rule kDerived = DerivedObjective("warning").rule;

std::shared_ptr<const JobDef> Def(const std::string& name, const Rule& rule, ObjectiveFrom from, std::vector<SharedText> needs = {}) {
  JobDef job;
  job.name = name;
  job.configured = true;
  job.runs_source = "k8s";
  job.objectives = {{std::string(KindName(rule)), rule, Duration{0}, from == ObjectiveFrom::kDerived ? "warning" : "critical", from}};
  if (!needs.empty()) job.needs = SharedValue<JobNames>(std::move(needs));
  return std::make_shared<const JobDef>(std::move(job));
}

// "import" at each full hour; "train", which needs it, at half past.
Fleet TwoJobs(const Rule& import, ObjectiveFrom from) {
  Fleet fleet = FleetOf({Within{hours{1}}});
  fleet.jobs = {Def("import", import, from), Def("train", Within{hours{3}}, ObjectiveFrom::kJob, {"import"})};
  return fleet;
}

Fact Of(Fact fact, const std::string& job) {
  if (auto* said = std::get_if<JobFact>(&fact.what)) said->job = job;
  if (auto* run = std::get_if<RunFact>(&fact.what)) run->job = job;
  if (auto* gone = std::get_if<GoneFact>(&fact.what)) gone->job = job;
  return fact;
}

Facts Both(const std::string& train_schedule = "30 * * * *") {
  return Join(EachMinute("02T00:30:00Z", "02T09:00:00Z"), {Of(Job("02T00:30:00Z"), "import"), Of(Job("02T00:30:00Z", {.schedule = train_schedule}), "train"),
                                                           Of(Ran("t", "02T00:30:00Z", "02T00:40:00Z"), "train")});
}

std::vector<std::string> ObjectivesOf(const JobState& job) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < job.objectives.size(); ++i) texts.push_back(*job.def->objectives[i].name + ": " + Text(job.objectives[i]));
  return texts;
}

std::vector<std::string> BlockedBy(const JobState& job) {
  std::vector<std::string> names;
  if (job.blocked_by) names.assign(job.blocked_by->begin(), job.blocked_by->end());
  return names;
}

struct Seen {
  Tracker tracker;
  std::vector<std::shared_ptr<const JobState>> jobs;
  TimePoint told = TimePoint::min();
  void Go(const Facts& facts, const std::string& to) {
    Tell(tracker, facts, told, At(to));
    told = At(to);
    jobs = tracker.Evaluate(told, Up);
  }
};

Seen See(const Fleet& fleet, const Facts& facts, const std::string& now) {
  Seen seen;
  seen.tracker.SetFleet(fleet);
  seen.Go(facts, now);
  return seen;
}

TEST(Needs, AJobIsBlockedWhileItsUpstreamIsMissedAndNoLonger) {
  const Facts facts = Join(Both(), {Of(Ran("i", "02T01:00:00Z", "02T01:05:00Z"), "import"), Of(Ran("j", "02T03:00:00Z", "02T03:05:00Z"), "import")});
  Seen seen = See(TwoJobs(Within{hours{1}}, ObjectiveFrom::kJob), facts, "02T01:30:00Z");
  for (const auto& [now, blocked] : {std::pair("02T01:30:00Z", false), {"02T02:04:00Z", false}, {"02T02:05:00Z", true}, {"02T03:04:00Z", true}, {"02T03:06:00Z", false}}) {
    seen.Go(facts, now);
    EXPECT_EQ(BlockedBy(*seen.jobs[1]), blocked ? std::vector<std::string>{"import"} : std::vector<std::string>()) << now;
    EXPECT_THAT(BlockedBy(*seen.jobs[0]), IsEmpty()) << now;
  }
}

TEST(Needs, OneThatStandsBehindIsHeededInTheSameEvaluation) {
  Fleet fleet = FleetOf({Within{hours{1}}});
  fleet.jobs = {Def("a", Within{hours{9}}, ObjectiveFrom::kJob, {"z", "y"}), Def("y", Within{hours{9}}, ObjectiveFrom::kJob), Def("z", Within{minutes{10}}, ObjectiveFrom::kJob)};
  const Facts facts = Join(EachMinute("02T00:30:00Z", "02T02:00:00Z"), {Of(Job("02T00:30:00Z"), "a"), Of(Job("02T00:30:00Z"), "y"), Of(Job("02T00:30:00Z"), "z")});
  EXPECT_THAT(BlockedBy(*See(fleet, facts, "02T01:00:00Z").jobs[0]), ElementsAre("z"));
}

TEST(Needs, APausedOrGoneJobIsNotBlocked) {
  for (const Fact& end : {Of(Paused("02T02:30:00Z", true), "train"), Of(Gone("02T02:30:00Z"), "train")}) {
    const Facts facts = Join(Both(), {end});
    Seen seen = See(TwoJobs(Within{hours{1}}, ObjectiveFrom::kJob), facts, "02T02:29:00Z");
    EXPECT_THAT(BlockedBy(*seen.jobs[1]), ElementsAre("import"));
    seen.Go(facts, "02T02:31:00Z");
    EXPECT_THAT(BlockedBy(*seen.jobs[1]), IsEmpty());
  }
}

TEST(Needs, AnUpstreamThatNobodyKnowsBlocksNothing) {
  Fleet fleet = TwoJobs(Within{hours{1}}, ObjectiveFrom::kJob);
  fleet.jobs.erase(fleet.jobs.begin());
  EXPECT_THAT(BlockedBy(*See(fleet, Both(), "02T05:00:00Z").jobs[0]), IsEmpty());
}

TEST(Needs, ABlockedJobIsTheSameObjectWhileNothingHappensToIt) {
  Seen seen = See(TwoJobs(Within{hours{1}}, ObjectiveFrom::kJob), Both(), "02T02:30:00Z");
  ASSERT_THAT(BlockedBy(*seen.jobs[1]), ElementsAre("import"));
  EXPECT_EQ(seen.tracker.Evaluate(At("02T02:30:01Z"), Up).at(1), seen.jobs[1]);
}

// ---- when an upstream is due ----

TEST(Needs, AnUpstreamWithoutADeadlineIsDueWhenTheJobStarts) {
  const Facts facts = Join(Both(), {Of(Ran("i", "02T01:00:00Z", "02T01:05:00Z"), "import")});
  const Fleet fleet = TwoJobs(kDerived, ObjectiveFrom::kDerived);
  EXPECT_THAT(ObjectivesOf(*See(fleet, facts, "02T01:10:00Z").jobs[0]), ElementsAre("every_run: met", "needed by train: met"));
  Seen later = See(fleet, facts, "02T02:29:00Z");
  EXPECT_THAT(ObjectivesOf(*later.jobs[0]), ElementsAre("every_run: met", "needed by train: met"));
  EXPECT_EQ(later.jobs[0]->objectives[1].next_due, At("02T02:30:00Z"));
  later.Go(facts, "02T02:32:00Z");
  EXPECT_THAT(ObjectivesOf(*later.jobs[0]), ElementsAre("every_run: met", "needed by train: missed"));
  EXPECT_THAT(BlockedBy(*later.jobs[1]), ElementsAre("import"));
  EXPECT_EQ(later.jobs[0]->def->objectives[1].severity, "warning");
}

TEST(Needs, ADeadlineThatSomebodyWroteIsTheOnlyOne) {
  EXPECT_THAT(ObjectivesOf(*See(TwoJobs(DailyAt10(), ObjectiveFrom::kJob), Both(), "02T01:10:00Z").jobs[0]), testing::SizeIs(1));
}

TEST(Needs, AnotherScheduleOfTheJobIsAnotherDeadline) {
  const Facts facts = Join(Both(), {Of(Job("02T03:00:00Z", {.schedule = "45 * * * *"}), "train")});
  Seen seen = See(TwoJobs(kDerived, ObjectiveFrom::kDerived), facts, "02T02:40:00Z");
  EXPECT_EQ(seen.jobs[0]->objectives[1].next_due, At("02T03:30:00Z"));
  seen.Go(facts, "02T03:01:00Z");
  EXPECT_EQ(seen.jobs[0]->objectives[1].next_due, At("02T03:45:00Z"));
}

TEST(Needs, SchedulesWithoutTicksMakeNoDeadline) {
  for (const char* schedule : {"@every 30m", "0 0 30 2 *", "nonsense"}) {
    EXPECT_THAT(ObjectivesOf(*See(TwoJobs(kDerived, ObjectiveFrom::kDerived), Both(schedule), "02T01:10:00Z").jobs[0]), testing::SizeIs(1)) << schedule;
  }
}

TEST(Needs, AReloadTakesThemAwayAndBringsThemBack) {
  const Fleet with = TwoJobs(kDerived, ObjectiveFrom::kDerived);
  Fleet without = with;
  without.jobs[1] = Def("train", Within{hours{3}}, ObjectiveFrom::kJob);
  Seen seen = See(with, Both(), "02T02:32:00Z");
  EXPECT_THAT(BlockedBy(*seen.jobs[1]), ElementsAre("import"));
  seen.tracker.SetFleet(without);
  seen.Go({}, "02T02:33:00Z");
  EXPECT_THAT(ObjectivesOf(*seen.jobs[0]), testing::SizeIs(1));
  EXPECT_THAT(BlockedBy(*seen.jobs[1]), IsEmpty());
  seen.tracker.SetFleet(with);
  seen.Go({}, "02T02:34:00Z");
  EXPECT_THAT(ObjectivesOf(*seen.jobs[0]), testing::SizeIs(2));
}

}  // namespace
}  // namespace batchslo
