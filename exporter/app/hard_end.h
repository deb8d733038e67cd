#pragma once

#include <unistd.h>

#include <chrono>
#include <thread>

#include "exporter/app/real_clock.h"
#include "exporter/sources/source.h"

namespace batchslo {

// Ends the process when it still lives after `patience`: whatever hangs, a daemon that was told to end is gone in
// time. Nothing is lost by it: what was answered is on disk.
class HardEnd {
 public:
  HardEnd(std::chrono::milliseconds patience, Log log)
      : thread_([patience, log = std::move(log)](std::stop_token stop) {
          if (!RealClock().WaitFor(patience, stop)) return;
          log(LogLevel::kWarn, "something hangs and is left behind");
          _exit(0);
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace batchslo
