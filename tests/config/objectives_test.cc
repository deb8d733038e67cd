// What a job block says is to be met: exporter/config/objectives.cc, jobs.cc, outputs.cc.
#include "tests/config/parse.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> NamesOf(const JobDef& job) {
  std::vector<std::string> names;
  for (const Objective& objective : job.objectives)
    names.push_back(objective.name + ":" + std::string(KindName(objective.rule)));
  return names;
}

const Objective& Named(const JobDef& job, const std::string& name) {
  for (const Objective& objective : job.objectives) {
    if (objective.name == name) return objective;
  }
  ADD_FAILURE() << "no objective is named " << name;
  static const Objective kNone{};
  return kNone;
}

TimePoint At(std::string_view text) { return *ParseRfc3339(text); }

TEST(Objectives, TheShortFormsAreNamedByTheirKind) {
  const JobDef job = GoodJob(
      "{within: 30m, by: \"10:00\", every_run: {tolerate: 2, finish_within: 1h}, start_by: 15m, max_runtime: 3h}");
  EXPECT_THAT(NamesOf(job), ElementsAre("within:within", "by:by", "every_run:every_run", "start_by:start_by",
                                        "max_runtime:max_runtime"));
  EXPECT_EQ(std::get<Within>(Named(job, "within").rule).window, minutes{30});
  EXPECT_EQ(std::get<StartBy>(Named(job, "start_by").rule).limit, minutes{15});
  EXPECT_EQ(std::get<MaxRuntime>(Named(job, "max_runtime").rule).limit, hours{3});
  const auto every = std::get<EveryRun>(Named(job, "every_run").rule);
  EXPECT_EQ(every.tolerate, 2);
  EXPECT_EQ(every.finish_within, hours{1});
  EXPECT_FALSE(every.derived);
  for (const Objective& objective : job.objectives) {
    EXPECT_EQ(objective.severity, "critical");
    EXPECT_EQ(objective.from, ObjectiveFrom::kJob);
    EXPECT_EQ(objective.grace, Duration{0});
  }
}

TEST(Objectives, TheLongFormAllowsSeveralOfOneKindBesideShortOnes) {
  const JobDef job = GoodJob("{within: 1d, objectives: {morning: {by: \"10:00\"}, evening: {by: \"18:00 mon,wed\"}}}");
  EXPECT_THAT(NamesOf(job), ElementsAre("within:within", "morning:by", "evening:by"));
}

TEST(Objectives, WhatTheJobSaysIsTheDefaultOfItsObjectives) {
  const JobDef job = GoodJob(
      "{grace: 5m, severity: warning, since: 2h, objectives: {a: {by: \"10:00\"}, b: {by: \"10:00\", grace: 1m, "
      "severity: info, since: 3h}, c: {within: 1h, grace: 0}}}");
  EXPECT_EQ(Named(job, "a").grace, minutes{5});
  EXPECT_EQ(Named(job, "a").severity, "warning");
  EXPECT_EQ(std::get<Duration>(std::get<By>(Named(job, "a").rule).since), hours{2});
  EXPECT_EQ(Named(job, "b").grace, minutes{1});
  EXPECT_EQ(Named(job, "b").severity, "info");
  EXPECT_EQ(std::get<Duration>(std::get<By>(Named(job, "b").rule).since), hours{3});
  EXPECT_EQ(Named(job, "c").grace, Duration{0});
}

TEST(Objectives, TheZoneIsTheObjectivesElseTheJobsElseTheDefaultsElseUtc) {
  struct Row {
    std::string before, block, due;
  };
  const std::string tokyo = "defaults: {timezone: Asia/Tokyo}\n";
  const Row rows[] = {{"", "{objectives: {o: {by: \"10:00\"}}}", "2026-01-15T10:00:00Z"},
                      {tokyo, "{objectives: {o: {by: \"10:00\"}}}", "2026-01-15T01:00:00Z"},
                      {tokyo, "{timezone: Europe/Berlin, objectives: {o: {by: \"10:00\"}}}", "2026-01-15T09:00:00Z"},
                      {tokyo, "{timezone: Europe/Berlin, objectives: {o: {by: \"10:00\", timezone: America/New_York}}}",
                       "2026-01-15T15:00:00Z"},
                      {tokyo, "{timezone: Europe/Berlin, by: \"10:00\"}", "2026-01-15T09:00:00Z"}};
  for (const Row& row : rows) {
    const JobDef job = GoodJob(row.block, row.before);
    ASSERT_EQ(job.objectives.size(), 1u);
    const auto due = std::get<By>(job.objectives[0].rule).deadline.Next(At("2026-01-15T00:00:00Z"));
    EXPECT_EQ(FormatRfc3339(due.value_or(TimePoint{})), row.due) << row.before << row.block;
  }
}

