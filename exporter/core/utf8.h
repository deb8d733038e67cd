#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace batchslo {

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// The length of the valid UTF-8 sequence that `text` (not empty) begins with; 0: none.
std::size_t Utf8Length(std::string_view text);

// The code point of a valid sequence.
std::uint32_t Utf8Decode(std::string_view sequence);

// How many columns a terminal takes for the sequence: 0 for marks that combine, 2 for wide East Asian letters.
int Utf8Width(std::uint32_t code);

// Calls each(sequence, valid) for every character; an invalid byte comes alone, as the replacement, with valid = false.
template <class Each>
void EachCharacter(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    if (!each(length == 0 ? kReplacement : text.substr(0, length), length != 0)) return;
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace batchslo
