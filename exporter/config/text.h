#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/fault.h"
#include "exporter/core/utf8.h"

namespace batchslo {

constexpr std::size_t kMostConfigBytes = 50'000'000;

// What makes a text no configuration before its grammar is asked: more than 50 MB, bytes that are not UTF-8, control
// characters, brackets nested without end. True if there is nothing of that.
bool CheckText(std::string_view text, std::vector<Fault>& faults);

// The length of the character at `i`; 0 where there is none: a stray byte, an overlong form, a surrogate, beyond
// U+10FFFF.
std::size_t CharacterLength(std::string_view text, std::size_t i);

// At most `bytes` of `text`, cut between two characters.
std::string_view CutUtf8(std::string_view text, std::size_t bytes);

// Where a character stands that shows as nothing or turns the direction of writing: it lets a name show as another.
// Its bytes; empty: there is none.
std::string_view FindInvisible(std::string_view valid_utf8);
// Of the character at `i`.
char32_t CodePointAt(std::string_view valid_utf8, std::size_t i);
std::string CodePointName(char32_t point);  // "U+200B"

// How many characters are in valid UTF-8.
std::size_t CountCharacters(std::string_view text);

// Where the lines of a text begin, to find one of them at once.
class Lines {
 public:
  explicit Lines(std::string_view text);
  // Line `number` from 1, without its end; empty where there is none.
  std::string_view Line(int number) const;
  int Count() const { return static_cast<int>(starts_.size()); }
  // All from the byte at `line` and `column`, both from 1.
  std::string_view From(int line, int column) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

// The parser counts bytes, people and editors count characters: turns the columns of sorted faults into theirs. Of a long
// line each part is counted once.
void CountColumns(std::vector<Fault>& faults, const Lines& lines);

}  // namespace batchslo
