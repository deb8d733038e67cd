#include "exporter/core/local_text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace batchslo {
namespace {

// "+02:00"
std::string Offset(Duration offset) {
  const auto total = static_cast<int>(std::chrono::duration_cast<minutes>(offset).count());
  char text[16];
  std::snprintf(text, sizeof text, "%c%02d:%02d", total < 0 ? '-' : '+', std::abs(total) / 60 % 100, std::abs(total) % 60);
  return text;
}

Duration OffsetAt(const Zone& zone, TimePoint time) { return zone.ToLocal(time).since_epoch - time.time_since_epoch(); }

// As if local time were UTC.
TimePoint Naive(const Zone& zone, TimePoint time) { return TimePoint{zone.ToLocal(time).since_epoch}; }

bool EndsAGap(const Zone::Period& period, TimePoint time) { return period.from == time && period.offset > period.offset_before; }

// Where the clocks went forward over a time of the schedule, between the tick before `tick` and it, and nothing ran
// instead: what a deadline of our own would put off to the end of the gap.
std::string SkippedNote(const Schedule& schedule, TimePoint tick) {
  const auto before = schedule.Prev(tick);
  const auto deferred = Schedule::Parse(schedule.Expression(), Dialect::kDeadline, schedule.GetZone());
  if (!before || !deferred) return "";
  for (auto at = deferred->Next(*before); at && *at < tick; at = deferred->Next(*at)) {
    if (!EndsAGap(schedule.GetZone().PeriodAt(*at), *at)) continue;
    return "after one that was skipped on " + LocalText(schedule.GetZone(), *at).substr(0, 10) + " (clocks go forward)";
  }
  return "";
}

}  // namespace

std::string LocalText(const Zone& zone, TimePoint time) {
  std::string text = FormatRfc3339(Naive(zone, time));
  text.pop_back();
  return text + Offset(OffsetAt(zone, time));
}

std::string DayText(const Zone& zone, TimePoint time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const TimePoint local = std::chrono::floor<seconds>(Naive(zone, time));
  std::string text = FormatRfc3339(local);  // 2026-03-29T03:00:00Z
  text[10] = ' ';
  text.resize(text.ends_with(":00Z") ? 16 : 19);
  return kDays[std::chrono::weekday{std::chrono::floor<days>(local)}.c_encoding()] + (" " + text);
}

std::string OffsetText(const Zone& zone, TimePoint time) { return "UTC" + Offset(OffsetAt(zone, time)); }

std::string DstNote(const Schedule& schedule, TimePoint time) {
  const Zone& zone = schedule.GetZone();
  const auto instants = zone.ToInstants(zone.ToLocal(time));
  if (instants.kind == Zone::Kind::kRepeated) return time == instants.first ? "first of two (clocks go back)" : "second of two (clocks go back)";
  return EndsAGap(zone.PeriodAt(time), time) ? "right after the gap (clocks go forward)" : SkippedNote(schedule, time);
}

std::vector<std::string> ClockChanges(const Zone& zone, TimePoint from, TimePoint to) {
  std::vector<std::string> changes;
  for (auto period = zone.PeriodAt(from); period.to <= to;) {
    period = zone.PeriodAt(period.to);
    if (period.offset == period.offset_before) continue;
    changes.push_back(std::string("the clocks go ") + (period.offset > period.offset_before ? "forward" : "back") + " on " + DayText(zone, period.from) + " (UTC" +
                      Offset(period.offset_before) + " to UTC" + Offset(period.offset) + ")");
  }
  return changes;
}

}  // namespace batchslo
