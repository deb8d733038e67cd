#include "exporter/core/judge_closed.h"

namespace batchslo {
namespace {

bool Overlaps(const JudgedWindow& window, const std::vector<Interval>& intervals) {
  return std::any_of(intervals.begin(), intervals.end(), [&](const Interval& interval) {
    return interval.from <= window.end && (!interval.to || *interval.to > window.begin);
  });
}

}  // namespace

bool OverlapsPause(const JudgedWindow& window, const JobDef& def, const History& history) {
  return Overlaps(window, history.pauses) || (!def.configured && Overlaps(window, history.gones));
}

TimePoint PatienceFor(const JudgedWindow& window, const ClosingContext& context) {
  constexpr Duration kLeast = minutes{1};
  const Evidence& evidence = context.judge.evidence;
  const Duration grace = context.judge.objective.grace;
  Duration held = HeldBack(evidence.runs_skew, grace);
  for (const Proof& proof : evidence.proofs) held = std::max(held, HeldBack(proof.skew, grace));
  return std::max(window.end, context.asked_since) + std::max(evidence.staleness, kLeast) + held;
}

}  // namespace batchslo
