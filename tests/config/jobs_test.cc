// The properties of a job, its runs and its outputs: exporter/config/jobs.cc, outputs.cc, sources.cc.
#include "tests/config/parse.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> ChecksOf(const OutputDef& output) {
  std::vector<std::string> names;
  for (const Check& check : output.checks) names.push_back(check.name);
  return names;
}

const SourceConfig& SourceNamed(const Config& config, const std::string& name) {
  for (const SourceConfig& source : config.sources) {
    if (source.name == name) return source;
  }
  ADD_FAILURE() << "no source is named " << name;
  static const SourceConfig kNone{};
  return kNone;
}

TEST(Jobs, AFileThatSaysNothingIsAGoodConfiguration) {
  for (const char* text : {"{}", "# nothing yet\n{}\n", "---\n{}\n", "jobs:\nsources:\n", "\xef\xbb\xbfjobs: {}\n"}) {
    const Config config = Good(text);
    EXPECT_THAT(config.sources, IsEmpty()) << text;
    EXPECT_THAT(config.fleet.jobs, IsEmpty()) << text;
    EXPECT_EQ(config.retention, days{100});
  }
}

TEST(Jobs, AnEmptyFileIsNone) {
  for (const char* text : {"", "\n", "# nothing yet\n", "\xef\xbb\xbf", "~", "---\n"})
    EXPECT_THAT(FaultsOf(text), ElementsAre("0:0 the file is empty")) << text;
}

TEST(Jobs, PropertiesAreTakenAsWritten) {
  const JobDef job = GoodJob(
      "{team: 007, consumer: \"ads import, 10:00\", runbook_url: https://wiki.example/x, dashboard_url: "
      "http://grafana.example/d, max_suspend: 7d, count_manual: false, count_backfill: true, success: any, output: "
      "dwh/t}");
  EXPECT_EQ(job.name, "a/b");
  EXPECT_TRUE(job.configured);
  EXPECT_EQ(job.team, "007");
  EXPECT_EQ(job.consumer, "ads import, 10:00");
  EXPECT_EQ(job.runbook_url, "https://wiki.example/x");
  EXPECT_EQ(job.dashboard_url, "http://grafana.example/d");
  EXPECT_EQ(job.max_suspend, days{7});
  EXPECT_FALSE(job.count_manual);
  EXPECT_TRUE(job.count_backfill);
  EXPECT_EQ(job.success, SuccessMode::kAny);
}

TEST(Jobs, WhatIsNotWrittenHasItsDefault) {
  const JobDef job = GoodJob("");
  EXPECT_TRUE(job.count_manual);
  EXPECT_FALSE(job.count_backfill);
  EXPECT_EQ(job.success, SuccessMode::kAll);
  EXPECT_EQ(job.max_suspend, std::nullopt);
  EXPECT_EQ(job.runs_source, "");
}

TEST(Jobs, MayStandBeforeWhatTheyName) {
  const std::string jobs = "jobs:\n  a/b: {output: dwh/mart.items, by: \"10:00\"}\n  c: {runs: {source: push}, within: 1h}\n";
  const std::string defaults = "defaults: {timezone: Asia/Tokyo}\n";
  const Config last = Good(defaults + kSources + jobs), first = Good(jobs + defaults + kSources), between = Good(kSources + jobs + defaults);
  for (const Config* config : {&first, &between}) {
    EXPECT_EQ(config->sources, last.sources);
    ASSERT_THAT(config->fleet.jobs, SizeIs(2));
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(*config->fleet.jobs[i], *last.fleet.jobs[i]);
  }
}

TEST(Jobs, TheShortOutputIsTheLongOneNamedByItsTable) {
  const Config config = Good(kSources + "jobs: {a/b: {output: dwh/mart.items}}");
  const JobDef& job = *config.fleet.jobs.at(0);
  ASSERT_THAT(job.outputs, SizeIs(1));
  EXPECT_EQ(job.outputs[0].name, "mart.items");
  EXPECT_EQ(job.outputs[0].source, "dwh");
  const SourceConfig& source = SourceNamed(config, "dwh");
  ASSERT_THAT(source.outputs, SizeIs(1));
  EXPECT_EQ(source.outputs[0].job, "a/b");
  EXPECT_EQ(source.outputs[0].output, "mart.items");
  EXPECT_EQ(source.outputs[0].options.String("table"), "mart.items");
  EXPECT_FALSE(source.outputs[0].wants_rows);
}

