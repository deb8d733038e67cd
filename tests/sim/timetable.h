#pragma once

#include <string>
#include <vector>

#include "tests/sim/oracle/truth.h"

namespace sim {

using oracle::Instant;

// A schedule that can be told by simple arithmetic, so that its ticks need no cron engine.
struct Timetable {
  enum class Shape { kEveryMinutes, kHourly, kEverySixHours, kDaily, kWeekdays, kWeekly };
  Shape shape = Shape::kDaily;
  int every = 0;             // minutes, of kEveryMinutes
  int minute = 0, hour = 0;  // local
  int weekday = 0;           // of kWeekly; 0: Sunday
  std::string zone = "UTC";

  // All in [from, to), by time.
  std::vector<Instant> Ticks(Instant from, Instant to) const;
  Instant ShortestGap() const;
  bool IsDaily() const { return shape == Shape::kDaily || shape == Shape::kWeekdays; }
  std::string In(const std::string& dialect) const;  // as that dialect writes it
  std::string Clock() const;                         // "07:30", of `by` and `since`
};

// How far local time is ahead of UTC, from rules of our own.
Instant OffsetAt(const std::string& zone, Instant utc);

// Midnight UTC of a day.
Instant MidnightOf(int year, int month, int day);

}  // namespace sim
