#include "exporter/core/judge_windows.h"

#include <algorithm>
#include <array>

namespace batchslo {

namespace {

auto InstantsOf(const Run& run) {
  return std::array{run.scheduled, run.created, run.started, run.earliest_start, run.finished, std::optional(run.observed)};
}

}  // namespace

std::optional<Excuse> ExcuseOf(const JudgedWindow& window, const CalendarRef& calendar) {
  if (!calendar) return std::nullopt;
  const auto excuse = ExcuseAt(*calendar, window.due);
  return excuse || window.end == window.due ? excuse : ExcuseAt(*calendar, window.end);
}

TimePoint LastSignBefore(const Evidence& evidence, TimePoint until) {
  TimePoint last{};  // without any: 1970, before all that can be asked about
  Spans past;
  past.Add(TimePoint{}, until);
  const auto keep_span = [&](const Spans& covered) { last = std::max(last, covered.Intersect(past).Newest().value_or(last)); };
  const auto keep_newest = [&](const std::vector<TimePoint>& times) {
    const auto after = std::upper_bound(times.begin(), times.end(), until);
    if (after != times.begin()) last = std::max(last, after[-1]);
  };
  for (const Proof& proof : evidence.proofs) {
    keep_span(proof.covered);
    keep_newest(proof.successes);
  }
  keep_span(evidence.runs_views);
  keep_newest(evidence.strays);
  for (const Run& run : evidence.runs) {
    for (const auto& at : InstantsOf(run)) {
      if (at && *at <= until) last = std::max(last, *at);
    }
  }
  return last;
}

TimePoint FirstSignAfter(const Evidence& evidence, TimePoint from) {
  const auto later = [&](const std::optional<TimePoint>& at) { return at && *at > from; };
  const bool moved = std::any_of(evidence.moves.begin(), evidence.moves.end(),
                                 [&](const auto& moves) { return !moves.empty() && later(moves.back()); });
  bool ran = !evidence.strays.empty() && later(evidence.strays.back());
  TimePoint first = from;
  for (const Run& run : evidence.runs) {
    const auto instants = InstantsOf(run);
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
