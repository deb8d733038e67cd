#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "exporter/core/cron_days.h"
#include "exporter/core/time.h"
#include "exporter/core/zone.h"

namespace batchslo {

// What a gap (clocks go forward) does to the times of the wall clock that it leaves out.
enum class Gap : std::uint8_t {
  kHides,    // they do not come
  kDefers,   // all of them come at its end, once
  kShifts,   // the first comes as if the clock had not been changed; the schedule goes on after it
  kCarries,  // the first tick after any change, gap or overlap, comes as long after the tick before it as the wall clock has between them
};

// What an overlap (clocks go back) does to the times that it shows twice.
enum class Overlap : std::uint8_t { kRepeats, kFirst, kSecond };

// One line of a schedule: sets of the wall clock of a zone, and what the dialect does where that clock is changed.
struct CronLine {
  std::uint64_t seconds = 1, minutes = 0;                    // bit n: n is allowed
  std::uint32_t hours = 0, doms = 0, months = 0, dows = 0;  // dow 0 is Sunday
  bool both_days = false;  // day of month and day of week must both match; else either
  Gap gap = Gap::kHides;
  Overlap overlap = Overlap::kRepeats;
  std::uint8_t horizon = 5;                   // years that are searched
  Duration longest_change = Duration::max();  // a greater change of the offset, or an equal one, hides and repeats
  std::shared_ptr<const CronExtra> extra;     // none for most
  Zone zone;

  // The first tick strictly after `time`, the last strictly before it; none within the horizon. For years 1 to 9999.
  std::optional<TimePoint> Next(TimePoint time) const;
  std::optional<TimePoint> Prev(TimePoint time) const;

 private:
  // The ticks of one stretch of constant offset: `first`, if there is one, then those of the wall clock from `begin` on.
  struct Stretch;
  // `depth`: how many stretches before one are looked at for the tick that it is carried on from.
  Stretch StretchOf(const Zone::Period& period, int depth) const;
  Stretch Carried(const Zone::Period& period, int depth) const;
  std::optional<TimePoint> PrevOf(TimePoint time, int depth) const;
  Duration EndOf(const Zone::Period& period) const;
  bool IsFarFromChange(const Zone::Period& period, TimePoint time) const;
};

}  // namespace batchslo
