// Rows of registries as jobs: exporter/config/registry_rows.cc and registry_files.cc.
#include "exporter/config/registry_rows.h"

#include <fstream>

#include "exporter/config/registry_files.h"
#include "tests/config/parse.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kRegistries = "registries: {sheet: {csv: {file: jobs.csv}}, other: {csv: {file: more.csv}}}\n" + kSources;

RegistryTables Tables(const std::map<std::string, std::string>& csvs) {
  RegistryTables tables;
  for (const auto& [name, csv] : csvs) {
    auto table = ReadRegistryTable(csv);
    EXPECT_TRUE(table) << (table ? "" : table.Message());
    if (table) tables[name] = std::make_shared<const RegistryTable>(std::move(table).Value());
  }
  return tables;
}

Registered Complete(const std::string& csv, const std::string& jobs = "", const std::string& more = "") {
  std::map<std::string, std::string> csvs = {{"sheet", csv}};
  if (!more.empty()) csvs["other"] = more;
  return CompleteByRegistries(Good(kRegistries + (jobs.empty() ? "" : "jobs:\n" + jobs)), Tables(csvs));
}

const RegistryReading& Sheet(const Registered& registered, const char* name = "sheet") { return *registered.readings.at(name); }

std::vector<std::string> Notes(const std::vector<RegistryReading::Note>& notes) {
  std::vector<std::string> texts;
  for (const auto& [row, column, job, text] : notes) texts.push_back(std::to_string(row) + " " + column + " [" + job + "] " + text);
  return texts;
}

// "a/b configured: by/registry/critical, team data"
std::string Told(const JobDef& job) {
  std::string text = job.name + ":";
  for (const Objective& objective : job.objectives) text += " " + std::string(objective.name) + "/" + std::string(ObjectiveFromName(objective.from)) + "/" + std::string(*objective.severity);
  return text + (job.team.empty() ? "" : ", team " + std::string(*job.team)) + (job.configured ? "" : ", not configured");
}

std::vector<std::string> Told(const Registered& registered) {
  std::vector<std::string> jobs;
  for (const auto& job : registered.config.fleet.jobs) jobs.push_back(Told(*job));
  return jobs;
}

TEST(RegistryRows, ARowIsTheBlockThatSaysTheSame) {
  const std::string row = "job,by,since,timezone,grace,severity,team,consumer,runbook_url,dashboard_url,max_suspend,count_manual,count_backfill,target\n"
                          "a/b,10:00 mon-fri,06:00,Asia/Tokyo,5m,warning,data,ads,https://w.example,https://g.example,7d,FALSE,TRUE,99% over 28d\n";
  const Registered registered = Complete(row);
  JobDef by_row = *registered.config.fleet.jobs.at(0);
  JobDef by_block = GoodJob(
      "{by: 10:00 mon-fri, since: \"06:00\", timezone: Asia/Tokyo, grace: 5m, severity: warning, team: data, consumer: ads, runbook_url: \"https://w.example\", "
      "dashboard_url: \"https://g.example\", max_suspend: 7d, count_manual: false, count_backfill: true, target: 99% over 28d}");
  EXPECT_EQ(by_row.objectives.at(0).from, ObjectiveFrom::kRegistry);
  by_row.objectives.at(0).from = ObjectiveFrom::kJob;
  EXPECT_EQ(by_row, by_block);
  EXPECT_EQ(Sheet(registered).rows, 1u);
}

TEST(RegistryRows, EachKindOfObjectiveCanBeWritten) {
  EXPECT_THAT(Told(Complete("job,within,every_run,start_by,max_runtime\na,30m,{tolerate: 2},15m,3h\n")),
              ElementsAre("a: within/registry/critical every_run/registry/critical start_by/registry/critical max_runtime/registry/critical"));
}

TEST(RegistryRows, WhatTheBlockLeavesOutComesOfTheRow) {
  EXPECT_THAT(Told(Complete("job,by,team\na/b,10:00,data\n", "  a/b: {team: mine}\n")), ElementsAre("a/b: by/registry/critical, team mine"));
  EXPECT_THAT(Told(Complete("job,by,team\na/b,10:00,data\n", "  a/b: {within: 1h}\n")), ElementsAre("a/b: within/job/critical, team data"));
  EXPECT_THAT(Told(Complete("job,team\na/b,data\n", "  a/b: {severity: info}\n")), ElementsAre("a/b: every_run/derived/info, team data"));
  EXPECT_THAT(Told(Complete("job,by,severity\na/b,10:00,warning\n", "  a/b: {severity: info}\n")), ElementsAre("a/b: by/registry/info")) << "the severity that the block names is that of the row's objectives";
  EXPECT_THAT(Told(Complete("job,by\na/b,10:00\n", "  a/b: {output: dwh/t, rows: \">= 1\"}\n")), ElementsAre("a/b: by/registry/critical checks/job/critical"));
}

