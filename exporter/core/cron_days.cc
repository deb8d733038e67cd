// Days that depend on how long a month is and on which day of the week it begins.
#include "exporter/core/cron_days.h"

#include <bit>

namespace batchslo {
namespace {

// Saturday goes to Friday, Sunday to Monday, unless that lies in another month: then two days the other way.
unsigned NearestWeekday(unsigned day, unsigned first_dow, unsigned length) {
  const unsigned dow = (first_dow + day - 1) % 7;
  if (dow == 6) return day == 1 ? 3 : day - 1;
  if (dow == 0) return day == length ? day - 2 : day + 1;
  return day;
}

unsigned LastWeekday(unsigned first_dow, unsigned length) {
  const unsigned dow = (first_dow + length - 1) % 7;
  return dow == 6 ? length - 1 : dow == 0 ? length - 2 : length;
}

}  // namespace

void CronExtra::AllowYear(int year) {
  if (year < kFirstYear || year > kLastYear) return;
  const auto bit = static_cast<unsigned>(year - kFirstYear);
  years[bit / 64] |= std::uint64_t{1} << bit % 64;
}

bool CronExtra::AllowsYear(int year) const {
  if (year < kFirstYear || year > kLastYear) return false;
  const auto bit = static_cast<unsigned>(year - kFirstYear);
  return (years[bit / 64] >> bit % 64 & 1) != 0;
}

std::uint32_t CronExtra::DaysOfMonth(int year, unsigned month) const {
  const unsigned length = DaysInMonth(year, month), first = FirstDow(year, month);
  std::uint32_t match = 0;
  for (std::uint32_t left = from_end; left != 0; left &= left - 1) {
    const auto back = static_cast<unsigned>(std::countr_zero(left));
    if (back <= length) match |= 1u << (length + 1 - back);
  }
  for (std::uint32_t left = nearest_weekdays; left != 0; left &= left - 1) {
    const auto day = static_cast<unsigned>(std::countr_zero(left));
    if (day <= length) match |= 1u << (day == 0 ? LastWeekday(first, length) : NearestWeekday(day, first, length));
  }
  return match;
}

std::uint32_t CronExtra::DaysOfWeek(int year, unsigned month) const {
  const unsigned length = DaysInMonth(year, month), first = FirstDow(year, month);
  std::uint32_t match = 0;
  for (std::uint64_t left = weeks; left != 0; left &= left - 1) {
    const auto bit = static_cast<unsigned>(std::countr_zero(left));
    const unsigned week = bit / 8, dow = bit % 8, begin = 1 + (dow + 7 - first) % 7;
    const unsigned day = week == kLastWeek ? begin + (length - begin) / 7 * 7 : begin + 7 * (week - 1);
    if (day <= length) match |= 1u << day;
  }
  return match;
}

}  // namespace batchslo
