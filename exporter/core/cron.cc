// Steps over the ticks of a schedule.
//
// A zone is a row of stretches of constant offset. Within one, wall-clock time is UTC plus a constant, so the next tick
// is found in pure calendar arithmetic: a bit mask of the matching days of the month, of the hours, of the minutes.
// Only where a stretch begins does the rule for DST matter: by the clock, a gap hides its ticks and an overlap shows
// them twice, by itself. Otherwise the ticks that a gap hides come at the instant that ends it, and the ticks of an
// overlap count in its first passage only.
#include "exporter/core/cron.h"

#include <algorithm>
#include <bit>

namespace batchslo {
namespace {

using std::chrono::year_month_day;

constexpr int kHorizonYears = 5;
constexpr std::int64_t kMinutesOfDay = 24 * 60;

std::int64_t FloorDiv(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Minutes of wall-clock time since 1970.
using LocalMinute = std::int64_t;
LocalMinute FloorMinute(Duration local) { return FloorDiv(local.count(), 60'000'000); }
LocalMinute CeilMinute(Duration local) { return -FloorDiv(-local.count(), 60'000'000); }
Duration ToDuration(LocalMinute minute) { return minutes{minute}; }

std::uint32_t Above(unsigned bit) { return bit >= 31 ? 0 : ~0u << (bit + 1); }  // bits greater than `bit`
std::uint32_t Below(unsigned bit) { return bit >= 32 ? ~0u : (1u << bit) - 1; }

unsigned DaysInMonth(int year, unsigned month) {
  static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && std::chrono::year{year}.is_leap() ? 29 : kDays[month - 1];
}

struct Day {
  int year;
  unsigned month, day;
  std::int64_t Number() const {
    return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)}.time_since_epoch().count();
  }
};

Day DayOf(std::int64_t number) {
  const year_month_day date{std::chrono::sys_days{days{number}}};
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
}

int YearOf(TimePoint time) { return static_cast<int>(year_month_day{std::chrono::floor<days>(time)}.year()); }

}  // namespace

// Bit d: day d of the month matches.
std::uint32_t Schedule::Fields::DaysOf(int year, unsigned month) const {
  const auto first = std::chrono::weekday{std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / 1}}.c_encoding();
  const std::uint64_t week = ((static_cast<std::uint64_t>(dows) | static_cast<std::uint64_t>(dows) << 7) >> first) & 0x7f;
  std::uint64_t by_week = 0;
  for (unsigned at = 1; at <= 29; at += 7) by_week |= week << at;
  const std::uint64_t in_month = (std::uint64_t{2} << DaysInMonth(year, month)) - 2;
  const std::uint64_t match = both_days ? (by_week & doms) : (by_week | doms);
  return static_cast<std::uint32_t>(match & in_month);
}

namespace {

template <class Fields>
class Calendar {
 public:
  explicit Calendar(const Fields& fields) : fields_(fields) {}

  // The first match at or after `from`; none beyond the end of `last_year`.
  std::optional<LocalMinute> AtOrAfter(LocalMinute from, int last_year) const {
    std::int64_t day = FloorDiv(from, kMinutesOfDay);
    const auto minute = InDayAtOrAfter(from - day * kMinutesOfDay);
    Day date = DayOf(day);
    if (minute && Matches(date)) return day * kMinutesOfDay + *minute;
    if (!NextDay(date, last_year)) return std::nullopt;
    const auto first = InDayAtOrAfter(0);
    return first ? std::optional(date.Number() * kMinutesOfDay + *first) : std::nullopt;
  }

  // The last match at or before `from`; none before `first_year`.
  std::optional<LocalMinute> AtOrBefore(LocalMinute from, int first_year) const {
    std::int64_t day = FloorDiv(from, kMinutesOfDay);
    const auto minute = InDayAtOrBefore(from - day * kMinutesOfDay);
    Day date = DayOf(day);
    if (minute && Matches(date)) return day * kMinutesOfDay + *minute;
    if (!PrevDay(date, first_year)) return std::nullopt;
    const auto last = InDayAtOrBefore(kMinutesOfDay - 1);
    return last ? std::optional(date.Number() * kMinutesOfDay + *last) : std::nullopt;
  }

 private:
  bool Matches(const Day& date) const {
    return (fields_.months >> date.month & 1) != 0 && (fields_.DaysOf(date.year, date.month) >> date.day & 1) != 0;
  }

  // Moves to the first matching day after `date`.
  bool NextDay(Day& date, int last_year) const {
    if (fields_.months == 0) return false;
    while (date.year <= last_year) {
      if ((fields_.months >> date.month & 1) != 0) {
        const std::uint32_t left = fields_.DaysOf(date.year, date.month) & Above(date.day);
        if (left != 0) return date.day = static_cast<unsigned>(std::countr_zero(left)), true;
      }
      const std::uint32_t months_left = fields_.months & Above(date.month);
      if (months_left == 0) ++date.year;
      date.month = static_cast<unsigned>(std::countr_zero(months_left != 0 ? months_left : fields_.months));
      date.day = 0;
    }
    return false;
  }

