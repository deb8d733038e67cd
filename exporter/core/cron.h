#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"
#include "exporter/core/zone.h"

namespace batchslo {

// Whose cron it is: syntax, day rule and DST behaviour differ.
enum class Dialect {
  kKubernetes,  // robfig/cron v3.0.1 ParseStandard, also Argo: gap skipped, overlap runs twice
  kVixie,       // Debian cron: a skipped fixed time runs at the first instant after the gap, an overlap once; wildcards by the clock
  kDeadline,    // our own `by` and `since`: Vixie's syntax; gap -> first valid instant, overlap -> first occurrence for
                // fixed hours, both for a wildcard hour
};

// "kubernetes" (also "argo"), "vixie"; a dialect that this version does not have is told apart from one that does not exist.
Result<Dialect> ParseDialect(std::string_view name);
std::string_view DialectName(Dialect dialect);

// The concrete ticks of a cron expression in its own zone. Immutable; safe to share between threads.
class Schedule {
 public:
  // Error messages name the field and the item, say what is allowed, and explain what another dialect would accept.
  // "@every D" (kKubernetes) parses, but has ticks only when it is anchored.
  static Result<Schedule> Parse(std::string_view expression, Dialect dialect, Zone zone);

  // The first tick strictly after `time`; none if there is none within five years (robfig's horizon; "0 0 31 2 *").
  std::optional<TimePoint> Next(TimePoint time) const;
  // The last tick strictly before `time`; none within five years.
  std::optional<TimePoint> Prev(TimePoint time) const;

  // "@every D": the period; none for everything else.
  std::optional<Duration> Every() const { return every_; }
  // "@every D" has no wall-clock grid: ticks are anchor + k*D for all whole k. No effect on other schedules.
  Schedule AnchoredAt(TimePoint anchor) const;
  bool HasTicks() const { return !every_ || anchor_; }

  const std::string& Expression() const { return expression_; }
  const Zone& GetZone() const { return zone_; }
  Dialect GetDialect() const { return dialect_; }

 private:
  std::string expression_;
  Dialect dialect_ = Dialect::kKubernetes;
  Zone zone_;
  std::optional<Duration> every_;
  std::optional<TimePoint> anchor_;

  friend class CronReader;
  enum class Gap { kHides, kDefers };         // what a gap does to its ticks; deferred: to its end
  enum class Overlap { kRepeats, kOnce };     // once: in the first passage
  struct Fields {
    std::uint64_t minutes = 0;
    std::uint32_t hours = 0, doms = 0, months = 0, dows = 0;  // bit n: n is allowed; dow 0 is Sunday
    bool both_days = false;  // day of month and day of week must both match; else either
    Gap gap = Gap::kHides;
    Overlap overlap = Overlap::kRepeats;
    Duration longest_change = Duration::max();  // a greater change of the offset, or an equal one, hides and repeats
    std::uint32_t DaysOf(int year, unsigned month) const;
  };
  // Where the ticks of one stretch of constant offset lie on the wall clock, and the ones that its gap defers.
  struct Stretch;
  Stretch StretchOf(const Zone::Period& period) const;
  std::optional<TimePoint> NextEvery(TimePoint time) const;
  std::optional<TimePoint> PrevEvery(TimePoint time) const;
  Fields fields_;
};

}  // namespace batchslo
