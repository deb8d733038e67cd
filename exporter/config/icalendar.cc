// The VEVENTs of an iCalendar file, as calendars of holidays are exported. All other components are passed over. An event
// excuses whether it is shown as busy or as free (TRANSP): holidays are both.
#include <algorithm>
#include <set>

#include "exporter/config/calendar_file.h"
#include "exporter/config/icalendar_time.h"
#include "exporter/config/icalendar_zone.h"
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
  bool cancelled = false, is_all_day = false;
};

// ---- from lines to events ----

std::string TakeTime(const ContentLine& line, std::optional<CalendarTime>& into) {
  if (into) return "a second " + line.name + " in one event";
  const auto time = ParseCalendarTime(line, line.value);
  if (time) into = *time;
  return time ? "" : time.Message();
}

std::string TakeInstead(const ContentLine& line, Event& event) {
  const auto range = line.parameters.find("RANGE");
  if (range == line.parameters.end()) return TakeTime(line, event.instead_of);
  return "RECURRENCE-ID with RANGE=" + range->second.substr(0, 60) + " is not understood; let the RRULE end before it (UNTIL), and write what follows as an event of its own";
}

std::string TakeLength(const ContentLine& line, Event& event) {
  const auto length = ParseCalendarDuration(line.value);
  if (length) event.length = *length;
  return length ? "" : length.Message();
}

// What is wrong with it; "": nothing.
std::string Take(const ContentLine& line, Event& event) {
  if (line.name == "DTSTART") return TakeTime(line, event.start);
  if (line.name == "DTEND") return TakeTime(line, event.end);
  if (line.name == "RECURRENCE-ID") return TakeInstead(line, event);
  if (line.name == "EXDATE") return TakeTimes(line, event.left_out);
  if (line.name == "RDATE") return TakeTimes(line, event.added);
  if (line.name == "DURATION") return TakeLength(line, event);
  if (line.name == "EXRULE") return "EXRULE is not understood; write EXDATE";
  if (line.name == "UID") event.uid = line.value;
  if (line.name == "SUMMARY") event.summary = PlainName(Unescaped(line.value));
  if (line.name == "X-MICROSOFT-CDO-ALLDAYEVENT") event.is_all_day = line.value == "TRUE";
  if (line.name == "STATUS") event.cancelled = line.value == "CANCELLED";
  if (line.name != "RRULE") return "";
  if (!event.rule.empty()) return "a second RRULE in one event";
  event.rule = line.value;
  event.rule_line = line.number;
  return "";
}

Result<std::vector<Event>> ReadEvents(std::string_view text, FileZones& zones) {
  std::vector<Event> events;
  std::vector<std::string> open;
  ContentLines lines(text);
  while (true) {
    auto read = lines.Next();
    if (!read) return read.GetError();
    if (!read->has_value()) break;
    const ContentLine& line = **read;
    if (line.name == "END") {
      if (open.empty() || open.back() != line.value) return At(line.number, "END:" + line.value.substr(0, 60) + " ends nothing that is open");
      open.pop_back();
      continue;
    }
    if (line.name == "BEGIN") open.push_back(line.value);
    if (open.empty()) return At(line.number, "nothing is open here; BEGIN:VCALENDAR comes first");
    if (open.size() >= 2 && open[1] == "VTIMEZONE") zones.Take(open, line);
    if (open.size() != 2 || open[1] != "VEVENT") continue;
    if (line.name == "BEGIN") events.emplace_back().line = line.number;
    const std::string fault = Take(line, events.back());
    if (!fault.empty()) return At(line.number, fault);
  }
  if (!open.empty()) return At(lines.Number(), "the file ends within " + open.back().substr(0, 60) + "; is it whole?");
  return events;
}

// ---- from events to stretches ----

LocalDay DayOf(const LocalTime& local) { return LocalDay{std::chrono::floor<days>(local.since_epoch)}; }

class Expander {
 public:
  Expander(std::vector<Event> events, FileZones& zones) : events_(std::move(events)), zones_(zones) {
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
    const auto length = LengthOf(event);
    if (!length) return length.Message();
    if (*length < Duration{0}) return "the event that begins here ends before it starts";
    const auto zone = ZoneOf(event, *length);
    if (!zone) return zone.Message();
    std::set<LocalTime> starts{event.start->local};
    const auto fault = Recur(event, starts);
    if (!fault) return fault.Message();
    if (work_.left < 0) return "the rules and exceptions of this file take too long; give the rules an UNTIL, or write the days themselves";
    for (const LocalTime& start : starts) {
      if (DayOf(start) > kLastDay || DayOf({start.since_epoch + *length}) < kFirstDay) continue;
      entries_.push_back({start, {start.since_epoch + *length}, *zone, event.summary});
    }
    return "";
  }

