// Rules that warn of a miss by the margins so far: ours, and those that one would write first.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "exporter/core/trend.h"

namespace batchslo::trend_proof {

struct WarningRule {
  std::string_view name;
  bool (*warns)(std::span<const MarginPoint> windows);  // by due; the newest has just been decided
};

// Ours first.
std::array<WarningRule, 4> Rules();

}  // namespace batchslo::trend_proof
