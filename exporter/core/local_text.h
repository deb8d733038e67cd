// Tested by tests/core/local_text_test.cc and tests/cli/cli_test.py.
#pragma once

#include <string>
#include <vector>

#include "exporter/core/cron.h"

namespace batchslo {

// "2026-03-29T03:00:00+02:00"
std::string LocalText(const Zone& zone, TimePoint time);

// "Sun 2026-03-29 03:00", with seconds only where there are any: for a person, beside the name of the zone.
std::string DayText(const Zone& zone, TimePoint time);

// "UTC+02:00": what holds there then.
std::string OffsetText(const Zone& zone, TimePoint time);

// What a change of the clocks did to a tick of this schedule, or to one before it: "first of two (clocks go back)"; "": nothing.
std::string DstNote(const Schedule& schedule, TimePoint tick);

// Each change of the clocks in (from, to]: "the clocks go forward on Sun 2026-03-29 03:00 (UTC+01:00 to UTC+02:00)".
std::vector<std::string> ClockChanges(const Zone& zone, TimePoint from, TimePoint to);

}  // namespace batchslo