TEST(Objectives, ByTakesTimesWithDaysAndACron) {
  struct Row {
    std::string by, after, due;
  };
  const Row rows[] = {{"10:00", "2026-03-06T10:00:00Z", "2026-03-07T10:00:00Z"},  // a Friday
                      {"\"10:00 mon-fri\"", "2026-03-06T10:00:00Z", "2026-03-09T10:00:00Z"},
                      {"\"10:00,18:30 sat\"", "2026-03-06T10:00:00Z", "2026-03-07T10:00:00Z"},
                      {"\"10:00,18:30 sat\"", "2026-03-07T10:00:00Z", "2026-03-07T18:30:00Z"},
                      {"\"0 10 1 * *\"", "2026-03-06T10:00:00Z", "2026-04-01T10:00:00Z"}};
  for (const Row& row : rows) {
    const JobDef job = GoodJob("{by: " + row.by + "}");
    const auto due = std::get<By>(job.objectives.at(0).rule).deadline.Next(At(row.after));
    EXPECT_EQ(FormatRfc3339(due.value_or(TimePoint{})), row.due) << row.by;
  }
}

TEST(Objectives, WhatIsNoDeadlineIsToldWithBothForms) {
  for (const char* by : {"\"25:00\"", "\"10\"", "\"10:00 someday\"", "\"* * * *\"", "\"60 * * * *\"", "soon"}) {
    const auto faults = JobFaults(std::string("{by: ") + by + "}");
    ASSERT_EQ(faults.size(), 1u) << by;
    EXPECT_THAT(faults[0], testing::StartsWith("\"by\": ")) << by;
  }
}

TEST(Objectives, SinceTakesADurationATimeAndACron) {
  const auto since = [](const std::string& text) {
    return std::get<By>(GoodJob("{by: \"10:00\", since: " + text + "}").objectives.at(0).rule).since;
  };
  EXPECT_EQ(std::get<Duration>(since("4h")), hours{4});
  EXPECT_EQ(std::get<Ticks>(since("\"06:00\"")).Prev(At("2026-03-06T10:00:00Z")), At("2026-03-06T06:00:00Z"));
  EXPECT_EQ(std::get<Ticks>(since("\"0 0 1 * *\"")).Prev(At("2026-03-06T10:00:00Z")), At("2026-03-01T00:00:00Z"));
}

TEST(Objectives, AWindowHoldsAThousandDeadlinesAtMost) {
  struct Row {
    std::string by, since;
    bool good;
  };
  for (const auto& [by, since, good] : std::vector<Row>{{"* * * * *", "1000m", true},        {"* * * * *", "1001m", false},       {"*/2 * * * *", "2000m", true},
                                                        {"*/2 * * * *", "2001m", false},     {"* * 1 1 *", "60d", false},         {"* * * * *", "0 */16 * * *", true},
                                                        {"* * * * *", "0 0 1 * *", false},   {"* * 1 1 *", "0 0 1 1 *", false},   {"10:00", "60d", true},
                                                        {"0 * * * *", "0 0 1 * *", true}}) {
    const auto faults = JobFaults("{by: \"" + by + "\", since: \"" + since + "\"}", "retention: 800d\n");
    if (good) EXPECT_THAT(faults, testing::IsEmpty()) << by << " since " << since;
    else EXPECT_THAT(faults, testing::ElementsAre("\"since\": a window of \"" + since + "\" holds more than 1000 deadlines of \"" + by + "\"")) << by << " since " << since;
  }
}

TEST(Objectives, SinceWithoutByIsAFault) {
  const std::string none = "\"since\" belongs to \"by\", and there is none";
  EXPECT_THAT(JobFaults("{within: 1h, since: 2h}"), ElementsAre(none));
  EXPECT_THAT(JobFaults("{objectives: {o: {within: 1h}}, since: 2h}"), ElementsAre(none));
  EXPECT_THAT(JobFaults("{objectives: {o: {within: 1h, since: 2h}}}"), ElementsAre("\"since\" belongs to \"by\" only"));
}

