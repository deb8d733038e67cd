#include "exporter/config/content_line.h"

#include <algorithm>

namespace batchslo {
namespace {

std::string Capitals(std::string_view text) {
  std::string capitals(text);
  std::transform(capitals.begin(), capitals.end(), capitals.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return capitals;
}

bool IsNameCharacter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; }

// Up to the next character of `stops` that is not in quotes.
std::size_t EndOf(std::string_view text, std::size_t from, std::string_view stops) {
  bool quoted = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && stops.find(text[i]) != std::string_view::npos) return i;
  }
  return text.size();
}

std::string WithoutQuotes(std::string_view text) {
  return std::string(text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text);
}

std::optional<ContentLine> ParseLine(std::string_view line, int number) {
  const std::size_t name_end = std::min(line.find_first_of(":;"), line.size());
  const std::string_view name = line.substr(0, name_end);
  if (name.empty() || !std::all_of(name.begin(), name.end(), IsNameCharacter)) return std::nullopt;
  ContentLine parsed{number, Capitals(name), {}, {}};
  std::size_t at = name_end;
  while (at < line.size() && line[at] == ';') {
    const std::size_t end = EndOf(line, at + 1, ";:");
    const std::string_view parameter = line.substr(at + 1, end - at - 1);
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    parsed.parameters[Capitals(parameter.substr(0, equals))] = WithoutQuotes(parameter.substr(equals + 1));
    at = end;
  }
  if (at >= line.size()) return std::nullopt;
  parsed.value = line.substr(at + 1);
  return parsed;
}

}  // namespace

std::string_view ContentLines::PhysicalLine() {
  const std::size_t end = std::min(text_.find('\n', at_), text_.size());
  std::string_view line = text_.substr(at_, end - at_);
  at_ = end + 1;
  ++number_;
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

Result<std::optional<ContentLine>> ContentLines::Next() {
  std::string whole;
  while (whole.empty() && at_ < text_.size()) whole = PhysicalLine();
  if (whole.empty()) return std::optional<ContentLine>();
  const int number = number_;
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) whole += PhysicalLine().substr(1);
  auto parsed = ParseLine(whole, number);
  if (!parsed) return Error{"line " + std::to_string(number) + ": this is no line of iCalendar (NAME:VALUE)"};
  return parsed;
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 'n' || c == 'N' ? ' ' : c;
  }
  return out;
}

}  // namespace batchslo
