#include "exporter/config/icalendar_time.h"

namespace batchslo {
namespace {

// Longer than anything that is excused; sums with it can't overflow.
constexpr Duration kLongest = days{366 * 200};

int Digits(std::string_view text, std::size_t from, std::size_t count) {
  int value = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = 10 * value + (text[i] - '0');
  }
  return value;
}

std::optional<LocalDay> DayOf(std::string_view text) {
  const int y = Digits(text, 0, 4), m = Digits(text, 4, 2), d = Digits(text, 6, 2);
  if (y < 1 || m < 1 || d < 1) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(m)}, std::chrono::day{static_cast<unsigned>(d)}};
  return day.ok() ? std::optional(LocalDay{day}) : std::nullopt;
}

// A leap second is the last one before it.
std::optional<Duration> ClockOf(std::string_view text) {
  const int h = Digits(text, 0, 2), m = Digits(text, 2, 2), s = Digits(text, 4, 2);
  if (text.size() != 6 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60) return std::nullopt;
  return hours{h} + minutes{m} + seconds{std::min(s, 59)};
}

}  // namespace

Result<CalendarTime> ParseCalendarTime(const ContentLine& line, std::string_view value) {
  const Error fault{line.name + " can't be read: \"" + std::string(value.substr(0, 60)) + "\" is no date (20260101) nor time (20260101T090000Z)"};
  CalendarTime time;
  const auto day = DayOf(value);
  time.is_date = value.size() == 8;
  if (!day) return fault;
  time.local = {day->time_since_epoch()};
  if (time.is_date) return time;
  time.is_utc = value.ends_with('Z');
  const auto clock = value[8] == 'T' ? ClockOf(value.substr(9, value.size() - 9 - (time.is_utc ? 1 : 0))) : std::nullopt;
  if (!clock) return fault;
  time.local.since_epoch += *clock;
  const auto named = line.parameters.find("TZID");
  if (!time.is_utc && named != line.parameters.end()) time.zone = named->second;
  return time;
}

std::string TakeTimes(const ContentLine& line, std::vector<CalendarTime>& into) {
  for (std::size_t at = 0; at <= line.value.size();) {
    const std::size_t end = std::min(line.value.find(',', at), line.value.size());
    const auto time = ParseCalendarTime(line, std::string_view(line.value).substr(at, end - at));
    if (!time) return time.Message();
    into.push_back(*time);
    at = end + 1;
  }
  return "";
}

Result<Duration> ParseCalendarDuration(std::string_view text) {
  const Error fault{"DURATION can't be read: \"" + std::string(text.substr(0, 60)) + "\" is no length like P1D or PT8H"};
  if (text.starts_with('+')) text.remove_prefix(1);
  if (!text.starts_with('P') || text.size() < 3) return fault;
  std::int64_t number = -1;
  bool in_time = false;
  Duration sum{0};
  for (const char c : text.substr(1)) {
    if (c >= '0' && c <= '9') {
      number = std::min<std::int64_t>(10 * std::max<std::int64_t>(number, 0) + (c - '0'), 10'000'000'000);
      continue;
    }
    if (c == 'T' && !in_time && number < 0) {
      in_time = true;
      continue;
    }
    const std::int64_t unit = c == 'W' && !in_time ? 604'800 : c == 'D' && !in_time ? 86'400 : c == 'H' && in_time ? 3'600 : c == 'M' && in_time ? 60 : c == 'S' && in_time ? 1 : 0;
    if (unit == 0 || number < 0) return fault;
    const std::int64_t most = kLongest / seconds{unit};
    sum = std::min<Duration>(sum + seconds{unit * std::min(number, most)}, kLongest);
    number = -1;
  }
  return number < 0 ? Result<Duration>(sum) : fault;
}

Result<Duration> ParseOffset(const ContentLine& line) {
  const std::string_view text = line.value;
  const bool has_seconds = text.size() == 7;
  const int h = Digits(text, 1, 2), m = Digits(text, 3, 2), s = has_seconds ? Digits(text, 5, 2) : 0;
  const bool is_signed = text.starts_with('+') || text.starts_with('-');
  if (!is_signed || (text.size() != 5 && !has_seconds) || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) {
    return Error{line.name + " can't be read: \"" + std::string(text.substr(0, 60)) + "\" is no offset like +0900"};
  }
  const Duration offset = hours{h} + minutes{m} + seconds{s};
  return text.starts_with('-') ? -offset : offset;
}

LocalDay LastDayUntil(const CalendarTime& until, Duration clock) { return until.Day() - days{!until.is_date && until.Clock() < clock ? 1 : 0}; }

}  // namespace batchslo
