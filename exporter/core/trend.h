// Tested by tests/core/trend_test.cc, measured against simpler rules by tests/trend.
#pragma once

#include <optional>
#include <span>

#include "exporter/core/time.h"

namespace batchslo {

// How long before it was due a window was met; negative: late.
struct MarginPoint {
  TimePoint due;
  Duration margin;
};

// Where the margins of an objective are going.
struct MarginTrend {
  double lost = 0;  // seconds of margin a second; negative: it grows
  // When the line through the margins falls below -grace, but not before the newest window was due. None: not within four
  // weeks after that, or it is not certain that they shrink, and steadily.
  std::optional<TimePoint> predicted_miss;
  bool operator==(const MarginTrend&) const = default;
};

// Of so many windows, the newest that have a margin.
inline constexpr std::size_t kTrendWindows = 32;

// `points` by due. None: fewer than twelve, or over less than three weeks, or none of them weeks apart.
std::optional<MarginTrend> FitMargins(std::span<const MarginPoint> points, Duration grace);

}  // namespace batchslo
