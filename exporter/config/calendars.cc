#include "exporter/config/calendars.h"

#include <algorithm>

#include "exporter/config/calendar_values.h"
#include "exporter/config/keys.h"
#include "exporter/config/named_file.h"
#include "exporter/config/recurrence.h"

namespace batchslo {
namespace {

constexpr Duration kTick{1};

void Prefix(std::string_view kind, std::vector<CalendarEntry>& entries) {
  for (CalendarEntry& entry : entries) entry.name = std::string(kind) + (entry.name.empty() ? "" : " " + entry.name);
}

// Reads one calendar.
class CalendarReader {
 public:
  CalendarReader(const std::filesystem::path& folder, const FileReader& read, FaultList& faults) : folder_(folder), read_(read), faults_(faults) {}

  std::optional<CalendarDef> Read(const Node& key, const Node& node) {
    const std::size_t before = faults_.Count();
    const std::string what = "calendar " + Quoted(key.text);
    const Block block = ReadBlock(node, what, {KeysOf(BlockKind::kCalendar)}, faults_);
    CalendarDef def;
    def.name = key.text;
    if (block.Has("timezone")) def.zone = Zone::Find(block.options.String("timezone")).Value();
    if (block.Has("weekdays")) def.weekdays = ParseWeekdays(block.options.String("weekdays")).Value();
    if (block.Has("hours")) def.hours = ParseHours(block.options.String("hours")).Value();
    if (const Node* holidays = block.At("holidays")) ReadHolidays(*holidays, def);
    if (const Node* half_days = block.At("half_days")) ReadHalfDays(*half_days, def);
    if (const Node* maintenance = block.At("maintenance")) ReadMaintenance(*maintenance, def);
    if (faults_.Count() != before) return std::nullopt;
    if (!block.node->entries.empty() && AllowsSome(def)) return def;
    faults_.Add(key, what + (block.node->entries.empty() ? " says nothing" : " excuses all windows: no day is left"),
                block.node->entries.empty() ? "write weekdays, hours, holidays, half_days or maintenance" : "leave a day on which windows count");
    return std::nullopt;
  }

