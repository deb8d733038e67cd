// What job_defaults make of discovered jobs: each row a job and what it is judged by.
#include "exporter/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/parse.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Annotations = std::map<std::string, std::string>;

constexpr const char* kFile = R"(
sources:
  gke:
    kubernetes: {}
    prefix: prod/
    job_defaults:
      gold: {labels: "tier=gold", within: 26h, severity: critical, team: gold}
      nightly: {namespaces: ["batch-*", night], by: "06:00", since: 12h, timezone: Asia/Tokyo}
      owned: {namespaces: [ads], team: ads, grace: 10m}
      rest: {every_run: {tolerate: 3}}
jobs:
  prod/batch-b/named: {team: mine}
  prod/batch-b/written: {within: 1h}
)";

JobDef Define(const std::string& name, const Annotations& annotations = {}) {
  const Config config = Good(kFile);
  const auto at = std::find_if(config.fleet.jobs.begin(), config.fleet.jobs.end(), [&](const auto& job) { return job->name == name; });
  std::vector<std::string> faults;
  JobDef job = DefineDiscovered(at == config.fleet.jobs.end() ? nullptr : at->get(), name, config.sources.at(0), config, annotations, faults);
  EXPECT_THAT(faults, ElementsAre());
  return job;
}

// "within default critical, team gold"
std::string Told(const JobDef& job) {
  std::string text;
  for (const Objective& objective : job.objectives) {
    text += (text.empty() ? "" : "; ") + std::string(KindName(objective.rule)) + " " + std::string(ObjectiveFromName(objective.from)) + " " + *objective.severity;
    if (objective.grace > Duration{0}) text += " grace " + FormatDuration(objective.grace);
  }
  return text + (job.team.empty() ? "" : ", team " + *job.team);
}

TEST(JobDefaults, TheFirstThatFitsHolds) {
  const std::string gold = std::string(kTakenBy) + "tier=gold";
  struct Row {
    std::string job;
    Annotations annotations;
    std::string told;
  };
  for (const Row& row : {Row{"prod/batch-a/x", {}, "by default warning"},
                         Row{"prod/night/x", {}, "by default warning"},
                         Row{"prod/nightly/x", {}, "every_run default warning"},
                         Row{"prod/batch-a/x", {{gold, ""}}, "within default critical, team gold"},
                         Row{"prod/ads/x", {}, "every_run derived warning grace 10m, team ads"},
                         Row{"prod/ads/x", {{"team", "search"}, {"severity", "info"}}, "every_run derived info grace 10m, team search"},
                         Row{"prod/batch-a/x", {{"severity", "info"}}, "by default info"},
                         Row{"prod/batch-a/x", {{"within", "1h"}}, "within annotation critical"},
                         Row{"prod/batch-b/named", {}, "by default warning, team mine"},
                         Row{"prod/batch-b/written", {}, "within job critical"},
                         Row{"elsewhere", {}, "every_run default warning"}}) {
    EXPECT_EQ(Told(Define(row.job, row.annotations)), row.told) << row.job;
  }
}

TEST(JobDefaults, SelectorsOfLabelsAreToldToTheSource) {
  EXPECT_THAT(Good(kFile).sources.at(0).label_selectors, ElementsAre("tier=gold"));
}

TEST(JobDefaults, WhatIsWrongIsAFaultWithItsPlace) {
  struct Row {
    std::string block, fault;
  };
  for (const Row& row : {Row{"{a: {namespaces: [x]}}", "default \"a\" of source \"gke\" says nothing of the jobs that it fits"},
                         Row{"{a: {within: 1h}, b: {team: x}}", "default \"b\" of source \"gke\" fits no job: \"a\" before it fits all of them"},
                         Row{"{a: {labels: \"tier=gold,=\", within: 1h}}", "\"labels\": \"=\" is no part of a label selector"},
                         Row{"{a: {output: dwh/t, within: 1h}}", "unknown key \"output\" in default \"a\" of source \"gke\""},
                         Row{"{a: {within: 1h, calendar: nowhere}}", "no calendar is named \"nowhere\""},
                         Row{"[x]", "\"job_defaults\" wants"}}) {
    const auto faults = FaultsOf("sources: {gke: {kubernetes: {}, job_defaults: " + row.block + "}}\n");
    ASSERT_THAT(faults, testing::SizeIs(1)) << row.block;
    EXPECT_THAT(faults.front(), HasSubstr(row.fault));
  }
  const auto faults = FaultsOf("sources: {push: {heartbeat: {token: {env: T}}, job_defaults: {a: {labels: \"x=y\", within: 1h}}}}\n");
  EXPECT_THAT(faults, ElementsAre(HasSubstr("\"labels\": jobs of kind heartbeat have none")));
}

}  // namespace
}  // namespace batchslo
