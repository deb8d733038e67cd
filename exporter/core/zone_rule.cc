// POSIX.1 TZ rules as RFC 8536 extends them (hours from -167 to 167), which end the files of the time zone database:
// they say what holds after the last change that the file lists.
#include "exporter/core/zone_rule.h"

#include <algorithm>
#include <optional>

namespace batchslo {
namespace {

using std::chrono::sys_days;

// Reads from the front of its text; every step says whether it found what it wants.
class RuleText {
 public:
  explicit RuleText(std::string_view text) : rest_(text) {}

  bool Empty() const { return rest_.empty(); }
  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // "CEST" or "<+0330>"
  bool Name() {
    const bool quoted = Take('<');
    const auto inside = [&](char c) { return quoted ? c != '>' : (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), inside);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    rest_.remove_prefix(length);
    return length >= 3 && (!quoted || Take('>'));
  }

  std::optional<int> Number(int low, int high) {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && digits < 3 && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits) {
      value = value * 10 + (rest_[digits] - '0');
    }
    rest_.remove_prefix(digits);
    return digits > 0 && value >= low && value <= high ? std::optional(value) : std::nullopt;
  }

  // "-3", "5:30", "167"
  std::optional<seconds> Clock() {
    const bool minus = Take('-');
    if (!minus) Take('+');
    const auto hour = Number(0, 167);
    const auto minute = hour && Take(':') ? Number(0, 59) : std::optional(0);
    const auto second = minute && Take(':') ? Number(0, 59) : std::optional(0);
    if (!hour || !minute || !second) return std::nullopt;
    const seconds value = hours{*hour} + minutes{*minute} + seconds{*second};
    return minus ? -value : value;
  }

 private:
  std::string_view rest_;
};

// The day and the wall-clock time of one change of each year.
struct YearlyChange {
  enum class Kind { kWeekdayOfMonth, kDayWithoutLeapDay, kDayFromZero } kind = Kind::kDayFromZero;
  int month = 0, week = 0, day = 0;
  seconds clock = hours{2};

  Duration LocalIn(int year) const {
    const std::chrono::year y{year};
    if (kind == Kind::kWeekdayOfMonth) {
      const auto in_month = y / month;
      const std::chrono::weekday weekday{static_cast<unsigned>(day)};
      const sys_days date = week == 5 ? sys_days{in_month / weekday[std::chrono::last]}
                                      : sys_days{in_month / weekday[static_cast<unsigned>(week)]};
      return date.time_since_epoch() + clock;
    }
    const bool after_leap_day = kind == Kind::kDayWithoutLeapDay && y.is_leap() && day >= 60;
    const int from_zero = kind == Kind::kDayFromZero ? day : day - (after_leap_day ? 0 : 1);
    return sys_days{y / 1 / 1}.time_since_epoch() + days{from_zero} + clock;
  }
};

// ",M3.5.0/2" (month, week, weekday), ",J60" (from 1, without February 29) or ",59" (from 0)
std::optional<YearlyChange> ReadChange(RuleText& text) {
  if (!text.Take(',')) return std::nullopt;
  YearlyChange change;
  if (text.Take('M')) {
    const auto month = text.Number(1, 12);
    const auto week = month && text.Take('.') ? text.Number(1, 5) : std::nullopt;
    const auto day = week && text.Take('.') ? text.Number(0, 6) : std::nullopt;
    if (!day) return std::nullopt;
    change = {YearlyChange::Kind::kWeekdayOfMonth, *month, *week, *day};
  } else {
    const bool julian = text.Take('J');
    const auto day = julian ? text.Number(1, 365) : text.Number(0, 365);
    if (!day) return std::nullopt;
    change = {julian ? YearlyChange::Kind::kDayWithoutLeapDay : YearlyChange::Kind::kDayFromZero, 0, 0, *day};
  }
  if (!text.Take('/')) return change;
  const auto clock = text.Clock();
  if (!clock) return std::nullopt;
  change.clock = *clock;
  return change;
}

struct Rule {
  Duration standard, daylight;  // offsets from UTC, east is positive
  YearlyChange starts, ends;
};

std::optional<Rule> ReadRule(std::string_view rule) {
  RuleText text(rule);
  if (!text.Name()) return std::nullopt;
  const auto west = text.Clock();
  if (!west || !text.Name()) return std::nullopt;
  const auto daylight_west = RuleText(text).Take(',') ? std::optional(*west - hours{1}) : text.Clock();
  const auto starts = daylight_west ? ReadChange(text) : std::nullopt;
  const auto ends = starts ? ReadChange(text) : std::nullopt;
  if (!ends || !text.Empty()) return std::nullopt;
  return Rule{-*west, -*daylight_west, *starts, *ends};
}

}  // namespace

std::vector<OffsetChange> ChangesByRule(std::string_view text, int first_year, int last_year) {
  const auto rule = ReadRule(text);
  std::vector<OffsetChange> changes;
  if (!rule) return changes;
  for (int year = first_year; year <= last_year; ++year) {
    changes.push_back({TimePoint{rule->starts.LocalIn(year) - rule->standard}, rule->daylight});
    changes.push_back({TimePoint{rule->ends.LocalIn(year) - rule->daylight}, rule->standard});
  }
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  return changes;
}

}  // namespace batchslo
