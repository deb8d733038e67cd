#include "exporter/core/outlook.h"

#include <algorithm>
#include <iterator>

#include "exporter/core/fnv.h"

namespace batchslo {
namespace {

constexpr std::size_t kLeastRuns = 5, kMostRuns = 32;  // of fewer the longest says little
constexpr std::size_t kMostOpen = 8;      // windows at once, as in Walk::NextDue
constexpr std::size_t kTrendReach = 56;   // windows that may have a margin: eight weeks of daily ones
constexpr std::size_t kCadence = 4;       // windows that tell how often they come
constexpr Duration kLeastApart = hours{16};  // windows on average: 32 that are closer are no three weeks

template <class... Kinds>
bool IsOneOf(const Rule& rule) {
  return (std::holds_alternative<Kinds>(rule) || ...);
}

// A success comes only at the end of a run.
bool TakesARun(const Evidence& evidence, const Rule& rule) {
  const bool of_runs = evidence.mode == SuccessMode::kRuns || evidence.mode == SuccessMode::kAll;
  return of_runs && IsOneOf<Within, By, EveryRun>(rule) && std::any_of(evidence.proofs.begin(), evidence.proofs.end(), [](const Proof& proof) { return proof.is_runs; });
}

// The one that began last. What never ended may be from long ago.
const Run* CurrentRun(const Evidence& evidence) {
  const Run* current = nullptr;
  for (const Run& run : evidence.runs) {
    const bool going = run.newest_outcome == Outcome::kRunning && run.newest_started && Counts(*evidence.def, run);
    if (going && (!current || *run.newest_started > *current->newest_started)) current = &run;
  }
  return current;
}

// The window that is due then has begun, and has no success yet.
bool IsOpen(const JudgeContext& context, TimePoint due) {
  if (!HasWindows(context.objective.rule)) return true;
  const auto sights = WindowsOf(context, kMostOpen, 0);
  return std::any_of(sights.begin(), sights.end(), [&](const WindowSight& sight) { return sight.due == due && sight.what == WindowSight::What::kOpen; });
}

void LookAtRuns(const OutlookContext& context, Foreseen& seen) {
  const Evidence& evidence = context.judge.evidence;
  const Objective& objective = context.judge.objective;
  if (!context.runtime_p95 || !TakesARun(evidence, objective.rule)) return;
  seen.awaits_view = !evidence.newest_view || evidence.now - *evidence.newest_view > evidence.runs_staleness;
  if (seen.awaits_view) return;
  seen.outlook.risk = Risk::kNone;
  seen.outlook.runtime_p95 = context.runtime_p95;
  const Run* const run = CurrentRun(evidence);
  const TimePoint due = *context.state.next_due, end = due + objective.grace;
  const TimePoint finish = (run ? *run->newest_started : evidence.now) + *context.runtime_p95;
  if (finish <= end) {
    if (!run) seen.valid_until = end - *context.runtime_p95 + Duration{1};
    return;
  }
  if (!IsOpen(context.judge, due)) return;
  seen.outlook.risk = run ? Risk::kRunning : Risk::kNotRunning;
  if (run) seen.outlook.began = run->newest_started;
  seen.valid_until = *evidence.newest_view + evidence.runs_staleness + Duration{1};
}

void LookAtUpstreams(const OutlookContext& context, Foreseen& seen) {
  if (!context.blocked_by || IsAtRisk(seen.outlook.risk) || !HasWindows(context.judge.objective.rule)) return;
  if (IsOpen(context.judge, *context.state.next_due)) seen.outlook.risk = Risk::kUpstream;
}

// Windows that come often are left alone: a day of them has its own ups and downs.
std::vector<MarginPoint> MarginsOf(const JudgeContext& context) {
  const auto newest = WindowsOf(context, kCadence, 0);
  if (newest.size() < kCadence || newest.back().due - newest.front().due < kLeastApart * (kCadence - 1)) return {};
  std::vector<MarginPoint> margins;
  for (const WindowSight& sight : WindowsOf(context, kTrendReach, 0)) {
    if (sight.success_at) margins.push_back({sight.due, sight.due - *sight.success_at});
  }
  if (margins.size() > kTrendWindows) margins.erase(margins.begin(), margins.end() - static_cast<std::ptrdiff_t>(kTrendWindows));
  return margins;
}

// Something from that instant on, or later, belongs to no window before this one; but a run with the first move of an output,
// however late that came.
TimePoint SettledBefore(const JudgeContext& context, const Window& newest) {
  if (context.evidence.mode == SuccessMode::kAll && !context.evidence.moves.empty()) return TimePoint::max();
  const auto* every_run = std::get_if<EveryRun>(&context.objective.rule);
  const bool stands_in = every_run && ToleranceOf(*every_run, context.evidence.line) > 0;
  return stands_in ? newest.due : newest.opens;
}

// The hash of what is known from before an instant.
class Settled {
 public:
  explicit Settled(TimePoint until) : until_(until) {}
  void Tell(const std::optional<TimePoint>& time) { hash_.Step(time ? static_cast<std::uint64_t>(time->time_since_epoch().count()) : ~std::uint64_t{0}); }
  void Look(TimePoint time) {
    if (time < until_) Tell(time);
  }
  void Look(const Run& run) {
    const std::optional<TimePoint> times[] = {run.scheduled, run.created, run.started, run.finished, run.earliest_start};
    if (std::none_of(std::begin(times), std::end(times), [&](const auto& time) { return time && *time < until_; })) return;
    hash_.Step(static_cast<std::uint64_t>(run.outcome) << 8 | static_cast<std::uint64_t>(run.trigger));
    for (const auto& time : times) Tell(time);
  }
  std::uint64_t Value() const { return hash_.Value(); }

