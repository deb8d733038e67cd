#include "exporter/core/json_log.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace batchslo {
namespace {

constexpr std::array<std::string_view, 6> kMessages = {"message", "msg", "log", "textPayload", "event", "error"};
constexpr std::array<std::string_view, 11> kStacks = {"exc_info",   "exc_text",         "exception",  "stack_trace", "stacktrace",   "stackTrace",
                                                      "traceback", "error.stack_trace", "stack", "error_stack", "error.stack"};

template <std::size_t N>
bool Contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void PutUtf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
  if (code < 0x10000) return put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
}

// Four hexadecimal digits.
std::optional<std::uint32_t> Hex(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<std::uint32_t>(digit);
  }
  return value;
}

// The strings of one line, from left to right. Its grammar is not checked: it may be cut off, or be almost JSON.
class Strings {
 public:
  explicit Strings(std::string_view line) : rest_(line) {}

  // The next string; none: there is none.
  std::optional<std::string> Next() {
    const std::size_t quote = rest_.find('"');
    if (quote == std::string_view::npos) return std::nullopt;
    between_ = rest_.substr(0, quote);
    rest_.remove_prefix(quote + 1);
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') Step(text);
    if (!rest_.empty()) rest_.remove_prefix(1);
    return text;
  }
  bool IsKey() const { return Follows() == ':'; }
  // Between this string and the one before stood nothing but the colon.
  bool IsValue() const { return between_.find_first_not_of(" \t:") == std::string_view::npos; }

 private:
  char Follows() const {
    const std::size_t at = rest_.find_first_not_of(" \t");
    return at == std::string_view::npos ? '\0' : rest_[at];
  }
  void Step(std::string& text) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c != '\\' || rest_.empty()) return void(text += c);
    const char escaped = rest_.front();
    rest_.remove_prefix(1);
    if (escaped == 'u') return Unicode(text);
    static constexpr std::string_view kNames = "nrtbf", kMeant = "\n\r\t\b\f";
    const std::size_t at = kNames.find(escaped);
    text += at == std::string_view::npos ? escaped : kMeant[at];
  }
  void Unicode(std::string& text) {
    auto code = Hex(rest_);
    if (!code) return;
    rest_.remove_prefix(4);
    const auto low = *code >> 10 == 0x36 && rest_.starts_with("\\u") ? Hex(rest_.substr(2)) : std::nullopt;
    if (low && *low >> 10 == 0x37) {
      code = 0x10000 + ((*code & 0x3ff) << 10) + (*low & 0x3ff);
      rest_.remove_prefix(6);
    }
    PutUtf8(*code >> 11 == 0x1b ? 0xfffd : *code, text);
  }

  std::string_view rest_, between_;
};

}  // namespace

std::vector<std::string> TextsOfJsonLine(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos || line[begin] != '{') return {};
  std::vector<std::string> messages, stacks;
  Strings strings(line);
  std::string key;
  for (auto text = strings.Next(); text; text = strings.Next()) {
    if (strings.IsKey()) {
      key = std::move(*text);
      continue;
    }
    if (strings.IsValue() && !text->empty()) {
      if (Contains(kMessages, key)) messages.push_back(std::move(*text));
      else if (Contains(kStacks, key)) stacks.push_back(std::move(*text));
    }
    key.clear();
  }
  messages.insert(messages.end(), std::make_move_iterator(stacks.begin()), std::make_move_iterator(stacks.end()));
  return messages;
}

}  // namespace batchslo
