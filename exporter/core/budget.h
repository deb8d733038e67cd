// Tested by tests/core/budget_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/time.h"

namespace batchslo {

// `target: 99% over 28d`.
struct SloTarget {
  std::uint32_t days : 8 = 0;          // 0: none
  std::uint32_t per_million : 24 = 0;  // of what counts, that is to be met
  explicit operator bool() const { return days > 0; }
  bool operator==(const SloTarget&) const = default;
};

std::string TargetText(SloTarget target);  // "99.95% over 28d"

// The spans that attainment is told over, that of the page and, if nothing else is asked for, of the metrics, and for how
// long counts are kept: all in days.
inline constexpr int kAttainmentDays[] = {7, 28, 90}, kShownDays = 28, kCountsKept = 92;

// How a window ended, or what a time was. Late is missed where it was seen up to its end without a success, else unknown.
enum class Ending : std::uint8_t { kMet, kMissed, kUnknown, kExcused };

// Of windows; where an objective has none, of seconds.
struct Endings {
  std::uint32_t met = 0, missed = 0, unknown = 0, excused = 0;
  std::uint32_t& Of(Ending ending);
  Endings& operator+=(const Endings& other);
  bool operator==(const Endings&) const = default;
};

// Met of what counts: of met and missed ones. None: nothing counts.
std::optional<double> AttainmentOf(const Endings& endings);

// The part of the misses that the target allows which is not used up; below 0: more than it allows. None: nothing counts.
std::optional<double> RemainingOf(const Endings& endings, SloTarget target);

using UtcDay = std::uint16_t;  // of UTC, since 1970
UtcDay UtcDayOf(TimePoint time);

// Endings of each day, kept as rows of days that are alike: what is met every day takes a few bytes.
class DayCounts {
 public:
  // Later days go: they were counted by a clock that has been put right since.
  void Add(UtcDay day, Ending ending, std::uint32_t count = 1);
  void DropBefore(UtcDay day);
  std::optional<UtcDay> Newest() const;
  // Of so many days in a row, up to the newest one.
  Endings Newest(int count) const;
  bool operator==(const DayCounts&) const = default;

  // "20515x3:288/0/1/0 20518x1:...": first day, how many are alike, and the counts of each.
  std::string Text() const;
  static std::optional<DayCounts> Read(std::string_view text);  // none: it is damaged

 private:
  struct Row {
    UtcDay first, days;
    Endings each;
    bool operator==(const Row&) const = default;
  };
  void DropAfter(UtcDay day);
  void Join();  // the newest two
  std::vector<Row> rows_;
};

// What is stored of one objective: windows that have closed, or time that has passed, each counted once, with what was
// true then.
struct Tally {
  std::uint64_t rule = 0;   // JudgedBy: another definition begins its own
  TimePoint until;          // windows that were due up to here, or the time up to here, are counted, or were not owed
  std::uint32_t windows = 0, missed = 0, unknown = 0;  // windows ever; they only grow. Excused ones are in none
  DayCounts days;
  bool operator==(const Tally&) const = default;
};

struct ClosedWindow {
  TimePoint due;
  Ending ending;
  bool operator==(const ClosedWindow&) const = default;
};

// With windows, by due, that it does not have yet.
Tally AfterClosing(Tally tally, std::span<const ClosedWindow> windows);

// A time, its end outside.
struct SpentTime {
  TimePoint from, to;
  Ending ending;
  bool operator==(const SpentTime&) const = default;
};

// With times, one after the other, that it does not have yet: each in whole seconds of the days that it lies in.
Tally AfterTime(Tally tally, std::span<const SpentTime> times);

// The part of its error budget that is left. None: no target, or nothing counts.
std::optional<double> RemainingOf(const Tally& tally, SloTarget target);

}  // namespace batchslo
