#include "exporter/core/judge_windows.h"

#include <array>

namespace batchslo {

TimePoint LastSignOf(const Evidence& evidence) {
  TimePoint last{};  // without any: 1970, before all that can be asked about
  const auto keep = [&](TimePoint time) { last = std::max(last, time); };
  for (const Proof& proof : evidence.proofs) {
    keep(proof.covered.Newest().value_or(last));
    if (!proof.successes.empty()) keep(proof.successes.back());
  }
  keep(evidence.runs_views.Newest().value_or(last));
  if (!evidence.strays.empty()) keep(evidence.strays.back());
  for (const Run& run : evidence.runs) {
    keep(run.observed);
    if (run.scheduled) keep(*run.scheduled);
  }
  return last;
}

TimePoint FirstSignAfter(const Evidence& evidence, TimePoint from) {
  const auto later = [&](const std::optional<TimePoint>& at) { return at && *at > from; };
  const auto instants_of = [](const Run& run) {
    return std::array{run.scheduled, run.created, run.started, run.earliest_start, run.finished, std::optional(run.observed)};
  };
  const bool moved = std::any_of(evidence.moves.begin(), evidence.moves.end(),
                                 [&](const auto& moves) { return !moves.empty() && later(moves.back()); });
  bool ran = !evidence.strays.empty() && later(evidence.strays.back());
  TimePoint first = from;
  for (const Run& run : evidence.runs) {
    const auto instants = instants_of(run);
    const bool ended = std::any_of(instants.begin(), instants.end(), later);
    ran = ran || ended;
    for (const auto& at : instants) {
      if ((ended || moved) && at) first = std::min(first, *at);
    }
  }
  for (const auto& moves : evidence.moves) {
    if (ran && !moves.empty()) first = std::min(first, moves.front());
  }
  return first;
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
