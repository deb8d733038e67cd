#include "exporter/core/deadline.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

namespace batchslo {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "10:00" as "0 10"; empty if it is no time of day.
Result<std::string> MinuteAndHour(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view hour = text.substr(0, colon);
  const std::string_view minute = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const bool shaped = !hour.empty() && hour.size() <= 2 && minute.size() == 2 && std::all_of(hour.begin(), hour.end(), IsDigit) &&
                      std::all_of(minute.begin(), minute.end(), IsDigit);
  const std::string quoted = "\"" + std::string(text.substr(0, 50)) + "\"";
  if (!shaped) return Error{quoted + " is no time of day; write it like 09:30"};
  const int h = std::stoi(std::string(hour)), m = std::stoi(std::string(minute));
  if (h == 24 && m == 0) return Error{quoted + " is the end of a day; write 00:00 and the day after"};
  if (h > 23 || m > 59) return Error{quoted + " is no time of day; hours go from 0 to 23, minutes from 0 to 59"};
  return std::to_string(m) + " " + std::to_string(h);
}

constexpr std::size_t kMostTimes = 24;

Result<Ticks> ParseTimes(std::string_view text, std::string_view times, const std::string& day, const Zone& zone) {
  std::vector<Schedule> schedules;
  std::set<std::string> seen;
  for (std::size_t at = 0; at <= times.size();) {
    const std::size_t end = std::min(times.find(',', at), times.size());
    const auto time = MinuteAndHour(times.substr(at, end - at));
    if (!time) return time.GetError();
    at = end + 1;
    if (!seen.insert(*time).second) continue;
    if (seen.size() > kMostTimes) return Error{"it has more than " + std::to_string(kMostTimes) + " times of day; write a cron"};
    auto schedule = Schedule::Parse(*time + " * * " + day, Dialect::kDeadline, zone);
    if (!schedule) return schedule.GetError();
    schedules.push_back(*std::move(schedule));
  }
  return Ticks(std::move(schedules), std::string(text));
}

}  // namespace

// Many jobs have a deadline in common: it is kept once, for as long as anyone has it.
Ticks::Ticks(std::vector<Schedule> schedules, std::string text) {
  struct Pool {
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<const Written>> written;  // by all that it is made of
    std::size_t swept = 64;                                       // at this size those that ended are taken out
  };
  static Pool& pool = *new Pool;  // never destroyed: deadlines may end after it
  std::string key = text;
  for (const Schedule& schedule : schedules) key += "\n" + std::string(DialectName(schedule.GetDialect())) + " " + schedule.GetZone().Name() + " " + schedule.Expression();
  const std::lock_guard lock(pool.mutex);
  std::weak_ptr<const Written>& known = pool.written[key];
  written_ = known.lock();
  if (!written_) known = written_ = std::make_shared<const Written>(Written{std::move(schedules), std::move(text)});
  if (pool.written.size() < pool.swept) return;
  std::erase_if(pool.written, [](const auto& entry) { return entry.second.expired(); });
  pool.swept = std::max<std::size_t>(64, 2 * pool.written.size());
}

Ticks::Ticks(Schedule schedule) : Ticks(std::vector<Schedule>{schedule}, schedule.Expression()) {}

std::optional<TimePoint> Ticks::Next(TimePoint time) const {
  std::optional<TimePoint> first;
  for (const Schedule& schedule : written_->schedules) {
    const auto tick = schedule.Next(time);
    if (tick && (!first || *tick < *first)) first = tick;
  }
  return first;
}

std::optional<TimePoint> Ticks::Prev(TimePoint time) const {
  std::optional<TimePoint> last;
  for (const Schedule& schedule : written_->schedules) {
    const auto tick = schedule.Prev(time);
    if (tick && (!last || *tick > *last)) last = tick;
  }
  return last;
}

Result<Ticks> ParseDeadline(std::string_view text, const Zone& zone) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c != ' ' && c != '\t') {
      words.back().push_back(c);
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  if (words.size() == 1 && words[0].find(':') != std::string::npos) return ParseTimes(text, words[0], "*", zone);
  if (words.size() == 2 && words[0].find(':') != std::string::npos) return ParseTimes(text, words[0], words[1], zone);
  auto schedule = Schedule::Parse(text, Dialect::kDeadline, zone);
  if (!schedule) {
    return Error{schedule.Message() + "; write \"HH:MM[,HH:MM] [days]\" like \"10:00 mon-fri\", or a five-field cron"};
  }
  return Ticks(*std::move(schedule));
}

}  // namespace batchslo
