// Tested by tests/core/clock_error_test.cc.
#include "exporter/core/clock_error.h"

#include <algorithm>

namespace batchslo {
namespace {

constexpr Duration kLongest = hours{24};  // what a clock has said for so long is taken for right
constexpr Duration kAbout = seconds{30};  // it was put right, and was not quite right before either

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

std::optional<ClockError> ClockErrors::Back(TimePoint now, Duration by) {
  std::erase_if(jumps_, [&](const ClockError& jump) { return now + by - jump.from > kLongest; });
  const auto taken_back = std::find_if(jumps_.rbegin(), jumps_.rend(), [&](const ClockError& jump) { return std::chrono::abs(jump.by - by) <= kAbout; });
  if (taken_back == jumps_.rend()) return std::nullopt;
  const ClockError error = *taken_back;
  jumps_.erase(std::next(taken_back).base());
  for (ClockError& jump : jumps_) jump.from = PutRight(jump.from, error);
  return error;
}

}  // namespace batchslo
