// The VEVENTs of an iCalendar file, as calendars of holidays are exported. All other components are passed over. An event
// excuses whether it is shown as busy or as free (TRANSP): holidays are both.
#include <algorithm>
#include <set>

#include "exporter/config/calendar_file.h"
#include "exporter/config/icalendar_time.h"
#include "exporter/config/recurrence.h"

namespace batchslo {
namespace {

Error At(int line, const std::string& what) { return Error{"line " + std::to_string(line) + ": " + what}; }

struct Event {
  int line = 0, rule_line = 0;
  std::optional<CalendarTime> start, end, instead_of;  // instead_of: RECURRENCE-ID
  std::optional<Duration> length;
  std::string rule, uid, summary;
  std::vector<CalendarTime> added, left_out;  // RDATE, EXDATE
  bool cancelled = false;
};

// ---- from lines to events ----

std::string TakeTimes(const ContentLine& line, NamedZones& zones, std::vector<CalendarTime>& into) {
  for (std::size_t at = 0; at <= line.value.size();) {
    const std::size_t end = std::min(line.value.find(',', at), line.value.size());
    const auto time = ParseCalendarTime(line, std::string_view(line.value).substr(at, end - at), zones);
    if (!time) return time.Message();
    into.push_back(*time);
    at = end + 1;
  }
  return "";
}

std::string TakeTime(const ContentLine& line, NamedZones& zones, std::optional<CalendarTime>& into) {
  if (into) return "a second " + line.name + " in one event";
  const auto time = ParseCalendarTime(line, line.value, zones);
  if (time) into = *time;
  return time ? "" : time.Message();
}

std::string TakeLength(const ContentLine& line, Event& event) {
  const auto length = ParseCalendarDuration(line.value);
  if (length) event.length = *length;
  return length ? "" : length.Message();
}

// What is wrong with it; "": nothing.
std::string Take(const ContentLine& line, NamedZones& zones, Event& event) {
  if (line.name == "DTSTART") return TakeTime(line, zones, event.start);
  if (line.name == "DTEND") return TakeTime(line, zones, event.end);
  if (line.name == "RECURRENCE-ID") return TakeTime(line, zones, event.instead_of);
  if (line.name == "EXDATE") return TakeTimes(line, zones, event.left_out);
  if (line.name == "RDATE") return TakeTimes(line, zones, event.added);
  if (line.name == "DURATION") return TakeLength(line, event);
  if (line.name == "EXRULE") return "EXRULE is not understood; write EXDATE";
  if (line.name == "UID") event.uid = line.value;
  if (line.name == "SUMMARY") event.summary = PlainName(Unescaped(line.value));
  if (line.name == "STATUS") event.cancelled = line.value == "CANCELLED";
  if (line.name != "RRULE") return "";
  if (!event.rule.empty()) return "a second RRULE in one event";
  event.rule = line.value;
  event.rule_line = line.number;
  return "";
}

Result<std::vector<Event>> ReadEvents(std::string_view text, NamedZones& zones) {
  std::vector<Event> events;
  std::vector<std::string> open;
  ContentLines lines(text);
  while (true) {
    auto read = lines.Next();
    if (!read) return read.GetError();
    if (!read->has_value()) break;
    const ContentLine& line = **read;
    if (line.name == "BEGIN") {
      open.push_back(line.value);
      if (open.size() == 2 && line.value == "VEVENT") events.emplace_back().line = line.number;
    } else if (line.name == "END") {
      if (open.empty() || open.back() != line.value) return At(line.number, "END:" + line.value.substr(0, 60) + " ends nothing that is open");
      open.pop_back();
    } else if (open.empty()) {
      return At(line.number, "nothing is open here; BEGIN:VCALENDAR comes first");
    } else if (open.size() == 2 && open.back() == "VEVENT") {
      const std::string fault = Take(line, zones, events.back());
      if (!fault.empty()) return At(line.number, fault);
    }
  }
  if (!open.empty()) return At(lines.Number(), "the file ends within " + open.back().substr(0, 60) + "; is it whole?");
  return events;
}

// ---- from events to stretches ----

LocalDay DayOf(const LocalTime& local) { return LocalDay{std::chrono::floor<days>(local.since_epoch)}; }

// The same instant on the clock of `start`.
LocalTime OnClockOf(const CalendarTime& start, const CalendarTime& time) {
  if (!time.zone || !start.zone || *time.zone == *start.zone) return time.local;
  return start.zone->ToLocal(time.zone->ToInstants(time.local).first);
}

class Expander {
 public:
  Expander(std::vector<Event> events, NamedZones& zones) : events_(std::move(events)), zones_(zones) {
    for (const Event& event : events_) {
      if (event.instead_of) replaced_.emplace(event.uid, *event.instead_of);
    }
  }

