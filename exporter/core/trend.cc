// A line through margins that one bad night, a heavy Monday and a step don't move.
//
// Slope (Theil, Sen): the median of the slopes of all pairs of windows. Only windows that are whole weeks apart are
// compared (Hirsch, Slack), as Mondays are with Mondays: what comes back each week is no trend.
// Confidence (Kendall): of those pairs, how many more fell than rose, by what chance alone would give.
// Steadiness: a step, with a level before and one after, must not explain the margins better than the line does. After a
// step nothing goes on falling.
// The line of each weekday has its own height. The lowest one reaches zero first, and that is the miss.
//
//   Mon 60 57 53 51   falls in each of 6 pairs, by about 3 min a week: 3 min / 7 days = 0.0003 seconds a second
//   Tue 80 78 74 72   the same; Monday's line is at 51 min, and falls below zero after 17 weeks: too far ahead to say
#include "exporter/core/trend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace batchslo {
namespace {

constexpr std::size_t kLeastPoints = 12;    // fewer agree too often by chance
constexpr Duration kLeastSpan = days{21};    // three of each weekday tell a trend from a week
constexpr Duration kReach = days{56};        // older windows say little of today; of a weekly job they are all there is
constexpr Duration kWeek = days{7};
constexpr Duration kClockChange = hours{1};  // by so much windows of one time of the week differ
constexpr Duration kRare = days{6};          // windows that are all further apart have no days of the week
constexpr Duration kHorizon = days{28};      // and no further ahead than the windows reach back
constexpr double kLeastDeviations = 3;       // one steady job in 700 has such a Kendall sum by chance
constexpr std::size_t kLeastOnLevel = 3;     // windows; fewer are outliers

struct Point {
  double at, margin;  // seconds, from the newest due on
};
using Season = std::vector<Point>;

double SecondsOf(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return values.size() % 2 == 1 ? *middle : (*middle + *std::max_element(values.begin(), middle)) / 2;
}

std::span<const MarginPoint> NewestOf(std::span<const MarginPoint> points) {
  std::size_t old = 0;
  while (points.size() - old > kLeastPoints && points[old].due < points.back().due - kReach) ++old;
  return points.subspan(old);
}

bool AreRare(std::span<const MarginPoint> points) {
  return std::adjacent_find(points.begin(), points.end(), [](const auto& a, const auto& b) { return b.due - a.due < kRare; }) == points.end();
}

bool AreWeeksApart(TimePoint a, TimePoint b) {
  const Duration phase = (b - a) % kWeek;
  return phase <= kClockChange || phase >= kWeek - kClockChange;
}

// The windows of each time of the week.
std::vector<Season> SeasonsOf(std::span<const MarginPoint> points) {
  std::vector<Season> seasons;
  std::vector<TimePoint> firsts;
  const bool rare = AreRare(points);
  for (const MarginPoint& point : points) {
    const auto known = std::find_if(firsts.begin(), firsts.end(), [&](TimePoint first) { return rare || AreWeeksApart(first, point.due); });
    const auto season = static_cast<std::size_t>(known - firsts.begin());
    if (known == firsts.end()) {
      firsts.push_back(point.due);
      seasons.emplace_back();
    }
    seasons[season].push_back({SecondsOf(point.due - points.back().due), SecondsOf(point.margin)});
  }
  return seasons;
}

struct Comparison {
  std::vector<double> slopes;
  double sum = 0, variance = 0;  // Kendall's: of pairs that rose less those that fell; equal ones make it surer than it says
};

Comparison Compare(const std::vector<Season>& seasons) {
  Comparison comparison;
  for (const Season& season : seasons) {
    for (std::size_t b = 0; b < season.size(); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        const double change = season[b].margin - season[a].margin;
        comparison.slopes.push_back(change / (season[b].at - season[a].at));
        comparison.sum += static_cast<double>(change > 0) - static_cast<double>(change < 0);
      }
    }
    const auto count = static_cast<double>(season.size());
    comparison.variance += count * (count - 1) * (2 * count + 5) / 18;
  }
  return comparison;
}

bool IsFalling(const Comparison& comparison) { return -comparison.sum - 1 >= kLeastDeviations * std::sqrt(comparison.variance); }

// The heights of the lines with this slope, one a season, when the newest window was due.
std::vector<double> HeightsOf(const std::vector<Season>& seasons, double slope) {
  std::vector<double> heights;
  for (const Season& season : seasons) {
    std::vector<double> residuals;
    for (const Point& point : season) residuals.push_back(point.margin - slope * point.at);
    heights.push_back(Median(std::move(residuals)));
  }
  return heights;
}

double Lowest(const std::vector<Season>& seasons, const std::vector<double>& heights) {
  double lowest = std::numeric_limits<double>::max();
  for (std::size_t i = 0; i < seasons.size(); ++i) {
    if (seasons[i].size() > 1) lowest = std::min(lowest, heights[i]);
  }
  return lowest;
}

double DeviationFrom(double level, std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += std::abs(value - level);
  return sum;
}

double DeviationFromLevel(std::span<const double> values) { return DeviationFrom(Median({values.begin(), values.end()}), values); }

// Whether the line leaves less unexplained than any step does, once the days of the week are alike.
bool IsSteady(const std::vector<Season>& seasons, const std::vector<double>& heights, double slope) {
  std::vector<Point> alike;
  for (std::size_t i = 0; i < seasons.size(); ++i) {
    for (const Point& point : seasons[i]) alike.push_back({point.at, point.margin - heights[i]});
  }
  std::sort(alike.begin(), alike.end(), [](const Point& a, const Point& b) { return a.at < b.at; });
  std::vector<double> values;
  double of_line = 0, of_step = std::numeric_limits<double>::max();
  for (const Point& point : alike) {
    values.push_back(point.margin);
    of_line += std::abs(point.margin - slope * point.at);
  }
  const std::span<const double> all(values);
  for (std::size_t before = kLeastOnLevel; before + kLeastOnLevel <= all.size(); ++before) {
    of_step = std::min(of_step, DeviationFromLevel(all.first(before)) + DeviationFromLevel(all.subspan(before)));
  }
  return of_line < of_step;
}

}  // namespace

std::optional<MarginTrend> FitMargins(std::span<const MarginPoint> all, Duration grace) {
  const auto points = NewestOf(all);
  if (points.size() < kLeastPoints || points.back().due - points.front().due < kLeastSpan) return std::nullopt;
  const std::vector<Season> seasons = SeasonsOf(points);
  const Comparison comparison = Compare(seasons);
  if (comparison.slopes.empty()) return std::nullopt;
  const double slope = Median(comparison.slopes);
  MarginTrend trend{-slope, std::nullopt};
  if (slope >= 0 || !IsFalling(comparison)) return trend;
  const std::vector<double> heights = HeightsOf(seasons, slope);
  if (!IsSteady(seasons, heights, slope)) return trend;
  const double until = std::max(0.0, (Lowest(seasons, heights) + SecondsOf(grace)) / -slope);
  const Duration horizon = std::min<Duration>(kHorizon, points.back().due - points.front().due);
  if (until <= SecondsOf(horizon)) trend.predicted_miss = points.back().due + std::chrono::round<Duration>(std::chrono::duration<double>(until));
  return trend;
}

}  // namespace batchslo
