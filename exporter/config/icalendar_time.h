// Tested by tests/config/calendar_file_test.cc.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "exporter/config/content_line.h"
#include "exporter/core/zone.h"

namespace batchslo {

// A DATE or DATE-TIME of iCalendar.
struct CalendarTime {
  LocalTime local;
  bool is_date = false;
  std::optional<Zone> zone;  // none: whatever the clock on the wall shows, or the zone is not known
  std::string unknown_zone;  // a TZID that is no zone of the IANA database: "Tokyo Standard Time"
  bool IsMidnight() const { return local.since_epoch % days{1} == Duration{0}; }
};

// The zones that a file names, each looked for once; of hundreds that do not exist the rest is taken for such.
class NamedZones {
 public:
  std::optional<Zone> Find(const std::string& name);

 private:
  std::map<std::string, std::optional<Zone>> found_;
};

// One of the values of the line, which may be several with commas between them.
Result<CalendarTime> ParseCalendarTime(const ContentLine& line, std::string_view value, NamedZones& zones);

// "P1D", "PT8H30M", "P2W".
Result<Duration> ParseCalendarDuration(std::string_view text);

}  // namespace batchslo