TEST(Jobs, OutputsHaveTheirOwnChecksAndTheJobsRows) {
  const Config config = Good(kSources + R"(
jobs:
  billing/monthly:
    rows: ">= 1"
    outputs:
      ledger: {source: dwh, table: ledger, updated_at: loaded_at, checks: {not_null: [amount, payer], shrink: "< 20%"}}
      export: {source: dwh, query: "SELECT max(t) AS updated_at, count(*) AS rows FROM export"}
)");
  const JobDef& job = *config.fleet.jobs.at(0);
  ASSERT_THAT(job.outputs, SizeIs(2));
  EXPECT_THAT(ChecksOf(job.outputs[0]), ElementsAre("rows", "not_null.amount", "not_null.payer", "shrink"));
  EXPECT_THAT(ChecksOf(job.outputs[1]), ElementsAre("rows"));
  const auto& targets = SourceNamed(config, "dwh").outputs;
  EXPECT_THAT(targets.at(0).not_null, ElementsAre("amount", "payer"));
  EXPECT_TRUE(targets.at(0).wants_rows);
  EXPECT_TRUE(targets.at(1).wants_rows);
}

// A kind whose outputs are no tables.
std::vector<SourceSpec> Things() {
  SourceSpec things;
  things.kind = "things";
  things.outputs = {{"thing", OptionType::kString, "What it is", "a"}, {"table", OptionType::kString, "Where", "b"}};
  return {things};
}

TEST(Jobs, TheShortOutputSetsTheFirstKeyOfItsSource) {
  const auto kinds = Things();
  const auto result = ParseConfig("{sources: {t: {things: {}}}, jobs: {a: {output: t/x/y}}}", "config.yml", kinds);
  ASSERT_EQ(result.Faults(), "");
  const auto& target = result.config->sources.at(0).outputs.at(0);
  EXPECT_EQ(target.output, "x/y");
  EXPECT_EQ(target.options.String("thing"), "x/y");
  EXPECT_FALSE(target.options.Has("table"));
}

TEST(Jobs, NullsAreCheckedOnlyWhereThereAreColumns) {
  const auto kinds = Things();
  const auto result = ParseConfig("{sources: {t: {things: {}}}, jobs: {a: {outputs: {o: {source: t, thing: x, checks: {not_null: [c]}}}}}}", "config.yml", kinds);
  ASSERT_THAT(result.faults, SizeIs(1));
  EXPECT_EQ(result.faults[0].message, "output \"o\" has no columns: \"not_null\" can't be checked");
}

TEST(Jobs, TwoRowsOfOneOutputAreAFault) {
  EXPECT_THAT(JobFaults("{rows: \"> 0\", outputs: {o: {source: dwh, table: t, checks: {rows: \"> 1\"}}}}"),
              ElementsAre("\"rows\" of the job holds for all its outputs: this is a second one"));
}

TEST(Jobs, TheShortOutputStandsBesideNamedOnesOfOtherNames) {
  EXPECT_THAT(GoodJob("{output: dwh/t, outputs: {u: {source: dwh, table: u}}}").outputs, SizeIs(2));
  EXPECT_THAT(JobFaults("{output: dwh/t, outputs: {t: {source: dwh, table: t}}}"),
              ElementsAre("output \"t\" is there already, as the short form"));
}

TEST(Jobs, AComparisonOfRowsHasSixSigns) {
  for (const char* rows : {">= 1", "> 0", "<= 5", "< 5", "== 1", "!= 0", ">=1"})
    EXPECT_THAT(JobFaults("{output: dwh/t, rows: \"" + std::string(rows) + "\"}"), IsEmpty()) << rows;
  for (const char* rows : {"1000", "=> 1", "= 1", ">= -1", ">= 1.5", ">= 1k", ">=", ">= 99999999999999999999"})
    EXPECT_THAT(JobFaults("{output: dwh/t, rows: \"" + std::string(rows) + "\"}"), SizeIs(1)) << rows;
}

TEST(Jobs, AReferenceToNothingIsAFaultWithTheNamesThatThereAre) {
  const auto result = Parse(kSources + "jobs: {a/b: {runs: {source: gek, cronjob: a/c}, output: dhw/t}}");
  ASSERT_THAT(result.faults, SizeIs(2));
  EXPECT_EQ(result.faults[0].message, "no source is named \"gek\"");
  EXPECT_EQ(result.faults[0].help, "did you mean \"gke\"? allowed: dwh, gke, push");
  EXPECT_EQ(result.faults[1].message, "no source is named \"dhw\"");
  EXPECT_THAT(FaultsOf("jobs: {a/b: {output: dwh/t}}"), ElementsAre("1:22 no source is named \"dwh\""));
}

TEST(Jobs, ASourceIsNamedOnlyForWhatItHas) {
  EXPECT_THAT(JobFaults("{runs: {source: dwh}}"), ElementsAre("source \"dwh\" (sql) has no runs"));
  EXPECT_THAT(JobFaults("{output: push/t}"), ElementsAre("source \"push\" (heartbeat) has no outputs"));
}

