// Tested by tests/config/calendar_zone_test.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exporter/config/icalendar_time.h"
#include "exporter/config/recurrence.h"
#include "exporter/core/zone.h"

namespace batchslo {

// The zones that the events of a file name. Outlook names them in its own way ("W. Europe Standard Time", "Customized Time
// Zone") and says in a VTIMEZONE what they are. One that can't be understood is a fault only for those who ask for it.
class FileZones {
 public:
  // A line within a VTIMEZONE; of a BEGIN its own component is the last of `open`.
  void Take(const std::vector<std::string>& open, const ContentLine& line);

  // That of the IANA database, else what the file says.
  const Result<Zone>& Find(const std::string& name);

 private:
  struct Observance {  // STANDARD or DAYLIGHT: from its times on an offset holds
    int rule_line = 0;
    std::optional<CalendarTime> start;
    std::optional<Duration> before, offset;
    std::string rule;
    std::vector<CalendarTime> added;  // RDATE
  };
  struct Written {
    int line = 0;
    std::string name, fault;
    std::vector<Observance> observances;
  };

  static std::string TakeOf(const ContentLine& line, Observance& observance);
  Result<Zone> Read(const std::string& name);
  Result<Zone> Make(const Written& written);
  Result<void> AddChanges(const Observance& observance, std::vector<OffsetChange>& changes);

  std::vector<Written> written_;
  std::map<std::string, Result<Zone>> found_;
  Work work_;
};

}  // namespace batchslo
