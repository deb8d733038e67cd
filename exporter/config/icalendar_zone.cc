#include "exporter/config/icalendar_zone.h"

#include <algorithm>

namespace batchslo {
namespace {

constexpr std::size_t kMostChanges = 1'000;

std::string Line(int number) { return "line " + std::to_string(number) + ": "; }

// By instant. Rules often begin in the year 1601, or 1: of what was before the days that calendars know the last is enough.
void KeepKnown(std::vector<OffsetChange>& changes) {
  std::stable_sort(changes.begin(), changes.end(), [](const OffsetChange& a, const OffsetChange& b) { return a.from < b.from; });
  constexpr TimePoint kFirst{kFirstDay.time_since_epoch()};
  const auto known = std::partition_point(changes.begin(), changes.end(), [&](const OffsetChange& change) { return change.from < kFirst; });
  if (known != changes.begin()) changes.erase(changes.begin(), known - 1);
}

}  // namespace

void FileZones::Take(const std::vector<std::string>& open, const ContentLine& line) {
  if (open.size() == 2 && line.name == "BEGIN") written_.emplace_back().line = line.number;
  Written& written = written_.back();
  if (open.size() == 2 && line.name == "TZID") written.name = line.value;
  if (open.size() != 3 || (open.back() != "STANDARD" && open.back() != "DAYLIGHT")) return;
  if (line.name == "BEGIN") {
    written.observances.emplace_back();
  } else {
    const std::string fault = TakeOf(line, written.observances.back());
    if (written.fault.empty() && !fault.empty()) written.fault = Line(line.number) + fault;
  }
}

// What is wrong with it; "": nothing.
std::string FileZones::TakeOf(const ContentLine& line, Observance& observance) {
  const auto keep = [](const auto& parsed, auto& into) { return parsed ? (into = *parsed, std::string()) : parsed.Message(); };
  if (line.name == "DTSTART") return keep(ParseCalendarTime(line, line.value), observance.start);
  if (line.name == "TZOFFSETFROM") return keep(ParseOffset(line), observance.before);
  if (line.name == "TZOFFSETTO") return keep(ParseOffset(line), observance.offset);
  if (line.name == "RDATE") return TakeTimes(line, observance.added);
  if (line.name != "RRULE") return "";
  observance.rule = line.value;
  observance.rule_line = line.number;
  return "";
}

const Result<Zone>& FileZones::Find(const std::string& name) {
  const auto known = found_.find(name);
  return known != found_.end() ? known->second : found_.emplace(name, Read(name)).first->second;
}

Result<Zone> FileZones::Read(const std::string& name) {
  constexpr std::size_t kMostSought = 200;  // a look for one that does not exist takes long
  if (found_.size() < kMostSought) {
    const auto zone = Zone::Find(name.starts_with('/') ? name.substr(1) : name);
    if (zone) return *zone;
  }
  const auto written = std::find_if(written_.begin(), written_.end(), [&](const Written& one) { return one.name == name; });
  const std::string quoted = "\"" + name.substr(0, 60) + "\"";
  if (written == written_.end()) {
    return Error{quoted + " is no time zone of the IANA database, and the file has no VTIMEZONE that says what it is; write one of the database, like TZID=Europe/Berlin"};
  }
  auto made = Make(*written);
  return made ? made : Error{"the VTIMEZONE of " + quoted + " can't be understood: " + made.Message() + "; write a zone of the IANA database, like TZID=Europe/Berlin"};
}

Result<Zone> FileZones::Make(const Written& written) {
  if (!written.fault.empty()) return Error{written.fault};
  std::vector<OffsetChange> changes;
  for (const Observance& observance : written.observances) {
    const auto added = AddChanges(observance, changes);
    if (!added) return added.GetError();
    KeepKnown(changes);
    if (changes.size() > kMostChanges) return Error{Line(written.line) + "it changes its offset more than 1,000 times"};
  }
  if (changes.empty()) return Error{Line(written.line) + "it has neither STANDARD nor DAYLIGHT"};
  return Zone::Of(written.name, changes);
}

Result<void> FileZones::AddChanges(const Observance& observance, std::vector<OffsetChange>& changes) {
  if (!observance.start || !observance.before || !observance.offset) return Error{"a STANDARD or DAYLIGHT lacks DTSTART, TZOFFSETFROM or TZOFFSETTO"};
  // Times are on the clock that held before, but for an UNTIL in UTC.
  const auto add = [&](LocalTime local) { changes.push_back({TimePoint{local.since_epoch - *observance.before}, *observance.offset}); };
  const CalendarTime& start = *observance.start;
  add(start.local);
  for (const CalendarTime& added : observance.added) add(added.local);
  if (observance.rule.empty()) return {};
  const auto rule = ParseRecurrence(observance.rule);
  if (!rule) return Error{Line(observance.rule_line) + rule.Message()};
  LocalDay until = kLastDay;
  if (!rule->until.empty()) {
    auto bound = ParseCalendarTime({observance.rule_line, "UNTIL", {}, {}}, rule->until);
    if (!bound) return Error{Line(observance.rule_line) + bound.Message()};
    if (bound->is_utc) bound->local.since_epoch += *observance.before;
    until = LastDayUntil(*bound, start.Clock());
  }
  for (const LocalDay day : Expand(*rule, start.Day(), until, work_)) add({day.time_since_epoch() + start.Clock()});
  return work_.left < 0 ? Result<void>(Error{Line(observance.rule_line) + "the rules take too long"}) : Result<void>();
}

}  // namespace batchslo
