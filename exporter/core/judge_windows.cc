#include "exporter/core/judge_windows.h"

namespace batchslo {

TimePoint LastSignOf(const Evidence& evidence) {
  TimePoint last = TimePoint::min();
  const auto keep = [&](TimePoint time) { last = std::max(last, time); };
  for (const Proof& proof : evidence.proofs) {
    if (!proof.covered.Empty()) keep(proof.covered.All().back().to);
    if (!proof.successes.empty()) keep(proof.successes.back());
  }
  if (!evidence.runs_views.Empty()) keep(evidence.runs_views.All().back().to);
  if (!evidence.strays.empty()) keep(evidence.strays.back());
  for (const Run& run : evidence.runs) {
    keep(run.observed);
    if (run.scheduled) keep(*run.scheduled);
  }
  return last;
}

std::optional<TimePoint> TickOf(const ScheduleLine& line, TimePoint covers) {
  auto tick = line.Prev(covers + seconds{30} + Duration{1});
  while (tick && *tick > covers) {
    const auto before = line.Prev(*tick);
    if (*tick <= covers + EarlyAllowance(before ? Duration{*tick - *before} : Duration{seconds{300}})) return tick;
    tick = before;
  }
  return tick;
}

}  // namespace batchslo
