// Tests exporter/web/exposition.cc, columns.cc, writer.cc and both tables of families.
#include "exporter/web/exposition.h"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/web/golden.h"
#include "tests/web/parse.h"
#include "tests/web/sample.h"

namespace batchslo {
namespace {

using sample::At;
using sample::kNow;
using Set = std::set<std::string>;

std::string Render(const std::shared_ptr<const Snapshot>& snapshot, Format format = Format::kText, const Set& off = {}, TimePoint now = kNow) {
  return RenderAll(std::make_shared<const Page>(snapshot, off), format, now);
}

ParsedPage Parsed(const std::shared_ptr<const Snapshot>& snapshot, Format format = Format::kText, const Set& off = {}, TimePoint now = kNow) {
  ParsedPage page = ParsePage(Render(snapshot, format, off, now));
  for (const std::string& fault : page.faults) ADD_FAILURE() << fault;
  return page;
}

std::shared_ptr<Snapshot> With(std::vector<std::shared_ptr<const JobState>> jobs) {
  auto snapshot = sample::Fleet(0);
  snapshot->jobs = std::move(jobs);
  return snapshot;
}

std::size_t CountOf(const ParsedPage& page, const std::string& name) {
  return static_cast<std::size_t>(std::count_if(page.samples.begin(), page.samples.end(), [&](const Sample& s) { return s.name == name; }));
}

// What changes from build to build and from process to process is left out.
std::string Steady(const std::string& page) {
  std::string steady;
  for (std::size_t from = 0; from < page.size();) {
    const std::size_t end = page.find('\n', from) + 1;
    const std::string line = page.substr(from, end - from);
    if (line.find("process_") == std::string::npos && !line.starts_with("batchslo_build_info{")) steady += line;
    from = end;
  }
  return steady;
}

TEST(Exposition, ThePagesAreTheGoldenOnes) {
  ExpectGolden(Steady(Render(sample::Mixed())), "page.txt");
  ExpectGolden(Steady(Render(sample::Mixed(), Format::kOpenMetrics)), "page.openmetrics");
}

// The name of the family that a sample belongs to; empty: none.
std::string FamilyOf(const ParsedPage& page, const std::string& sample, Format format) {
  if (page.type.contains(sample) && (format == Format::kText || page.type.at(sample) == "gauge")) return sample;
  for (const std::string suffix : {"_total", "_bucket", "_sum", "_count"}) {
    if (!sample.ends_with(suffix)) continue;
    const std::string family = sample.substr(0, sample.size() - suffix.size());
    const bool counter = suffix == "_total";
    if (counter && format == Format::kText) continue;
    const auto type = page.type.find(family);
    if (type != page.type.end() && type->second == (counter ? "counter" : "histogram")) return family;
  }
  return "";
}

void ExpectStrict(const ParsedPage& page, Format format) {
  std::string before;
  std::set<std::string> done;
  for (const Sample& sample : page.samples) {
    const std::string family = FamilyOf(page, sample.name, format);
    EXPECT_NE(family, "") << sample.name << " has no family";
    EXPECT_TRUE(page.help.contains(family)) << family;
    if (family != before) {
      EXPECT_TRUE(done.insert(family).second) << family << " is in two places";
    }
    before = family;
    if (page.type.contains(family) && page.type.at(family) == "counter") {
      EXPECT_TRUE(sample.name.ends_with("_total")) << sample.name;
    }
  }
  EXPECT_EQ(done.size(), page.type.size()) << "a family without samples";
  for (const auto& [family, unit] : page.unit) EXPECT_TRUE(family.ends_with("_" + unit)) << family;
}

TEST(Exposition, BothFormatsReadBackStrictly) {
  const ParsedPage text = Parsed(sample::Mixed()), open = Parsed(sample::Mixed(), Format::kOpenMetrics);
  ExpectStrict(text, Format::kText);
  ExpectStrict(open, Format::kOpenMetrics);
  EXPECT_FALSE(text.ended);
  EXPECT_TRUE(open.ended);
  EXPECT_TRUE(text.unit.empty());
  EXPECT_EQ(open.unit.at("batchslo_output_size_bytes"), "bytes");
  EXPECT_EQ(open.type.at("batchslo_job_runs"), "counter");
  EXPECT_EQ(text.type.at("batchslo_job_runs_total"), "counter");
}

TEST(Exposition, BothFormatsSayTheSame) {
  const ParsedPage text = Parsed(sample::Mixed()), open = Parsed(sample::Mixed(), Format::kOpenMetrics);
  ASSERT_EQ(text.samples.size(), open.samples.size());
  for (std::size_t i = 0; i < text.samples.size(); ++i) {
    EXPECT_EQ(text.samples[i].name, open.samples[i].name);
    EXPECT_EQ(text.samples[i].labels, open.samples[i].labels);
    if (!text.samples[i].name.starts_with("process_")) {
      EXPECT_EQ(text.samples[i].value, open.samples[i].value) << text.samples[i].name;
    }
  }
}

TEST(Exposition, AgesAreOfTheScrape) {
  const auto snapshot = With({sample::UsualJob("a")});
  const std::string name = "batchslo_job_seconds_since_last_success";
  EXPECT_EQ(Parsed(snapshot).Find(name, {{"job_name", "a"}}), 1429.75);
  EXPECT_EQ(Parsed(snapshot, Format::kText, {}, kNow + seconds{60}).Find(name, {{"job_name", "a"}}), 1489.75);
  EXPECT_EQ(Parsed(snapshot, Format::kText, {}, At("2026-03-01T00:00:00Z")).Find(name, {{"job_name", "a"}}), 0) << "never negative";
}

TEST(Exposition, AbsentDataIsAnAbsentSeries) {
  const ParsedPage page = Parsed(With({sample::BareJob("new", State::kPending, Verdict::kPending)}));
  std::set<std::string> names;
  for (const Sample& sample : page.samples) {
    if (sample.labels.contains("job_name")) names.insert(sample.name);
  }
  EXPECT_EQ(names, (Set{"batchslo_job_first_seen_timestamp_seconds", "batchslo_job_slo_unknown", "batchslo_job_state", "batchslo_job_state_since_timestamp_seconds",
                        "batchslo_job_info", "batchslo_job_slo_info"}));
}

TEST(Exposition, MetIsThereOnlyWhereItIsProven) {
  struct Row {
    Verdict verdict;
    std::optional<double> met;
    double unknown;
  };
  const Row rows[] = {{Verdict::kMet, 1, 0}, {Verdict::kMissed, 0, 0}, {Verdict::kUnknown, std::nullopt, 1}, {Verdict::kPending, std::nullopt, 0}, {Verdict::kPaused, std::nullopt, 0}};
  for (const Row& row : rows) {
    const ParsedPage page = Parsed(With({sample::BareJob("a", State::kMet, row.verdict)}));
    EXPECT_EQ(page.Find("batchslo_job_slo_met", {{"job_name", "a"}, {"objective", "within"}}), row.met) << VerdictName(row.verdict);
    EXPECT_EQ(page.Find("batchslo_job_slo_unknown", {{"job_name", "a"}, {"objective", "within"}}), row.unknown) << VerdictName(row.verdict);
  }
}

// A job whose windows ended so.
std::shared_ptr<JobState> Counted(const char* days, std::uint32_t windows, SloTarget target) {
  auto job = sample::UsualJob("a");
  auto def = std::make_shared<JobDef>(*job->def);
  def->objectives[0].target = target;
  job->def = def;
  job->objectives[0].tally = SharedValue(Tally{1, kNow, windows, 3, 2, *DayCounts::Read(days)});
  return job;
}

TEST(Exposition, BudgetsAreOfWindowsThatHaveClosed) {
  constexpr SloTarget kNinety{7, 900000};
  struct Row {
    const char* days;
    std::uint32_t windows;
    SloTarget target;
    double closed;
    std::optional<double> attainment, remaining;
  };
  const Row rows[] = {{"20500x28:3/1/0/0", 200, kNinety, 200, 0.75, -1.5},
                      {"20500x28:4/0/0/0", 200, kNinety, 200, 1, 1},
                      {"20500x28:4/0/0/0", 200, {}, 200, 1, std::nullopt},
                      {"20500x28:0/0/1/0", 200, kNinety, 200, std::nullopt, std::nullopt},
                      {"20500x28:0/0/0/1", 0, kNinety, 0, std::nullopt, std::nullopt}};
  const std::map<std::string, std::string> labels = {{"job_name", "a"}, {"objective", "by"}}, over = {{"job_name", "a"}, {"objective", "by"}, {"window", "28d"}};
  for (const Row& row : rows) {
    const ParsedPage page = Parsed(With({Counted(row.days, row.windows, row.target)}));
    EXPECT_EQ(page.Find("batchslo_job_windows_total", labels), row.closed) << row.days;
    EXPECT_EQ(page.Find("batchslo_job_missed_windows_total", labels), 3) << row.days;
    EXPECT_EQ(page.Find("batchslo_job_unknown_windows_total", labels), 2) << row.days;
    EXPECT_EQ(page.Find("batchslo_job_attainment_ratio", over), row.attainment) << row.days;
    const auto remaining = page.Find("batchslo_job_error_budget_remaining_ratio", labels);
    EXPECT_EQ(remaining.has_value(), row.remaining.has_value()) << row.days;
    EXPECT_NEAR(remaining.value_or(0), row.remaining.value_or(0), 1e-9) << row.days;
    EXPECT_EQ(page.Find("batchslo_job_margin_seconds", labels), 1130) << row.days;
  }
  const ParsedPage none = Parsed(With({sample::UsualJob("a")}));
  for (const char* name : {"batchslo_job_margin_seconds", "batchslo_job_windows_total", "batchslo_job_unknown_windows_total"}) EXPECT_EQ(CountOf(none, name), 0u) << name;
}

TEST(Exposition, InfosAreUniqueOnTheirJoinKey) {
  const std::map<std::string, std::vector<std::string>> keys = {
      {"batchslo_job_info", {"job_name"}},
      {"batchslo_job_slo_info", {"job_name", "objective"}},
      {"batchslo_job_state", {"job_name"}},
      {"batchslo_job_last_failure_info", {"job_name"}},
      {"batchslo_job_source_info", {"job_name", "role"}},
  };
  std::set<std::vector<std::string>> seen;
  std::set<std::string> names;
  for (const Sample& sample : Parsed(sample::Mixed()).samples) {
    const auto at = keys.find(sample.name);
    if (at == keys.end()) continue;
    std::vector<std::string> key = {sample.name};
    for (const std::string& label : at->second) key.push_back(sample.labels.at(label));
    EXPECT_TRUE(seen.insert(key).second) << ::testing::PrintToString(key);
    EXPECT_EQ(sample.value, 1);
    names.insert(sample.name);
  }
  EXPECT_EQ(names.size(), keys.size());
}

TEST(Exposition, AnOutputNamedRunsDoesNotRepeatTheRunsLink) {
  auto job = sample::UsualJob("a");
  job->outputs[0].name = "runs";
  job->outputs[0].source = "gke";
  EXPECT_EQ(CountOf(Parsed(With({job})), "batchslo_job_source_info"), 1u);
}

TEST(Exposition, NamesThatBecomeOneAreRefusedAndCounted) {
  const std::string most(200, 'n');
  const ParsedPage page = Parsed(With({sample::UsualJob(most), sample::UsualJob(most + "1"), sample::UsualJob(most + "2"), sample::UsualJob("x\xfe"), sample::UsualJob("x\xff")}));
  EXPECT_EQ(CountOf(page, "batchslo_job_state"), 2u);
  EXPECT_EQ(page.Find("batchslo_snapshot_refused_series", {}), 3);
}

TEST(Exposition, ObjectivesOutputsAndChecksThatBecomeOneAreRefusedAndCounted) {
  auto job = sample::UsualJob("a");
  auto def = std::make_shared<JobDef>(*job->def);
  for (const char* end : {"1", "2"}) {
    def->objectives.push_back({std::string(200, 'o') + end, Within{minutes{1}}, Duration{0}, "critical", ObjectiveFrom::kJob});
    job->objectives.push_back(job->objectives[0]);
    job->outputs.push_back(job->outputs[0]);
    job->outputs.back().name = std::string(200, 'p') + end;
    job->outputs[0].checks.push_back({std::string(200, 'c') + end, true, 1.0});
  }
  job->def = def;
  const ParsedPage page = Parsed(With({job}));
  EXPECT_EQ(page.Find("batchslo_snapshot_refused_series", {}), 3);
  EXPECT_EQ(CountOf(page, "batchslo_job_slo_info"), 2u);
  EXPECT_EQ(CountOf(page, "batchslo_output_rows"), 2u);
  EXPECT_EQ(CountOf(page, "batchslo_output_check_passed"), 1u);
}

TEST(Exposition, GroupsCanBeOff) {
  const auto names = [](const Set& off) {
    Set all;
    for (const Sample& sample : Parsed(sample::Mixed(), Format::kText, off).samples) all.insert(sample.name);
    return all;
  };
  const Set all = names({}), no_runs = names({"runs"}), no_self = names({"self"}), no_budget = names({"budget"});
  EXPECT_TRUE(all.contains("batchslo_job_runs_total") && all.contains("batchslo_output_rows") && all.contains("batchslo_source_up"));
  EXPECT_FALSE(no_runs.contains("batchslo_job_runs_total") || no_runs.contains("batchslo_output_rows"));
  EXPECT_TRUE(no_runs.contains("batchslo_job_state") && no_runs.contains("batchslo_source_up"));
  EXPECT_FALSE(no_self.contains("batchslo_source_up") || no_self.contains("process_open_fds"));
  EXPECT_TRUE(no_self.contains("batchslo_job_runs_total"));
  EXPECT_TRUE(no_runs.contains("batchslo_job_windows_total") && no_budget.contains("batchslo_job_runs_total"));
  for (const char* name : {"margin_seconds", "windows_total", "missed_windows_total", "unknown_windows_total", "attainment_ratio", "error_budget_remaining_ratio"}) {
    EXPECT_TRUE(all.contains("batchslo_job_" + std::string(name)) && !no_budget.contains("batchslo_job_" + std::string(name))) << name;
  }
  EXPECT_TRUE(Parsed(sample::Mixed(), Format::kOpenMetrics, {"self"}).ended);
}

TEST(Exposition, AJobWithOneObjectiveHasAtMost22SeriesAnd6OfItsBudget) {
  const auto series = [](const Set& off) {
    std::size_t count = 0;
    for (const Sample& sample : Parsed(With({Counted("20500x28:3/1/0/0", 200, {28, 990000})}), Format::kText, off).samples) count += sample.labels.contains("job_name");
    return count;
  };
  EXPECT_LE(series({"budget"}), 22u);
  EXPECT_GE(series({"budget"}), 20u) << "the sample is meant to be full";
  EXPECT_EQ(series({}) - series({"budget"}), 6u);
}

std::vector<std::string> PiecesOf(const std::shared_ptr<const Page>& page) {
  std::vector<std::string> pieces;
  Rendering rendering(page, Format::kOpenMetrics, kNow);
  for (std::string_view piece = rendering.Next(); !piece.empty(); piece = rendering.Next()) pieces.emplace_back(piece);
  EXPECT_EQ(rendering.Next(), "") << "it stays at the end";
  return pieces;
}

TEST(Exposition, ThePiecesAreTheWholeAndAreBounded) {
  const auto page = std::make_shared<const Page>(sample::Fleet(500), Set{});
  std::string joined;
  const auto pieces = PiecesOf(page);
  EXPECT_GT(pieces.size(), 10u);
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), 64u << 10);
    joined += piece;
  }
  EXPECT_EQ(Steady(joined), Steady(RenderAll(page, Format::kOpenMetrics, kNow)));
  const ParsedPage parsed = ParsePage(joined);
  EXPECT_TRUE(parsed.faults.empty());
  EXPECT_EQ(CountOf(parsed, "batchslo_job_state"), 500u);
}

