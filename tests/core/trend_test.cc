#include "exporter/core/trend.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace batchslo {
namespace {

constexpr TimePoint kFirst{days{20'000} + hours{10}};

// A window every so many days, by its number the minutes of margin.
std::vector<MarginPoint> Windows(int count, int apart, const std::function<double(int)>& margin) {
  std::vector<MarginPoint> points;
  for (int i = 0; i < count; ++i) points.push_back({kFirst + days{i * apart}, Duration(static_cast<std::int64_t>(margin(i) * 60e6))});
  return points;
}

double Jitter(int i) { return (i * 7 % 11) - 5; }  // -5 to 5, without a trend

struct Row {
  const char* what;
  int count, apart;
  double (*margin)(int);
  double lost_a_day;  // minutes; NaN: too little is known
  int miss_on;        // the day, from the first window on; 0: none is predicted
};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

const Row kRows[] = {
    {"three minutes a day, as straight as can be", 28, 1, [](int i) { return 120.0 - 3 * i; }, 3, 40},
    {"the same with jitter", 28, 1, [](int i) { return 120.0 - 3 * i + Jitter(i); }, 3, 39},
    {"ahead of the four weeks that it reaches back", 28, 1, [](int i) { return 190.0 - 3 * i; }, 3, 0},
    {"at the end of what it reaches back", 28, 1, [](int i) { return 162.0 - 3 * i; }, 3, 54},
    {"a day later", 28, 1, [](int i) { return 165.0 - 3 * i; }, 3, 0},
    {"falling below zero already", 28, 1, [](int i) { return 60.0 - 3 * i; }, 3, 27},
    {"growing margins", 28, 1, [](int i) { return 20.0 + 3 * i; }, -3, 0},
    {"flat", 28, 1, [](int) { return 20.0; }, 0, 0},
    {"jitter alone", 28, 1, [](int i) { return 20.0 + Jitter(i); }, 0, 0},
    {"a heavy Monday", 28, 1, [](int i) { return i % 7 == 4 ? 10.0 + Jitter(i) : 90.0 + Jitter(i); }, 0, 0},
    {"a week that fills up, again and again", 28, 1, [](int i) { return 60.0 - 8 * (i % 7); }, 0, 0},
    {"a step", 28, 1, [](int i) { return (i < 14 ? 90.0 : 30.0) + Jitter(i); }, 3.4, 0},
    {"a step a few days ago", 28, 1, [](int i) { return (i < 24 ? 90.0 : 10.0) + Jitter(i); }, 0, 0},
    {"a heavy day that grows with the others misses first", 28, 1, [](int i) { return (i % 7 == 4 ? 100.0 : 150.0) - 3 * i; }, 3, 33},
    {"one bad night", 28, 1, [](int i) { return i == 20 ? -300.0 : 120.0 - 3 * i; }, 3, 40},
    {"weekly windows have no days of the week", 12, 7, [](int i) { return 55.0 - 4 * i; }, 4.0 / 7, 96},
    {"eleven windows are too few", 11, 7, [](int i) { return 55.0 - 4 * i; }, kNone, 0},
    {"three weeks", 22, 1, [](int i) { return 100.0 - 3 * i; }, 3, 33},
    {"a day less", 21, 1, [](int i) { return 100.0 - 3 * i; }, kNone, 0},
    {"what was long ago is left out", 70, 1, [](int i) { return i < 13 ? 10.0 : 250.0 - 3 * (i - 13); }, 3, 96},
};

TEST(Trend, OfMargins) {
  for (const Row& row : kRows) {
    const auto points = Windows(row.count, row.apart, row.margin);
    const auto trend = FitMargins(points, Duration{0});
    EXPECT_EQ(trend.has_value(), !std::isnan(row.lost_a_day)) << row.what;
    if (!trend) continue;
    EXPECT_NEAR(trend->lost * 24 * 60, row.lost_a_day, 0.5) << row.what;
    EXPECT_EQ(trend->predicted_miss.has_value(), row.miss_on > 0) << row.what;
    const auto miss = trend->predicted_miss.value_or(kFirst) - kFirst;
    EXPECT_EQ(std::chrono::round<days>(miss).count(), row.miss_on) << row.what;
  }
}

TEST(Trend, AMissIsWhenGraceIsUsedUp) {
  const auto points = Windows(28, 1, [](int i) { return 100.0 - 3 * i; });
  EXPECT_EQ(FitMargins(points, minutes{30})->predicted_miss, *FitMargins(points, Duration{0})->predicted_miss + days{10});
}

TEST(Trend, ANightOfAChangeOfTheClocksIsStillAMonday) {
  auto points = Windows(28, 1, [](int i) { return 120.0 - 3 * i; });
  for (std::size_t i = 14; i < points.size(); ++i) points[i].due -= hours{1};
  EXPECT_TRUE(FitMargins(points, Duration{0})->predicted_miss);
}

TEST(Trend, OfNothing) { EXPECT_EQ(FitMargins({}, Duration{0}), std::nullopt); }

}  // namespace
}  // namespace batchslo
