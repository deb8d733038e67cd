// The days of recurring rules, one a line "20260101 FREQ=...": as many as there are up to a day of 2040, joined by blanks.
#include <iostream>
#include <sstream>
#include <string>

#include "exporter/config/calendar_file.h"

namespace batchslo {
namespace {

std::string DaysOf(const std::string& start, const std::string& rule) {
  const auto entries = ReadICalendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:" + start + "\nRRULE:" + rule + "\nEND:VEVENT\nEND:VCALENDAR\n");
  if (!entries) return "refused: " + entries.Message();
  std::string days;
  for (const CalendarEntry& entry : *entries) {
    const std::string day = FormatRfc3339(TimePoint{entry.from.since_epoch}).substr(0, 10);
    if (day < "2040") days += (days.empty() ? "" : " ") + day;
  }
  return days;
}

}  // namespace
}  // namespace batchslo

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string start, rule;
    words >> start >> rule;
    std::cout << batchslo::DaysOf(start, rule) << "\n";
  }
}
