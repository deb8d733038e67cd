#pragma once

#include <vector>

#include "exporter/core/clock.h"

namespace batchslo {

// Time that only passes when somebody waits, or says so. One thread.
class FakeClock : public Clock {
 public:
  explicit FakeClock(TimePoint now) : now_(now) {}
  TimePoint Now() override { return now_; }
  SteadyPoint Steady() override { return SteadyPoint{} + std::chrono::hours{1} + passed_; }
  bool WaitFor(std::chrono::milliseconds time, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    waits.push_back(time);
    Advance(time);
    return true;
  }
  void Advance(Duration time) {
    now_ += time;
    passed_ += time;
  }
  void Jump(Duration time) { now_ += time; }  // somebody set it

  std::vector<std::chrono::milliseconds> waits;  // what was waited for

 private:
  TimePoint now_;
  Duration passed_{0};
};

}  // namespace batchslo
