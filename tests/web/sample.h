#pragma once
// Snapshots for the tests and benchmarks of the faces.

#include <cstdio>
#include <memory>
#include <string>

#include "exporter/core/snapshot.h"

namespace batchslo::sample {

inline TimePoint At(const char* text) { return *ParseRfc3339(text); }
inline const TimePoint kNow = At("2026-03-02T01:05:00Z");

inline Ticks TenOClock() { return *ParseDeadline("10:00", Zone{}); }

// A job with one objective `by`, runs and one output with rows: 22 series.
inline std::shared_ptr<JobState> UsualJob(const std::string& name) {
  auto def = std::make_shared<JobDef>();
  def->name = name;
  def->team = "recommend";
  def->consumer = "ads import, 10:00";
  def->configured = true;
  def->runs_source = "gke";
  def->outputs = {{"mart.recommend_items", "dwh", {}}};
  def->objectives = {{"by", By{TenOClock(), {}}, Duration{0}, "critical", ObjectiveFrom::kJob}};
  auto job = std::make_shared<JobState>();
  job->state = State::kMet;
  job->state_since = At("2026-02-20T00:41:10Z");
  job->first_seen = At("2026-01-01T00:00:00Z");
  job->last_success = At("2026-03-02T00:41:10.25Z");
  job->schedule = "0 8 * * *";
  job->timezone = "Asia/Tokyo";
  job->runs_source = "gke";
  ObjectiveState objective;
  objective.verdict = Verdict::kMet;
  objective.window = Window{At("2026-03-01T23:00:00Z"), At("2026-03-02T01:00:00Z")};
  objective.next_due = At("2026-03-03T01:00:00Z");
  objective.evidence = "run train-29 and mart.recommend_items";
  objective.success_at = job->last_success;
  objective.margin = seconds{1130};
  job->objectives = {objective};
  RunsState runs;
  runs.last_start = At("2026-03-01T23:00:04Z");
  runs.last_completion = At("2026-03-02T00:41:10Z");
  runs.last_duration = *runs.last_completion - *runs.last_start;
  runs.next_run = At("2026-03-02T23:00:00Z");
  runs.completed = 29;
  runs.failed = 3;
  job->runs = runs;
  OutputState output;
  output.name = "mart.recommend_items";
  output.source = "dwh";
  output.updated = At("2026-03-02T00:40:55Z");
  output.observed = At("2026-03-02T01:04:30Z");
  output.rows = 120044;
  job->outputs = {output};
  job->def = std::move(def);
  return job;
}

inline SourceState UsualSource(const std::string& name, const std::string& kind) {
  SourceState source;
  source.name = name;
  source.kind = kind;
  source.up = source.complete = true;
  source.last_success = At("2026-03-02T01:04:30Z");
  return source;
}

// `count` jobs by name, each a little different, as a fleet is.
inline std::shared_ptr<Snapshot> Fleet(std::size_t count) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->at = kNow;
  snapshot->evaluation_seconds = 0.0012;
  snapshot->config.last_reload_success = At("2026-02-01T00:00:00Z");
  snapshot->config.file = "/etc/batchslo/batchslo.yml";
  snapshot->config.hash = 2847362;
  snapshot->sources = {UsualSource("gke", "kubernetes"), UsualSource("dwh", "sql")};
  for (std::size_t i = 0; i < count; ++i) {
    char name[64];
    std::snprintf(name, sizeof name, "recommend/train-items-daily-%06zu", i);
    auto job = UsualJob(name);
    const auto drift = microseconds{static_cast<std::int64_t>(i * 7919 % 1'000'000)} + seconds{static_cast<std::int64_t>(i % 977)};
    *job->last_success -= drift;
    *job->runs->last_start -= drift;
    *job->outputs[0].rows += static_cast<std::int64_t>(i);
    job->runs->completed += static_cast<std::uint32_t>(i % 1000);
    if (i % 50 == 7) {
      job->state = State::kMissed;
      job->objectives[0].verdict = Verdict::kMissed;
    } else if (i % 50 == 9) {
      job->state = State::kUnknown;
      job->objectives[0].verdict = Verdict::kUnknown;
    }
    snapshot->jobs.push_back(std::move(job));
  }
  return snapshot;
}

// A configured job that nobody has heard of yet: no success, no run, no source.
inline std::shared_ptr<JobState> BareJob(const std::string& name, State state, Verdict verdict) {
  auto def = std::make_shared<JobDef>();
  def->name = name;
  def->objectives = {{"within", Within{minutes{30}}, Duration{0}, "warning", ObjectiveFrom::kDerived}};
  auto job = std::make_shared<JobState>();
  job->state = state;
  job->state_since = job->first_seen = At("2026-03-01T00:00:00Z");
  job->objectives.emplace_back();
  job->objectives[0].verdict = verdict;
  job->def = std::move(def);
  return job;
}

