#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace batchslo {

inline unsigned DaysInMonth(int year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && std::chrono::year{year}.is_leap() ? 29 : kDays[month - 1];
}

// The day of the week of the first of the month; 0 is Sunday.
inline unsigned FirstDow(int year, unsigned month) {
  return std::chrono::weekday{std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / 1}}.c_encoding();
}

// What only some dialects can say of days and years.
struct CronExtra {
  static constexpr unsigned kLastWeek = 6;
  static constexpr int kFirstYear = 1970, kLastYear = 2199;

  std::uint32_t from_end = 0;             // bit n: the n-th day from the end of the month; 1 is the last
  std::uint32_t nearest_weekdays = 0;     // bit d: the weekday nearest to day d, in the same month; bit 0: the last weekday
  std::uint64_t weeks = 0;                // bit 8 * n + dow: the n-th such day of the week in the month; n 6: the last
  std::array<std::uint64_t, 4> years{};   // bit n: 1970 + n

  void AllowYear(int year);
  bool AllowsYear(int year) const;
  // Bit d: day d of the month matches.
  std::uint32_t DaysOfMonth(int year, unsigned month) const;
  std::uint32_t DaysOfWeek(int year, unsigned month) const;
};

}  // namespace batchslo
