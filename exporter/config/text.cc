#include "exporter/config/text.h"

#include <algorithm>
#include <cstdio>

namespace batchslo {
namespace {

constexpr std::size_t kMostOpenBrackets = 1000;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

unsigned char Byte(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

Fault FaultAt(std::string_view text, std::size_t at, std::string message, std::string help) {
  const std::string_view before = text.substr(0, at);
  const auto line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {line, static_cast<int>(at - start) + 1, std::move(message), std::move(help)};
}

// yaml-cpp takes U+0004 for the end of the file, and a lone carriage return for nothing at all.
bool IsForbidden(std::string_view text, std::size_t i) {
  const unsigned char c = Byte(text, i);
  if (c == '\r') return i + 1 >= text.size() || text[i + 1] != '\n';
  return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
}

bool CheckCharacters(std::string_view text, std::vector<Fault>& faults) {
  std::size_t length = 0;
  for (std::size_t i = text.starts_with(kByteOrderMark) ? 3 : 0; i < text.size(); i += length) {
    length = CharacterLength(text, i);
    if (length == 0) {
      faults.push_back(FaultAt(text, i, "the file is not UTF-8", "save it as UTF-8"));
      return false;
    }
    if (IsForbidden(text, i)) {
      faults.push_back(
          FaultAt(text, i, "control characters are not allowed", "is it a text file in UTF-8? Take the character out"));
      return false;
    }
  }
  return true;
}

// yaml-cpp reads to the end of a bracket before it tells of its beginning: without this, ten seconds of "[[[[".
bool CheckBrackets(std::string_view text, std::vector<Fault>& faults) {
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') ++open;
    if ((text[i] == ']' || text[i] == '}') && open > 0) --open;
    if (open <= kMostOpenBrackets) continue;
    faults.push_back(FaultAt(text, i, "nested more than 50 levels deep", "no configuration needs that"));
    return false;
  }
  return true;
}

}  // namespace

bool CheckText(std::string_view text, std::vector<Fault>& faults) {
  if (text.size() > kMostConfigBytes) {
    faults.push_back({0, 0, "the file is larger than 50 MB", "no configuration needs that"});
    return false;
  }
  return CheckCharacters(text, faults) && CheckBrackets(text, faults);
}

std::size_t CharacterLength(std::string_view text, std::size_t i) {
  struct Form {
    unsigned char first, last, second_least, second_most;
    std::size_t length;
  };
  static constexpr Form kForms[] = {
      {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
      {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
      {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  const unsigned char lead = Byte(text, i);
  const auto* form = std::find_if(std::begin(kForms), std::end(kForms),
                                  [&](const Form& f) { return f.first <= lead && lead <= f.last; });
  if (form == std::end(kForms) || i + form->length > text.size()) return 0;
  if (form->length > 1 && (Byte(text, i + 1) < form->second_least || Byte(text, i + 1) > form->second_most)) return 0;
  for (std::size_t k = 2; k < form->length; ++k) {
    if (!IsContinuation(Byte(text, i + k))) return 0;
  }
  return form->length;
}

std::string_view CutUtf8(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && IsContinuation(Byte(text, bytes))) --bytes;
  return text.substr(0, bytes);
}

char32_t CodePointAt(std::string_view valid_utf8, std::size_t i) {
  const std::size_t length = CharacterLength(valid_utf8, i);
  if (length == 1) return Byte(valid_utf8, i);
  char32_t point = Byte(valid_utf8, i) & (0xffu >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) point = point << 6 | (Byte(valid_utf8, i + k) & 0x3fu);
  return point;
}

std::string CodePointName(char32_t point) {
  char text[16];
  std::snprintf(text, sizeof text, "U+%04X", static_cast<unsigned>(point));
  return text;
}

std::string_view FindInvisible(std::string_view valid_utf8) {
  for (std::size_t i = 0; i < valid_utf8.size();) {
    const std::size_t length = std::max<std::size_t>(CharacterLength(valid_utf8, i), 1);
    const char32_t point = CodePointAt(valid_utf8, i);
    if (IsInvisible(point)) return valid_utf8.substr(i, length);
    i += length;
  }
  return {};
}

std::size_t CountCharacters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(static_cast<unsigned char>(c)); }));
}

Lines::Lines(std::string_view text) : text_(text.starts_with(kByteOrderMark) ? text.substr(3) : text) {
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
}

std::string_view Lines::Line(int number) const {
  std::string_view line = From(number, 1);
  if (number >= 1 && number < Count()) line = line.substr(0, starts_[static_cast<std::size_t>(number)] - starts_[static_cast<std::size_t>(number) - 1] - 1);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::string_view Lines::From(int line, int column) const {
  if (line < 1 || static_cast<std::size_t>(line) > starts_.size() || column < 1) return {};
  const std::size_t at = starts_[static_cast<std::size_t>(line) - 1] + static_cast<std::size_t>(column) - 1;
  return at <= text_.size() ? text_.substr(at) : std::string_view{};
}

void CountColumns(std::vector<Fault>& faults, const Lines& lines) {
  int line = 0;
  std::size_t bytes = 0, characters = 0;  // before the last one of this line
  for (Fault& fault : faults) {
    if (fault.line != line) bytes = characters = 0;
    line = fault.line;
    if (fault.column <= 1) continue;
    const std::string_view text = lines.Line(line);
    const std::size_t before = std::min(static_cast<std::size_t>(fault.column) - 1, text.size());
    characters += CountCharacters(text.substr(bytes, before - bytes));
    bytes = before;
    fault.column = static_cast<int>(characters) + 1;
  }
}

}  // namespace batchslo
