#pragma once

#include <chrono>
#include <stop_token>

#include "exporter/core/time.h"

namespace batchslo {

using SteadyPoint = std::chrono::steady_clock::time_point;

// The border to time itself; real in app/, tests/fakes/fake_clock.h in tests. Pure code never sees it: it takes `now`.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() = 0;
  virtual SteadyPoint Steady() = 0;
  // Waits; true when the time is up, false at once when `stop` is requested.
  virtual bool WaitFor(std::chrono::milliseconds time, std::stop_token stop) = 0;
};

}  // namespace batchslo
