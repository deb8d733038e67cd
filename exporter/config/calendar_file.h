// Tested by tests/config/calendar_file_test.cc and tests/peers/calendar.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/zone.h"

namespace batchslo {

// A stretch on the clock of a zone: from `from` up to, but without, `to`; an instant where they are equal.
struct CalendarEntry {
  LocalTime from, to;
  std::optional<Zone> zone;  // none: that of the calendar
  std::string name;          // one line, may be empty
};

constexpr std::size_t kMostCalendarBytes = 10'000'000, kMostCalendarEntries = 200'000;

// The days of a file: iCalendar (RFC 5545), or one YYYY-MM-DD a line with a name behind it. What recurs is expanded up to
// kLastDay. The error is that of the first line which can't be understood: "line 12: ...".
Result<std::vector<CalendarEntry>> ReadCalendarFile(std::string_view text);

// The two of them.
Result<std::vector<CalendarEntry>> ReadICalendar(std::string_view text);
Result<std::vector<CalendarEntry>> ReadDates(std::string_view text);

// "2026-01-01" or "2026-01-01 New Year's Day", of the years 1970 to 2099.
Result<CalendarEntry> ParseDate(std::string_view text);

// One line without control characters, at most 100 bytes, for pages and alerts.
std::string PlainName(std::string_view text);

}  // namespace batchslo
