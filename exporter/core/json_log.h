// Tested by tests/core/log_text_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace batchslo {

// What a line of a log in JSON says to people: the values of its message and of its stack, in this order, with escapes
// undone. Empty: the line is no JSON object, or says nothing under a name that loggers use. A line that was cut off is
// read as far as it goes.
std::vector<std::string> TextsOfJsonLine(std::string_view line);

}  // namespace batchslo