  // The same instant on the clock of the event's start.
  Result<LocalTime> OnClockOf(const CalendarTime& start, const CalendarTime& time) {
    if (time.IsOnClockOf(start) || time.Floats() || start.Floats()) return time.local;
    const auto from = NamedBy(time), to = NamedBy(start);
    if (!from || !to) return (from ? to : from).GetError();
    return to->ToLocal(from->ToInstants(time.local).first);
  }

  Result<Zone> NamedBy(const CalendarTime& time) { return time.is_utc ? Zone{} : zones_.Find(time.zone); }

  // None: that of the calendar. It is whole days as Outlook writes them, or a zone that nobody knows matters to none of them.
  Result<std::optional<Zone>> ZoneOf(const Event& event, Duration length) {
    const CalendarTime& start = *event.start;
    const bool is_whole_days = start.Clock() == Duration{0} && length > Duration{0} && length % days{1} == Duration{0};
    if (start.Floats() || (is_whole_days && event.is_all_day)) return std::optional<Zone>();
    const auto zone = NamedBy(start);
    if (zone) return std::optional(*zone);
    return is_whole_days ? Result<std::optional<Zone>>(std::nullopt) : zone.GetError();
  }

  Result<Duration> LengthOf(const Event& event) {
    if (!event.end) return event.length ? *event.length : event.start->is_date ? Duration{days{1}} : Duration{0};
    const auto end = OnClockOf(*event.start, *event.end);
    if (!end) return end.GetError();
    const Duration length = end->since_epoch - event.start->local.since_epoch;
    return event.start->is_date && length == Duration{0} ? Duration{days{1}} : length;
  }

  // All starts of the event, by its rule, its additions and its exceptions.
  Result<void> Recur(const Event& event, std::set<LocalTime>& starts) {
    auto fault = AddRule(event, starts);
    if (!fault) return fault;
    for (const CalendarTime& added : event.added) {
      const auto local = added.is_date ? LocalTime{added.local.since_epoch + event.start->Clock()} : OnClockOf(*event.start, added);
      if (!local) return local.GetError();
      starts.insert(*local);
    }
    for (const CalendarTime& out : event.left_out) {
      if (fault = LeaveOut(event, out, starts); !fault) return fault;
    }
    if (event.instead_of) return {};
    const auto [first, last] = replaced_.equal_range(event.uid);
    for (auto at = first; at != last && work_.Take(kReplacing); ++at) {
      if (fault = LeaveOut(event, at->second, starts); !fault) return fault;
    }
    return {};
  }

  Result<void> AddRule(const Event& event, std::set<LocalTime>& starts) {
    if (event.rule.empty()) return {};
    line_ = event.rule_line;
    const auto rule = ParseRecurrence(event.rule);
    if (!rule) return rule.GetError();
    LocalDay until = kLastDay;
    if (!rule->until.empty()) {
      auto bound = ParseCalendarTime({event.rule_line, "UNTIL", {}, {}}, rule->until);
      if (!bound) return Error{"RRULE: " + bound.Message()};
      const auto local = OnClockOf(*event.start, *bound);
      if (!local) return Error{"RRULE: " + local.Message()};
      bound->local = *local;
      until = LastDayUntil(*bound, event.start->Clock());
    }
    for (const LocalDay day : Expand(*rule, event.start->Day(), until, work_)) starts.insert({day.time_since_epoch() + event.start->Clock()});
    line_ = event.line;
    return {};
  }

  Result<void> LeaveOut(const Event& event, const CalendarTime& out, std::set<LocalTime>& starts) {
    if (out.is_date) {
      starts.erase(starts.lower_bound({out.Day().time_since_epoch()}), starts.lower_bound({(out.Day() + days{1}).time_since_epoch()}));
      return {};
    }
    const auto local = OnClockOf(*event.start, out);
    if (!local) return local.GetError();
    starts.erase(*local);
    return {};
  }

  std::vector<Event> events_;
  FileZones& zones_;
  std::multimap<std::string, CalendarTime> replaced_;  // by UID
  std::vector<CalendarEntry> entries_;
  Work work_;
  int line_ = 0;
};

}  // namespace

Result<std::vector<CalendarEntry>> ReadICalendar(std::string_view text) {
  FileZones zones;
  auto events = ReadEvents(text, zones);
  if (!events) return events.GetError();
  return Expander(std::move(events).Value(), zones).Entries();
}

}  // namespace batchslo
