#include "exporter/config/icalendar_time.h"

#include "exporter/config/recurrence.h"

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

std::optional<Zone> NamedZones::Find(const std::string& name) {
  constexpr std::size_t kMost = 200;
  const auto known = found_.find(name);
  if (known != found_.end()) return known->second;
  if (found_.size() >= kMost) return std::nullopt;
  const auto zone = Zone::Find(name.starts_with('/') ? name.substr(1) : name);
  return found_[name] = zone ? std::optional(*zone) : std::nullopt;
}

Result<CalendarTime> ParseCalendarTime(const ContentLine& line, std::string_view value, NamedZones& zones) {
  const Error fault{line.name + " can't be read: \"" + std::string(value.substr(0, 60)) + "\" is no date (20260101) nor time (20260101T090000Z)"};
  CalendarTime time;
  const auto day = DayOf(value);
  time.is_date = value.size() == 8;
  if (!day) return fault;
  time.local = {day->time_since_epoch()};
  if (time.is_date) return time;
  const bool is_utc = value.ends_with('Z');
  const auto clock = value[8] == 'T' ? ClockOf(value.substr(9, value.size() - 9 - (is_utc ? 1 : 0))) : std::nullopt;
  if (!clock) return fault;
  time.local.since_epoch += *clock;
  const auto named = line.parameters.find("TZID");
  if (is_utc) {
    time.zone = Zone{};
  } else if (named != line.parameters.end()) {
    time.zone = zones.Find(named->second);
    if (!time.zone) time.unknown_zone = named->second.substr(0, 60);
  }
  return time;
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

}  // namespace batchslo
