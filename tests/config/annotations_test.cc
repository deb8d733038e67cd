// Keys by annotation of a discovered job: exporter/config/annotations.cc.
#include "tests/config/parse.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Annotations = std::map<std::string, std::string>;

struct Defined {
  JobDef job;
  std::vector<std::string> faults;
};

Defined Define(const Annotations& annotations, const std::string& text = kSources, const std::string& name = "a/b") {
  const Config config = Good(text);
  const JobDef* configured = nullptr;
  for (const auto& job : config.fleet.jobs) {
    if (job->name == name) configured = job.get();
  }
  Defined defined;
  defined.job = DefineDiscovered(configured, name, config.sources.at(0), config, annotations, defined.faults);
  return defined;
}

std::string Kinds(const JobDef& job) {
  std::string text;
  for (const Objective& objective : job.objectives)
    text += (text.empty() ? "" : ",") + std::string(KindName(objective.rule)) + "/" +
            std::string(ObjectiveFromName(objective.from)) + "/" + objective.severity;
  return text;
}

TEST(Annotations, WithoutAnyTheJobHasTheDerivedObjective) {
  const auto [job, faults] = Define({});
  EXPECT_EQ(Kinds(job), "every_run/derived/warning");
  EXPECT_FALSE(job.configured);
  EXPECT_THAT(faults, IsEmpty());
}

TEST(Annotations, EachKindOfObjectiveCanBeWritten) {
  const auto [job, faults] = Define({{"by", "10:00 mon-fri"},
                                     {"within", "30m"},
                                     {"every_run", "{tolerate: 2, finish_within: 1h}"},
                                     {"start_by", "15m"},
                                     {"max_runtime", "3h"}});
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_EQ(Kinds(job),
            "by/annotation/critical,every_run/annotation/critical,max_runtime/annotation/critical,"
            "start_by/annotation/critical,within/annotation/critical");
  EXPECT_EQ(std::get<EveryRun>(job.objectives.at(1).rule).finish_within, hours{1});
}

TEST(Annotations, PropertiesAreWrittenWithDashesOrUnderscores) {
  const auto [job, faults] = Define({{"team", "data"},
                                     {"consumer", "ads, 10:00"},
                                     {"runbook-url", "https://wiki.example/x"},
                                     {"dashboard_url", "https://grafana.example/d"},
                                     {"max-suspend", "7d"},
                                     {"count-manual", "false"},
                                     {"count-backfill", "true"}});
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_EQ(job.team, "data");
  EXPECT_EQ(job.consumer, "ads, 10:00");
  EXPECT_EQ(job.runbook_url, "https://wiki.example/x");
  EXPECT_EQ(job.dashboard_url, "https://grafana.example/d");
  EXPECT_EQ(job.max_suspend, days{7});
  EXPECT_FALSE(job.count_manual);
  EXPECT_TRUE(job.count_backfill);
  EXPECT_EQ(Kinds(job), "every_run/derived/warning");
}

TEST(Annotations, SeverityGraceZoneAndSinceHoldForTheObjectives) {
  const auto [job, faults] =
      Define({{"by", "10:00"}, {"since", "06:00"}, {"timezone", "Asia/Tokyo"}, {"grace", "5m"}, {"severity", "info"}});
  ASSERT_THAT(faults, IsEmpty());
  const Objective& by = job.objectives.at(0);
  EXPECT_EQ(Kinds(job), "by/annotation/info");
  EXPECT_EQ(by.grace, minutes{5});
  EXPECT_EQ(FormatRfc3339(*std::get<By>(by.rule).deadline.Next(*ParseRfc3339("2026-01-01T00:00:00Z"))),
            "2026-01-01T01:00:00Z");
}

TEST(Annotations, ASeverityAdoptsTheDerivedObjective) {
  EXPECT_EQ(Kinds(Define({{"severity", "critical"}}).job), "every_run/derived/critical");
}

TEST(Annotations, AJobBlockComesBeforeThem) {
  const std::string text = kSources + "jobs: {a/b: {within: 1h, team: mine}}";
  const auto [job, faults] = Define({{"by", "10:00"}, {"team", "theirs"}, {"consumer", "ads"}}, text);
  EXPECT_EQ(Kinds(job), "within/job/critical");
  EXPECT_EQ(job.team, "mine");
  EXPECT_EQ(job.consumer, "ads");
}

