#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/core/history.h"

namespace batchslo {

// The schedule that the configuration itself gives a job; no ticks where it gives none.
ScheduleLine WrittenSchedule(const JobDef& job);

// How long the longest window of a rule is, of those that open in five years; none: it has none of a known length.
std::optional<Duration> LongestWindow(const Rule& rule, const ScheduleLine& line);

// Whether `since` ever lets more deadlines than that have their windows open at once: each is judged.
bool HoldsMoreDeadlines(const By& rule, int most);

// Whether a window opens after the tick of the run that should fill it: then that run never belongs to it.
bool OpensAfterItsTick(const By& rule, const ScheduleLine& line);

// Where the next window of each `by` opens, for people to check.
struct NextWindow {
  std::string job, objective;
  TimePoint opens, due;
  std::string why;  // "since 06:00"
};
std::vector<NextWindow> NextWindows(const Config& config, TimePoint now);

// What each calendar, in each zone that it is used in, excuses next of each kind: for people to see that their file was understood.
struct NextExcused {
  std::string calendar, zone;
  std::optional<Excuse> excuse;  // none: nothing that is to come
};
std::vector<NextExcused> NextExcuses(const Config& config, TimePoint now);

}  // namespace batchslo