TEST(Exposition, TheLongestLinesFit) {
  const std::string worst(4096, '"');
  auto job = sample::UsualJob(worst);
  auto def = std::make_shared<JobDef>(*job->def);
  def->team = def->consumer = def->runbook_url = def->dashboard_url = worst;
  job->schedule = job->timezone = job->runs_source = worst;
  def->objectives[0].name = def->objectives[0].severity = worst;
  job->outputs[0].name = job->outputs[0].source = worst;
  job->outputs[0].checks = {{worst, true, -1e-300}};
  job->failure = std::make_unique<LastFailure>(LastFailure{worst, worst, worst, worst, worst, worst, kNow});
  job->def = def;
  const ParsedPage page = Parsed(With({job}));
  EXPECT_EQ(page.Find("batchslo_output_check_value", {{"job_name", std::string(200, '"')}, {"output", std::string(200, '"')}, {"check", std::string(200, '"')}}), -1e-300);
}

TEST(Exposition, AnEmptySnapshotIsAPageToo) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->at = kNow;
  EXPECT_EQ(Parsed(snapshot).Find("batchslo_snapshot_jobs", {}), 0);
  EXPECT_TRUE(Parsed(snapshot, Format::kOpenMetrics).ended);
}

TEST(Exposition, RegistriesTellTheirRowsAndNothingMadeUp) {
  auto snapshot = sample::Fleet(0);
  EXPECT_EQ(CountOf(Parsed(snapshot), "batchslo_registry_up"), 0u);
  snapshot->registries = sample::Registries();
  const ParsedPage page = Parsed(snapshot);
  const auto value = [&](const char* family, const char* registry) { return page.Find(std::string("batchslo_registry_") + family, {{"registry", registry}}); };
  EXPECT_EQ(value("up", "team-sheet"), 1);
  EXPECT_EQ(value("rows", "team-sheet"), 12);
  EXPECT_EQ(value("rows_invalid", "team-sheet"), 2);
  EXPECT_EQ(value("up", "wiki"), 0);
  EXPECT_EQ(value("rows", "wiki"), 1);
  EXPECT_EQ(value("last_success_timestamp_seconds", "wiki"), 1772327070);
  for (const char* family : {"up", "rows", "rows_invalid", "last_success_timestamp_seconds"}) EXPECT_EQ(value(family, "fresh"), std::nullopt) << family;
}

