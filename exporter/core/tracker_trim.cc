// Keeps memory small: what no verdict needs any more goes, and misses from before are carried as standing.
#include <algorithm>

#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

constexpr std::size_t kRunsKept = 32, kLooksKept = 2, kLooksKeptAhead = 32;  // ahead: for the trend of margins
constexpr Duration kShrinkReach = days{97};

bool Shrinks(const OutputDef& output) {
  return std::any_of(output.checks.begin(), output.checks.end(),
                     [](const Check& check) { return std::holds_alternative<ShrinkCheck>(check.rule); });
}

// How many of the oldest are from before `reach`, the newest few not counted.
template <class Item>
std::ptrdiff_t CountBefore(const std::vector<Item>& items, TimePoint reach, std::size_t kept) {
  if (items.size() <= kept) return 0;
  const auto last = items.end() - static_cast<std::ptrdiff_t>(kept);
  return std::find_if(items.begin(), last, [&](const Item& item) { return item.observed >= reach; }) - items.begin();
}

bool IsSuccess(const OutputDef& output, const std::vector<Look>& looks, std::ptrdiff_t at) {
  const Look& look = looks[static_cast<std::size_t>(at)];
  const std::vector<Look> earlier = Shrinks(output) ? std::vector<Look>(looks.begin(), looks.begin() + at) : std::vector<Look>();
  return look.updated && std::all_of(output.checks.begin(), output.checks.end(),
                                     [&](const Check& check) { return Passes(check, look, earlier).value_or(false); });
}

// The newest success stays: with it a run is paired that is told late, not with a move that came long after.
void DropLooks(const OutputDef& output, std::vector<Look>& looks, TimePoint reach, std::size_t kept) {
  const std::ptrdiff_t count = CountBefore(looks, reach, kept);
  std::ptrdiff_t success = count - 1;
  while (success >= 0 && !IsSuccess(output, looks, success)) --success;
  if (success >= 0) std::swap(looks.front(), looks[static_cast<std::size_t>(success)]);
  looks.erase(looks.begin() + (success >= 0 ? 1 : 0), looks.begin() + count);
  looks.shrink_to_fit();
}

// So long before `now`, maintenance not counted.
TimePoint Before(TimePoint now, Duration length, const CalendarRef& calendar) {
  TimePoint from = now - length;
  for (Duration excused{0}; calendar && excused < kShrinkReach; from = now - length - excused) {
    const Duration more = LengthOf(MaintenanceIn(*calendar, from, now));
    if (more == std::exchange(excused, more)) break;
  }
  return from;
}

// How far back looks prove that a success is owed: where there is none, by a stretch of the length of `within`.
TimePoint ReachOfLooks(const JobDef& def, const Evidence& evidence, TimePoint reach) {
  Duration held{0};
  for (const Proof& proof : evidence.proofs) held = std::max(held, proof.skew);
  for (const Objective& objective : def.objectives) {
    const auto* within = std::get_if<Within>(&objective.rule);
    if (!within || evidence.newest) continue;
    reach = std::min(reach, Before(evidence.now, within->window + objective.grace + evidence.staleness + held, objective.calendar));
  }
  return reach;
}

// About what a history takes that grows with what is told.
std::size_t BytesOf(const History& history) {
  std::size_t bytes = history.runs.Bytes() + history.last_successes.size() * sizeof(SuccessLook);
  for (const auto& looks : history.outputs) bytes += looks.size() * sizeof(Look);
  return bytes;
}

}  // namespace

void Tracker::Trim(TimePoint now) {
  for (const auto& job : jobs_) TrimJob(*job, now);
}

void Tracker::TrimGrown(const std::string& name, TimePoint now) {
  constexpr std::size_t kLeast = 1024;
  JobTrack* const job = FindJob(name);
  if (!job || BytesOf(job->history) < std::max(kLeast, 2 * job->trimmed_bytes)) return;
  TrimJob(*job, now);
  job->trimmed_bytes = BytesOf(job->history);
}

// What was missed before the horizon stands, until something later is decided.
void Tracker::CarryMisses(JobTrack& job, const Evidence& evidence, TimePoint horizon) const {
  for (const Objective& objective : job.def->objectives) {
    const Judgement old = batchslo::Judge({evidence, objective, StandingOf(job, objective), job.horizon, horizon});
    const bool missed = old.state.verdict == Verdict::kMissed;
    const bool carried = missed && old.state.window && old.state.window->opens < horizon;
    if (missed && !carried) continue;  // by what is kept
    if (!carried && job.history.standing.empty()) continue;
    const std::uint64_t rule = RuleOf(job, objective);
    std::erase_if(job.history.standing.Own(), [&](const auto& miss) { return miss.rule == rule; });
    if (carried) job.history.standing.Own().push_back({rule, old.state, old.end});
  }
}

void Tracker::TrimJob(JobTrack& job, TimePoint now) {
  const Evidence evidence = EvidenceOf(job, now);
  const bool paused = !job.history.pauses.empty() && !job.history.pauses.back().to;
  if (now < evidence.first_seen || paused) return;
  TimePoint reach = now;
  for (const Objective& objective : job.def->objectives) {
    if (const auto own = ReachOf({evidence, objective, nullptr, job.horizon})) reach = std::min(reach, *own);
    if (const auto own = ReachOfCounting(job, evidence, objective)) reach = std::min(reach, *own);
  }
  // Until enough windows began after a pause, those from before it may still be met by what came since.
  if (evidence.pause && reach < *evidence.pause->to) return;
  const TimePoint horizon = reach;
  if (evidence.newest) reach = std::min(reach, evidence.newest->covers - hours{1});
  CarryMisses(job, evidence, horizon);
  job.history.runs.Trim(reach, kRunsKept, [&](const Run& run) { return Counts(*job.def, run); }, evidence.runs_skew);
  const TimePoint looks = ReachOfLooks(*job.def, evidence, reach);
  auto& last_successes = job.history.last_successes;
  last_successes.erase(last_successes.begin(), last_successes.begin() + CountBefore(last_successes, looks, kLooksKept));
  last_successes.shrink_to_fit();
  const std::size_t kept = foresight_ == Foresight::kOn ? kLooksKeptAhead : kLooksKept;
  for (std::size_t i = 0; i < job.def->outputs.size(); ++i) {
    const OutputDef& output = job.def->outputs[i];
    DropLooks(output, job.history.outputs[i], Shrinks(output) ? std::min(looks, now - kShrinkReach) : looks, kept);
  }
  if (job.history.runs.FailuresInARow(evidence.runs) == 0) job.failure.reset();
  job.horizon = horizon;
  job.remembered = false;
}

}  // namespace batchslo
