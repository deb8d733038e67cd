#include "exporter/core/log_text.h"

#include <algorithm>

#include "exporter/core/json_log.h"
#include "exporter/core/utf8.h"

namespace batchslo {
namespace {

constexpr std::size_t kNearCut = 4u << 10, kLongestLine = 2u << 10;
constexpr int kMostWrapped = 8;  // loggers around each other
constexpr std::size_t kAfterCut = 256;  // of a line that is cut so much goes, too: it may be the value of a name that went

// Where to end the beginning: after a line, else after a word, so that no half of a secret stays.
std::string_view HeadOf(std::string_view log) {
  const std::string_view head = log.substr(0, kLogHead);
  for (const std::string_view ends : {"\n", " \t"}) {
    const std::size_t at = head.find_last_of(ends);
    if (at != std::string_view::npos && at + kNearCut > head.size()) return head.substr(0, at);
  }
  return head.substr(0, head.size() - kNearCut);
}

std::string_view TailOf(std::string_view log) {
  const std::string_view tail = log.substr(log.size() - kLogTail);
  for (const std::string_view ends : {"\n", " \t,;&|"}) {
    const std::size_t at = tail.find_first_of(ends, ends == "\n" ? 0 : kAfterCut);
    if (at < kNearCut) return tail.substr(at + 1);
  }
  return tail.substr(kNearCut);
}

// The length of the terminal's escape sequence that `text` begins with (it begins with ESC). One without an end is its first bytes.
std::size_t EscapeLength(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  if (text.size() < 2) return text.size();
  const bool is_string = text[1] == ']' || text[1] == 'P' || text[1] == '_' || text[1] == '^';
  if (text[1] != '[' && !is_string) return 2;
  for (std::size_t i = 2; i < std::min(text.size(), kLongest); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (is_string && c == 0x07) return i + 1;
    if (is_string && c == 0x1b) return i + (i + 1 < text.size() && text[i + 1] == '\\' ? 2 : 0);
    if (is_string ? c == '\n' : c < 0x20) return i;
    if (!is_string && c >= 0x40 && c <= 0x7e) return i + 1;
  }
  return text.size() < kLongest ? text.size() : 2;
}

void PutClean(std::string_view log, std::string& out) {
  while (!log.empty()) {
    const std::size_t length = Utf8Length(log);
    const std::uint32_t code = length == 0 ? 0 : Utf8Decode(log.substr(0, length));
    if (code == 0x1b) {
      log.remove_prefix(EscapeLength(log));
      continue;
    }
    const bool is_control = length > 0 && (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029);
    if (length == 0) {
      out += kReplacement;
    } else if (code == '\r') {
      out += '\n';  // progress bars write one line over the other
    } else if (!is_control || code == '\n' || code == '\t') {
      out += log.substr(0, length);
    }
    log.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

template <typename Visit>
void EachLine(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void PutTold(std::string_view clean, int wrapped, std::string& out) {
  EachLine(clean, [&](std::string_view line) {
    const auto told = wrapped < kMostWrapped ? TextsOfJsonLine(line) : std::vector<std::string>{};
    for (const std::string& text : told) PutTold(CleanLog(text), wrapped + 1, out);
    if (told.empty()) (out += line) += '\n';
  });
}

}  // namespace

std::string CleanLog(std::string_view log) {
  std::string out;
  if (log.size() <= kLogHead + kLogTail) {
    PutClean(log, out);
    return out;
  }
  PutClean(HeadOf(log), out);
  out += "\n" + std::string(kLogCut) + "\n";
  PutClean(TailOf(log), out);
  return out;
}

std::string ToldText(std::string_view clean) {
  std::string out;
  PutTold(clean, 0, out);
  return out;
}

std::vector<std::string> LogLines(std::string_view text) {
  std::vector<std::string> lines;
  EachLine(text, [&](std::string_view line) {
    line = line.substr(0, line.find_last_not_of(" \t") + 1);
    if (line.empty() && (lines.empty() || lines.back().empty())) return;
    lines.emplace_back(Beginning(line, kLongestLine));
  });
  return lines;
}

std::string_view Beginning(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace batchslo
