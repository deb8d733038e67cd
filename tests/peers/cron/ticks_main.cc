// The same as main.go, by our own engine, in the dialect of the first argument (kubernetes without one), for a job of the
// name in the second; with "back" as the third, the five ticks before the instant, the last one first. Besides, the way
// over the ticks in the other direction must be the same.
#include <algorithm>
#include <charconv>
#include <iostream>
#include <string>
#include <vector>

#include "exporter/core/cron.h"

namespace batchslo {
namespace {

constexpr std::size_t kTicks = 5;

std::string Joined(const std::vector<TimePoint>& ticks) {
  std::string text;
  for (const TimePoint tick : ticks) {
    text += (text.empty() ? "" : " ") + std::to_string(std::chrono::floor<seconds>(tick).time_since_epoch().count());
  }
  return text;
}

// Up to five ticks from `at` on, and what is wrong with the way over them from the last one to `at`.
std::string Walk(const Schedule& schedule, TimePoint at, bool backwards) {
  const auto step = [&](TimePoint from, bool back) { return back ? schedule.Prev(from) : schedule.Next(from); };
  const auto is_between = [&](TimePoint tick) { return backwards ? tick < at : tick > at; };
  std::vector<TimePoint> there, again;
  for (auto tick = step(at, backwards); tick && there.size() < kTicks; tick = step(*tick, backwards)) there.push_back(*tick);
  if (there.empty()) return "";
  const Duration beyond{backwards ? -1 : 1};
  for (auto tick = step(there.back() + beyond, !backwards); tick && is_between(*tick); tick = step(*tick, !backwards)) again.push_back(*tick);
  std::reverse(again.begin(), again.end());
  return Joined(there) + (again == there ? "" : " but " + std::string(backwards ? "forwards " : "backwards ") + Joined(again));
}

std::string TicksOf(TimePoint after, std::string_view zone_name, std::string_view expression, Dialect dialect, std::string_view hash_name,
                    bool backwards) {
  const auto zone = Zone::Find(zone_name);
  if (!zone) return "refused: " + zone.Message();
  const auto parsed = Schedule::Parse(expression, dialect, *zone, hash_name);
  if (!parsed) return "refused: " + parsed.Message();
  const Schedule schedule = parsed->AnchoredAt(std::chrono::floor<seconds>(after));
  return Walk(schedule, after, backwards);
}

}  // namespace
}  // namespace batchslo

int main(int argc, char** argv) {
  const auto dialect = batchslo::ParseDialect(argc > 1 ? argv[1] : "kubernetes");
  if (!dialect) return std::cerr << dialect.Message() << "\n", 2;
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::size_t zone = line.find('\t');
    const std::size_t expression = zone == std::string::npos ? zone : line.find('\t', zone + 1);
    std::int64_t after = 0;
    if (expression == std::string::npos || std::from_chars(line.data(), line.data() + zone, after).ptr != line.data() + zone) {
      std::cerr << "not a case: " << line << "\n";
      return 2;
    }
    std::string ticks = batchslo::TicksOf(batchslo::TimePoint{batchslo::Duration{after}},
                                          std::string_view(line).substr(zone + 1, expression - zone - 1),
                                          std::string_view(line).substr(expression + 1), *dialect, argc > 2 ? argv[2] : "",
                                          argc > 3 && std::string_view(argv[3]) == "back");
    std::replace(ticks.begin(), ticks.end(), '\n', ' ');
    std::cout << ticks << "\n";
  }
}
