#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/cron_line.h"
#include "exporter/core/result.h"
#include "exporter/core/time.h"
#include "exporter/core/zone.h"

namespace batchslo {

// Whose schedule it is: syntax, day rule and what happens where clocks change differ (cron.md).
enum class Dialect { kVixie, kKubernetes, kArgo, kJenkins, kAirflow, kEventBridge, kGcp, kSystemd, kDeadline };

// Those that people may name; kDeadline is our own, of `by` and `since`.
std::span<const std::string_view> DialectNames();
Result<Dialect> ParseDialect(std::string_view name);
std::string_view DialectName(Dialect dialect);

// The concrete ticks of a schedule. Immutable; safe to share between threads.
class Schedule {
 public:
  // Error messages name the field and the item, say what is allowed, and explain what another dialect would accept.
  // Intervals ("@every 1h", "rate(1 hour)", "1 day, 0:00:00") parse, but have ticks only when they are anchored.
  // `zone` is that of expressions that do not name one; `job` is the full name that Jenkins' H is made of.
  static Result<Schedule> Parse(std::string_view expression, Dialect dialect, Zone zone, std::string_view job = {});

  // The first tick strictly after `time`; none within the horizon of the dialect, five years (robfig's) or fifty.
  std::optional<TimePoint> Next(TimePoint time) const;
  // The last tick strictly before `time`; none within the horizon.
  std::optional<TimePoint> Prev(TimePoint time) const;

  // The period of an interval; none for everything else.
  std::optional<Duration> Every() const { return every_; }
  // For the derived default: the shortest gap between ticks within the first two weeks of 2024; of an interval itself. It
  // takes a thousand ticks to find, but for a schedule that WithPeriod gave.
  std::optional<Duration> Period() const;
  Schedule WithPeriod() const;
  // An interval has no wall-clock grid: its ticks are anchor + k*D for all whole k. No effect on other schedules.
  Schedule AnchoredAt(TimePoint anchor) const;
  bool HasTicks() const { return !every_ || anchor_; }

  const std::string& Expression() const { return expression_; }
  const Zone& GetZone() const { return zone_; }  // of the first line, if the expression names zones itself
  Dialect GetDialect() const { return dialect_; }

 private:
  std::string expression_;
  Dialect dialect_ = Dialect::kKubernetes;
  Zone zone_;
  std::vector<CronLine> lines_;  // a tick of any is a tick
  std::optional<Duration> every_, period_;
  std::optional<TimePoint> anchor_;
};

}  // namespace batchslo