TEST(Jobs, AWrongSourceIsToldOnceAndNotByThoseThatNameIt) {
  EXPECT_THAT(
      FaultsOf(
          "sources: {db: {sql: {url: nonsense, updated_at: t}}}\njobs:\n  a: {output: db/t}\n  b: {output: db/t}\n"),
      SizeIs(1));
  EXPECT_THAT(FaultsOf("sources: {db: {slq: {}}}\njobs: {a: {output: db/t}}\n"),
              ElementsAre("1:16 unknown key \"slq\" in source \"db\""));
}

TEST(Jobs, TwoJobsOfOneObjectAreAFault) {
  EXPECT_THAT(FaultsOf(kSources +
                       "jobs:\n  a: {runs: {source: gke, cronjob: n/c}}\n  b: {runs: {source: gke, cronjob: n/c}}\n"),
              ElementsAre("8:13 \"n/c\" of source \"gke\" is claimed by two jobs: \"a\" and \"b\""));
  EXPECT_THAT(FaultsOf(kSources + "jobs:\n  n/c: {by: \"10:00\"}\n  b: {runs: {source: gke, cronjob: n/c}}\n"),
              ElementsAre("8:13 \"n/c\" of source \"gke\" is claimed by two jobs: \"n/c\", by its name, and \"b\""));
}

TEST(Jobs, OneObjectMayBeClaimedByTheJobOfItsNameAndOthersOfTwoSources) {
  Good(kSources + "jobs: {n/c: {runs: {source: gke, cronjob: n/c}}}");
  Good(
      "sources: {a: {kubernetes: {}}, b: {kubernetes: {}, prefix: b/}}\n"
      "jobs: {x: {runs: {source: a, cronjob: n/c}}, y: {runs: {source: b, cronjob: n/c}}}");
}

TEST(Jobs, RunsOfKubernetesNameACronJobOrASelector) {
  EXPECT_THAT(JobFaults("{runs: {source: gke, namespace: a, selector: app=x}}"), IsEmpty());
  for (const char* runs : {"{source: gke}", "{source: gke, cronjob: a/b, namespace: a, selector: x=y}",
                           "{source: gke, selector: x=y}", "{source: gke, cronjob: a/b, namespace: a}"})
    EXPECT_THAT(JobFaults("{runs: " + std::string(runs) + "}"), ElementsAre(testing::StartsWith("\"runs\": "))) << runs;
}

TEST(Jobs, WhatCanNeverBeMetIsAFault) {
  EXPECT_THAT(JobFaults("{success: outputs}"), ElementsAre("\"success\" wants outputs, and the job has none"));
  EXPECT_THAT(JobFaults("{rows: \"> 0\"}"), ElementsAre("\"rows\" is checked on outputs, and the job has none"));
  const std::string only_tables = "sources: {db: {sql: {url: \"sqlite:///x\", updated_at: t}}}\n";
  EXPECT_THAT(FaultsOf(only_tables + "jobs: {a: {by: \"10:00\"}}"),
              ElementsAre("2:8 job \"a\" has neither runs nor outputs, and no source discovers jobs"));
  EXPECT_THAT(FaultsOf(only_tables + "jobs: {a: {output: db/t, success: runs}}"),
              ElementsAre("2:35 \"success\" wants runs, and the job has none"));
  EXPECT_THAT(FaultsOf(only_tables + "jobs: {a: {output: db/t, max_runtime: 1h}}"),
              ElementsAre("2:39 \"max_runtime\" watches runs, and the job has none"));
}

TEST(Jobs, OnlyADiscoveringSourceBringsRunsToAJobThatNamesNone) {
  const std::string job = "\njobs: {a/b: {within: 1h}}";
  const std::string none = "2:8 job \"a/b\" has neither runs nor outputs, and no source discovers jobs";
  Good("sources: {gke: {kubernetes: {}}}" + job);
  Good(job);
  EXPECT_THAT(FaultsOf("sources: {push: {heartbeat: {token: {env: T}}}}" + job), ElementsAre(none));
  EXPECT_THAT(FaultsOf("sources: {gke: {kubernetes: {discover: none}}}" + job), ElementsAre(none));
}

