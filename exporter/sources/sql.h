#pragma once

#include "exporter/sources/source.h"

namespace batchslo {

// Tables and queries of PostgreSQL and SQLite: when an output moved last, its rows, its NULLs.
SourceKind SqlKind();

// The time in a cell, as PostgreSQL (datestyle ISO) and SQLite write it: "2026-03-01 09:00:00.5+00", a date, or Unix
// seconds with an optional fraction (0, or from 1e8 on: "20260301" is no such time). Without an offset it is wall-clock time of `zone` (the later instant of a repeated
// hour). Pure.
Result<TimePoint> ParseCellTime(std::string_view text, const Zone& zone);

// The one statement that asks all of an output, and what its columns mean.
struct OutputQuestion {
  std::string sql;
  bool has_rows = false;
  std::vector<std::string> nulls;  // the names under "null.", in their order
  bool has_clock = false;          // the last column: microseconds of the server's clock
  std::size_t columns = 1;         // the first one is the time of the newest change
};

}  // namespace batchslo
