#include "exporter/sources/sql_cell.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "exporter/core/partition.h"

namespace batchslo {
namespace {

// What reads numbers would take a sign, too.
bool AreDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The microseconds of "9:00:00.5", if all of `text` is that.
std::optional<Duration> TimeOfDay(std::string_view text) {
  int parts[3] = {0, 0, 0};
  std::size_t count = 0;
  for (; count < 3 && text.size() >= 2; ++count) {
    if (!AreDigits(text.substr(0, 2))) return std::nullopt;
    std::from_chars(text.data(), text.data() + 2, parts[count]);
    text.remove_prefix(2);
    if (!text.starts_with(':')) break;
    text.remove_prefix(1);
  }
  std::int64_t fraction = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string digits = std::string(text.substr(0, 6)) + std::string(6 - std::min<std::size_t>(6, text.size()), '0');
    if (text.empty() || !AreDigits(digits)) return std::nullopt;
    std::from_chars(digits.data(), digits.data() + 6, fraction);
    text = {};
  }
  if (!text.empty() || count == 0 || parts[0] > 24 || parts[1] > 59 || parts[2] > 60) return std::nullopt;
  return hours{parts[0]} + minutes{parts[1]} + seconds{parts[2]} + Duration{fraction};
}

// "+00", "+09:30", "-0330", "Z"; takes it off the end of `text`.
std::optional<Duration> TakeOffset(std::string_view& text) {
  if (text.ends_with('Z') || text.ends_with('z')) return text.remove_suffix(1), Duration{0};
  const std::size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign < 11) return std::nullopt;  // a date has dashes too
  std::string digits(text.substr(sign + 1));
  digits.erase(std::remove(digits.begin(), digits.end(), ':'), digits.end());
  if ((digits.size() != 2 && digits.size() != 4) || !AreDigits(digits)) return std::nullopt;
  if (digits.size() == 2) digits += "00";
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (value / 100 > 23 || value % 100 > 59) return std::nullopt;
  const Duration offset = hours{value / 100} + minutes{value % 100};
  const bool west = text[sign] == '-';
  text = text.substr(0, sign);
  return west ? -offset : offset;
}

// Below it a number is rather a date without dashes ("20260301"), or a year.
constexpr double kLeastUnixSeconds = 1e8;

std::optional<TimePoint> UnixSeconds(std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 253402300799.0)) return std::nullopt;
  if (value > 0 && value < kLeastUnixSeconds) return std::nullopt;
  std::int64_t whole = 0;
  const auto [dot, bad] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (bad == std::errc{} && dot == text.data() + text.size()) return TimePoint{seconds{whole}};
  return TimePoint{Duration{static_cast<std::int64_t>(value * 1e6 + 0.5)}};
}

}  // namespace

Result<TimePoint> ParseCellTime(std::string_view text, const Zone& zone) {
  if (const auto time = UnixSeconds(text)) return *time;
  const Error bad{"\"" + std::string(text.substr(0, 40)) + "\" is no time; expected a timestamp, a date or Unix seconds"};
  if (text.size() < 10) return bad;
  const auto day = ParseRfc3339(std::string(text.substr(0, 10)) + "T00:00:00Z");
  if (!day) return bad;
  std::string_view rest = text;
  const auto offset = TakeOffset(rest);
  rest.remove_prefix(10);
  Duration clock{0};
  if (!rest.empty()) {
    if (rest.front() != ' ' && rest.front() != 'T') return bad;
    rest.remove_prefix(1);
    while (rest.ends_with(' ')) rest.remove_suffix(1);
    const auto time = TimeOfDay(rest);
    if (!time) return bad;
    clock = *time;
  }
  if (offset) return *day + clock - *offset;
  return zone.ToInstants({day->time_since_epoch() + clock}).last;
}

std::optional<double> ParseCellNumber(const std::optional<std::string>& cell) {
  double value = 0;
  if (!cell) return std::nullopt;
  const auto [end, fault] = std::from_chars(cell->data(), cell->data() + cell->size(), value);
  const bool whole = fault == std::errc{} && end == cell->data() + cell->size() && std::isfinite(value);
  return whole ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> ParseCellCount(const std::optional<std::string>& cell) {
  std::int64_t count = 0;
  if (!cell) return std::nullopt;
  const auto [end, fault] = std::from_chars(cell->data(), cell->data() + cell->size(), count);
  if (fault == std::errc{} && end == cell->data() + cell->size()) return count;
  const auto number = ParseCellNumber(cell);
  return number && std::abs(*number) < 9e15 ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt;
}

std::optional<std::string> ParseCellPartition(const std::optional<std::string>& cell) {
  return cell && PartitionNumber(*cell) ? cell : std::nullopt;
}

}  // namespace batchslo
