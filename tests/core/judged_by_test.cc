#include "exporter/core/judged_by.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/core/story.h"

namespace batchslo {
namespace {

const SourceDef kNoSource;

JobDef Whole() {
  JobDef job = *FleetOf({.rule = Within{hours{1}}, .with = With::kTwoOutputs, .checks = {{"rows", RowsCheck{Compare::kLess, 5}}}}).jobs[0];
  job.runs_source = "k8s";
  job.objectives.push_back({"due", DailyAt10(Duration{hours{3}}), minutes{5}, "critical", ObjectiveFrom::kJob});
  job.objectives.push_back({"each", EveryRun{1, Duration{hours{1}}, false}, {}, "warning", ObjectiveFrom::kJob});
  return job;
}

By DueAt(const std::string& text, const std::string& zone) { return By{ParseDeadline(text, Zone::Find(zone).Value()).Value(), {}}; }

CalendarRef Closed(std::uint8_t weekdays, const std::string& maintained_until) {
  Calendar calendar;
  calendar.weekdays = weekdays;
  calendar.maintenance = {{At("02T00:00:00Z"), At(maintained_until), "maintenance"}};
  Seal(calendar);
  return CalendarRef(std::move(calendar));
}

struct Edit {
  std::string name;
  std::function<void(JobDef&)> make;
};

TEST(JudgedBy, EveryRuleByWhichAVerdictIsGivenCounts) {
  const std::vector<Edit> edits = {
      {"window", [](JobDef& job) { job.objectives[0].rule = Within{hours{2}}; }},
      {"kind", [](JobDef& job) { job.objectives[0].rule = StartBy{hours{1}}; }},
      {"other kind", [](JobDef& job) { job.objectives[0].rule = MaxRuntime{hours{1}}; }},
      {"checks", [](JobDef& job) { job.objectives[0].rule = Checks{}; }},
      {"grace", [](JobDef& job) { job.objectives[0].grace = minutes{1}; }},
      {"name", [](JobDef& job) { job.objectives[0].name = "another"; }},
      {"deadline", [](JobDef& job) { job.objectives[1].rule = DueAt("11:00", "UTC"); }},
      {"zone", [](JobDef& job) { job.objectives[1].rule = DueAt("11:00", "Asia/Tokyo"); }},
      {"since", [](JobDef& job) { job.objectives[1].rule = DailyAt10(Duration{hours{2}}); }},
      {"since a tick", [](JobDef& job) { job.objectives[1].rule = DailyAt10(ParseDeadline("3:00", Zone{}).Value()); }},
      {"no since", [](JobDef& job) { job.objectives[1].rule = DailyAt10(); }},
      {"tolerate", [](JobDef& job) { job.objectives[2].rule = EveryRun{2, Duration{hours{1}}, false}; }},
      {"finish within", [](JobDef& job) { job.objectives[2].rule = EveryRun{1, Duration{hours{2}}, false}; }},
      {"until the next tick", [](JobDef& job) { job.objectives[2].rule = EveryRun{1, std::nullopt, false}; }},
      {"derived", [](JobDef& job) { job.objectives[2].rule = EveryRun{1, Duration{hours{1}}, true}; }},
      {"runs", [](JobDef& job) { job.runs_source = "airflow"; }},
      {"schedule", [](JobDef& job) { job.schedule = "0 1 * * *"; }},
      {"zone of the schedule", [](JobDef& job) { job.schedule_timezone = "Asia/Tokyo"; }},
      {"dialect", [](JobDef& job) { job.schedule_dialect = "vixie"; }},
      {"success", [](JobDef& job) { job.success = SuccessMode::kAny; }},
      {"manual", [](JobDef& job) { job.count_manual = false; }},
      {"backfill", [](JobDef& job) { job.count_backfill = true; }},
      {"one output less", [](JobDef& job) { job.outputs.pop_back(); }},
      {"name of an output", [](JobDef& job) { job.outputs[0].name = "v"; }},
      {"source of an output", [](JobDef& job) { job.outputs[0].source = "bq"; }},
      {"no check", [](JobDef& job) { job.outputs[0].checks.clear(); }},
      {"bound", [](JobDef& job) { job.outputs[0].checks[0].rule = RowsCheck{Compare::kLess, 6}; }},
      {"comparison", [](JobDef& job) { job.outputs[0].checks[0].rule = RowsCheck{Compare::kLessEqual, 5}; }},
      {"column", [](JobDef& job) { job.outputs[0].checks[0].rule = NotNullCheck{"c"}; }},
      {"calendar", [](JobDef& job) { job.objectives[1].calendar = Closed(0x3e, "03T00:00:00Z"); }},
      {"another calendar", [](JobDef& job) { job.objectives[1].calendar = Closed(0x3f, "03T00:00:00Z"); }},
      {"maintenance", [](JobDef& job) { job.objectives[0].calendar = Closed(0x3e, "03T00:00:00Z"); }},
      {"more maintenance", [](JobDef& job) { job.objectives[0].calendar = Closed(0x3e, "04T00:00:00Z"); }},
      {"percent", [](JobDef& job) { job.outputs[0].checks[0].rule = ShrinkCheck{20, Compare::kLess}; }},
      {"other percent", [](JobDef& job) { job.outputs[0].checks[0].rule = ShrinkCheck{20.5, Compare::kLess}; }},
      {"partition", [](JobDef& job) { job.outputs[0].checks[0].rule = PartitionCheck{Zone{}, 3, {}}; }},
      {"its fields", [](JobDef& job) { job.outputs[0].checks[0].rule = PartitionCheck{Zone{}, 2, {}}; }},
      {"how far behind it is", [](JobDef& job) { job.outputs[0].checks[0].rule = PartitionCheck{Zone{}, 3, days{1}}; }},
      {"its zone", [](JobDef& job) { job.outputs[0].checks[0].rule = PartitionCheck{Zone::Find("Asia/Tokyo").Value(), 3, {}}; }},
  };
  std::map<std::uint64_t, std::string> seen = {{JudgedBy(Whole(), kNoSource), "unchanged"}};
  for (const Edit& edit : edits) {
    JobDef job = Whole();
    edit.make(job);
    const auto [at, fresh] = seen.emplace(JudgedBy(job, kNoSource), edit.name);
    EXPECT_TRUE(fresh) << edit.name << " is like " << at->second;
  }
}

TEST(JudgedBy, HowTheSourceOfItsRunsIsReadCounts) {
  const std::vector<std::function<void(SourceDef&)>> edits = {
      [](SourceDef& source) { source.dialect = "vixie"; }, [](SourceDef& source) { source.controller_timezone = "Asia/Tokyo"; },
      [](SourceDef& source) { source.coverage = Coverage::kHistory; }, [](SourceDef& source) { source.spool_allowance = minutes{2}; }};
  std::set<std::uint64_t> seen = {JudgedBy(Whole(), kNoSource)};
  for (const auto& edit : edits) {
    SourceDef source;
    edit(source);
    EXPECT_TRUE(seen.insert(JudgedBy(Whole(), source)).second) << seen.size();
  }
  SourceDef slower;
  slower.staleness = hours{1};
  EXPECT_EQ(JudgedBy(Whole(), slower), JudgedBy(Whole(), kNoSource));
}

TEST(JudgedBy, WhatIsOnlyShownDoesNot) {
  const std::vector<Edit> edits = {
      {"team", [](JobDef& job) { job.team = "data"; }},
      {"consumer", [](JobDef& job) { job.consumer = "finance"; }},
      {"runbook", [](JobDef& job) { job.runbook_url = "https://wiki"; }},
      {"suspend", [](JobDef& job) { job.max_suspend = hours{1}; }},
      {"severity", [](JobDef& job) { job.objectives[0].severity = "info"; }},
      {"whose word", [](JobDef& job) { job.objectives[0].from = ObjectiveFrom::kAnnotation; }},
  };
  for (const Edit& edit : edits) {
    JobDef job = Whole();
    edit.make(job);
    EXPECT_EQ(JudgedBy(job, kNoSource), JudgedBy(Whole(), kNoSource)) << edit.name;
  }
}

TEST(JudgedBy, OfACalendarOnlyTheMaintenanceIsSomethingToWithin) {
  JobDef one = Whole(), other = Whole();
  one.objectives[0].calendar = Closed(0x3e, "03T00:00:00Z");
  other.objectives[0].calendar = Closed(0x3f, "03T00:00:00Z");
  EXPECT_EQ(JudgedBy(one, kNoSource), JudgedBy(other, kNoSource));
}

TEST(JudgedBy, AnObjectiveIsJudgedByItsOwnRuleAndTheJobs) {
  JobDef job = Whole();
  const std::uint64_t first = JudgedBy(job, job.objectives[0], kNoSource), second = JudgedBy(job, job.objectives[1], kNoSource);
  EXPECT_NE(first, second);
  job.objectives[1].grace = minutes{9};
  EXPECT_EQ(JudgedBy(job, job.objectives[0], kNoSource), first);
  EXPECT_NE(JudgedBy(job, job.objectives[1], kNoSource), second);
  job.success = SuccessMode::kAny;
  EXPECT_NE(JudgedBy(job, job.objectives[0], kNoSource), first);
}

}  // namespace
}  // namespace batchslo