 private:
  const TimePoint until_;
  Fnv1a<std::uint64_t> hash_;
};

// 0: no window is decided.
std::uint64_t TrendKey(const JudgeContext& context, const ObjectiveState& state) {
  if (!state.window) return 0;
  const Evidence& evidence = context.evidence;
  Settled settled{SettledBefore(context, *state.window)};
  settled.Tell(state.window->opens);
  settled.Tell(state.window->due);
  settled.Tell(state.success_at);
  settled.Tell(state.next_due);
  if (const auto* segment = evidence.line.Newest()) settled.Tell(segment->from);
  for (const Run& run : evidence.runs) settled.Look(run);
  for (const TimePoint stray : evidence.strays) settled.Look(stray);
  for (const auto& moves : evidence.moves) {
    for (const TimePoint move : moves) settled.Look(move);
  }
  return settled.Value();
}

struct Threshold {
  std::optional<Duration> operator()(const Within& rule) const { return rule.window; }
  std::optional<Duration> operator()(const By&) const { return std::nullopt; }
  std::optional<Duration> operator()(const EveryRun& rule) const { return rule.finish_within; }
  std::optional<Duration> operator()(const StartBy& rule) const { return rule.limit; }
  std::optional<Duration> operator()(const MaxRuntime& rule) const { return rule.limit; }
  std::optional<Duration> operator()(const Checks&) const { return std::nullopt; }
};

}  // namespace

std::optional<Duration> RuntimeP95(const Evidence& evidence) {
  std::vector<const Run*> runs;
  for (const Run& run : evidence.runs) {
    if (run.outcome == Outcome::kSucceeded && run.started && run.finished && Counts(*evidence.def, run)) runs.push_back(&run);
  }
  if (runs.size() < kLeastRuns) return std::nullopt;
  std::sort(runs.begin(), runs.end(), [](const Run* a, const Run* b) { return *a->finished > *b->finished; });
  if (runs.size() > kMostRuns) runs.resize(kMostRuns);
  std::vector<Duration> took;
  for (const Run* run : runs) took.push_back(*run->finished - *run->started);
  const auto p95 = took.begin() + static_cast<std::ptrdiff_t>((took.size() * 95 + 99) / 100 - 1);
  std::nth_element(took.begin(), p95, took.end());
  return *p95;
}

Foreseen Foresee(const OutlookContext& context) {
  Foreseen seen;
  const Objective& objective = context.judge.objective;
  if (context.state.next_due && context.judge.evidence.now <= *context.state.next_due + objective.grace) {
    LookAtRuns(context, seen);
    LookAtUpstreams(context, seen);
  }
  return seen;
}

void AddTrend(const JudgeContext& context, const ObjectiveState& state, const Outlook* before, Outlook& outlook) {
  outlook.trend_of = TrendKey(context, state);
  if (before && outlook.trend_of != 0 && before->trend_of == outlook.trend_of) {
    outlook.margin_lost = before->margin_lost;
    outlook.predicted_miss = before->predicted_miss;
  } else if (const auto trend = FitMargins(MarginsOf(context), context.objective.grace)) {
    outlook.margin_lost = trend->lost;
    outlook.predicted_miss = trend->predicted_miss;
  }
}

std::optional<Duration> ThresholdOf(const Objective& objective) {
  const auto threshold = std::visit(Threshold{}, objective.rule);
  return threshold ? std::optional(*threshold + objective.grace) : std::nullopt;
}

}  // namespace batchslo
