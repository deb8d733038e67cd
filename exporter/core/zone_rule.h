#pragma once

#include <string_view>
#include <vector>

#include "exporter/core/time.h"

namespace batchslo {

// From `from` on, wall-clock time is UTC plus `offset`.
struct OffsetChange {
  TimePoint from;
  Duration offset;
  bool operator==(const OffsetChange&) const = default;
};

// What a POSIX TZ rule, like "CET-1CEST,M3.5.0,M10.5.0/3", says of the years first_year to last_year, by instant.
// Empty for a rule without daylight saving time, and for text that is no rule.
std::vector<OffsetChange> ChangesByRule(std::string_view rule, int first_year, int last_year);

}  // namespace batchslo
