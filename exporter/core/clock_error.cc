// Tested by tests/core/clock_error_test.cc.
#include "exporter/core/clock_error.h"

#include <algorithm>

namespace batchslo {
namespace {

constexpr Duration kLongest = hours{24};    // what a clock has said for so long is taken for right
constexpr Duration kLeast = seconds{1};     // two clocks that are read one after the other differ by less

}  // namespace

Fact PutRight(Fact fact, const ClockError& error) {
  const auto right = [&](std::optional<TimePoint>& time) {
    if (time) *time = PutRight(*time, error);
  };
  fact.observed = PutRight(fact.observed, error);
  if (auto* const run = std::get_if<RunFact>(&fact.what)) {
    for (auto* time : {&run->created, &run->started, &run->finished}) right(*time);
  } else if (auto* const view = std::get_if<ViewFact>(&fact.what)) {
    right(view->since);
  } else if (auto* const observation = std::get_if<ObservationFact>(&fact.what)) {
    right(observation->updated);
  } else if (auto* const success = std::get_if<LastSuccessFact>(&fact.what)) {
    right(success->value);
  }
  return fact;
}

std::vector<ClockError> ClockErrors::Back(TimePoint now, Duration by) {
  std::erase_if(errors_, [&](const ClockError& error) { return now + by - error.from > kLongest; });
  std::vector<ClockError> taken_back;
  while (by >= kLeast && !errors_.empty()) {
    ClockError& newest = errors_.back();
    const Duration now_back = std::min(by, newest.by);
    taken_back.push_back({newest.from, now_back});
    by -= now_back;
    newest = {newest.from - now_back, newest.by - now_back};
    if (newest.by < kLeast) errors_.pop_back();
  }
  return taken_back;
}

}  // namespace batchslo
