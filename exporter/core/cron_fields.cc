#include "exporter/core/cron_fields.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace batchslo::cron {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

}  // namespace

const FieldKind kSecondField{"second", 0, 59}, kMinuteField{"minute", 0, 59}, kHourField{"hour", 0, 23}, kDomField{"day of month", 1, 31};
const FieldKind kMonthField{"month", 1, 12, kMonths, 1}, kDowField{"day of week", 0, 6, kDays, 0}, kDow7Field{"day of week", 0, 7, kDays, 0};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text.substr(0, 100)) + "\""; }

std::vector<std::string_view> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::vector<std::string_view> Words(std::string_view text) {
  auto words = Split(text, " \t\n\v\f\r");
  std::erase(words, std::string_view{});
  return words;
}

std::vector<std::string_view> Lines(std::string_view text) {
  auto lines = Split(text, "\n");
  for (std::string_view& line : lines) {
    const std::size_t begin = line.find_first_not_of(" \t\r"), end = line.find_last_not_of(" \t\r");
    line = begin == std::string_view::npos ? std::string_view{} : line.substr(begin, end - begin + 1);
  }
  return lines;
}

Error Bad(const FieldKind& kind, std::string_view item, const std::string& why) {
  return {std::string(kind.name) + " " + Quoted(item) + ": " + why};
}

std::string Allowed(const FieldKind& kind) {
  std::string text = std::to_string(kind.low) + " to " + std::to_string(kind.high);
  if (!kind.names.empty()) text += " or " + std::string(kind.names.front()) + " to " + std::string(kind.names.back());
  return text;
}

std::optional<std::int64_t> FindNumber(std::string_view text, const FieldKind& kind) {
  const auto name = std::find(kind.names.begin(), kind.names.end(), Lower(text));
  if (name != kind.names.end()) return name - kind.names.begin() + kind.first_name;
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || value < 0 || text.starts_with('-')) return std::nullopt;
  return value;
}

Result<std::int64_t> ReadNumber(std::string_view text, const FieldKind& kind, std::string_view item) {
  if (const auto value = FindNumber(text, kind)) return *value;
  std::string hint = "expected " + Allowed(kind);
  if (text.find_first_of("LW#") != std::string_view::npos) hint += " (L, W and # belong to other dialects: eventbridge, airflow)";
  if (text.starts_with("H")) hint += " (H belongs to the jenkins dialect)";
  if (text.find('~') != std::string_view::npos) hint += " (random ranges with ~ are not known here)";
  return Bad(kind, item, hint);
}

Result<Range> CheckRange(const Range& range, const FieldKind& kind, std::string_view item) {
  const std::string allowed = "allowed are " + Allowed(kind);
  if (range.from < kind.low || range.to > kind.high) {
    const bool seven = kind.high == 6 && range.to == 7;
    return Bad(kind, item, allowed + (seven ? " (Kubernetes wants 0 for Sunday, not 7)" : ""));
  }
  if (range.from > range.to) return Bad(kind, item, "the range runs backwards");
  if (range.step == 0) return Bad(kind, item, "a step of 0 never moves");
  return range;
}

std::uint64_t BitsOf(const Range& range) {
  const std::int64_t step = std::min<std::int64_t>(range.step, 64);
  std::uint64_t bits = 0;
  for (std::int64_t value = range.from; value <= range.to; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

Error WrongCount(std::string_view expression, std::string_view expected, std::size_t count) {
  return {Quoted(expression) + ": expected " + std::string(expected) + ", got " + std::to_string(count)};
}

}  // namespace batchslo::cron
