#include "tests/trend/score.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace batchslo::trend_proof {
namespace {

constexpr std::size_t kQuiet = 2;  // windows between two warnings that are one
constexpr Duration kStands = days{14};  // a warning that ended before that helps nobody
constexpr Duration kMostLead = days{28};
constexpr double kTwoSided95 = 1.96;

struct Warning {
  TimePoint from, to;
};

std::vector<Warning> WarningsOf(const WarningRule& rule, const Story& story) {
  std::vector<Warning> warnings;
  std::size_t newest = 0;
  const std::size_t told = story.windows.size() - (story.missed ? 1 : 0);  // a warning with the miss is none
  for (std::size_t count = 1; count <= told; ++count) {
    const auto windows = std::span(story.windows).first(count);
    if (!rule.warns(windows)) continue;
    const TimePoint at = windows.back().due;
    if (warnings.empty() || count > newest + kQuiet + 1) warnings.push_back({at, at});
    warnings.back().to = at;
    newest = count;
  }
  return warnings;
}

double DaysOf(Duration duration) { return std::chrono::duration<double, std::ratio<86400>>(duration).count(); }

double MeanValue(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

void Add(Score& score, const WarningRule& rule, const Story& story) {
  const TimePoint end = story.windows.back().due;
  std::size_t alarms = 0;
  double lead = 0;
  for (const Warning& warning : WarningsOf(rule, story)) {
    const bool may_come = end - warning.to <= kStands;  // of a story without a miss: nobody knows
    if (!may_come) ++alarms;
    if (may_come && story.missed && lead == 0) lead = std::min(DaysOf(*story.missed - warning.from), DaysOf(kMostLead));
  }
  ++score.stories;
  score.alarms.push_back(static_cast<double>(alarms) * 365 / DaysOf(end - story.windows.front().due));
  if (alarms > 0) ++score.with_alarm;
  if (!story.missed) return;
  ++score.misses;
  if (lead > 0) ++score.warned;
  score.lead.push_back(lead);
}

}  // namespace

Interval ShareOf(std::size_t some, std::size_t all) {
  const auto n = static_cast<double>(all);
  const double share = static_cast<double>(some) / n, square = kTwoSided95 * kTwoSided95;
  const double middle = (share + square / (2 * n)) / (1 + square / n);
  const double reach = kTwoSided95 * std::sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n);
  return {share, std::max(0.0, middle - reach), std::min(1.0, middle + reach)};
}

Interval MeanOf(const std::vector<double>& values) {
  constexpr std::size_t kDraws = 1000;
  Dice dice(1);
  std::vector<double> means;
  for (std::size_t draw = 0; draw < kDraws; ++draw) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[static_cast<std::size_t>(dice.Between(0, static_cast<double>(values.size())))];
    means.push_back(sum / static_cast<double>(values.size()));
  }
  std::sort(means.begin(), means.end());
  return {MeanValue(values), means[kDraws / 40], means[kDraws - 1 - kDraws / 40]};
}

Score ScoreOf(const WarningRule& rule, const std::vector<Story>& stories) {
  Score score;
  for (const Story& story : stories) Add(score, rule, story);
  return score;
}

std::vector<Story> TellAll(const Kind& kind, Seeds seeds) {
  std::vector<Story> stories;
  for (std::uint64_t seed = seeds.first; seed < seeds.first + seeds.count; ++seed) stories.push_back(Tell(kind, seed));
  return stories;
}

}  // namespace batchslo::trend_proof
