// Steps over the ticks of one line of a schedule.
//
// A zone is a row of stretches of constant offset. Within one, wall-clock time is UTC plus a constant, so the next tick
// is found in pure calendar arithmetic: a bit mask of the matching days of the month, of the hours, of the minutes.
// Only near the ends of a stretch does the rule for changed clocks matter. Left alone, a gap hides its ticks and an
// overlap shows them twice. A dialect may instead want a tick of its own where the stretch begins (`first`), let the
// wall clock count only from a later time on (`begin`), or only up to where an overlap begins (`end`).
//
// Berlin, 2024-03-31: the stretch +02:00 begins at 01:00Z, on the wall clock at 03:00, where the one before would have
// had 02:00 (the seam). "30 2 * * *" lies in [02:00, 03:00), so it is hidden, deferred to 01:00Z, or shifted to 01:30Z.
#include "exporter/core/cron_line.h"

#include <algorithm>
#include <bit>

#include "exporter/core/cron_days.h"

namespace batchslo {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kSecondsOfDay = 86'400;

std::int64_t FloorDiv(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Seconds of wall-clock time since 1970.
using LocalSecond = std::int64_t;
LocalSecond FloorSecond(Duration local) { return FloorDiv(local.count(), 1'000'000); }
LocalSecond CeilSecond(Duration local) { return -FloorDiv(-local.count(), 1'000'000); }
Duration ToDuration(LocalSecond second) { return std::chrono::seconds{second}; }

std::uint32_t Above(unsigned bit) { return bit >= 31 ? 0 : ~0u << (bit + 1); }  // bits greater than `bit`
std::uint32_t Below(unsigned bit) { return bit >= 32 ? ~0u : (1u << bit) - 1; }
std::uint64_t AtLeast(std::int64_t bit) { return ~std::uint64_t{0} << bit; }        // for bits up to 62
std::uint64_t AtMost(std::int64_t bit) { return (std::uint64_t{2} << bit) - 1; }
std::int64_t First(std::uint64_t bits) { return std::countr_zero(bits); }
std::int64_t Last(std::uint64_t bits) { return 63 - std::countl_zero(bits); }

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
Duration YearBegin(int year) { return sys_days{std::chrono::year{year} / 1 / 1}.time_since_epoch(); }

// On the wall clock, before and after all that is asked for.
constexpr Duration kBefore = days{-366 * 2100}, kAfter = days{366 * 8200};
constexpr int kDepth = 2;           // a stretch whose only ticks are carried ones is rare, two in a row are not known
constexpr Duration kFar = days{2};  // further than any change of an offset

// Bit d: day d of the month matches.
std::uint32_t DaysOf(const CronLine& line, int year, unsigned month) {
  if (line.extra && !line.extra->AllowsYear(year)) return 0;
  const std::uint64_t week = ((static_cast<std::uint64_t>(line.dows) | static_cast<std::uint64_t>(line.dows) << 7) >> FirstDow(year, month)) & 0x7f;
  std::uint64_t by_week = 0, by_month = line.doms;
  for (unsigned at = 1; at <= 29; at += 7) by_week |= week << at;
  if (line.extra) {
    by_week |= line.extra->DaysOfWeek(year, month);
    by_month |= line.extra->DaysOfMonth(year, month);
  }
  const std::uint64_t in_month = (std::uint64_t{2} << DaysInMonth(year, month)) - 2;
  const std::uint64_t match = line.both_days ? (by_week & by_month) : (by_week | by_month);
  return static_cast<std::uint32_t>(match & in_month);
}

class Calendar {
 public:
  explicit Calendar(const CronLine& line) : line_(line) {}

  // The first match at or after `from`; none beyond the end of `last_year`.
  std::optional<LocalSecond> AtOrAfter(LocalSecond from, int last_year) const {
    if (IsEmpty()) return std::nullopt;
    const std::int64_t day = FloorDiv(from, kSecondsOfDay);
    const auto second = InDayAtOrAfter(from - day * kSecondsOfDay);
    Day date = DayOf(day);
    if (second && date.year <= last_year && Matches(date)) return day * kSecondsOfDay + *second;
    if (!NextDay(date, last_year)) return std::nullopt;
    return date.Number() * kSecondsOfDay + First(line_.hours) * 3600 + First(line_.minutes) * 60 + First(line_.seconds);
  }

  // The last match at or before `from`; none before `first_year`.
  std::optional<LocalSecond> AtOrBefore(LocalSecond from, int first_year) const {
    if (IsEmpty()) return std::nullopt;
    const std::int64_t day = FloorDiv(from, kSecondsOfDay);
    const auto second = InDayAtOrBefore(from - day * kSecondsOfDay);
    Day date = DayOf(day);
    if (second && date.year >= first_year && Matches(date)) return day * kSecondsOfDay + *second;
    if (!PrevDay(date, first_year)) return std::nullopt;
    return date.Number() * kSecondsOfDay + Last(line_.hours) * 3600 + Last(line_.minutes) * 60 + Last(line_.seconds);
  }

 private:
  bool IsEmpty() const { return line_.months == 0 || line_.hours == 0 || line_.minutes == 0 || line_.seconds == 0; }

  bool Matches(const Day& date) const {
    return (line_.months >> date.month & 1) != 0 && (DaysOf(line_, date.year, date.month) >> date.day & 1) != 0;
  }

  // Moves to the first matching day after `date`.
  bool NextDay(Day& date, int last_year) const {
    while (date.year <= last_year) {
      if ((line_.months >> date.month & 1) != 0) {
        const std::uint32_t left = DaysOf(line_, date.year, date.month) & Above(date.day);
        if (left != 0) return date.day = static_cast<unsigned>(std::countr_zero(left)), true;
      }
      const std::uint32_t months_left = line_.months & Above(date.month);
      if (months_left == 0) ++date.year;
      date.month = static_cast<unsigned>(std::countr_zero(months_left != 0 ? months_left : line_.months));
      date.day = 0;
    }
    return false;
  }

  bool PrevDay(Day& date, int first_year) const {
    while (date.year >= first_year) {
      if ((line_.months >> date.month & 1) != 0) {
        const std::uint32_t left = DaysOf(line_, date.year, date.month) & Below(date.day);
        if (left != 0) return date.day = 31u - static_cast<unsigned>(std::countl_zero(left)), true;
      }
      const std::uint32_t months_left = line_.months & Below(date.month);
      if (months_left == 0) --date.year;
      date.month = 31u - static_cast<unsigned>(std::countl_zero(months_left != 0 ? months_left : line_.months));
      date.day = 32;
    }
    return false;
  }

  std::optional<std::int64_t> InDayAtOrAfter(std::int64_t from) const {
    const std::int64_t hour = from / 3600, minute = from / 60 % 60, second = from % 60;
    if ((line_.hours >> hour & 1) != 0) {
      const std::uint64_t seconds_left = line_.seconds & AtLeast(second), minutes_left = line_.minutes & AtLeast(minute + 1);
      if (seconds_left != 0 && (line_.minutes >> minute & 1) != 0) return hour * 3600 + minute * 60 + First(seconds_left);
      if (minutes_left != 0) return hour * 3600 + First(minutes_left) * 60 + First(line_.seconds);
    }
    const std::uint32_t hours_left = line_.hours & Above(static_cast<unsigned>(hour));
    if (hours_left == 0) return std::nullopt;
    return First(hours_left) * 3600 + First(line_.minutes) * 60 + First(line_.seconds);
  }

  std::optional<std::int64_t> InDayAtOrBefore(std::int64_t from) const {
    const std::int64_t hour = from / 3600, minute = from / 60 % 60, second = from % 60;
    if ((line_.hours >> hour & 1) != 0) {
      const std::uint64_t seconds_left = line_.seconds & AtMost(second), minutes_left = line_.minutes & ~AtLeast(minute);
      if (seconds_left != 0 && (line_.minutes >> minute & 1) != 0) return hour * 3600 + minute * 60 + Last(seconds_left);
      if (minutes_left != 0) return hour * 3600 + Last(minutes_left) * 60 + Last(line_.seconds);
    }
    const std::uint32_t hours_left = line_.hours & Below(static_cast<unsigned>(hour));
    if (hours_left == 0) return std::nullopt;
    return Last(hours_left) * 3600 + Last(line_.minutes) * 60 + Last(line_.seconds);
  }

  const CronLine& line_;
};

}  // namespace

struct CronLine::Stretch {
  std::optional<TimePoint> first;
  Duration begin = kBefore;  // on the wall clock
};

// True where the begin of the stretch no longer matters.
inline bool CronLine::IsFarFromChange(const Zone::Period& period, TimePoint time) const {
  if (period.from == TimePoint::min()) return true;
  if (time - period.from <= kFar) return false;
  if (gap != Gap::kCarries) return true;
  const Duration local = time.time_since_epoch() + period.offset, begin = period.from.time_since_epoch() + period.offset;
  const auto before = Calendar(*this).AtOrBefore(FloorSecond(local - kFar), YearOf(begin));
  return before && ToDuration(*before) >= begin + kFar;
}

// Where the wall clock stops to count in a stretch: an overlap may belong to the next one alone.
inline Duration CronLine::EndOf(const Zone::Period& period) const {
  if (overlap != Overlap::kSecond || period.to == TimePoint::max()) return kAfter;
  return period.to.time_since_epoch() + zone.PeriodAt(period.to).offset;
}

CronLine::Stretch CronLine::StretchOf(const Zone::Period& period, int depth) const {
  if (period.from == TimePoint::min()) return {};
  if (gap == Gap::kCarries) return Carried(period, depth);
  Stretch stretch{std::nullopt, period.from.time_since_epoch() + period.offset};
  const Duration seam = period.from.time_since_epoch() + period.offset_before;
  if (std::chrono::abs(stretch.begin - seam) >= longest_change) return stretch;
  if (seam > stretch.begin && overlap == Overlap::kFirst) stretch.begin = seam;
  if (seam >= stretch.begin || gap == Gap::kHides) return stretch;
  const auto hidden = Calendar(*this).AtOrAfter(CeilSecond(seam), YearOf(stretch.begin));
  if (!hidden || ToDuration(*hidden) >= stretch.begin) return stretch;
  stretch.first = gap == Gap::kDefers ? period.from : TimePoint{ToDuration(*hidden) - period.offset_before};
  if (gap == Gap::kShifts) stretch.begin = stretch.first->time_since_epoch() + period.offset + Duration{1};
  return stretch;
}

CronLine::Stretch CronLine::Carried(const Zone::Period& period, int depth) const {
  Stretch stretch{std::nullopt, period.from.time_since_epoch() + period.offset};
  const auto before = depth > 0 ? PrevOf(period.from, depth - 1) : std::nullopt;
  if (!before) return stretch;
  const Duration offset_then = zone.PeriodAt(*before).offset;
  const LocalSecond after = FloorSecond(before->time_since_epoch() + offset_then) + 1;
  const auto next = Calendar(*this).AtOrAfter(after, YearOf(stretch.begin) + horizon);
  if (!next) return stretch;
  stretch.first = TimePoint{ToDuration(*next) - offset_then};
  stretch.begin = std::max(stretch.begin, stretch.first->time_since_epoch() + period.offset + Duration{1});
  return stretch;
}

std::optional<TimePoint> CronLine::Next(TimePoint time) const {
  const Calendar calendar(*this);
  Zone::Period period = zone.PeriodAt(time);
  const int last_year = YearOf(time.time_since_epoch() + std::chrono::seconds{1} + period.offset) + horizon;
  for (;;) {
    const Stretch stretch = IsFarFromChange(period, time) ? Stretch{} : StretchOf(period, kDepth);
    if (stretch.first && *stretch.first > time && *stretch.first < period.to) {
      return YearOf(stretch.first->time_since_epoch() + period.offset) <= last_year ? stretch.first : std::nullopt;
    }
    const LocalSecond from = std::max(FloorSecond(time.time_since_epoch() + period.offset) + 1, CeilSecond(stretch.begin));
    const auto found = calendar.AtOrAfter(from, last_year);
    const TimePoint tick{found ? ToDuration(*found) - period.offset : YearBegin(last_year + 1)};
    if (found && tick < period.to && ToDuration(*found) < EndOf(period)) return tick;
    if (period.to == TimePoint::max() || YearOf(period.to.time_since_epoch()) > last_year + 1) return std::nullopt;
    // Stretches without a match of the wall clock are passed over, but for those that could repeat one before `from`.
    const bool repeats_none = ToDuration(from) - period.offset + kFar < period.to.time_since_epoch();
    period = zone.PeriodAt(repeats_none ? std::max(period.to, tick - 2 * kFar) : period.to);
  }
}

std::optional<TimePoint> CronLine::Prev(TimePoint time) const { return PrevOf(time, kDepth); }

std::optional<TimePoint> CronLine::PrevOf(TimePoint time, int depth) const {
  const Calendar calendar(*this);
  Zone::Period period = zone.PeriodAt(time - Duration{1});
  const int first_year = YearOf(time.time_since_epoch() - Duration{1} + period.offset) - horizon;
  for (;;) {
    const LocalSecond last = CeilSecond(std::min(time.time_since_epoch() + period.offset, EndOf(period))) - 1;
    const auto found = calendar.AtOrBefore(last, first_year);
    const TimePoint tick{found ? ToDuration(*found) - period.offset : kBefore};
    if (found && IsFarFromChange(period, tick)) return tick;
    // A tick near the begin of the stretch has its match of the wall clock not far from there, before or after.
    const auto near = gap == Gap::kCarries ? calendar.AtOrBefore(last + 2 * kSecondsOfDay, first_year) : found;
    if (near && ToDuration(*near) - period.offset + kFar >= period.from.time_since_epoch()) {
      const Stretch stretch = StretchOf(period, depth);
      if (found && ToDuration(*found) >= stretch.begin) return tick;
      if (stretch.first && *stretch.first < time) return stretch.first;
    }
    if (period.from == TimePoint::min() || YearOf(period.from.time_since_epoch()) < first_year - 1) return std::nullopt;
    const auto earlier = calendar.AtOrBefore(last + 2 * kSecondsOfDay, first_year);  // an overlap may hold one after `last`
    if (!earlier) return std::nullopt;
    time = std::min(period.from, TimePoint{ToDuration(*earlier) - period.offset + 2 * kFar});
    period = zone.PeriodAt(time - Duration{1});
  }
}

}  // namespace batchslo