  bool PrevDay(Day& date, int first_year) const {
    if (fields_.months == 0) return false;
    while (date.year >= first_year) {
      if ((fields_.months >> date.month & 1) != 0) {
        const std::uint32_t left = fields_.DaysOf(date.year, date.month) & Below(date.day);
        if (left != 0) return date.day = 31u - static_cast<unsigned>(std::countl_zero(left)), true;
      }
      const std::uint32_t months_left = fields_.months & Below(date.month);
      if (months_left == 0) --date.year;
      date.month = 31u - static_cast<unsigned>(std::countl_zero(months_left != 0 ? months_left : fields_.months));
      date.day = 32;
    }
    return false;
  }

  std::optional<std::int64_t> InDayAtOrAfter(std::int64_t from) const {
    const auto hour = static_cast<unsigned>(from / 60), minute = static_cast<unsigned>(from % 60);
    const std::uint64_t minutes_left = fields_.minutes & (~std::uint64_t{0} << minute);
    if ((fields_.hours >> hour & 1) != 0 && minutes_left != 0) return hour * 60 + std::countr_zero(minutes_left);
    const std::uint32_t hours_left = fields_.hours & Above(hour);
    if (hours_left == 0 || fields_.minutes == 0) return std::nullopt;
    return std::countr_zero(hours_left) * 60 + std::countr_zero(fields_.minutes);
  }

  std::optional<std::int64_t> InDayAtOrBefore(std::int64_t from) const {
    const auto hour = static_cast<unsigned>(from / 60), minute = static_cast<unsigned>(from % 60);
    const std::uint64_t minutes_left = fields_.minutes & ((std::uint64_t{2} << minute) - 1);
    if ((fields_.hours >> hour & 1) != 0 && minutes_left != 0) return hour * 60 + 63 - std::countl_zero(minutes_left);
    const std::uint32_t hours_left = fields_.hours & Below(hour);
    if (hours_left == 0 || fields_.minutes == 0) return std::nullopt;
    return (31 - std::countl_zero(hours_left)) * 60 + 63 - std::countl_zero(fields_.minutes);
  }

  const Fields& fields_;
};

}  // namespace

std::optional<TimePoint> Schedule::Next(TimePoint time) const {
  if (every_) return NextEvery(time);
  const Calendar calendar(fields_);
  const int last_year = YearOf(time) + kHorizonYears;
  for (Zone::Period period = zone_.PeriodAt(time);; period = zone_.PeriodAt(period.to)) {
    const Duration begin = period.from == TimePoint::min() ? Duration::min() : period.from.time_since_epoch() + period.offset;
    const Duration seam = period.from == TimePoint::min() ? Duration::min() : period.from.time_since_epoch() + period.offset_before;
    if (!fields_.by_the_clock && seam < begin && period.from > time) {
      const auto hidden = calendar.AtOrAfter(CeilMinute(seam), last_year);
      if (hidden && ToDuration(*hidden) < begin) return period.from;
    }
    LocalMinute from = FloorMinute(time.time_since_epoch() + period.offset) + 1;
    if (period.from > time) from = CeilMinute(begin);
    if (!fields_.by_the_clock && seam > begin) from = std::max(from, CeilMinute(seam));
    const auto found = calendar.AtOrAfter(from, last_year);
    if (found) {
      const TimePoint tick{ToDuration(*found) - period.offset};
      if (tick < period.to) return tick;
    }
    if (period.to == TimePoint::max() || YearOf(period.to) > last_year) return std::nullopt;
  }
}

std::optional<TimePoint> Schedule::Prev(TimePoint time) const {
  if (every_) return PrevEvery(time);
  const Calendar calendar(fields_);
  const int first_year = YearOf(time) - kHorizonYears;
  for (Zone::Period period = zone_.PeriodAt(time - Duration{1});; period = zone_.PeriodAt(period.from - Duration{1})) {
    const TimePoint before = std::min(time, period.to);
    const Duration begin = period.from == TimePoint::min() ? Duration::min() : period.from.time_since_epoch() + period.offset;
    const Duration seam = period.from == TimePoint::min() ? Duration::min() : period.from.time_since_epoch() + period.offset_before;
    Duration lowest = begin;
    if (!fields_.by_the_clock) lowest = std::max(begin, seam);
    const auto found = calendar.AtOrBefore(CeilMinute(before.time_since_epoch() + period.offset) - 1, first_year);
    if (found && ToDuration(*found) >= lowest) return TimePoint{ToDuration(*found) - period.offset};
    if (!fields_.by_the_clock && seam < begin && period.from < time) {
      const auto hidden = calendar.AtOrBefore(CeilMinute(begin) - 1, first_year);
      if (hidden && ToDuration(*hidden) >= seam) return period.from;
    }
    if (period.from == TimePoint::min() || YearOf(period.from) < first_year) return std::nullopt;
  }
}

std::optional<TimePoint> Schedule::NextEvery(TimePoint time) const {
  if (!anchor_) return std::nullopt;
  return *anchor_ + *every_ * (FloorDiv((time - *anchor_).count(), every_->count()) + 1);
}

std::optional<TimePoint> Schedule::PrevEvery(TimePoint time) const {
  if (!anchor_) return std::nullopt;
  return *anchor_ + *every_ * FloorDiv((time - *anchor_).count() - 1, every_->count());
}

Schedule Schedule::AnchoredAt(TimePoint anchor) const {
  Schedule anchored = *this;
  if (every_) anchored.anchor_ = anchor;
  return anchored;
}

}  // namespace batchslo
