// Fuzzes exporter/config: files of days, iCalendar or dates.
#include "exporter/config/calendar_file.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  const auto entries = ReadCalendarFile(fuzz::TextOf(data, size));
  if (!entries) {
    CHECK(!entries.Message().empty() && !fuzz::HasControl(entries.Message(), ""));
    return 0;
  }
  CHECK(!entries->empty() && entries->size() <= kMostCalendarEntries);
  for (const CalendarEntry& entry : *entries) {
    CHECK(entry.from <= entry.to);
    CHECK(entry.name.size() <= 100 && !fuzz::HasControl(entry.name, ""));
  }
  return 0;
}