 private:
  // Of the file and of the list.
  std::vector<CalendarEntry> DaysOf(const Block& block, std::string_view what) {
    std::vector<CalendarEntry> days;
    for (const std::string& date : block.options.Strings("dates")) days.push_back(ParseDate(date).Value());
    const std::string text = ReadNamedFile(block, "file", folder_, read_, faults_);
    if (!text.empty()) {
      auto found = ReadCalendarFile(text);
      if (!found) {
        faults_.Add(*block.At("file"), "the file " + (folder_ / block.options.String("file")).string() + ", " + found.Message(),
                    "it is iCalendar (.ics), or has one YYYY-MM-DD a line");
      } else {
        days.insert(days.end(), std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
      }
    }
    const bool may_name_some = std::any_of(block.node->entries.begin(), block.node->entries.end(), [](const Node::Entry& entry) { return entry.key.text != "until"; });
    if (!may_name_some) faults_.Add(*block.node, "\"" + std::string(what) + "\" names no day", "write {file: PATH} or {dates: [2026-12-31]}");
    return days;
  }

  void ReadHolidays(const Node& node, CalendarDef& def) {
    const Block block = ReadBlock(node, "\"holidays\"", {KeysOf(BlockKind::kHolidays)}, faults_);
    def.closed = DaysOf(block, "holidays");
    Prefix("holiday", def.closed);
  }

  // From just after the hour to the end of the day.
  void ReadHalfDays(const Node& node, CalendarDef& def) {
    const Block block = ReadBlock(node, "\"half_days\"", {KeysOf(BlockKind::kHalfDays)}, faults_);
    std::vector<CalendarEntry> half_days = DaysOf(block, "half_days");
    Prefix("half day", half_days);
    if (!block.Has("until")) return;
    const Duration until = ParseClock(block.options.String("until")).Value(), end = kLastDay.time_since_epoch() + days{1};
    for (const CalendarEntry& entry : half_days) {
      const auto first = std::chrono::floor<days>(entry.from.since_epoch);
      for (Duration day = first; day < std::min(end, std::max<Duration>(entry.to.since_epoch, first + kTick)); day += days{1}) {
        def.closed.push_back({{day + until + kTick}, {day + days{1}}, entry.zone, entry.name});
      }
      if (def.closed.size() > kMostCalendarEntries) return faults_.Add(node, "\"half_days\" has more than 200,000 days, those of \"holidays\" included");
    }
  }

  void ReadMaintenance(const Node& node, CalendarDef& def) {
    ForEachEntry(node, faults_, [&](const Node& key, const Node& value) {
      if (!IsGoodName(key, "a maintenance", faults_)) return;
      const std::size_t before = faults_.Count();
      const std::string what = "maintenance " + Quoted(key.text);
      const Block block = ReadBlock(value, what, {KeysOf(BlockKind::kMaintenance)}, faults_);
      if (faults_.Count() == before) ReadSpan(key, block, what, def);
    });
  }

  void ReadSpan(const Node& key, const Block& block, const std::string& what, CalendarDef& def) {
    const bool once = block.Has("from") && block.Has("to"), again = block.Has("cron") && block.Has("for");
    if (once == again || block.good.size() != 2) return faults_.Add(key, what + " wants either from and to, or cron and for");
    if (again) {
      const auto ticks = ParseDeadline(block.options.String("cron"), Zone{}).Value();
      constexpr TimePoint kAnyTime{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
      if (!ticks.Next(kAnyTime)) return faults_.Add(*block.At("cron"), Quoted(block.options.String("cron")) + ": no such day ever comes");
      def.recurring.push_back({block.options.String("cron"), "maintenance " + key.text, block.options.Time("for")});
      return;
    }
    const Moment from = ParseMoment(block.options.String("from")).Value(), to = ParseMoment(block.options.String("to")).Value();
    if (from.is_utc != to.is_utc) return faults_.Add(key, what + ": from has an offset and to has none, or the other way round", "write both with one, or both without");
    if (to.local <= from.local) return faults_.Add(key, what + " ends before it begins", "let to be later than from");
    def.maintenance.push_back({from.local, to.local, from.is_utc ? std::optional(Zone{}) : std::nullopt, "maintenance " + key.text});
  }

  // An instant that counts is left: from excuse to excuse, as far as that makes sense.
  static bool AllowsSome(const CalendarDef& def) {
    constexpr int kMostExcuses = 1'000'000;
    constexpr TimePoint kBegin{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}}, kEnd{kLastDay.time_since_epoch()};
    const Calendar calendar = MakeCalendar(def, Zone{});
    TimePoint at = kBegin;
    for (int i = 0; i < kMostExcuses && at < kEnd; ++i) {
      const auto excuse = ExcuseAt(calendar, at);
      if (!excuse) return true;
      at = std::max<TimePoint>(excuse->until, at + Duration{1});
    }
    return at < kEnd;
  }

  const std::filesystem::path& folder_;
  const FileReader& read_;
  FaultList& faults_;
};

NamedSpan InZone(const CalendarEntry& entry, const Zone& zone) {
  const Zone& own = entry.zone ? *entry.zone : zone;
  const TimePoint from = own.ToInstants(entry.from).first, to = own.ToInstants(entry.to).first;
  return {from, entry.to > entry.from ? to - kTick : to, entry.name};
}

std::vector<NamedSpan> InZone(const std::vector<CalendarEntry>& entries, const Zone& zone) {
  std::vector<NamedSpan> spans;
  spans.reserve(entries.size());
  for (const CalendarEntry& entry : entries) spans.push_back(InZone(entry, zone));
  return spans;
}

}  // namespace

Calendar MakeCalendar(const CalendarDef& def, const Zone& zone) {
  Calendar calendar;
  calendar.name = def.name;
  calendar.zone = def.zone.value_or(zone);
  calendar.weekdays = def.weekdays;
  calendar.hours = def.hours;
  calendar.closed = InZone(def.closed, calendar.zone);
  for (const CalendarEntry& one : def.maintenance) {  // where the clock is put back, to the later of the two
    const Zone& own = one.zone ? *one.zone : calendar.zone;
    calendar.maintenance.push_back({own.ToInstants(one.from).first, own.ToInstants(one.to).last, one.name});
  }
  for (const CalendarDef::Recurring& one : def.recurring) calendar.recurring.push_back({ParseDeadline(one.cron, calendar.zone).Value(), one.length, one.name});
  Seal(calendar);
  return calendar;
}

std::vector<std::string_view> CalendarBook::Names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, def] : defs_) names.push_back(name);
  return names;
}

CalendarRef CalendarBook::Find(std::string_view name, const Zone& zone) const {
  const auto def = defs_.find(name);
  if (def == defs_.end() || !def->second) return {};
  const std::lock_guard lock(mutex_);
  CalendarRef& made = made_[{def->first, def->second->zone.value_or(zone).Name()}];
  if (!made) made = CalendarRef(MakeCalendar(*def->second, zone));
  return made;
}

std::shared_ptr<const CalendarBook> ReadCalendars(const Node& node, const std::filesystem::path& folder, const FileReader& read, FaultList& faults) {
  auto book = std::make_shared<CalendarBook>();
  CalendarReader reader(folder, read, faults);
  ForEachEntry(node, faults, [&](const Node& key, const Node& value) {
    if (IsGoodName(key, "a calendar", faults)) book->Add(key.text, reader.Read(key, value));
  });
  return book;
}

}  // namespace batchslo