// Every state, a failing check, a failure, sources in every health: what each face must show.
inline std::shared_ptr<Snapshot> Mixed() {
  auto snapshot = Fleet(0);
  auto met = UsualJob("ads/import");
  auto counted = std::make_shared<JobDef>(*met->def);
  counted->objectives[0].target = {28, 990000};
  met->def = std::move(counted);
  met->objectives[0].tally = SharedValue(Tally{1, At("2026-03-02T01:00:00Z"), 400, 5, 1, *DayCounts::Read("20485x28:9/0/0/0 20513x1:9/1/1/0")});
  auto missed = UsualJob("billing/close \"<b>&\\\n");
  missed->state = State::kMissed;
  missed->objectives[0].verdict = Verdict::kMissed;
  missed->objectives[0].evidence.clear();
  missed->runs->running_since = At("2026-03-02T01:00:00Z");
  missed->runs->consecutive_failures = 2;
  missed->outputs[0].bytes = 4096;
  missed->outputs[0].checks = {{"rows", false, 17.0}, {"not_null.amount", std::nullopt, std::nullopt}};
  missed->failure = std::make_unique<LastFailure>(LastFailure{"train-30", "BackoffLimitExceeded", "ValueError: no rows in <*>", "Traceback (most recent call last):\n  <script>\nValueError: no rows in <mart>", "f00d", "", At("2026-03-02T00:41:10Z"), "load at /app/<close>.py:40"});
  auto late = UsualJob("crm/late");
  late->objectives[0].late = true;
  auto needing = std::make_shared<JobDef>(*late->def);
  needing->needs = SharedValue<JobNames>({"ads/import", "billing/close \"<b>&\\\n"});
  late->def = std::move(needing);
  late->blocked_by = SharedValue<JobNames>({"billing/close \"<b>&\\\n"});
  met->outlooks = SharedValue(std::vector<Outlook>{{Risk::kNone, {}, minutes{100}, 0.0025, At("2026-03-12T09:00:00Z")}});
  missed->outlooks = SharedValue(std::vector<Outlook>{{Risk::kRunning, At("2026-03-02T01:00:00Z"), hours{26}, std::nullopt, {}}});
  late->outlooks = SharedValue(std::vector<Outlook>{{Risk::kUpstream, {}, {}, -0.5, {}}});
  auto unproven = BareJob("dark/unproven", State::kUnknown, Verdict::kUnknown);
  unproven->objectives[0].unproven = true;
  unproven->outlooks = SharedValue(std::vector<Outlook>(1));
  snapshot->jobs = {met, missed, late, unproven, BareJob("etl/new", State::kPending, Verdict::kPending), BareJob("etl/off", State::kPaused, Verdict::kPaused),
                    BareJob("etl/old", State::kGone, Verdict::kUnknown)};
  SourceState& cluster = snapshot->sources[0];
  cluster.complete = false;
  cluster.scopes = {{"recommend", true, ""}, {"search", false, "forbidden: list jobs in <search>"}};
  cluster.extras = {{"batchslo_kubernetes_list_total", {{"result", "ok"}}, 3}, {"batchslo_kubernetes_objects", {}, 42}};
  SourceState& tables = snapshot->sources[1];
  tables.up = tables.complete = false;
  tables.error = "connection refused";
  tables.polls = 5;
  tables.failures = {{"refused", 2}};
  tables.poll_seconds_buckets = {0, 0, 1, 2, 3, 3, 3, 3, 3, 3, 4};
  tables.poll_seconds_sum = 21.5;
  tables.clock_skew_seconds = -0.25;
  return snapshot;
}

// One whose rows are partly wrong, one that can't be read any more, and one that was not read yet.
inline std::vector<RegistryState> Registries() {
  RegistryReading sheet;
  sheet.rows = 12;
  sheet.invalid = 2;
  sheet.faults = {{7, "by", "ads/import", "\"25:00\" is no time of day"}, {9, "", "", "it has <more> cells"}};
  sheet.remarks = {{3, "team", "mart/items", "the job's block says \"mine\""}};
  RegistryReading wiki;
  wiki.rows = 1;
  return {{"team-sheet", "csv", true, At("2026-03-02T01:04:30Z"), "", std::make_shared<const RegistryReading>(sheet), {{4, "lost/<job>"}}},
          {"wiki", "csv", false, At("2026-03-01T01:04:30Z"), "wiki.example answers 403", std::make_shared<const RegistryReading>(wiki), {}},
          {"fresh", "sheets", std::nullopt, std::nullopt, "", nullptr, {}}};
}

}  // namespace batchslo::sample