TEST(Jobs, NamesHaveNoInvisibleCharacters) {
  const std::pair<const char*, const char*> rows[] = {{"\u200b", "U+200B"}, {"\u200f", "U+200F"}, {"\u202a", "U+202A"}, {"\u202e", "U+202E"},
                                                      {"\u2066", "U+2066"}, {"\u2069", "U+2069"}, {"\ufeff", "U+FEFF"},
                                                      {"\u00ad", "U+00AD"}, {"\u061c", "U+061C"}, {"\u2060", "U+2060"}, {"\u3164", "U+3164"}};
  for (const auto& [character, code] : rows) {
    const auto result = Parse("jobs: {\"a" + std::string(character) + "b\": {}}");
    ASSERT_THAT(result.faults, SizeIs(1)) << code;
    EXPECT_EQ(result.faults[0].message, "a job has the invisible character " + std::string(code) + " in its name");
    EXPECT_THAT(result.Faults(), testing::Not(HasSubstr(character))) << "it would act on the terminal";
  }
  EXPECT_THAT(FaultsOf("jobs: {\"a\\u202eb\": {}}"), ElementsAre("1:8 a job has the invisible character U+202E in its name"));
  EXPECT_THAT(FaultsOf("jobs: {a: {objectives: {\"\u202e\": {within: 1h}}}}"), ElementsAre(HasSubstr("U+202E")));
  for (const char* character : {"\u00ac", "\u00ae", "\u200a", "\u2010", "\u202f", "\u205f", "\u2070", "\u3163", "\ufefe", "\U0001F680"}) Good("jobs: {\"a" + std::string(character) + "b\": {}}");
}

TEST(Jobs, NamesArePlainTextOfAtMost200Bytes) {
  Good("jobs: {\"" + std::string(200, 'x') + "\": {}}");
  Good("jobs: {\"Ärger 漢字\": {}}");
  for (const std::string& name :
       {std::string("\"\""), "\"" + std::string(201, 'x') + "\"", std::string("\"a\\tb\""), std::string("\"a\\x85b\"")})
    EXPECT_THAT(FaultsOf("jobs: {" + name + ": {}}"), SizeIs(1)) << name;
}

// ---- sources ----

TEST(Sources, WhatIsNotWrittenHasTheDefaultOfItsKind) {
  const Config config = Good(kSources);
  EXPECT_EQ(SourceNamed(config, "gke").staleness, seconds{180});
  EXPECT_EQ(SourceNamed(config, "dwh").poll_interval, seconds{30});
  EXPECT_EQ(SourceNamed(config, "dwh").staleness, seconds{90});
  EXPECT_EQ(SourceNamed(config, "push").kind, "heartbeat");
  EXPECT_EQ(SourceNamed(config, "gke").severity_of_derived, "warning");
  ASSERT_THAT(config.fleet.sources, SizeIs(3));
  EXPECT_EQ(config.fleet.sources[0].name, "gke");
  EXPECT_TRUE(config.fleet.sources[0].discovers);
}

TEST(Sources, StalenessIsThreePollsButAtLeastAMinute) {
  const auto staleness = [](const std::string& keys) {
    return Good("sources: {db: {sql: {url: \"sqlite:///x\"}" + keys + "}}").sources.at(0).staleness;
  };
  EXPECT_EQ(staleness(", poll_interval: 1m"), minutes{3});
  EXPECT_EQ(staleness(", poll_interval: 20s"), seconds{60});
  EXPECT_EQ(staleness(", poll_interval: 1s"), seconds{60});
  EXPECT_EQ(staleness(", poll_interval: 1m, staleness: 5m"), minutes{5});
}

TEST(Sources, OneSourceIsOneKind) {
  EXPECT_THAT(FaultsOf("sources: {a: {kubernetes: {}, heartbeat: {token: {env: T}}}}"),
              ElementsAre("1:31 source \"a\" has two kinds"));
  EXPECT_THAT(FaultsOf("sources: {a: {poll_interval: 1m}}"), ElementsAre("1:11 source \"a\" names no kind of system"));
  EXPECT_THAT(FaultsOf("sources: {a: }"), ElementsAre("1:11 source \"a\" names no kind of system"));
}

TEST(Sources, AnUnknownKindIsToldWithTheKnownOnes) {
  const auto result = Parse("sources: {a: {kubernets: {}}}");
  ASSERT_THAT(result.faults, SizeIs(1));
  EXPECT_THAT(result.faults[0].help,
              testing::StartsWith("did you mean \"kubernetes\"? allowed: kubernetes, sql, "));
}

TEST(Sources, TwoClustersNeedAPrefix) {
  EXPECT_THAT(FaultsOf("sources: {a: {kubernetes: {}}, b: {kubernetes: {}}}"),
              ElementsAre("1:32 sources \"a\" and \"b\" both discover jobs, and nothing tells their names apart"));
  Good("sources: {a: {kubernetes: {}}, b: {kubernetes: {}, prefix: b/}}");
  Good("sources: {a: {kubernetes: {}}, b: {kubernetes: {discover: none}}}");
}

TEST(Sources, ANameWithASlashIsAFault) {
  EXPECT_THAT(FaultsOf("sources: {a/b: {kubernetes: {}}}"),
              ElementsAre("1:11 a source's name has no slash: it parts the source from the table"));
}

}  // namespace
}  // namespace batchslo
