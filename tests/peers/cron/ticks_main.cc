// The same as main.go, by our own engine, in the dialect of the first argument (kubernetes without one), for a job of the
// name in the second; besides, the way back over the ticks must be the way forth.
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

std::string TicksOf(TimePoint after, std::string_view zone_name, std::string_view expression, Dialect dialect, std::string_view hash_name) {
  const auto zone = Zone::Find(zone_name);
  if (!zone) return "refused: " + zone.Message();
  const auto parsed = Schedule::Parse(expression, dialect, *zone, hash_name);
  if (!parsed) return "refused: " + parsed.Message();
  const Schedule schedule = parsed->AnchoredAt(std::chrono::floor<seconds>(after));
  std::vector<TimePoint> forth, back;
  for (auto tick = schedule.Next(after); tick && forth.size() < kTicks; tick = schedule.Next(*tick)) forth.push_back(*tick);
  if (forth.empty()) return "";
  for (auto tick = schedule.Prev(forth.back() + Duration{1}); tick && *tick > after; tick = schedule.Prev(*tick)) {
    back.push_back(*tick);
  }
  std::reverse(back.begin(), back.end());
  return Joined(forth) + (back == forth ? "" : " but backwards " + Joined(back));
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
                                          std::string_view(line).substr(expression + 1), *dialect, argc > 2 ? argv[2] : "");
    std::replace(ticks.begin(), ticks.end(), '\n', ' ');
    std::cout << ticks << "\n";
  }
}