TEST(Objectives, ATargetIsAShareOverDays) {
  struct Row {
    std::string text;
    SloTarget target;  // none: a fault
  };
  for (const Row& row : {Row{"99% over 28d", {28, 990000}}, {"99.9999% over 7d", {7, 999999}}, {"0.0001% over 1d", {1, 1}}, {"95.5% over 90d", {90, 955000}},
                         {"100% over 28d", {}}, {"0% over 28d", {}}, {"0.0000% over 28d", {}}, {"99.99999% over 28d", {}}, {"99% over 0d", {}}, {"99% over 91d", {}}, {"99% over 300d", {}},
                         {"99% over 4w", {}}, {"99% over d", {}}, {"99% over 28", {}}, {"99% of 28d", {}}, {"99 over 28d", {}}, {".5% over 28d", {}}, {"99.% over 28d", {}}, {"-1% over 28d", {}},
                         {"99% over 028d", {}}, {"99%", {}}}) {
    const std::string block = "{by: \"10:00\", target: \"" + row.text + "\"}";
    if (row.target) {
      EXPECT_EQ(GoodJob(block).objectives.at(0).target, row.target) << row.text;
    } else {
      EXPECT_THAT(JobFaults(block), ElementsAre(testing::StartsWith("\"target\": \"" + row.text + "\" is no target; write it like 99% over 28d"))) << row.text;
    }
  }
}

TEST(Objectives, TheTargetOfAJobIsThatOfItsObjectives) {
  const JobDef job = GoodJob("{target: 99% over 28d, within: 1h, start_by: 5m, objectives: {a: {by: \"10:00\"}, b: {every_run: {}, target: 90% over 7d}}}");
  EXPECT_EQ(Named(job, "within").target, (SloTarget{28, 990000}));
  EXPECT_EQ(Named(job, "start_by").target, (SloTarget{28, 990000}));
  EXPECT_EQ(Named(job, "a").target, (SloTarget{28, 990000}));
  EXPECT_EQ(Named(job, "b").target, (SloTarget{7, 900000}));
  EXPECT_EQ(GoodJob("{target: 99% over 28d}").objectives.at(0).target, (SloTarget{28, 990000})) << "of the derived one";
}

TEST(Objectives, ATargetBelongsToAnyKind) {
  const JobDef job = GoodJob("{output: dwh/t, rows: \">= 1\", target: 99% over 28d, within: 1h, objectives: {o: {max_runtime: 1h, target: 90% over 7d}}}");
  EXPECT_EQ(Named(job, "within").target, (SloTarget{28, 990000}));
  EXPECT_EQ(Named(job, "o").target, (SloTarget{7, 900000}));
  EXPECT_EQ(Named(job, "checks").target, (SloTarget{28, 990000}));
  EXPECT_THAT(JobFaults("{within: 1h, by: \"25:00\", target: 99% over 28d}"), testing::SizeIs(1)) << "what is wrong itself is told alone";
}

TEST(Objectives, ANamedOneSaysExactlyOneThing) {
  EXPECT_THAT(JobFaults("{objectives: {o: {grace: 1m}}}"), ElementsAre("objective \"o\" says nothing to be met"));
  EXPECT_THAT(JobFaults("{objectives: {o: }}"), ElementsAre("objective \"o\" says nothing to be met"));
  EXPECT_THAT(JobFaults("{objectives: {o: {within: 1h, by: \"10:00\"}}}"),
              ElementsAre("objective \"o\" says more than one thing to be met"));
}

TEST(Objectives, ANameThatIsTakenIsAFault) {
  EXPECT_THAT(JobFaults("{within: 1h, objectives: {within: {by: \"10:00\"}}}"),
              ElementsAre("objective \"within\": the short form beside it has that name"));
  EXPECT_THAT(JobFaults("{output: dwh/t, objectives: {checks: {by: \"10:00\"}}}"),
              ElementsAre("objective \"checks\": the job's checks have that name"));
}

TEST(Objectives, AJobWithoutAnyHasTheDerivedOneAsAWarning) {
  for (const char* block : {"", "{team: data}", "{objectives: {}}"}) {
    const JobDef job = GoodJob(block);
    ASSERT_THAT(NamesOf(job), ElementsAre("every_run:every_run")) << block;
    EXPECT_TRUE(std::get<EveryRun>(job.objectives[0].rule).derived);
    EXPECT_EQ(job.objectives[0].severity, "warning");
    EXPECT_EQ(job.objectives[0].from, ObjectiveFrom::kDerived);
  }
}

TEST(Objectives, TheDerivedOneTakesWhatPeopleWrote) {
  const JobDef adopted = GoodJob("{severity: critical, grace: 2m}");
  EXPECT_EQ(adopted.objectives.at(0).severity, "critical");
  EXPECT_EQ(adopted.objectives.at(0).grace, minutes{2});
  const Config quiet = Good("sources: {gke: {kubernetes: {}, severity_of_derived: info}}\njobs: {a/b: {team: x}}");
  EXPECT_EQ(quiet.fleet.jobs.at(0)->objectives.at(0).severity, "info");
}

