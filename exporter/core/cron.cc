// Steps over the ticks of a schedule.
//
// A zone is a row of stretches of constant offset. Within one, wall-clock time is UTC plus a constant, so the next tick
// is found in pure calendar arithmetic: a bit mask of the matching days of the month, of the hours, of the minutes.
// Only where a stretch begins does the rule for DST matter. Left alone, a gap hides its ticks and an overlap shows them
// twice. Where the dialect wants it, the ticks in a gap come at the instant that ends it, and those of an overlap count
// in its first passage only.
//
// Berlin, 2024-03-31: the stretch +02:00 begins at 01:00Z, on the wall clock at 03:00 (`begin`), where the one before
// would have had 02:00 (the seam). "30 2 * * *" lies in [02:00, 03:00), so it is hidden, or deferred to 01:00Z.
#include "exporter/core/cron.h"

#include <algorithm>
#include <bit>

namespace batchslo {
namespace {

using std::chrono::sys_days;
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
    return sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)}.time_since_epoch().count();
  }
};

Day DayOf(std::int64_t number) {
  const year_month_day date{sys_days{days{number}}};
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
}

int YearOf(Duration local) { return static_cast<int>(year_month_day{sys_days{std::chrono::floor<days>(local)}}.year()); }

// Instants between which sums with offsets and horizons can't overflow.
constexpr TimePoint kFirst{sys_days{std::chrono::year{1} / 1 / 1}}, kLast{sys_days{std::chrono::year{9999} / 1 / 1}};
constexpr Duration kForEver = kFirst.time_since_epoch() - days{366};  // on the wall clock, before all of them
bool IsWithinReach(TimePoint time) { return time >= kFirst && time < kLast; }

}  // namespace

// Bit d: day d of the month matches.
std::uint32_t Schedule::Fields::DaysOf(int year, unsigned month) const {
  const auto first = std::chrono::weekday{sys_days{std::chrono::year{year} / static_cast<int>(month) / 1}}.c_encoding();
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
    if (minute && date.year <= last_year && Matches(date)) return day * kMinutesOfDay + *minute;
    if (!NextDay(date, last_year)) return std::nullopt;
    const auto first = InDayAtOrAfter(0);
    return first ? std::optional(date.Number() * kMinutesOfDay + *first) : std::nullopt;
  }

  // The last match at or before `from`; none before `first_year`.
  std::optional<LocalMinute> AtOrBefore(LocalMinute from, int first_year) const {
    std::int64_t day = FloorDiv(from, kMinutesOfDay);
    const auto minute = InDayAtOrBefore(from - day * kMinutesOfDay);
    Day date = DayOf(day);
    if (minute && date.year >= first_year && Matches(date)) return day * kMinutesOfDay + *minute;
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

struct Schedule::Stretch {
  Duration begin;                    // on the wall clock; earlier ticks do not count
  Duration hidden_begin, hidden_end;  // ticks of the wall clock in here come when the stretch begins
};

Schedule::Stretch Schedule::StretchOf(const Zone::Period& period) const {
  if (period.from == TimePoint::min()) return {kForEver, kForEver, kForEver};
  const Duration begin = period.from.time_since_epoch() + period.offset;
  const Duration seam = period.from.time_since_epoch() + period.offset_before;
  if (std::chrono::abs(begin - seam) >= fields_.longest_change) return {begin, begin, begin};
  if (seam < begin) return {begin, fields_.gap == Gap::kDefers ? seam : begin, begin};
  return {fields_.overlap == Overlap::kOnce ? seam : begin, begin, begin};
}

std::optional<TimePoint> Schedule::Next(TimePoint time) const {
  if (!IsWithinReach(time)) return std::nullopt;
  if (every_) return NextEvery(time);
  const Calendar calendar(fields_);
  Zone::Period period = zone_.PeriodAt(time);
  const int last_year = YearOf(time.time_since_epoch() + seconds{1} + period.offset) + kHorizonYears;
  Duration after = time.time_since_epoch() + period.offset;
  for (;;) {
    const Stretch stretch = StretchOf(period);
    const LocalMinute from = std::max(FloorMinute(after) + 1, CeilMinute(stretch.begin));
    if (const auto found = calendar.AtOrAfter(from, last_year)) {
      const TimePoint tick{ToDuration(*found) - period.offset};
      if (tick < period.to) return tick;
    }
    if (period.to == TimePoint::max() || YearOf(period.to.time_since_epoch()) > last_year + 1) return std::nullopt;
    period = zone_.PeriodAt(period.to);
    const Stretch next = StretchOf(period);
    after = next.begin - Duration{1};
    if (next.hidden_begin == next.hidden_end) continue;
    const auto hidden = calendar.AtOrAfter(CeilMinute(next.hidden_begin), last_year);
    if (hidden && ToDuration(*hidden) < next.hidden_end) return period.from;
  }
}

std::optional<TimePoint> Schedule::Prev(TimePoint time) const {
  if (!IsWithinReach(time)) return std::nullopt;
  if (every_) return PrevEvery(time);
  const Calendar calendar(fields_);
  Zone::Period period = zone_.PeriodAt(time - Duration{1});
  const int first_year = YearOf(time.time_since_epoch() - Duration{1} + period.offset) - kHorizonYears;
  for (;; time = period.from, period = zone_.PeriodAt(time - Duration{1})) {
    const Stretch stretch = StretchOf(period);
    const auto found = calendar.AtOrBefore(CeilMinute(time.time_since_epoch() + period.offset) - 1, first_year);
    if (found && ToDuration(*found) >= stretch.begin) return TimePoint{ToDuration(*found) - period.offset};
    if (stretch.hidden_begin != stretch.hidden_end) {
      const auto hidden = calendar.AtOrBefore(CeilMinute(stretch.hidden_end) - 1, first_year);
      if (hidden && ToDuration(*hidden) >= stretch.hidden_begin) return period.from;
    }
    if (period.from == TimePoint::min() || YearOf(period.from.time_since_epoch()) < first_year - 1) return std::nullopt;
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