TEST(Exposition, JobsAreCountedByTheirSourceAndTheHighestWord) {
  auto by_row = sample::UsualJob("b");
  auto def = std::make_shared<JobDef>(*by_row->def);
  def->objectives[0].from = ObjectiveFrom::kRegistry;
  def->objectives.push_back(DerivedObjective("warning"));
  by_row->objectives.emplace_back();
  by_row->def = def;
  auto by_output = sample::UsualJob("c");
  by_output->runs_source = "";
  const ParsedPage page = Parsed(With({sample::UsualJob("a"), by_row, by_output, sample::BareJob("d", State::kUnknown, Verdict::kUnknown)}));
  const auto count = [&](const char* source, const char* from) { return page.Find("batchslo_jobs", {{"source", source}, {"objective_from", from}}); };
  EXPECT_EQ(count("gke", "job"), 1);
  EXPECT_EQ(count("gke", "registry"), 1);
  EXPECT_EQ(count("dwh", "job"), 1);
  EXPECT_EQ(count("", "derived"), 1);
  EXPECT_EQ(CountOf(page, "batchslo_jobs"), 4u);
}

RC_GTEST_PROP(Exposition, HostileNamesGiveAPageThatReads, (const std::vector<std::string>& names, const std::string& text)) {
  std::set<std::string> sorted(names.begin(), names.end());
  auto snapshot = sample::Fleet(0);
  for (const std::string& name : sorted) {
    auto job = sample::UsualJob(name);
    job->outputs[0].name = text;
    job->failure = std::make_unique<LastFailure>(LastFailure{"", text, text, "", text, "", kNow});
    snapshot->jobs.push_back(std::move(job));
  }
  const ParsedPage page = ParsePage(Render(snapshot));
  RC_ASSERT(page.faults.empty());
  RC_ASSERT(static_cast<double>(CountOf(page, "batchslo_job_state")) + *page.Find("batchslo_snapshot_refused_series", {}) == static_cast<double>(sorted.size()));
}

