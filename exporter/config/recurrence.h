// Tested by tests/config/recurrence_test.cc and tests/peers/calendar.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"

namespace batchslo {

using LocalDay = std::chrono::local_days;

// The days that calendars know: beyond, nothing is excused. A daemon runs for years without reading its files again.
constexpr LocalDay kFirstDay{std::chrono::year{1970} / 1 / 1}, kLastDay{std::chrono::year{2099} / 12 / 31};

// An RRULE of RFC 5545 whose instances are days apart.
struct Recurrence {
  enum class Frequency { kDaily, kWeekly, kMonthly, kYearly };
  struct Weekday {
    int ordinal;  // 0: each; 2: the second; -1: the last
    std::chrono::weekday day;
    bool operator==(const Weekday&) const = default;
    bool operator<(const Weekday& other) const { return Rank() < other.Rank(); }

   private:
    std::pair<int, unsigned> Rank() const { return {ordinal, day.c_encoding()}; }
  };
  Frequency frequency = Frequency::kYearly;
  std::int64_t interval = 1;
  std::optional<std::int64_t> count;
  std::string_view until;  // as written; empty: none
  std::vector<int> months, month_days, positions;  // sorted, each once, as the weekdays are
  std::vector<Weekday> weekdays;
  std::chrono::weekday week_start = std::chrono::Monday;
};

// `text` outlives it. Errors name the part.
Result<Recurrence> ParseRecurrence(std::string_view text);

// How many days may still be looked at for one file: what keeps a rule without end from taking for ever.
struct Work {
  std::int64_t left = 20'000'000;
  bool Take(std::int64_t days_looked_at) { return (left -= days_looked_at) >= 0; }
};

// The days of the rule from `start` on, up to `until` and kLastDay, by the calendar. Stops early when there is no work left.
std::vector<LocalDay> Expand(const Recurrence& rule, LocalDay start, LocalDay until, Work& work);

}  // namespace batchslo
