// Tested by tests/config/calendar_file_test.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"

namespace batchslo {

// A line of iCalendar: NAME;PARAMETER=value:value, put together again where it was folded.
struct ContentLine {
  int number = 0;    // of its first line in the file
  std::string name;  // in capitals
  std::map<std::string, std::string, std::less<>> parameters;  // names in capitals
  std::string value;
};

// Goes over the lines of a file, which outlives it.
class ContentLines {
 public:
  explicit ContentLines(std::string_view text) : text_(text) {}
  // The next one; none: that was the last. An error is told with its line.
  Result<std::optional<ContentLine>> Next();
  int Number() const { return number_; }  // of the line that was read last

 private:
  std::string_view PhysicalLine();
  std::string_view text_;
  std::size_t at_ = 0;
  int number_ = 0;
};

// "a\, b\nc" is "a, b c".
std::string Unescaped(std::string_view text);

}  // namespace batchslo
