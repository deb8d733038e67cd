#include "exporter/core/spent_time.h"

#include <algorithm>

namespace batchslo {
namespace {

void AddExcused(const std::vector<Interval>& intervals, std::vector<SpentTime>& times) {
  for (const Interval& interval : intervals) times.push_back({interval.from, interval.to ? *interval.to : TimePoint::max(), Ending::kExcused});
}

}  // namespace

std::vector<SpentTime> SpendTime(TimePoint from, TimePoint to, std::span<const SpentTime> sayings) {
  std::vector<TimePoint> cuts = {from, to};
  for (const SpentTime& saying : sayings) {
    for (const TimePoint end : {saying.from, saying.to}) {
      if (from < end && end < to) cuts.push_back(end);
    }
  }
  std::sort(cuts.begin(), cuts.end());
  std::vector<SpentTime> spent;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    if (cuts[i] == cuts[i + 1]) continue;
    const auto holds = [&](const SpentTime& saying) { return saying.from <= cuts[i] && cuts[i] < saying.to; };
    const auto first = std::find_if(sayings.begin(), sayings.end(), holds);
    const Ending ending = first == sayings.end() ? Ending::kUnknown : first->ending;
    if (!spent.empty() && spent.back().ending == ending) {
      spent.back().to = cuts[i + 1];
    } else {
      spent.push_back({cuts[i], cuts[i + 1], ending});
    }
  }
  return spent;
}

Ending EndingOf(Verdict verdict) {
  static constexpr Ending kEndings[] = {Ending::kMet, Ending::kMissed, Ending::kUnknown, Ending::kExcused, Ending::kExcused};
  return kEndings[static_cast<std::size_t>(verdict)];
}

std::vector<SpentTime> KnownTimes(const Evidence& evidence, const Objective& objective, const History& history) {
  std::vector<SpentTime> times;
  if (const auto* const within = std::get_if<Within>(&objective.rule)) {
    const auto add = [&](const Success& success) { times.push_back({success.time, success.time + within->window + objective.grace, Ending::kMet}); };
    std::for_each(evidence.fixed.begin(), evidence.fixed.end(), add);
    if (evidence.newest) add(*evidence.newest);
  }
  AddExcused(history.pauses, times);
  if (!evidence.def->configured) AddExcused(history.gones, times);
  return times;
}

}  // namespace batchslo
