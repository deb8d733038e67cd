// Tested by tests/config/calendar_file_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/content_line.h"
#include "exporter/config/recurrence.h"
#include "exporter/core/shared_text.h"
#include "exporter/core/zone.h"

namespace batchslo {

// A DATE or DATE-TIME of iCalendar, as it is written.
struct CalendarTime {
  LocalTime local;
  bool is_date = false, is_utc = false;
  SharedText zone;  // TZID
  bool Floats() const { return !is_utc && zone.empty(); }  // on whatever the clock on the wall shows
  bool IsOnClockOf(const CalendarTime& other) const { return is_utc == other.is_utc && zone == other.zone; }
  LocalDay Day() const { return LocalDay{std::chrono::floor<days>(local.since_epoch)}; }
  Duration Clock() const { return local.since_epoch - Day().time_since_epoch(); }  // since midnight
};

// One of the values of the line, which may be several with commas between them.
Result<CalendarTime> ParseCalendarTime(const ContentLine& line, std::string_view value);

// Adds all values of the line. What is wrong with them; "": nothing.
std::string TakeTimes(const ContentLine& line, std::vector<CalendarTime>& into);

// "P1D", "PT8H30M", "P2W".
Result<Duration> ParseCalendarDuration(std::string_view text);

// "+0900", "-033000": of a line like TZOFFSETTO.
Result<Duration> ParseOffset(const ContentLine& line);

// The last day on which something at `clock` is not later than `until`, on the same clock.
LocalDay LastDayUntil(const CalendarTime& until, Duration clock);

}  // namespace batchslo
