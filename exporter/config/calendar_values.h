// Tested by tests/config/calendars_test.cc.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "exporter/core/calendar.h"

namespace batchslo {

// "mon-fri", "mon,wed" as Calendar::weekdays.
Result<std::uint8_t> ParseWeekdays(std::string_view text);

// "12:00", since midnight.
Result<Duration> ParseClock(std::string_view text);

// "09:00-18:00", or several with commas between them; 24:00 is the end of the day. By the clock.
Result<std::vector<HoursOfDay>> ParseHours(std::string_view text);

// "2026-03-01 22:00" on the clock of a calendar, or RFC 3339.
struct Moment {
  LocalTime local;
  bool is_utc = false;
};
Result<Moment> ParseMoment(std::string_view text);

}  // namespace batchslo
