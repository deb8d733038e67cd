#pragma once

#include <condition_variable>
#include <mutex>

#include "exporter/core/clock.h"

namespace batchslo {

class RealClock : public Clock {
 public:
  TimePoint Now() override { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }
  SteadyPoint Steady() override { return std::chrono::steady_clock::now(); }
  bool WaitFor(std::chrono::milliseconds time, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    return !stopped.wait_for(lock, stop, time, [&] { return stop.stop_requested(); });
  }
};

}  // namespace batchslo
