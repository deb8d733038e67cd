// Counts windows that have closed. Tested by tests/core/tracker_budget_test.cc.
#include <algorithm>

#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

constexpr Duration kMostAhead = hours{24};  // of what was counted, after our clock was put right

// Counting goes on from here where our clock was far ahead and has been put right.
SharedValue<Tally> PutRight(const SharedValue<Tally>& tally, TimePoint now) {
  if (tally->until - now <= kMostAhead) return tally;
  Tally right = *tally;
  right.until = now;
  return SharedValue(std::move(right));
}

}  // namespace

void Tracker::SetTallies(std::vector<StoredTally> tallies) {
  for (StoredTally& stored : tallies) {
    const std::uint64_t rule = stored.tally->rule;
    shelf_[{std::move(stored.job), rule}] = std::move(stored.tally);
  }
}

// What its state counts lies apart until the objective of the same rule takes it up again.
void Tracker::Shelve(JobTrack& job) {
  if (!std::exchange(job.tallied, false)) return;
  for (const ObjectiveState& objective : job.state->objectives) {
    if (objective.tally) shelf_[{job.def->name, objective.tally->rule}] = objective.tally;
  }
}

// Missing: it has not begun.
SharedValue<Tally> Tracker::TallyOf(const JobTrack& job, const Objective& objective) const {
  if (job.tallied) return job.state->objectives[static_cast<std::size_t>(&objective - job.def->objectives.data())].tally;
  const auto shelved = shelf_.find({job.def->name, RuleOf(job, objective)});
  return shelved == shelf_.end() ? SharedValue<Tally>() : shelved->second;
}

Closings Tracker::ClosingsSince(const JobTrack& job, const Evidence& evidence, const Objective& objective, TimePoint after) const {
  return ClosingsOf({{evidence, objective, nullptr, job.horizon}, job.history, after, began_.value_or(evidence.now)});
}

// What is not counted yet is kept.
std::optional<TimePoint> Tracker::ReachOfCounting(const JobTrack& job, const Evidence& evidence, const Objective& objective) const {
  const SharedValue<Tally> tally = HasWindows(objective.rule) ? TallyOf(job, objective) : SharedValue<Tally>();
  if (!tally) return std::nullopt;
  const auto uncounted = ClosingsSince(job, evidence, objective, tally->until).uncounted;
  return uncounted ? std::optional(*uncounted - std::max<Duration>(minutes{1}, evidence.staleness)) : std::nullopt;
}

void Tracker::CountWindows(JobTrack& job, const Evidence& evidence, const Objective& objective, SharedValue<Tally>& tally) {
  const auto thaw = FrozenUntil(objective, evidence.now);
  const Closings closings = thaw ? Closings() : ClosingsSince(job, evidence, objective, tally->until);
  job.valid_until = std::min({job.valid_until, closings.next, thaw.value_or(TimePoint::max())});
  job.awaits_view = job.awaits_view || closings.awaits_view;
  if (!closings.windows.empty()) tally = SharedValue(AfterClosing(*tally, closings.windows));
}

// Gives the objectives of a fresh state their tallies, with what has closed or passed since the last look.
void Tracker::Count(JobTrack& job, const Evidence& evidence, JobState& state) {
  for (std::size_t i = 0; i < state.objectives.size(); ++i) {
    const Objective& objective = job.def->objectives[i];
    const SharedValue<Tally> before = TallyOf(job, objective);
    SharedValue<Tally>& tally = state.objectives[i].tally;
    tally = before ? PutRight(before, evidence.now) : SharedValue(Tally{RuleOf(job, objective), evidence.now, 0, 0, 0, {}});
    HasWindows(objective.rule) ? CountWindows(job, evidence, objective, tally) : CountTime(job, evidence, objective, state.objectives[i]);
    if (!(tally == before)) changed_tallies_.push_back({job.def->name, objective.name, tally});
  }
  if (!std::exchange(job.tallied, true)) {
    for (const ObjectiveState& objective : state.objectives) {
      if (objective.tally) shelf_.erase({job.def->name, objective.tally->rule});
    }
  }
}

}  // namespace batchslo
