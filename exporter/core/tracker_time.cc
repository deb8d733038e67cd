// Counts the time of objectives that have no windows: as it was told, look by look. Tested by tests/core/tracker_time_test.cc.
#include <algorithm>

#include "exporter/core/spent_time.h"
#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

constexpr Duration kLongestTick = minutes{3};  // what was told longer ago says nothing of the time since

// When what has passed is counted, if nothing has changed by then: once an hour, each job at another time of it.
TimePoint NextCount(const std::string& job, TimePoint since) {
  const Duration offset = seconds{std::hash<std::string>{}(job) % 3600};
  return std::chrono::floor<hours>(since - offset) + hours{1} + offset;
}

}  // namespace

// Of a time in which nothing was judged, what was told before is no witness: all that count time are looked at.
void Tracker::HeedSleep(TimePoint now) {
  const bool was_ahead = asleep_.to > now;  // our clock, which has been put right
  const bool slept = !began_ || was_ahead || now - judged_until_ > kLongestTick;
  if (!slept) return;
  asleep_ = {was_ahead ? asleep_.from : began_ ? judged_until_ : TimePoint::min(), now};
  for (const auto& job : jobs_) {
    const auto& objectives = job->def->objectives;
    if (std::any_of(objectives.begin(), objectives.end(), [](const Objective& o) { return !HasWindows(o.rule); })) job->valid_until = now;
  }
}

// `fresh` is what is told from now on. After a start, sources are asked before the time until then is given up; after a jump
// of our clock nothing is counted until it may have been put right.
void Tracker::CountTime(JobTrack& job, const Evidence& evidence, const Objective& objective, ObjectiveState& fresh) {
  const TimePoint now = evidence.now;
  const TimePoint until = std::max(fresh.tally->until, evidence.first_seen);
  if (until > now) return void(job.valid_until = std::min(job.valid_until, until));
  const auto index = static_cast<std::size_t>(&objective - job.def->objectives.data());
  const ObjectiveState* const told = job.tallied ? &job.state->objectives[index] : nullptr;
  const TimePoint patience = *began_ + std::max<Duration>(minutes{1}, evidence.staleness);
  const auto thaw = FrozenUntil(objective, now);
  const TimePoint due = thaw.value_or(std::max(NextCount(job.def->name, until), patience));
  const bool has_changed = told && EndingOf(told->verdict) != EndingOf(fresh.verdict);
  const bool has_slept = told && asleep_.to == now;
  if (until == now || thaw || (now < due && !has_changed && !has_slept)) return void(job.valid_until = std::min(job.valid_until, due));
  std::vector<SpentTime> sayings = KnownTimes(evidence, objective, job.history);
  if (told) {
    sayings.push_back({std::max(until, *began_), asleep_.from, EndingOf(told->verdict)});
    sayings.push_back({asleep_.to, now, EndingOf(told->verdict)});
  }
  fresh.tally = SharedValue(AfterTime(*fresh.tally, SpendTime(until, now, sayings)));
  job.valid_until = std::min(job.valid_until, NextCount(job.def->name, now));
}

}  // namespace batchslo
