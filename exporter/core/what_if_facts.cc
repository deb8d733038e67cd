#include "exporter/core/what_if_facts.h"

#include <algorithm>
#include <limits>

#include "exporter/core/partition.h"

namespace batchslo {
namespace {

const JobDef& DefOf(const JobCase& job) { return *job.judged.state->def; }
const std::string& RunsOf(const JobCase& job) { return *job.judged.state->runs_source; }

const Look* NewestLook(const JobCase& job, std::size_t output) {
  const auto& all = job.history->outputs;
  return output < all.size() && !all[output].empty() ? &all[output].back() : nullptr;
}

std::int64_t MostRows(const JobCase& job, std::size_t output) {
  std::int64_t most = 1;
  for (const Look& look : output < job.history->outputs.size() ? job.history->outputs[output] : std::vector<Look>{}) most = std::max(most, look.rows.value_or(0));
  return most;
}

constexpr auto kMostRows = std::numeric_limits<std::int64_t>::max(), kLeastRows = std::numeric_limits<std::int64_t>::min();

// Rows for which the comparison holds, `wanted` if it does for those; where none are, some for which it does not.
std::int64_t RowsThat(const RowsCheck& check, std::int64_t wanted) {
  const std::int64_t less = check.bound == kLeastRows ? kLeastRows : check.bound - 1, more = check.bound == kMostRows ? kMostRows : check.bound + 1;
  switch (check.compare) {
    case Compare::kLess: return std::min(wanted, less);
    case Compare::kLessEqual: return std::min(wanted, check.bound);
    case Compare::kEqual: return check.bound;
    case Compare::kNotEqual: return wanted != check.bound ? wanted : check.bound == kMostRows ? less : more;
    case Compare::kGreaterEqual: return std::max(wanted, check.bound);
    case Compare::kGreater: return std::max(wanted, more);
  }
  return wanted;
}

RowsCheck Negation(const RowsCheck& check) {
  static constexpr Compare kOpposite[] = {Compare::kGreaterEqual, Compare::kGreater, Compare::kNotEqual, Compare::kEqual, Compare::kLess, Compare::kLessEqual};
  return {kOpposite[static_cast<std::size_t>(check.compare)], check.bound};
}

// What a look must hold so that a check passes, or fails.
struct Fit {
  ObservationFact& look;
  LookResult result;
  void operator()(const RowsCheck& check) const { look.rows = RowsThat(result == LookResult::kPasses ? check : Negation(check), look.rows.value_or(1)); }
  void operator()(const NotNullCheck& check) const { look.values["null." + check.column] = result == LookResult::kPasses ? 0 : 1; }
  void operator()(const ShrinkCheck&) const {
    if (result == LookResult::kFails) look.rows = 0;
  }
  void operator()(const PartitionCheck& check) const { look.partition = result == LookResult::kPasses ? PartitionAt(check, *look.updated) : std::string("1970010100"); }
};

Fact LookAt(const JobCase& job, std::size_t output, TimePoint at, LookResult result) {
  const OutputDef& def = DefOf(job).outputs[output];
  ObservationFact look;
  look.job = DefOf(job).name;
  look.output = def.name;
  look.updated = at;
  look.rows = MostRows(job, output);
  for (const Check& check : def.checks) std::visit(Fit{look, result}, check.rule);
  return {def.source, at, look};
}

Fact SameLook(const JobCase& job, std::size_t output, TimePoint at) {
  const OutputDef& def = DefOf(job).outputs[output];
  ObservationFact look;
  look.job = DefOf(job).name;
  look.output = def.name;
  if (const auto* newest = NewestLook(job, output)) {
    look.updated = newest->updated;
    look.rows = newest->rows;
    look.bytes = newest->bytes;
    look.values = newest->values;
    if (const auto partition = look.values.extract(std::string(kPartitionValue))) look.partition = std::to_string(static_cast<std::int64_t>(partition.mapped()));
  }
  return {def.source, at, look};
}

Fact RunAt(const JobCase& job, const std::string& id, TimePoint at, Outcome outcome) {
  RunFact run;
  run.job = DefOf(job).name;
  run.run_id = id;
  run.outcome = outcome;
  run.trigger = Trigger::kScheduled;
  if (outcome != Outcome::kRunning) run.finished = at;
  return {RunsOf(job), at, run};
}

Fact ViewAt(const JobCase& job, TimePoint at, std::optional<TimePoint> since) {
  return {RunsOf(job), at, ViewFact{job.scope.empty() ? std::nullopt : std::optional(job.scope), true, since}};
}

Fact Said(const JobCase& job, TimePoint at, JobFact said) {
  said.job = DefOf(job).name;
  return {RunsOf(job), at, std::move(said)};
}

bool HasRuns(const JobCase& job) { return !RunsOf(job).empty(); }

}  // namespace

std::vector<Fact> SupposeSuccess(const JobCase& job, TimePoint at, std::optional<TimePoint> scheduled) {
  std::vector<Fact> facts;
  const SuccessMode mode = job.evidence.mode;
  if (mode != SuccessMode::kOutputs && HasRuns(job)) {
    facts.push_back(RunAt(job, kSupposedRun, at, Outcome::kSucceeded));
    std::get<RunFact>(facts.back().what).scheduled = scheduled;
  }
  const bool needs_outputs = mode == SuccessMode::kOutputs || mode == SuccessMode::kAll || facts.empty();
  for (std::size_t i = 0; needs_outputs && mode != SuccessMode::kRuns && i < DefOf(job).outputs.size(); ++i) facts.push_back(LookAt(job, i, at, LookResult::kPasses));
  return facts;
}

std::vector<Fact> SupposeStart(const JobCase& job, TimePoint at, std::optional<TimePoint> scheduled) {
  if (!HasRuns(job)) return {};
  Fact fact = RunAt(job, kSupposedRun, at, Outcome::kRunning);
  std::get<RunFact>(fact.what).scheduled = scheduled;
  std::get<RunFact>(fact.what).started = at;
  return {fact};
}

std::vector<Fact> SupposeNothing(const JobCase& job, TimePoint from, TimePoint at) {
  std::vector<Fact> facts;
  if (HasRuns(job)) facts.push_back(ViewAt(job, at, from));
  for (std::size_t i = 0; i < DefOf(job).outputs.size(); ++i) facts.push_back(SameLook(job, i, at));
  return facts;
}

std::vector<Fact> SupposeView(const JobCase& job, TimePoint at) {
  if (!HasRuns(job)) return {};
  return {ViewAt(job, at, std::nullopt)};
}

std::vector<Fact> SupposeEnd(const JobCase& job, TimePoint at) {
  std::vector<Fact> facts = SupposeView(job, at);
  for (const Run& run : job.evidence.runs) {
    if (run.newest_outcome == Outcome::kRunning && HasRuns(job)) facts.push_back(RunAt(job, run.id, at, Outcome::kSucceeded));
  }
  return facts;
}

std::vector<Fact> SupposeLooks(const JobCase& job, TimePoint at, LookResult result) {
  std::vector<Fact> facts;
  for (std::size_t i = 0; i < DefOf(job).outputs.size(); ++i) {
    if (!DefOf(job).outputs[i].checks.empty()) facts.push_back(LookAt(job, i, at, result));
  }
  return facts;
}

std::vector<Fact> SupposeResumed(const JobCase& job, TimePoint at) {
  JobFact said;
  said.paused = false;
  return {Said(job, at, said)};
}

std::vector<Fact> SupposeSchedule(const JobCase& job, TimePoint at, const std::string& schedule) {
  if (!HasRuns(job)) return {};
  JobFact said;
  said.schedule = schedule;
  said.timezone = "UTC";
  said.dialect = "kubernetes";
  return {Said(job, at, said)};
}

}  // namespace batchslo
