// Tested by tests/config/calendars_test.cc.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/block.h"
#include "exporter/config/calendar_file.h"
#include "exporter/config/read_file.h"
#include "exporter/core/calendar.h"

namespace batchslo {

// A calendar as it is written: not in a zone yet, unless it names one.
struct CalendarDef {
  struct Recurring {
    std::string cron, name;
    Duration length;
  };
  std::string name;
  std::optional<Zone> zone;
  std::uint8_t weekdays = 0x7f;
  std::vector<HoursOfDay> hours;
  std::vector<CalendarEntry> closed;
  std::vector<CalendarEntry> maintenance;  // their ends belong to them
  std::vector<Recurring> recurring;
};

// The calendars of a configuration, each made once for each zone that it is wanted in. Safe from any thread.
class CalendarBook {
 public:
  void Add(std::string name, std::optional<CalendarDef> def) { defs_[std::move(name)] = std::move(def); }  // none: it has faults
  bool Has(std::string_view name) const { return defs_.contains(name); }
  std::vector<std::string_view> Names() const;
  // Of its own zone, else of `zone`; none: there is no good one of that name.
  CalendarRef Find(std::string_view name, const Zone& zone) const;

 private:
  std::map<std::string, std::optional<CalendarDef>, std::less<>> defs_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::string, std::string>, CalendarRef> made_;  // by name and zone; guarded by mutex_
};

Calendar MakeCalendar(const CalendarDef& def, const Zone& zone);

// Reads `calendars`. Relative paths of files begin at `folder`.
std::shared_ptr<const CalendarBook> ReadCalendars(const Node& node, const std::filesystem::path& folder, const FileReader& read, FaultList& faults);

}  // namespace batchslo