TEST(RegistryRows, ARowWithoutObjectivesAdoptsTheDerivedOne) {
  EXPECT_THAT(Told(Complete("job,severity\na,critical\n")), ElementsAre("a: every_run/derived/critical"));
  EXPECT_THAT(Told(Complete("job\na\n")), ElementsAre("a: every_run/derived/warning"));
}

TEST(RegistryRows, TheZoneOfTheBlockIsThatOfTheRowsDeadline) {
  const Registered registered = Complete("job,by,timezone\na/b,10:00,Europe/Berlin\n", "  a/b: {timezone: Asia/Tokyo}\n");
  const auto& by = std::get<By>(registered.config.fleet.jobs.at(0)->objectives.at(0).rule);
  EXPECT_EQ(FormatRfc3339(*by.deadline.Next(*ParseRfc3339("2026-01-01T00:00:00Z"))), "2026-01-01T01:00:00Z");
}

TEST(RegistryRows, WhatIsOverriddenIsTold) {
  const Registered registered = Complete("job,by,team,consumer\na/b,10:00,data,ads\n", "  a/b: {by: \"11:00\", team: mine, consumer: ads}\n");
  EXPECT_THAT(Notes(Sheet(registered).remarks), ElementsAre("2 by [a/b] the job's block says \"11:00\", which comes before \"10:00\"",
                                                            "2 team [a/b] the job's block says \"mine\", which comes before \"data\""));
  EXPECT_EQ(Sheet(registered).rows, 1u);
  EXPECT_THAT(Sheet(registered).faults, IsEmpty());
  EXPECT_THAT(Notes(Sheet(Complete("job,by\na/b,10:00\n", "  a/b: {every_run: {}}\n")).remarks), ElementsAre("2 by [a/b] the job's block has objectives of its own, which come before it"));
}

TEST(RegistryRows, AWrongRowIsLeftOutAndHurtsNoOther) {
  const Registered registered = Complete("job,by,within,runbook_url\na,25:00,,\nb,10:00,,\nc,,never,here\nd\x1f,10:00,,\ne,,,https://x.example\n");
  EXPECT_THAT(Told(registered), ElementsAre("b: by/registry/critical", "e: every_run/derived/warning"));
  EXPECT_EQ(Sheet(registered).rows, 2u);
  EXPECT_EQ(Sheet(registered).invalid, 3u);
  EXPECT_THAT(Notes(Sheet(registered).faults),
              ElementsAre("5 job [] it has a line end or another control character", HasSubstr("2 by [a] \"25:00\" is no time of day"),
                          HasSubstr("4 within [c] \"within\" wants a duration like 90s, 1h30m or 2d, not \"never\""), HasSubstr("4 runbook_url [c] write a http or https address")));
}

TEST(RegistryRows, WhatCantGoTogetherIsAFaultOfTheRow) {
  const std::pair<const char*, const char*> kRows[] = {
      {"job,since\na,06:00\n", "2 since [a] \"since\" belongs to \"by\""},
      {"job,calendar\na,none\n", "2 calendar [a] no calendar is named \"none\""},
      {"job,by,since\na,* * * * *,51m\n", "2 since [a] a window of \"51m\" holds more than 50 deadlines"},
      {"job,by\na,\"0:00,0:01,0:02,0:03,0:04,0:05,0:06,0:07,0:08,0:09,0:10,0:11,0:12,0:13,0:14,0:15,0:16,0:17,0:18,0:19,0:20,0:21,0:22,0:23,0:24\"\n", "has more than 24 times of day; write a cron"},
      {"job,by\na,0 0 30 2 *\n", "2 by [a] \"0 0 30 2 *\": no such day ever comes"},
      {"job,within\na,200d\n", "2 within [a] its window is"},
      {"job,every_run\na,[[[\n", "2 every_run [a]"},
      {"job,every_run\na,{tolerate: x}\n", "2 every_run [a] \"tolerate\" wants a whole number"},
      {"job,count_manual\na,yes\n", "2 count_manual [a] \"count_manual\" wants true or false"},
      {"job,severity\na,page\n", "2 severity [a] \"severity\" can't be \"page\""},
      {"job,timezone\na,Mars/Base\n", "2 timezone [a]"},
  };
  for (const auto& [csv, fault] : kRows) EXPECT_THAT(Notes(Sheet(Complete(csv)).faults), ElementsAre(HasSubstr(fault))) << csv;
}

