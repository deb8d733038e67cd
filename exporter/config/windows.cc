#include "exporter/config/windows.h"

#include <algorithm>
#include <set>

#include "exporter/core/judge.h"

namespace batchslo {
namespace {

// From a leap year on; any five years tell the same.
constexpr TimePoint kStart{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
constexpr Duration kSpan = days{5 * 365};
constexpr int kConsecutive = 8, kSamples = 24;

std::optional<Duration> LengthAt(const By& rule, const ScheduleLine& line, TimePoint deadline) {
  const auto opening = OpeningOf(rule, line, deadline);
  return opening ? std::optional(Duration{deadline - opening->at}) : std::nullopt;
}

// The deadlines that come one after the other, then some spread over the years.
std::vector<TimePoint> SampleDeadlines(const By& rule) {
  std::vector<TimePoint> deadlines;
  auto deadline = rule.deadline.Next(kStart);
  for (int i = 0; i < kConsecutive && deadline; ++i, deadline = rule.deadline.Next(*deadline))
    deadlines.push_back(*deadline);
  for (int i = 1; i <= kSamples; ++i) {
    deadline = rule.deadline.Next(kStart + i * (kSpan / kSamples));
    if (deadline) deadlines.push_back(*deadline);
  }
  return deadlines;
}

std::optional<Duration> LongestOfBy(const By& rule, const ScheduleLine& line) {
  if (const auto* reach = std::get_if<Duration>(&rule.since)) return *reach;
  std::optional<Duration> longest;
  for (const TimePoint deadline : SampleDeadlines(rule)) longest = std::max(longest, LengthAt(rule, line, deadline));
  return longest;
}

// The end of what is open from a deadline's opening on: forward from the deadline, since the busiest day may begin with it.
std::optional<TimePoint> EndOfOpen(const By& rule, TimePoint deadline, TimePoint opening) {
  if (const auto* ticks = std::get_if<Ticks>(&rule.since)) return ticks->Next(opening);
  return deadline + (deadline - opening) - Duration{1};
}

// The first of a row of spans that is not over yet.
const NamedSpan* NextOf(const std::vector<NamedSpan>& apart, TimePoint now, std::string_view kind) {
  const auto found = std::find_if(apart.begin(), apart.end(), [&](const NamedSpan& span) { return span.to >= now && (*span.name).starts_with(kind); });
  return found == apart.end() ? nullptr : &*found;
}

void AddExcuses(const Calendar& calendar, TimePoint now, std::vector<NextExcused>& excuses) {
  const auto add = [&](const std::optional<Excuse>& excuse) { excuses.push_back({calendar.name, calendar.zone.Name(), excuse}); };
  const auto next = NextExcuse(calendar, now);
  add(next);
  const NamedSpan* const spans[] = {NextOf(calendar.closed, now, "holiday"), NextOf(calendar.closed, now, "half day"), NextOf(calendar.maintenance, now, "")};
  for (const NamedSpan* const span : spans) {
    if (span && (!next || next->from != span->from)) add(Excuse{span->from, span->to + Duration{1}, span->name});
  }
}

std::string WhyItOpens(const By& rule, const JobDef& job, bool by_schedule) {
  if (const auto* reach = std::get_if<Duration>(&rule.since)) return "since: " + FormatDuration(*reach) + " before it";
  if (const auto* ticks = std::get_if<Ticks>(&rule.since)) return "since: " + ticks->Text();
  if (by_schedule) return "the job's schedule: " + *job.schedule;
  return "half-way from the deadline before; the job's own tick, if its source tells a schedule";
}

}  // namespace

ScheduleLine WrittenSchedule(const JobDef& job) {
  if (!job.schedule) return {};
  const auto zone = Zone::Find(job.schedule_timezone.Or("UTC"));
  const auto dialect = ParseDialect(job.schedule_dialect.Or("vixie"));
  if (!zone || !dialect) return {};
  auto schedule = Schedule::Parse(*job.schedule, *dialect, *zone, job.name);
  if (!schedule) return {};
  return ScheduleLine({{TimePoint{}, std::make_shared<const Schedule>(*std::move(schedule)), ""}});
}

std::optional<Duration> LongestWindow(const Rule& rule, const ScheduleLine& line) {
  if (const auto* within = std::get_if<Within>(&rule)) return within->window;
  if (const auto* by = std::get_if<By>(&rule)) return LongestOfBy(*by, line);
  if (const auto* every = std::get_if<EveryRun>(&rule)) return every->finish_within;
  if (const auto* start = std::get_if<StartBy>(&rule)) return start->limit;
  if (const auto* runtime = std::get_if<MaxRuntime>(&rule)) return runtime->limit;
  return std::nullopt;
}

bool HoldsMoreDeadlines(const By& rule, int most) {
  constexpr Duration kLeastApart = minutes{1};
  const auto* reach = std::get_if<Duration>(&rule.since);
  if (std::holds_alternative<std::monostate>(rule.since) || (reach && *reach <= most * kLeastApart)) return false;
  const auto deadlines = SampleDeadlines(rule);
  return std::any_of(deadlines.begin(), deadlines.end(), [&](TimePoint deadline) {
    const auto opening = OpeningOf(rule, ScheduleLine{}, deadline);
    const auto end = opening ? EndOfOpen(rule, deadline, opening->at) : std::nullopt;
    int held = 0;
    std::optional<TimePoint> next = reach ? deadline : rule.deadline.Next(opening.value_or(Opening{deadline}).at);
    for (; end && next && *next <= *end && held <= most; next = rule.deadline.Next(*next)) ++held;
    return held > most;
  });
}

bool OpensAfterItsTick(const By& rule, const ScheduleLine& line) {
  if (std::holds_alternative<std::monostate>(rule.since)) return false;
  const auto deadlines = SampleDeadlines(rule);
  return std::any_of(deadlines.begin(), deadlines.end(), [&](TimePoint deadline) {
    const auto opening = OpeningOf(rule, ScheduleLine{}, deadline);
    const auto tick = line.Prev(deadline);
    return opening && tick && *tick < opening->at;
  });
}

std::vector<NextExcused> NextExcuses(const Config& config, TimePoint now) {
  std::vector<NextExcused> excuses;
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& job : config.fleet.jobs) {
    for (const Objective& objective : job->objectives) {
      const CalendarRef& calendar = objective.calendar;
      if (calendar && seen.emplace(*calendar->name, calendar->zone.Name()).second) AddExcuses(*calendar, now, excuses);
    }
  }
  return excuses;
}

std::vector<NextWindow> NextWindows(const Config& config, TimePoint now) {
  std::vector<NextWindow> windows;
  for (const auto& job : config.fleet.jobs) {
    const ScheduleLine line = WrittenSchedule(*job);
    for (const Objective& objective : job->objectives) {
      const auto* by = std::get_if<By>(&objective.rule);
      const auto due = by ? by->deadline.Next(now) : std::nullopt;
      const auto opening = due ? OpeningOf(*by, line, *due) : std::nullopt;
      if (opening)
        windows.push_back({job->name, objective.name, opening->at, *due, WhyItOpens(*by, *job, opening->by_schedule)});
    }
  }
  return windows;
}

}  // namespace batchslo
