#include "tests/sim/timetable.h"

#include <cstdio>

namespace sim {
namespace {

using namespace oracle;

std::int64_t DaysFromCivil(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400, of_era = y - era * 400;
  const int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return std::int64_t{era} * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int YearOf(Instant utc) {
  int year = 1970 + static_cast<int>(utc / (365 * kDay + kDay / 4));
  while (MidnightOf(year + 1, 1, 1) <= utc) ++year;
  while (MidnightOf(year, 1, 1) > utc) --year;
  return year;
}

int WeekdayOf(std::int64_t day) { return static_cast<int>((day + 4) % 7); }  // 1970-01-01 was a Thursday

// Midnight of the nth Sunday of a month; 0: of the last one (the month has 31 days).
Instant Sunday(int year, int month, int nth) {
  if (nth == 0) {
    const std::int64_t last = DaysFromCivil(year, month, 31);
    return (last - WeekdayOf(last)) * kDay;
  }
  const std::int64_t first = DaysFromCivil(year, month, 1);
  return (first + (7 - WeekdayOf(first)) % 7 + 7 * (nth - 1)) * kDay;
}

bool IsSummer(const std::string& zone, Instant utc) {
  const int year = YearOf(utc);
  if (zone == "Europe/Berlin") return utc >= Sunday(year, 3, 0) + kHour && utc < Sunday(year, 10, 0) + kHour;
  return utc >= Sunday(year, 3, 2) + 7 * kHour && utc < Sunday(year, 11, 1) + 6 * kHour;  // New York
}

std::string Print(const char* format, int a, int b) {
  char text[64];
  std::snprintf(text, sizeof text, format, a, b);
  return text;
}

}  // namespace

Instant MidnightOf(int year, int month, int day) { return DaysFromCivil(year, month, day) * kDay; }

Instant OffsetAt(const std::string& zone, Instant utc) {
  if (zone == "Asia/Tokyo") return 9 * kHour;
  if (zone == "Asia/Kolkata") return 5 * kHour + 30 * kMinute;
  if (zone == "Europe/Berlin") return IsSummer(zone, utc) ? 2 * kHour : kHour;
  if (zone == "America/New_York") return IsSummer(zone, utc) ? -4 * kHour : -5 * kHour;
  return 0;
}

// Local times are chosen where no clock is changed: each is one instant.
std::vector<Instant> Timetable::Ticks(Instant from, Instant to) const {
  std::vector<Instant> ticks;
  for (std::int64_t day = (from + OffsetAt(zone, from)) / kDay - 1; day <= (to + OffsetAt(zone, to)) / kDay + 1; ++day) {
    const int of_day = WeekdayOf(day);
    if (shape == Shape::kWeekdays && (of_day == 0 || of_day == 6)) continue;
    if (shape == Shape::kWeekly && of_day != weekday) continue;
    std::vector<Instant> local;
    if (shape == Shape::kEveryMinutes) {
      for (int m = 0; m < 24 * 60; m += every) local.push_back(m * kMinute);
    } else if (shape == Shape::kHourly || shape == Shape::kEverySixHours) {
      for (int h = 0; h < 24; h += shape == Shape::kHourly ? 1 : 6) local.push_back(h * kHour + minute * kMinute);
    } else {
      local.push_back(hour * kHour + minute * kMinute);
    }
    for (const Instant time : local) {
      const Instant wall = day * kDay + time;
      const Instant utc = wall - OffsetAt(zone, wall - OffsetAt(zone, wall));
      if (from <= utc && utc < to) ticks.push_back(utc);
    }
  }
  return ticks;
}

Instant Timetable::ShortestGap() const {
  switch (shape) {
    case Shape::kEveryMinutes: return every * kMinute;
    case Shape::kHourly: return kHour;
    case Shape::kEverySixHours: return 6 * kHour;
    case Shape::kWeekly: return 7 * kDay;
    default: return 24 * kHour;
  }
}

std::string Timetable::Clock() const { return Print("%02d:%02d", hour, minute); }

std::string Timetable::In(const std::string& dialect) const {
  static const char* const kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char* const kUpper[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
  const std::string at = Print("%d %d", minute, hour);
  const bool systemd = dialect == "systemd", aws = dialect == "eventbridge";
  switch (shape) {
    case Shape::kEveryMinutes:
      return systemd ? Print("*-*-* *:00/%d:00", every, 0) : aws ? Print("cron(0/%d * * * ? *)", every, 0) : Print("*/%d * * * *", every, 0);
    case Shape::kHourly:
      return systemd ? Print("*-*-* *:%02d:00", minute, 0) : aws ? Print("cron(%d * * * ? *)", minute, 0) : Print("%d * * * *", minute, 0);
    case Shape::kEverySixHours:
      return systemd ? Print("*-*-* 00/6:%02d:00", minute, 0) : aws ? Print("cron(%d 0/6 * * ? *)", minute, 0) : Print("%d */6 * * *", minute, 0);
    case Shape::kDaily: return systemd ? "*-*-* " + Clock() + ":00" : aws ? "cron(" + at + " * * ? *)" : at + " * * *";
    case Shape::kWeekdays: return systemd ? "Mon..Fri *-*-* " + Clock() + ":00" : aws ? "cron(" + at + " ? * MON-FRI *)" : at + " * * 1-5";
    case Shape::kWeekly: break;
  }
  return systemd ? kDays[weekday] + (" *-*-* " + Clock()) + ":00" : aws ? "cron(" + at + " ? * " + kUpper[weekday] + " *)" : at + " * * " + std::to_string(weekday);
}

}  // namespace sim