TEST(RegistryRows, OfTwoRowsOfOneJobTheFirstCounts) {
  const Registered registered = Complete("job,by\na,10:00\nb,9:00\na,11:00\n");
  EXPECT_THAT(Told(registered), testing::SizeIs(2));
  EXPECT_EQ(registered.config.fleet.jobs[0]->objectives, Complete("job,by\na,10:00\n").config.fleet.jobs[0]->objectives);
  EXPECT_THAT(Notes(Sheet(registered).faults), ElementsAre("4 job [a] row 2 is of that job, too, and is the one that counts"));
  EXPECT_THAT(Told(Complete("job,by\na,25:00\na,10:00\n")), ElementsAre("a: by/registry/critical")) << "a wrong one is none";
}

TEST(RegistryRows, OfTwoRegistriesTheFirstCounts) {
  const Registered registered = Complete("job,by\na,10:00\n", "", "job,within,team\na,1h,data\nb,1h,data\n");
  EXPECT_THAT(Told(registered), ElementsAre("a: by/registry/critical", "b: within/registry/critical, team data"));
  EXPECT_THAT(Notes(Sheet(registered, "other").remarks), ElementsAre("2  [a] row 2 of registry \"sheet\" comes before it"));
  EXPECT_EQ(Sheet(registered, "other").rows, 1u);
  EXPECT_EQ(Sheet(registered, "other").invalid, 0u);
}

TEST(RegistryRows, JobsWithoutABlockAreListedByName) {
  const Registered registered = Complete("job,by\nz,10:00\na,10:00\na/b,10:00\n", "  a/b: {team: mine}\n");
  std::vector<std::string> alone;
  for (const auto& [row, job] : Sheet(registered).alone) alone.push_back(std::to_string(row) + " " + job);
  EXPECT_THAT(alone, ElementsAre("3 a", "2 z"));
}

TEST(RegistryRows, JobsWithoutARowAreAsTheyWere) {
  const Config config = Good(kRegistries + "jobs:\n  a/b: {within: 1h}\n");
  const Registered registered = CompleteByRegistries(config, Tables({{"sheet", "job,by\nc,10:00\n"}}));
  EXPECT_EQ(registered.config.fleet.jobs.at(0), config.fleet.jobs.at(0)) << "the same object";
  EXPECT_THAT(CompleteByRegistries(config, {}).readings, IsEmpty());
}

TEST(RegistryRows, AnnotationsComeAfterThem) {
  const Registered registered = Complete("job,by,count_manual\na,10:00,\nb,,false\n");
  const auto define = [&](std::size_t job, const std::map<std::string, std::string>& annotations) {
    std::vector<std::string> faults;
    const JobDef& def = *registered.config.fleet.jobs.at(job);
    JobDef defined = DefineDiscovered(&def, def.name, registered.config.sources.at(0), registered.config, annotations, faults);
    EXPECT_THAT(faults, IsEmpty());
    return defined;
  };
  EXPECT_EQ(Told(define(0, {{"within", "1h"}, {"team", "data"}})), "a: by/registry/critical, team data");
  EXPECT_EQ(Told(define(1, {{"within", "1h"}})), "b: within/annotation/critical");
  EXPECT_FALSE(define(0, {{"count_manual", "false"}}).count_manual) << "the row is silent";
  EXPECT_FALSE(define(1, {{"count_manual", "true"}}).count_manual) << "the row says so";
}

TEST(RegistryFiles, WhatLiesOnThisMachineIsRead) {
  const Scratch scratch;
  std::ofstream(scratch.File("jobs.csv")) << "job,by\na,10:00\n";
  ConfigResult result = ParseConfig("registries: {sheet: {csv: {file: jobs.csv}}, gone: {csv: {file: gone.csv}}, far: {csv: {url: \"https://x.example\"}}}", scratch.File("config.yml"),
                                    SourceSpecs());
  ASSERT_EQ(result.Faults(), "");
  std::vector<std::string> errors;
  const Registered registered = CompleteByFiles(*result.config, errors);
  EXPECT_THAT(Told(registered), ElementsAre("a: by/registry/critical"));
  EXPECT_THAT(errors, ElementsAre(HasSubstr("registry \"gone\": the file " + scratch.File("gone.csv") + " can't be read")));
}

}  // namespace
}  // namespace batchslo
