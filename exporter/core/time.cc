#include "exporter/core/time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>

namespace batchslo {
namespace {

// Takes exactly `width` digits off the front.
std::optional<int> Digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Duration> Fraction(std::string_view& text) {
  if (!Take(text, '.')) return Duration{0};
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 6) value = value * 10 + (text[digits] - '0');
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  text.remove_prefix(digits);
  for (std::size_t i = digits; i < 6; ++i) value *= 10;
  return Duration{value};
}

std::optional<Duration> Offset(std::string_view& text) {
  if (Take(text, 'Z') || Take(text, 'z')) return Duration{0};
  const bool west = !text.empty() && text.front() == '-';
  if (!Take(text, '+') && !Take(text, '-')) return std::nullopt;
  const auto hour = Digits(text, 2);
  if (!hour || *hour > 23 || !Take(text, ':')) return std::nullopt;
  const auto minute = Digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const Duration offset = hours{*hour} + minutes{*minute};
  return west ? -offset : offset;
}

std::optional<std::chrono::sys_days> Date(std::string_view& text) {
  const auto year = Digits(text, 4);
  if (!year || !Take(text, '-')) return std::nullopt;
  const auto month = Digits(text, 2);
  if (!month || !Take(text, '-')) return std::nullopt;
  const auto day = Digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  return date.ok() && *year >= 1970 ? std::optional(std::chrono::sys_days{date}) : std::nullopt;
}

std::optional<Duration> TimeOfDay(std::string_view& text) {
  const auto hour = Digits(text, 2);
  if (!hour || *hour > 23 || !Take(text, ':')) return std::nullopt;
  const auto minute = Digits(text, 2);
  if (!minute || *minute > 59 || !Take(text, ':')) return std::nullopt;
  const auto second = Digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  const auto fraction = Fraction(text);
  return fraction ? std::optional<Duration>(hours{*hour} + minutes{*minute} + seconds{*second} + *fraction) : std::nullopt;
}

struct Unit {
  std::string_view name;
  Duration length;
};
constexpr std::array<Unit, 7> kUnits = {{{"y", days{365}},
                                         {"w", days{7}},
                                         {"d", days{1}},
                                         {"h", hours{1}},
                                         {"m", minutes{1}},
                                         {"s", seconds{1}},
                                         {"ms", std::chrono::milliseconds{1}}}};

std::optional<std::int64_t> Number(std::string_view& text) {
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits >= 15) return std::nullopt;
    value = value * 10 + (text[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// What was taken for a time: short, and of what no time is made of nothing that moves a terminal.
std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, 64));
  std::replace_if(shown.begin(), shown.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return "\"" + shown + "\"";
}

Error BadDuration(std::string_view text) {
  return {Shown(text) + " is no duration; write it like 90s, 1h30m or 2d (units y w d h m s ms, largest first)"};
}

}  // namespace

Result<TimePoint> ParseRfc3339(std::string_view text) {
  const Error bad{Shown(text) + " is no instant; write it like 2026-03-01T09:00:00Z or 2026-03-01T09:00:00+09:00"};
  std::string_view rest = text;
  const auto date = Date(rest);
  if (!date || !(Take(rest, 'T') || Take(rest, 't'))) return bad;
  const auto time = TimeOfDay(rest);
  if (!time) return bad;
  const auto offset = Offset(rest);
  if (!offset || !rest.empty()) return bad;
  constexpr TimePoint kYear10000 = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
  const TimePoint instant = TimePoint{date->time_since_epoch()} + *time - *offset;
  return instant >= TimePoint{} && instant < kYear10000 ? Result<TimePoint>(instant) : bad;
}

namespace {

// The lowest digits of a number.
void PutDigits(char*& to, std::int64_t number, int digits) {
  for (int i = digits; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
  to += digits;
}

}  // namespace

std::string FormatRfc3339(TimePoint time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const auto clock = std::chrono::hh_mm_ss<Duration>{time - day};
  const int year = static_cast<int>(date.year());
  char text[48];
  char* to = text;
  const auto put = [&to](std::int64_t number, int digits, char before) {
    *to++ = before;
    PutDigits(to, number, digits);
  };
  if (year >= 0 && year <= 9999) {
    PutDigits(to, year, 4);
  } else {
    to += std::snprintf(to, 16, "%04d", year);  // no text has one, but arithmetic may
  }
  put(static_cast<unsigned>(date.month()), 2, '-');
  put(static_cast<unsigned>(date.day()), 2, '-');
  put(clock.hours().count(), 2, 'T');
  put(clock.minutes().count(), 2, ':');
  put(clock.seconds().count(), 2, ':');
  if (clock.subseconds().count() != 0) put(clock.subseconds().count(), 6, '.');
  while (clock.subseconds().count() != 0 && to[-1] == '0') --to;
  *to++ = 'Z';
  return {text, to};
}

Result<Duration> ParseDuration(std::string_view text) {
  if (text == "0") return Duration{0};
  std::string_view rest = text;
  Duration total{0};
  std::size_t next_unit = 0;
  while (!rest.empty()) {
    const auto number = Number(rest);
    if (!number) return BadDuration(text);
    const std::size_t end = rest.find_first_of("0123456789");
    const std::string_view name = rest.substr(0, end);
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return BadDuration(text);
    const Duration length = kUnits[next_unit++].length;
    if (*number > (days{365 * 1000} - total) / length) return Error{"\"" + std::string(text.substr(0, 64)) + "\" is longer than 1000 years"};
    total += length * *number;
    rest.remove_prefix(name.size());
  }
  return text.empty() ? Result<Duration>(BadDuration(text)) : Result<Duration>(total);
}

std::string FormatDuration(Duration duration) {
  if (duration == Duration{0}) return "0s";
  std::string out = duration < Duration{0} ? "-" : "";
  Duration rest = std::chrono::abs(duration);
  for (const Unit& unit : kUnits) {
    if (unit.name == "y" || unit.name == "w") continue;
    if (rest < unit.length) continue;
    out += std::to_string(rest / unit.length) + std::string(unit.name);
    rest %= unit.length;
  }
  if (rest == Duration{0}) return out;
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", std::chrono::duration<double>(duration).count());
  out = text;
  return out.erase(out.find_last_not_of('0') + 1) + "s";
}

}  // namespace batchslo
