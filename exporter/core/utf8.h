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

// Soft hyphen, marks of direction and joining, line ends, fillers, annotations: U+FEFF and the like show as nothing, or
// turn the direction of writing.
struct CodePoints {
  std::uint32_t first, last;
};
inline constexpr CodePoints kInvisible[] = {{0xad, 0xad},     {0x61c, 0x61c},   {0x115f, 0x1160}, {0x180e, 0x180e}, {0x200b, 0x200f},
                                            {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}};
bool IsInvisible(std::uint32_t code);

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