TEST(Objectives, RowsMakeTheObjectiveChecksBesideTheOthers) {
  const JobDef job = GoodJob("{output: dwh/orders, by: \"10:00\", rows: \">= 1000\"}");
  EXPECT_THAT(NamesOf(job), ElementsAre("by:by", "checks:checks"));
  EXPECT_THAT(NamesOf(GoodJob("{output: dwh/orders, rows: \"> 0\"}")),
              ElementsAre("every_run:every_run", "checks:checks"));
  EXPECT_THAT(NamesOf(GoodJob("{output: dwh/orders}")), ElementsAre("every_run:every_run"));
}

TEST(Objectives, AWindowLongerThanTheRetentionIsAFault) {
  struct Row {
    std::string block, length;  // empty: it fits
  };
  const Row rows[] = {{"{within: 10d}", ""},
                      {"{within: 10d1s}", "10d1s"},
                      {"{within: 9d, grace: 1d}", ""},
                      {"{within: 9d, grace: 25h}", "10d1h"},
                      {"{by: \"10:00\", since: 11d}", "11d"},
                      {"{by: \"0 10 1 * *\", since: \"0 0 15 * *\"}", "17d10h"},
                      {"{runs: {source: push}, by: \"0 10 1 * *\"}", "15d12h"},
                      {"{runs: {source: push}, schedule: \"0 0 15 * *\", by: \"0 10 1 * *\"}", "17d10h"},
                      {"{runs: {source: push}, schedule: \"0 0 28 * *\", by: \"0 10 1 * *\"}", ""},
                      {"{by: \"0 10 1 * *\"}", ""},  // its source will tell a schedule
                      {"{max_runtime: 11d}", "11d"},
                      {"{start_by: 11d}", "11d"},
                      {"{every_run: {finish_within: 11d}}", "11d"}};
  for (const Row& row : rows) {
    const auto faults = JobFaults(row.block, "retention: 10d\n");
    if (row.length.empty()) {
      EXPECT_THAT(faults, IsEmpty()) << row.block;
    } else {
      EXPECT_THAT(faults, ElementsAre("its window is " + row.length + " long, but the ledger keeps only 10d"))
          << row.block;
    }
  }
}

TEST(Objectives, ADayThatNeverComesIsAFault) {
  EXPECT_THAT(JobFaults("{by: \"0 10 30 2 *\"}"), ElementsAre("\"0 10 30 2 *\": no such day ever comes"));
  EXPECT_THAT(JobFaults("{by: \"10:00\", since: \"0 0 31 4 *\"}"),
              ElementsAre("\"0 0 31 4 *\": no such day ever comes"));
  EXPECT_THAT(JobFaults("{runs: {source: push}, schedule: \"0 0 31 6 *\"}"),
              ElementsAre("\"schedule\": \"0 0 31 6 *\": no such day ever comes"));
}

TEST(Objectives, AScheduleIsReadInTheDialectOfItsSource) {
  const JobDef job = GoodJob("{runs: {source: push}, schedule: \"0 3 * * *\", timezone: Asia/Tokyo}");
  EXPECT_EQ(job.schedule, "0 3 * * *");
  EXPECT_EQ(job.schedule_timezone, "Asia/Tokyo");
  EXPECT_EQ(job.schedule_dialect, "vixie");
  EXPECT_EQ(GoodJob("{runs: {source: gke, cronjob: a/c}, schedule: \"0 3 * * *\"}").schedule_dialect, "kubernetes");
  EXPECT_EQ(GoodJob("{runs: {source: push}, schedule: \"@daily\", dialect: kubernetes}").schedule_dialect,
            "kubernetes");
}

TEST(Objectives, ADefaultZoneIsNeverThatOfASchedule) {
  const JobDef job = GoodJob("{runs: {source: push}, schedule: \"0 3 * * *\"}", "defaults: {timezone: Asia/Tokyo}\n");
  EXPECT_EQ(job.schedule_timezone, "UTC");
}

TEST(Objectives, AScheduleWithoutFixedTimesIsAFault) {
  EXPECT_THAT(JobFaults("{runs: {source: push}, schedule: \"@every 1h\", dialect: kubernetes}"),
              ElementsAre(HasSubstr("has no fixed times")));
  EXPECT_THAT(JobFaults("{runs: {source: push}, schedule: \"@reboot\"}"), testing::SizeIs(1));
}

}  // namespace
}  // namespace batchslo
