#include "tests/bench/fleet.h"

#include <cstdio>

namespace batchslo::bench {
namespace {

constexpr std::size_t kRuns = 32, kBetweenTrims = 8;
constexpr const char* kSchedules[] = {"*/5 * * * *", "*/15 * * * *", "0 * * * *",    "17 * * * *",  "5 */6 * * *", "30 2 * * *",
                                      "0 8 * * *",   "15 22 * * *",  "0 6 * * 1-5", "45 4 * * 0", "0 3 1 * *"};
constexpr const char* kZones[] = {"Asia/Tokyo", "Europe/Berlin", "America/New_York", "UTC"};
constexpr const char* kNamespaces[] = {"recommend", "search", "billing", "warehouse", "ads", "ml-platform"};

bool HasOutput(std::size_t index) { return index % 10 == 7 || index % 10 == 8; }
// Tables with a deadline are made daily.
std::string ScheduleOf(std::size_t index) { return kSchedules[HasOutput(index) ? 5 + index % 3 : index % std::size(kSchedules)]; }
std::string ZoneOf(std::size_t index) { return kZones[index / 7 % std::size(kZones)]; }

std::vector<Objective> ObjectivesOf(std::size_t index) {
  const std::size_t kind = index % 10;
  if (kind < 4) return {DerivedObjective("warning")};
  if (kind < 7) return {{"within", Within{hours{24 * 32}}, minutes{5}, "critical", ObjectiveFrom::kJob}};
  const Zone zone = *Zone::Find(ZoneOf(index));
  if (kind < 9) return {{"by", By{*ParseDeadline("10:00 mon-fri", zone), {}}, minutes{10}, "critical", ObjectiveFrom::kJob}};
  return {{"start_by", StartBy{minutes{10}}, Duration{0}, "critical", ObjectiveFrom::kJob}, {"max_runtime", MaxRuntime{hours{3}}, Duration{0}, "warning", ObjectiveFrom::kJob}};
}

CalendarRef OfficeDays() {
  Calendar calendar;
  calendar.name = "office";
  calendar.weekdays = 0b0111110;
  for (int year = 2025; year < 2028; ++year) {
    const TimePoint day{std::chrono::sys_days{std::chrono::year{year} / 1 / 1}};
    calendar.closed.push_back({day, day + hours{24}, "New Year's Day"});
  }
  calendar.recurring = {{*ParseDeadline("3:00 sun", Zone{}), hours{2}, "backups"}};
  Seal(calendar);
  return CalendarRef(std::move(calendar));
}

// Budgets of all that count, office days for half of them, checks of all tables, and every hundredth job needs the one before.
void AddAllKinds(JobDef& def, std::size_t index) {
  static const CalendarRef kOffice = OfficeDays();
  for (OutputDef& output : def.outputs) output.checks = {{"rows", RowsCheck{Compare::kGreaterEqual, 1000}}};
  if (!def.outputs.empty()) def.objectives.push_back({"checks", Checks{}, Duration{0}, "warning", ObjectiveFrom::kJob});
  for (Objective& objective : def.objectives) {
    if (objective.from == ObjectiveFrom::kJob) objective.target = {28, 990'000};
    if (index % 2 == 0) objective.calendar = kOffice;
  }
  if (index % 100 == 99) def.needs = SharedValue(JobNames{SharedText(FleetJob(index - 1))});
}

JobDef Define(std::size_t index, Kinds kinds) {
  JobDef def;
  def.name = FleetJob(index);
  def.team = kNamespaces[index % std::size(kNamespaces)];
  def.consumer = "ads import, 10:00";
  def.configured = true;
  def.runs_source = "gke";
  if (HasOutput(index)) def.outputs = {{"mart.items", "dwh", {}}};
  def.objectives = ObjectivesOf(index);
  if (kinds == Kinds::kAll) AddAllKinds(def, index);
  return def;
}

// A CronJob's Job, from its tick on: it began when it was due, and took three minutes.
RunFact RunOf(std::size_t index, TimePoint tick, bool failed) {
  char id[64];
  std::snprintf(id, sizeof id, "train-items-%lld/%08zx", static_cast<long long>(tick.time_since_epoch() / minutes{1}), index * 2654435761u % 0xffffffff);
  RunFact run;
  run.job = FleetJob(index);
  run.run_id = id;
  run.scheduled = run.created = tick;
  run.started = tick + seconds{2};
  run.finished = tick + minutes{3} + microseconds{999'999};
  run.outcome = failed ? Outcome::kFailed : Outcome::kSucceeded;
  run.trigger = Trigger::kScheduled;
  if (failed) run.reason = "BackoffLimitExceeded";
  return run;
}

// The ticks behind a job, newest first.
std::vector<TimePoint> TicksOf(std::size_t index) {
  const Schedule schedule = *Schedule::Parse(ScheduleOf(index), Dialect::kKubernetes, *Zone::Find(ZoneOf(index)));
  std::vector<TimePoint> ticks;
  for (auto tick = schedule.Prev(kFleetNow - minutes{4}); tick && ticks.size() < kRuns; tick = schedule.Prev(*tick)) ticks.push_back(*tick);
  return ticks;
}

void TellJob(Tracker& tracker, std::size_t index, TimePoint at) {
  JobFact seen;
  seen.job = FleetJob(index);
  seen.scope = kNamespaces[index % std::size(kNamespaces)];
  seen.schedule = ScheduleOf(index);
  seen.timezone = ZoneOf(index);
  seen.dialect = "kubernetes";
  tracker.Apply({"gke", at, seen});
}

// The runs from the `from`th newest tick to before the `to`th.
void TellRuns(Tracker& tracker, std::size_t index, const std::vector<TimePoint>& ticks, std::size_t from, std::size_t to) {
  for (std::size_t i = std::min(from, ticks.size()); i-- > to;) {
    RunFact run = RunOf(index, ticks[i], i > 0 && (i + index) % 16 == 0);
    const TimePoint finished = *run.finished;
    tracker.Apply({"gke", finished + seconds{1}, std::move(run)});
    tracker.Apply({"gke", finished + seconds{1}, LastSuccessFact{FleetJob(index), finished}});
    if (HasOutput(index)) tracker.Apply({"dwh", finished + seconds{30}, ObservationFact{FleetJob(index), "mart.items", finished, 120'044, std::nullopt, std::nullopt, {}}});
  }
}

}  // namespace

const TimePoint kFleetNow = *ParseRfc3339("2026-03-03T03:07:30Z");

std::string FleetJob(std::size_t index) {
  char name[64];
  std::snprintf(name, sizeof name, "%s/train-items-daily-%06zu", kNamespaces[index % std::size(kNamespaces)], index);
  return name;
}

Fact FreshRun(std::size_t index, TimePoint now) {
  RunFact run = RunOf(index, now - minutes{1}, false);
  run.finished = now - seconds{1};
  return {"gke", now, std::move(run)};
}

void SeeSources(Tracker& tracker, TimePoint now) {
  for (const char* source : {"gke", "dwh"}) tracker.Apply({source, now, ViewFact{}});
}

Tracker MakeFleet(std::size_t jobs, Kinds kinds) {
  Fleet fleet;
  SourceDef cluster{"gke", "kubernetes", Coverage::kJoins, seconds{180}};
  SourceDef tables{"dwh", "sql", Coverage::kLastValue, seconds{90}};
  fleet.sources = {cluster, tables};
  for (std::size_t i = 0; i < jobs; ++i) fleet.jobs.push_back(std::make_shared<const JobDef>(Define(i, kinds)));
  Tracker tracker;
  if (kinds == Kinds::kAll) tracker.SetForesight(Foresight::kOn);
  tracker.SetFleet(fleet);
  fleet = {};
  for (TimePoint at = kFleetNow - days{3}; at <= kFleetNow; at += seconds{150}) SeeSources(tracker, at);
  for (std::size_t i = 0; i < jobs; ++i) TellJob(tracker, i, TicksOf(i).back() - minutes{1});
  for (std::size_t from = kRuns; from > 0; from -= kBetweenTrims) {
    for (std::size_t i = 0; i < jobs; ++i) TellRuns(tracker, i, TicksOf(i), from, from - kBetweenTrims);
    tracker.Trim(kFleetNow);
  }
  SeeSources(tracker, kFleetNow);
  return tracker;
}

}  // namespace batchslo::bench
