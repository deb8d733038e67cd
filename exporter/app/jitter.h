#pragma once

#include <chrono>
#include <random>

#include "exporter/core/time.h"

namespace batchslo {

// The interval with a tenth of jitter: what begins together does not stay together.
inline std::chrono::milliseconds Jittered(Duration interval, std::minstd_rand& random) {
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(interval);
  return whole - whole / 20 + whole * static_cast<int>(random() % 100) / 1000;
}

}  // namespace batchslo
