#pragma once
// A little language of facts about one job, "j": its runs are those of "k8s" (views join over 3 minutes), its outputs
// are "t" (and "u") of "dwh" (stale after 90 s). Clocks are of March 2026: "02T10:00:00Z".

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "exporter/core/tracker.h"

namespace batchslo {

using Facts = std::vector<Fact>;

inline TimePoint At(const std::string& clock) { return ParseRfc3339("2026-03-" + clock).Value(); }
inline std::optional<TimePoint> MaybeAt(const std::string& clock) {
  return clock.empty() ? std::nullopt : std::optional(At(clock));
}

// ---- what is judged ----

enum class With { kRuns, kOutput, kBoth, kTwoOutputs };

struct Subject {
  Rule rule;
  With with = With::kRuns;
  Duration grace{0};
  SuccessMode success = SuccessMode::kAll;
  std::vector<Check> checks{};           // of every output
  Coverage coverage = Coverage::kJoins;  // of k8s
  Duration spool_allowance{0};           // of k8s
  bool count_manual = true, count_backfill = false;
  std::optional<Duration> max_suspend{};
  CalendarRef calendar{};
};

inline Fleet FleetOf(const Subject& subject) {
  Fleet fleet;
  SourceDef k8s, dwh;
  k8s.name = "k8s";
  k8s.staleness = seconds{180};
  k8s.coverage = subject.coverage;
  k8s.spool_allowance = subject.spool_allowance;
  dwh.name = "dwh";
  dwh.coverage = Coverage::kLastValue;
  dwh.staleness = seconds{90};
  fleet.sources = {k8s, dwh};
  JobDef job;
  job.name = "j";
  job.configured = true;
  job.success = subject.success;
  job.count_manual = subject.count_manual;
  job.count_backfill = subject.count_backfill;
  job.max_suspend = subject.max_suspend;
  if (subject.with == With::kRuns || subject.with == With::kBoth) job.runs_source = "k8s";
  if (subject.with != With::kRuns) job.outputs = {{"t", "dwh", subject.checks}};
  if (subject.with == With::kTwoOutputs) job.outputs.push_back({"u", "dwh", subject.checks});
  job.objectives = {{"o", subject.rule, subject.grace, "critical", ObjectiveFrom::kJob, {}, subject.calendar}};
  fleet.jobs = {std::make_shared<const JobDef>(job)};
  return fleet;
}

inline Tracker TrackerOf(const Subject& subject) {
  Tracker tracker;
  tracker.SetFleet(FleetOf(subject));
  return tracker;
}

inline By DailyAt10(std::variant<std::monostate, Duration, Ticks> since = {}) {
  return By{ParseDeadline("10:00", Zone{}).Value(), std::move(since)};
}

// ---- facts ----

struct Said {
  std::optional<bool> paused{};
  std::optional<std::string> schedule = "0 * * * *";
  std::optional<std::string> timezone{}, dialect{}, scope{};
  bool configured = false;
};

inline Fact Job(const std::string& observed, Said said = {}) {
  JobFact fact;
  fact.job = "j";
  fact.paused = said.paused;
  fact.schedule = std::move(said.schedule);
  fact.timezone = std::move(said.timezone);
  fact.dialect = std::move(said.dialect);
  fact.scope = std::move(said.scope);
  fact.configured = said.configured;
  return {"k8s", At(observed), fact};
}
inline Fact Paused(const std::string& observed, bool paused) { return Job(observed, {.paused = paused, .schedule = {}}); }

inline Fact View(const std::string& observed, const std::string& since = "", std::optional<std::string> scope = {}) {
  return {"k8s", At(observed), ViewFact{std::move(scope), true, MaybeAt(since)}};
}
// One a minute, both ends.
inline Facts EachMinute(const std::string& from, const std::string& to) {
  Facts views;
  for (TimePoint at = At(from); at <= At(to); at += seconds{60}) views.push_back({"k8s", at, ViewFact{}});
  return views;
}

inline Fact Gone(const std::string& observed) { return {"k8s", At(observed), GoneFact{"j"}}; }
// `value` empty: it never succeeded.
inline Fact LastSuccess(const std::string& observed, const std::string& value) {
  return {"k8s", At(observed), LastSuccessFact{"j", MaybeAt(value)}};
}

struct Times {
  std::string scheduled{}, started{}, finished{}, created{};
};
inline Fact RunOf(const std::string& observed, const std::string& id, Outcome outcome, const Times& times,
                  Trigger trigger = Trigger::kScheduled) {
  RunFact fact;
  fact.job = "j";
  fact.run_id = id;
  fact.outcome = outcome;
  fact.trigger = trigger;
  fact.scheduled = MaybeAt(times.scheduled);
  fact.created = MaybeAt(times.created);
  fact.started = MaybeAt(times.started);
  fact.finished = MaybeAt(times.finished);
  return {"k8s", At(observed), fact};
}
// A success, seen as it finished.
inline Fact Ran(const std::string& id, const std::string& scheduled, const std::string& finished) {
  return RunOf(finished, id, Outcome::kSucceeded, {.scheduled = scheduled, .finished = finished});
}

// `updated` empty: the table has never moved.
inline Fact Moved(const std::string& observed, const std::string& updated, std::optional<std::int64_t> rows = {},
                  const std::string& output = "t") {
  ObservationFact fact;
  fact.job = "j";
  fact.output = output;
  fact.updated = MaybeAt(updated);
  fact.rows = rows;
  return {"dwh", At(observed), fact};
}

inline Facts Join(Facts a, const Facts& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// ---- verdicts ----

// Tells what was observed in (since, now].
inline void Tell(Tracker& tracker, Facts facts, TimePoint since, TimePoint now) {
  std::stable_sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) { return a.observed < b.observed; });
  for (const Fact& fact : facts) {
    if (fact.observed > since && fact.observed <= now) tracker.Apply(fact);
  }
}

inline JudgedJob JudgeAt(const Subject& subject, const Facts& facts, const std::string& now) {
  Tracker tracker = TrackerOf(subject);
  Tell(tracker, facts, TimePoint::min(), At(now));
  return tracker.Judge("j", At(now));
}

inline std::string Text(const ObjectiveState& state) { return std::string(VerdictName(state.verdict)) + (state.late ? " late" : ""); }

// "met", "met late", "missed" ...
inline std::string VerdictAt(const Subject& subject, const Facts& facts, const std::string& now) {
  return Text(JudgeAt(subject, facts, now).state->objectives[0]);
}

inline std::string StateAt(const Subject& subject, const Facts& facts, const std::string& now) {
  return std::string(StateName(JudgeAt(subject, facts, now).state->state));
}

// Rows of {now, verdict}.
using Timeline = std::vector<std::pair<std::string, std::string>>;

}  // namespace batchslo