TEST(Exposition, OwnCountersArePartOfSelf) {
  prometheus::Registry registry;
  prometheus::BuildCounter().Name("own_total").Help("a\nb").Register(registry).Add({{"code", "\"2\n"}}).Increment(7);
  const auto page = std::make_shared<const Page>(sample::Fleet(0), Set{}, &registry);
  const ParsedPage text = ParsePage(RenderAll(page, Format::kText, kNow)), open = ParsePage(RenderAll(page, Format::kOpenMetrics, kNow));
  EXPECT_TRUE(text.faults.empty() && open.faults.empty());
  EXPECT_EQ(text.Find("own_total", {{"code", "\"2\n"}}), 7);
  EXPECT_EQ(text.help.at("own_total"), "a\\nb");
  EXPECT_EQ(open.type.at("own"), "counter");
}

TEST(Exposition, WhatASourceTellsCanNotRepeatAnotherFamily) {
  auto snapshot = sample::Fleet(0);
  snapshot->sources[0].extras = {{"batchslo_source_up", {}, 7}, {"batchslo_odd", {{"k", "v"}}, 1}, {"batchslo_odd", {{"k", "v"}}, 2}};
  snapshot->sources[1].extras = {{"batchslo_odd", {{"k", "v"}}, 3}};
  const ParsedPage page = Parsed(snapshot);
  EXPECT_EQ(page.Find("batchslo_source_up", {{"source", "gke"}}), 1);
  EXPECT_EQ(page.Find("batchslo_odd", {{"source", "gke"}, {"k", "v"}}), 1);
  EXPECT_EQ(page.Find("batchslo_odd", {{"source", "dwh"}, {"k", "v"}}), 3);
}

}  // namespace
}  // namespace batchslo
