#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/result.h"
#include "exporter/core/zone.h"

namespace batchslo {

// What stands in a cell, as PostgreSQL (datestyle ISO), MySQL and SQLite write it. Pure.

// "2026-03-01 09:00:00.5+00", a date, or Unix seconds with an optional fraction (0, or from 1e8 on: "20260301" is no
// such time). Without an offset it is wall-clock time of `zone` (the later instant of a repeated hour).
Result<TimePoint> ParseCellTime(std::string_view text, const Zone& zone);

// None: NULL, or no number that is finite.
std::optional<double> ParseCellNumber(const std::optional<std::string>& cell);
// Also "12.0"; none: NULL, or beyond what 64 bits hold.
std::optional<std::int64_t> ParseCellCount(const std::optional<std::string>& cell);
// The name of a partition; none: NULL, or one that tells no date.
std::optional<std::string> ParseCellPartition(const std::optional<std::string>& cell);

}  // namespace batchslo
