// Tested by tests/web/escape_test.cc.
#include "exporter/web/escape.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "exporter/core/utf8.h"

namespace batchslo {
namespace {

// Bytes that stand in a label as they are and alone: printable ASCII but the backslash and the quote.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x7f; ++c) plain[static_cast<std::size_t>(c)] = c != '\\' && c != '"';
  return plain;
}();

bool IsPlain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return kPlain[static_cast<unsigned char>(c)]; });
}

std::string_view EscapedInLabel(std::string_view character) {
  if (character == "\\") return "\\\\";
  if (character == "\"") return "\\\"";
  if (character == "\n") return "\\n";
  return character;
}

char* PutHostile(char* to, std::string_view value) {
  std::size_t kept = 0;
  EachCharacter(value, [&](std::string_view character, bool) {
    if (character[0] == '\0') character = kReplacement;  // Prometheus' lexer ends the scrape at a NUL
    kept += character.size();
    if (kept > kMostLabelBytes) return false;
    const std::string_view piece = EscapedInLabel(character);
    to = std::copy(piece.begin(), piece.end(), to);
    return true;
  });
  return to;
}

// Marks, embeddings, overrides and isolates of the bidirectional algorithm: they let a name show as another.
bool TurnsDirection(std::uint32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

bool IsControl(std::uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029; }

std::string_view EscapedInHtml(std::string_view character) {
  switch (character[0]) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\n':
    case '\t': return character;
    default: break;
  }
  const std::uint32_t code = Utf8Decode(character);
  return IsControl(code) || TurnsDirection(code) ? kReplacement : character;
}

std::string Percent(std::string_view text, std::string_view kept) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || kept.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return out;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

char* PutLabel(char* to, std::string_view value) {
  if (value.size() > kMostLabelBytes || !IsPlain(value)) return PutHostile(to, value);
  std::memcpy(to, value.data(), value.size());
  return to + value.size();
}

std::string EscapeLabel(std::string_view value) {
  char text[kMostLabel];
  return std::string(text, PutLabel(text, value));
}

bool IsLossyLabel(std::string_view value) {
  if (value.size() > kMostLabelBytes) return true;
  if (IsPlain(value)) return false;
  bool lossy = false;
  EachCharacter(value, [&](std::string_view character, bool valid) { return !(lossy = !valid || character[0] == '\0'); });
  return lossy;
}

std::string EscapeHelp(std::string_view help) {
  std::string out;
  EachCharacter(help, [&](std::string_view character, bool) {
    out += character == "\\" ? "\\\\" : character == "\n" ? "\\n" : character[0] == '\0' ? kReplacement : character;
    return true;
  });
  return out;
}

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  EachCharacter(text, [&](std::string_view character, bool) {
    out += EscapedInHtml(character);
    return true;
  });
  return out;
}

std::string EscapeTerminal(std::string_view text) {
  std::string out;
  EachCharacter(text, [&](std::string_view character, bool) {
    const std::uint32_t code = Utf8Decode(character);
    out += code == '\n' || code == '\t' ? std::string_view(" ") : IsControl(code) || TurnsDirection(code) ? kReplacement : character;
    return true;
  });
  return out;
}

std::string EscapeLog(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\\n" : c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return EscapeTerminal(out);
}

std::string UrlPath(std::string_view name) {
  bool steps = false;
  for (std::size_t from = 0; from <= name.size();) {
    const std::string_view part = name.substr(from, name.find('/', from) - from);
    steps = steps || part.empty() || part == "." || part == "..";
    from += part.size() + 1;
  }
  return Percent(name, steps ? "-._~" : "-._~/");
}

std::string UrlQuery(std::string_view value) { return Percent(value, "-._~"); }

std::optional<std::string> DecodeUrl(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return out;
}

}  // namespace batchslo
