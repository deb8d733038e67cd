// A rule is walked period by period (day, week, month, year): all days of one that match, of these the positions that are
// asked for, then the bounds of the whole rule. Each step looks at days that come later than those before it, so it ends
// with the last day that calendars know.
#include "exporter/config/recurrence.h"

#include <algorithm>

namespace batchslo {
namespace {

using std::chrono::month;
using std::chrono::weekday;
using std::chrono::year;
using std::chrono::year_month_day;
using Frequency = Recurrence::Frequency;

template <typename T>
bool Has(const std::vector<T>& values, const T& value) {
  return std::binary_search(values.begin(), values.end(), value);
}

unsigned DaysOf(year y, month m) { return static_cast<unsigned>((y / m / std::chrono::last).day()); }

// A number from the front or, negative, from the back.
bool IsNth(const std::vector<int>& numbers, int from_front, int length) {
  return Has(numbers, from_front) || Has(numbers, from_front - length - 1);
}

// One period of a rule, with the days of it that match.
class Walker {
 public:
  Walker(const Recurrence& rule, LocalDay start, Work& work) : rule_(rule), start_(start), first_(start), work_(work) {}

  // The days of the period `index`; none: it begins after the last day.
  std::optional<std::vector<LocalDay>> At(std::int64_t index) {
    days_.clear();
    const std::int64_t steps = index * rule_.interval;
    const bool known = rule_.frequency == Frequency::kDaily    ? OfDay(steps)
                       : rule_.frequency == Frequency::kWeekly ? OfWeek(steps)
                       : rule_.frequency == Frequency::kMonthly ? OfMonths(steps)
                                                                : OfYear(steps);
    if (!known) return std::nullopt;
    std::sort(days_.begin(), days_.end());
    return rule_.positions.empty() ? days_ : AtPositions();
  }

 private:
  bool OfDay(std::int64_t steps) {
    if (steps > (kLastDay - start_).count()) return false;
    const LocalDay day = start_ + days{steps};
    if (work_.Take(1) && InMonths(day) && IsMonthDay(day) && IsWeekday(day, 0, 0)) days_.push_back(day);
    return true;
  }

  bool OfWeek(std::int64_t steps) {
    const LocalDay begin = start_ - (weekday{start_} - rule_.week_start);
    if (steps > (kLastDay - begin).count() / 7) return false;
    for (int i = 0; i < 7 && work_.Take(1); ++i) {
      const LocalDay day = begin + days{7 * steps + i};
      const bool matches = rule_.weekdays.empty() ? weekday{day} == weekday{start_} : IsWeekday(day, 0, 0);
      if (matches && InMonths(day)) days_.push_back(day);
    }
    return true;
  }

  bool OfMonths(std::int64_t steps) {
    constexpr std::int64_t kMostMonths = 12 * 3000;
    if (steps > kMostMonths) return false;
    const auto at = first_.year() / first_.month() + std::chrono::months{steps};
    if (at > kLast.year() / kLast.month()) return false;
    if (rule_.months.empty() || Has(rule_.months, static_cast<int>(static_cast<unsigned>(at.month())))) AddMonth(at.year(), at.month());
    return true;
  }

  bool OfYear(std::int64_t steps) {
    if (steps > static_cast<int>(kLast.year()) - static_cast<int>(first_.year())) return false;
    const year y = first_.year() + std::chrono::years{steps};
    if (rule_.months.empty() && rule_.weekdays.empty() && rule_.month_days.empty()) {
      const year_month_day day = y / first_.month() / first_.day();
      if (work_.Take(1) && day.ok()) days_.push_back(LocalDay{day});
    } else if (rule_.months.empty() && !rule_.weekdays.empty()) {
      AddWeekdaysOf(y);
    } else {
      for (unsigned m = 1; m <= 12; ++m) {
        if (rule_.months.empty() || Has(rule_.months, static_cast<int>(m))) AddMonth(y, month{m});
      }
    }
    return true;
  }

  void AddMonth(year y, month m) {
    const unsigned length = DaysOf(y, m);
    for (unsigned d = 1; d <= length && work_.Take(1); ++d) {
      const LocalDay day{y / m / d};
      const bool plain = rule_.weekdays.empty() && rule_.month_days.empty();
      const bool matches = plain ? d == static_cast<unsigned>(first_.day()) : IsMonthDay(day) && IsWeekday(day, static_cast<int>(d), static_cast<int>(length));
      if (matches) days_.push_back(day);
    }
  }

  void AddWeekdaysOf(year y) {
    const LocalDay begin{y / 1 / 1};
    const int length = y.is_leap() ? 366 : 365;
    for (int i = 0; i < length && work_.Take(1); ++i) {
      const LocalDay day = begin + days{i};
      if (IsMonthDay(day) && IsWeekday(day, i + 1, length)) days_.push_back(day);
    }
  }

  bool InMonths(LocalDay day) const {
    return rule_.months.empty() || Has(rule_.months, static_cast<int>(static_cast<unsigned>(year_month_day{day}.month())));
  }
  bool IsMonthDay(LocalDay day) const {
    const year_month_day date{day};
    return rule_.month_days.empty() || IsNth(rule_.month_days, static_cast<int>(static_cast<unsigned>(date.day())), static_cast<int>(DaysOf(date.year(), date.month())));
  }
  // `number` of `length` days: what ordinals count in.
  bool IsWeekday(LocalDay day, int number, int length) const {
    const int nth = (number - 1) / 7 + 1, nth_last = -((length - number) / 7 + 1);
    const auto has = [&](int ordinal) { return Has(rule_.weekdays, Recurrence::Weekday{ordinal, weekday{day}}); };
    return rule_.weekdays.empty() || has(0) || has(nth) || has(nth_last);
  }

  std::vector<LocalDay> AtPositions() const {
    std::vector<LocalDay> chosen;
    const int length = static_cast<int>(days_.size());
    for (int i = 1; i <= length; ++i) {
      if (IsNth(rule_.positions, i, length)) chosen.push_back(days_[static_cast<std::size_t>(i - 1)]);
    }
    return chosen;
  }

  static constexpr year_month_day kLast{kLastDay};
  const Recurrence& rule_;
  const LocalDay start_;
  const year_month_day first_;
  Work& work_;
  std::vector<LocalDay> days_;
};

}  // namespace

std::vector<LocalDay> Expand(const Recurrence& rule, LocalDay start, LocalDay until, Work& work) {
  std::vector<LocalDay> found;
  Walker walker(rule, start, work);
  std::int64_t counted = 0;
  for (std::int64_t index = 0; work.Take(1); ++index) {
    const auto period = walker.At(index);
    if (!period) break;
    for (const LocalDay day : *period) {
      if (day < start) continue;
      if (day > until || day > kLastDay || (rule.count && counted >= *rule.count)) return found;
      ++counted;
      found.push_back(day);
    }
  }
  return found;
}

}  // namespace batchslo
