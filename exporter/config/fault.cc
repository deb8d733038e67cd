#include "exporter/config/fault.h"

#include <algorithm>
#include <map>

#include "exporter/config/secret_line.h"
#include "exporter/config/text.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostShown = 100, kMostCharacters = 160, kBeforeCaret = 80;

// Control characters would act on the terminal, U+009B as the begin of a colour, and what turns the direction of writing
// would hide the fault.
std::string Printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0, length = 0; i < text.size(); i += std::max<std::size_t>(length, 1)) {
    length = CharacterLength(text, i);
    const char32_t point = length == 0 ? 0x80 : CodePointAt(text, i);
    if (point < 0x20 || point == 0x7f) {
      out += ' ';
    } else if ((point >= 0x80 && point < 0xa0) || IsInvisible(point)) {
      out += "\ufffd";
    } else {
      out += text.substr(i, length);
    }
  }
  return out;
}

// Where the character after `count` others begins.
std::size_t AfterCharacters(std::string_view line, std::size_t count) {
  std::size_t at = 0;
  for (std::size_t seen = 0; at < line.size(); ++at) {
    if ((static_cast<unsigned char>(line[at]) & 0xc0) != 0x80 && seen++ == count) break;
  }
  return at;
}

std::string_view Characters(std::string_view line, std::size_t from, std::size_t count) {
  line.remove_prefix(AfterCharacters(line, from));
  return line.substr(0, AfterCharacters(line, count));
}

// The part of the line around the fault, with a caret below.
std::string Snippet(const Fault& fault, std::string_view line) {
  const auto caret = static_cast<std::size_t>(std::max(fault.column, 1)) - 1;
  const std::size_t from = caret < kMostCharacters ? 0 : caret - kBeforeCaret;
  const std::string number = std::to_string(fault.line);
  const std::string margin(number.size() + 4, ' ');
  return "    " + number + " | " + Printable(Characters(line, from, kMostCharacters)) + "\n" + margin + " | " +
         std::string(caret - from, ' ') + "^\n";
}

}  // namespace

std::string RenderFaults(const std::vector<Fault>& faults, FaultKind kind, const std::string& file,
                         const std::string& text) {
  if (faults.empty()) return "";
  const Lines lines(text);
  const SecretLines secrets(lines);
  std::map<int, bool> hidden;  // by line
  for (const Fault& fault : faults) {
    if (fault.secret) hidden[fault.line] = true;
  }
  std::string out;
  for (std::size_t i = 0; i < faults.size() && i < kMostShown; ++i) {
    const Fault& fault = faults[i];
    out += file;
    if (fault.line > 0) out += ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column);
    out +=
        std::string(": ") + (kind == FaultKind::kError ? "error" : "warning") + ": " + Printable(fault.message) + "\n";
    const auto [line, first] = hidden.try_emplace(fault.line, false);
    if (first) line->second = fault.line < 1 || secrets.MayHold(fault.line);
    if (!line->second) out += Snippet(fault, lines.Line(fault.line));
    if (!fault.help.empty()) out += "    = help: " + Printable(fault.help) + "\n";
  }
  if (faults.size() > kMostShown) out += "and " + std::to_string(faults.size() - kMostShown) + " more\n";
  return out;
}

}  // namespace batchslo
