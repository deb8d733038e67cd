// Fuzzes exporter/sources/sql_cell.cc.
#include "exporter/sources/sql_cell.h"

#include <cmath>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  static const Zone berlin = *Zone::Find("Europe/Berlin");
  const std::string text(fuzz::TextOf(data, size));
  const auto time = ParseCellTime(text, berlin);
  if (!time) CHECK(time.Message().find("is no time") != std::string::npos);
  if (time) CHECK(*time >= TimePoint{} - days{1} && *time <= TimePoint{seconds{253'402'300'800}} + days{2});
  // A date is on its day, whatever follows it: an offset of a day at the most.
  const auto day = text.size() >= 10 ? ParseRfc3339(text.substr(0, 10) + "T00:00:00Z") : Error{""};
  if (time && day) CHECK(*time >= *day - days{1} && *time <= *day + days{2});
  if (const auto number = ParseCellNumber(text)) CHECK(std::isfinite(*number));
  const auto count = ParseCellCount(text);
  if (count) CHECK(ParseCellCount(std::to_string(*count)) == count);
  return 0;
}
