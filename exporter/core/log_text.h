// Tested by tests/core/log_text_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace batchslo {

// A log as it came, made fit to be read: of a long one its beginning and its end, cut between lines where that can be;
// valid UTF-8; no escape sequences of terminals, no control characters but tab and newline. Linear, bounded memory.
std::string CleanLog(std::string_view log);
inline constexpr std::string_view kLogCut = "[... cut ...]";  // the line between the two
inline constexpr std::size_t kLogHead = 64u << 10, kLogTail = 192u << 10;  // bytes that are kept

// What it says to people: a line of JSON that holds a stack or a message becomes those lines ("message", "exc_info",
// "stack_trace" ..., at any depth), also where one logger wrapped the lines of another.
std::string ToldText(std::string_view clean);

// The lines of a text; blank ones that follow each other are one. Each is at most 2 KiB: secrets, which may reach over
// several lines, are to be out of it before.
std::vector<std::string> LogLines(std::string_view text);

// At most `most` bytes, cut between characters.
std::string_view Beginning(std::string_view text, std::size_t most);

}  // namespace batchslo