TEST(Annotations, AJobBlockWithoutObjectivesTakesThem) {
  const std::string text = kSources + "jobs: {a/b: {team: mine, severity: info, grace: 1m}}";
  const auto [job, faults] = Define({{"by", "10:00"}, {"severity", "critical"}, {"grace", "9m"}}, text);
  EXPECT_EQ(Kinds(job), "by/annotation/info");
  EXPECT_EQ(job.objectives.at(0).grace, minutes{1});
}

TEST(Annotations, AWrongOneChangesNoObjectiveAndIsTold) {
  const auto [job, faults] = Define({{"by", "25:00"}, {"within", "1h"}, {"team", "data"}});
  EXPECT_EQ(Kinds(job), "every_run/derived/warning");
  EXPECT_EQ(job.team, "data");
  ASSERT_THAT(faults, testing::SizeIs(1));
  EXPECT_THAT(faults[0],
              testing::StartsWith("the annotations batchslo/... of job \"a/b\": \"by\": \"25:00\" is no time of day"));
}

TEST(Annotations, AMisspeltOneIsToldWithWhatWasMeant) {
  EXPECT_THAT(Define({{"runbok-url", "https://x.example"}}).faults,
              ElementsAre(HasSubstr("did you mean \"runbook_url\"?")));
}

TEST(Annotations, WhatNeedsTheFileIsSentThere) {
  for (const char* key : {"rows", "runs", "outputs", "objectives", "success", "schedule", "needs"})
    EXPECT_THAT(Define({{key, "x"}}).faults, ElementsAre(HasSubstr("can't be an annotation"))) << key;
}

TEST(Annotations, ATargetIsThatOfTheirObjectives) {
  constexpr SloTarget kMost{28, 990000}, kAll{90, 999999};
  EXPECT_EQ(Define({{"target", "99% over 28d"}}).job.objectives.at(0).target, kMost) << "of the derived one";
  EXPECT_EQ(Define({{"by", "10:00"}, {"target", "99% over 28d"}}).job.objectives.at(0).target, kMost);
  EXPECT_THAT(Define({{"by", "10:00"}, {"target", "99%"}}).faults, ElementsAre(HasSubstr("\"target\": \"99%\" is no target")));
  const std::string text = kSources + "jobs: {a/b: {target: 99.9999% over 90d}}";
  EXPECT_EQ(Define({{"by", "10:00"}, {"target", "99% over 28d"}}, text).job.objectives.at(0).target, kAll) << "the job block comes first";
}

TEST(Annotations, ALongOneIsRefusedAndNotRepeated) {
  const auto sized = [](std::size_t size) { return std::string(size, 'x'); };
  EXPECT_EQ(Define({{"team", sized(1024)}}).job.team.Or(""), sized(1024));
  const auto [job, faults] = Define({{"team", sized(1025)}, {"consumer", "ads"}, {"by", "10:00"}});
  EXPECT_EQ(job.team.Or("none"), "none");
  EXPECT_EQ(job.consumer, "ads");
  EXPECT_EQ(Kinds(job), "every_run/derived/warning");
  EXPECT_THAT(faults, ElementsAre("the annotations batchslo/... of job \"a/b\": \"team\": an annotation has at most 63 bytes in its name and 1 KiB in its value (write it into the job's block in the configuration)"));
  const auto named = Define({{sized(64), "x"}}).faults;
  EXPECT_THAT(named, ElementsAre(HasSubstr("\"" + sized(64) + "\": an annotation has at most 63 bytes")));
  std::string by = "10:00";
  for (int i = 0; i < 43'000; ++i) by += ",10:00";
  EXPECT_THAT(Define({{"by", by}}).faults, ElementsAre(HasSubstr("1 KiB in its value")));
}

TEST(Annotations, AWindowOfTooManyDeadlinesIsRefused) {
  const auto [job, faults] = Define({{"by", "* * * * *"}, {"since", "99d"}});
  EXPECT_EQ(Kinds(job), "every_run/derived/warning");
  EXPECT_THAT(faults, ElementsAre(HasSubstr("\"since\": a window of \"99d\" holds more than 50 deadlines of \"* * * * *\"")));
}

TEST(Annotations, HostileTextIsAFaultAndNothingElse) {
  EXPECT_EQ(Define({{"every_run", "[[[[[["}}).faults.size(), 1u);
  EXPECT_EQ(Define({{"every_run", "&a {tolerate: *a}"}}).job.objectives.size(), 1u);
  EXPECT_THAT(Define({{"team", ""}}).faults, ElementsAre(HasSubstr("\"team\" is empty")));
}

}  // namespace
}  // namespace batchslo
