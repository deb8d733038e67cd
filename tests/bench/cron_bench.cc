// E2: how long Next and Prev of a schedule take, over a mix of expressions and zones, at instants all over two years.
// The baseline asks minute by minute, through date::zoned_time, whether the wall clock matches.
#include <date/tz.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <vector>

#include "exporter/core/cron.h"
#include "tests/bench/measure.h"

namespace batchslo::bench {
namespace {

constexpr std::array kExpressions = {
    "* * * * *",         "*/5 * * * *",        "0 * * * *",         "7,22,37,52 * * * *", "*/15 8-18 * * 1-5",
    "0 3 * * *",         "30 2 * * *",         "15 1,13 * * *",     "0 10 * * 1-5",       "45 23 * * 0",
    "0 0 1 * *",         "30 6 15 * *",        "0 9 1-7 * 1",       "0 12 1 */3 *",       "5 4 * * 6,0",
    "0 22 * * 1-5",      "0 0 1 1 *",          "20 5 28-31 * *",    "0 0 13 * 5",         "59 23 31 12 *",
};
constexpr std::array kZones = {"UTC",        "Asia/Tokyo",          "Europe/Berlin",
                               "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"};
constexpr int kRounds = 7;
constexpr std::size_t kInstants = 64;

// Nanoseconds of one call of `step`, for every schedule at every instant.
template <class Schedules, class Step>
double Nanoseconds(const Schedules& schedules, const std::vector<TimePoint>& instants, const Step& step) {
  std::int64_t sum = 0;
  const double spent = CpuOf([&] {
    for (const auto& schedule : schedules) {
      for (const TimePoint instant : instants) sum += step(schedule, instant);
    }
  });
  Keep(sum);
  return spent * 1e9 / static_cast<double>(schedules.size() * instants.size());
}

std::vector<Schedule> Mix() {
  constexpr Dialect kDialects[] = {Dialect::kKubernetes, Dialect::kVixie, Dialect::kDeadline};
  std::vector<Schedule> mix;
  for (const char* zone : kZones) {
    for (const char* expression : kExpressions) {
      const Dialect dialect = kDialects[mix.size() % 3];
      mix.push_back(Schedule::Parse(expression, dialect, Zone::Find(zone).Value()).Value());
    }
  }
  return mix;
}

std::vector<TimePoint> Instants(std::size_t count) {
  std::mt19937_64 random(1);
  std::vector<TimePoint> instants;
  for (std::size_t i = 0; i < count; ++i) {
    instants.push_back(TimePoint{seconds{1'735'689'600 + static_cast<std::int64_t>(random() % (2 * 365 * 86'400))}});
  }
  return instants;
}

// Minute by minute; only for expressions with a `*` as day of month and month.
struct Naive {
  const date::time_zone* zone;
  std::array<std::vector<bool>, 2> minute_hour;

  std::int64_t Next(TimePoint time) const {
    auto at = date::floor<minutes>(date::sys_time<Duration>(time.time_since_epoch())) + minutes{1};
    for (;; at += minutes{1}) {
      const auto local = date::zoned_time<minutes>(zone, at).get_local_time();
      const date::hh_mm_ss clock{local - date::floor<date::days>(local)};
      if (minute_hour[0][static_cast<std::size_t>(clock.minutes().count())] &&
          minute_hour[1][static_cast<std::size_t>(clock.hours().count())]) {
        return at.time_since_epoch().count();
      }
    }
  }
};

std::vector<Naive> NaiveMix() {
  std::vector<Naive> mix;
  for (const char* zone : kZones) {
    for (const int hour : {3, 10, 22}) {
      Naive naive{date::locate_zone(zone), {std::vector<bool>(60), std::vector<bool>(24)}};
      naive.minute_hour[0][0] = naive.minute_hour[1][static_cast<std::size_t>(hour)] = true;
      mix.push_back(naive);
    }
  }
  return mix;
}

}  // namespace

void BenchCron() {
  const auto mix = Mix();
  const auto naive_mix = NaiveMix();
  const auto instants = Instants(kInstants), few = Instants(4);
  const auto count = [](const std::optional<TimePoint>& tick) { return tick ? tick->time_since_epoch().count() : 0; };
  double next = std::numeric_limits<double>::max(), prev = next, naive = next;
  for (int round = 0; round < kRounds; ++round) {
    next = std::min(next, Nanoseconds(mix, instants, [&](const Schedule& s, TimePoint t) { return count(s.Next(t)); }));
    prev = std::min(prev, Nanoseconds(mix, instants, [&](const Schedule& s, TimePoint t) { return count(s.Prev(t)); }));
    naive = std::min(naive, Nanoseconds(naive_mix, few, [](const Naive& n, TimePoint t) { return n.Next(t); }));
  }
  Note("next %.1f ns, prev %.1f ns; daily ones minute by minute with date::zoned_time: %.0f ns", next, prev, naive);
  Print({"E2", std::max(next, prev), "ns", 60, 200});
}

}  // namespace batchslo::bench
