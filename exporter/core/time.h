#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "exporter/core/result.h"

namespace batchslo {

using Duration = std::chrono::microseconds;
// UTC, microseconds since 1970. Convert at the door, nowhere else.
using TimePoint = std::chrono::sys_time<Duration>;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// RFC 3339 with any offset and up to nine fractional digits (more than six are cut off): "2026-03-01T09:00:00.5+09:00".
// Years 1970 to 9999, also of the instant in UTC; a leap second (":60") is taken as the next second.
Result<TimePoint> ParseRfc3339(std::string_view text);

// "2026-03-01T00:00:00Z"; a fraction only when there is one, without trailing zeros.
std::string FormatRfc3339(TimePoint time);

// Prometheus' durations: "90s", "1h30m", "2d", "1w", "1y", "500ms", "0"; units in falling order, each once, integers.
Result<Duration> ParseDuration(std::string_view text);

// The shortest form that ParseDuration reads back: "1h30m", "0s". Microseconds below a millisecond are printed as a
// decimal of the seconds ("0.0005s"), which is for people only.
std::string FormatDuration(Duration duration);

// Unix seconds with the fraction, for exposition.
inline double ToUnixSeconds(TimePoint time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

}  // namespace batchslo
