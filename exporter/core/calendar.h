// Tested by tests/core/calendar_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporter/core/deadline.h"
#include "exporter/core/shared_text.h"
#include "exporter/core/shared_value.h"
#include "exporter/core/spans.h"

namespace batchslo {

// Both ends belong to it.
struct NamedSpan {
  TimePoint from, to;
  SharedText name;
  bool operator==(const NamedSpan&) const = default;
};

// A stretch of this length begins at each tick.
struct RecurringSpan {
  Ticks ticks;
  Duration length;
  SharedText name;
};

// On the clock of a day, since its midnight. Both ends belong to it.
struct HoursOfDay {
  Duration from, to;
  bool operator==(const HoursOfDay&) const = default;
};

// When windows are excused. Immutable once sealed, and shared between objectives; independent of any `now`.
struct Calendar {
  SharedText name;
  Zone zone;
  std::uint8_t weekdays = 0x7f;         // bit n: windows that close on this day count; 0 is Sunday
  std::vector<HoursOfDay> hours;        // windows that close in them count; empty: in all
  std::vector<NamedSpan> closed;        // holidays, and half days from their hour on
  std::vector<NamedSpan> maintenance;   // once
  std::vector<RecurringSpan> recurring;  // maintenance, again and again

  // Of all that windows are judged by; of maintenance alone; of all that is shown, too. Set by Seal.
  std::uint64_t windows_hash = 0, maintenance_hash = 0, whole_hash = 0;
  bool operator==(const Calendar& other) const { return name == other.name && whole_hash == other.whole_hash; }
};

// Sorts the spans, parts those that overlap (what begins first keeps its name), and sets the hashes.
void Seal(Calendar& calendar);

using CalendarRef = SharedValue<Calendar>;

struct Excuse {
  TimePoint from, until;  // until: the first instant after it
  std::string why;        // "holiday New Year's Day", "maintenance db-upgrade", "Saturday", "outside of hours"
};

// Why what closes at `time` is excused; none: it counts.
std::optional<Excuse> ExcuseAt(const Calendar& calendar, TimePoint time);

// The excuse of now, else the next one; none within a week, nor any written one later.
std::optional<Excuse> NextExcuse(const Calendar& calendar, TimePoint now);

// The stretches of maintenance that reach into [from, to], cut off there, by their beginning and apart.
std::vector<NamedSpan> MaintenanceIn(const Calendar& calendar, TimePoint from, TimePoint to);

// How long all of them are together.
Duration LengthOf(const std::vector<NamedSpan>& apart);

}  // namespace batchslo
