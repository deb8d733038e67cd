#include "exporter/config/calendar_values.h"

#include <algorithm>

#include "exporter/config/block.h"
#include "exporter/config/calendar_file.h"

namespace batchslo {
namespace {

int Digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = 10 * value + (c - '0');
  }
  return text.empty() ? -1 : value;
}

// Up to 24:00; below zero: it is no time of day.
Duration Clock(std::string_view text) {
  const std::size_t colon = text.find(':');
  const int h = colon == 1 || colon == 2 ? Digits(text.substr(0, colon)) : -1, m = text.size() == colon + 3 ? Digits(text.substr(colon + 1)) : -1;
  const bool good = h >= 0 && m >= 0 && m < 60 && (h < 24 || (h == 24 && m == 0));
  return good ? Duration{hours{h} + minutes{m}} : Duration{-1};
}

}  // namespace

Result<std::uint8_t> ParseWeekdays(std::string_view text) {
  const Error fault{Quoted(text) + " names no days of the week; write them like mon-fri or sat,sun"};
  if (text.empty() || text.find_first_of(" \t*?/@") != std::string_view::npos) return fault;
  const auto days_of_week = Schedule::Parse("0 12 * * " + std::string(text), Dialect::kDeadline, Zone{});
  if (!days_of_week) return fault;
  constexpr TimePoint kSunday{std::chrono::sys_days{std::chrono::year{2024} / 1 / 7}};
  std::uint8_t bits = 0;
  for (auto tick = days_of_week->Next(kSunday); tick && *tick < kSunday + days{7}; tick = days_of_week->Next(*tick)) {
    bits = static_cast<std::uint8_t>(bits | 1 << (*tick - kSunday) / days{1});
  }
  return bits;
}

Result<Duration> ParseClock(std::string_view text) {
  const Duration clock = Clock(text);
  if (clock >= Duration{0} && clock < days{1}) return clock;
  return Error{Quoted(text) + " is no time of day; write it like 12:00"};
}

Result<std::vector<HoursOfDay>> ParseHours(std::string_view text) {
  std::vector<HoursOfDay> all;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view one = text.substr(at, end - at);
    const std::size_t dash = std::min(one.find('-'), one.size());
    const HoursOfDay open{Clock(one.substr(0, dash)), Clock(one.substr(std::min(dash + 1, one.size())))};
    if (open.from < Duration{0} || open.to < Duration{0}) return Error{Quoted(one) + " are no hours; write them like 09:00-18:00"};
    if (open.to <= open.from) return Error{Quoted(one) + " end before they begin; a night is written 00:00-06:00,22:00-24:00"};
    if (!all.empty() && open.from <= all.back().to) return Error{Quoted(one) + " come before the end of the hours before them"};
    all.push_back(open);
    at = end + 1;
  }
  return all;
}

Result<Moment> ParseMoment(std::string_view text) {
  if (const auto instant = ParseRfc3339(text)) return Moment{{instant->time_since_epoch()}, true};
  const std::string_view clock = text.size() > 11 && (text[10] == ' ' || text[10] == 'T') ? text.substr(11) : "";
  const auto date = ParseDate(text.substr(0, std::min<std::size_t>(text.size(), 10)));
  const auto time = ParseClock(clock);
  if (!date) return Error{date.Message() + "; a time is written like \"2026-03-01 22:00\", or with its offset like 2026-03-01T22:00:00Z"};
  if (!time) return Error{Quoted(text) + " is no time; write it like \"2026-03-01 22:00\", or with its offset like 2026-03-01T22:00:00Z"};
  return Moment{{date->from.since_epoch + *time}, false};
}

}  // namespace batchslo