  Result<std::vector<CalendarEntry>> Entries() {
    for (const Event& event : events_) {
      if (event.cancelled) continue;
      const std::string fault = Add(event);
      if (!fault.empty()) return At(line_, fault);
      if (entries_.size() > kMostCalendarEntries) return At(event.line, "with this event there are more than 200,000 of them");
    }
    return std::move(entries_);
  }

 private:
  static constexpr std::int64_t kReplacing = 20;  // as much work as looking at so many days

  std::string Add(const Event& event) {
    line_ = event.line;
    if (!event.start) return "the event that begins here has no DTSTART";
    const Duration length = LengthOf(event);
    if (length < Duration{0}) return "the event that begins here ends before it starts";
    const bool is_whole_days = event.start->IsMidnight() && length > Duration{0} && length % days{1} == Duration{0};
    if (!event.start->unknown_zone.empty() && !is_whole_days) {
      return "\"" + event.start->unknown_zone + "\" is no time zone of the IANA database (like Europe/Berlin), and the event does not last whole days";
    }
    std::set<LocalTime> starts{event.start->local};
    const std::string fault = AddRule(event, starts);
    if (!fault.empty()) return fault;
    for (const CalendarTime& added : event.added) starts.insert(added.is_date ? LocalTime{added.local.since_epoch + ClockOf(event)} : OnClockOf(*event.start, added));
    for (const CalendarTime& out : event.left_out) LeaveOut(event, out, starts);
    if (!event.instead_of) {
      const auto [first, last] = replaced_.equal_range(event.uid);
      for (auto at = first; at != last && work_.Take(kReplacing); ++at) LeaveOut(event, at->second, starts);
    }
    if (work_.left < 0) return "the rules and exceptions of this file take too long; give the rules an UNTIL, or write the days themselves";
    for (const LocalTime& start : starts) {
      if (DayOf(start) > kLastDay || DayOf({start.since_epoch + length}) < kFirstDay) continue;
      entries_.push_back({start, {start.since_epoch + length}, event.start->unknown_zone.empty() ? event.start->zone : std::nullopt, event.summary});
    }
    return "";
  }

  static Duration LengthOf(const Event& event) {
    if (event.end) {
      const Duration length = OnClockOf(*event.start, *event.end).since_epoch - event.start->local.since_epoch;
      return event.start->is_date && length == Duration{0} ? Duration{days{1}} : length;
    }
    return event.length ? *event.length : event.start->is_date ? Duration{days{1}} : Duration{0};
  }

  static Duration ClockOf(const Event& event) { return event.start->local.since_epoch % days{1}; }

  std::string AddRule(const Event& event, std::set<LocalTime>& starts) {
    if (event.rule.empty()) return "";
    line_ = event.rule_line;
    const auto rule = ParseRecurrence(event.rule);
    if (!rule) return rule.Message();
    LocalDay until = kLastDay;
    if (!rule->until.empty()) {
      const auto bound = ParseCalendarTime({event.rule_line, "UNTIL", {}, {}}, rule->until, zones_);
      if (!bound) return "RRULE: " + bound.Message();
      const LocalTime local = OnClockOf(*event.start, *bound);
      const bool before_its_clock = !bound->is_date && local.since_epoch % days{1} < ClockOf(event);
      until = DayOf(local) - days{before_its_clock ? 1 : 0};
    }
    for (const LocalDay day : Expand(*rule, DayOf(event.start->local), until, work_)) starts.insert({day.time_since_epoch() + ClockOf(event)});
    return "";
  }

  static void LeaveOut(const Event& event, const CalendarTime& out, std::set<LocalTime>& starts) {
    if (!out.is_date) {
      starts.erase(OnClockOf(*event.start, out));
      return;
    }
    const LocalDay day = DayOf(out.local);
    starts.erase(starts.lower_bound({day.time_since_epoch()}), starts.lower_bound({(day + days{1}).time_since_epoch()}));
  }

  std::vector<Event> events_;
  NamedZones& zones_;
  std::multimap<std::string, CalendarTime> replaced_;  // by UID
  std::vector<CalendarEntry> entries_;
  Work work_;
  int line_ = 0;
};

}  // namespace

Result<std::vector<CalendarEntry>> ReadICalendar(std::string_view text) {
  NamedZones zones;
  auto events = ReadEvents(text, zones);
  if (!events) return events.GetError();
  return Expander(std::move(events).Value(), zones).Entries();
}

}  // namespace batchslo
