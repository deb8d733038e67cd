#include "tests/trend/rules.h"

#include <algorithm>
#include <cmath>

#include "tests/trend/histories.h"

namespace batchslo::trend_proof {
namespace {

// All thresholds stand here; they were settled by seeds 1 to 400, and none of those is in the table.
constexpr double kLittleLeft = 0.2;      // of the window
constexpr double kUnusual = 2;           // standard deviations
constexpr std::size_t kUsualWindows = 28;
constexpr double kHorizonSeconds = 28 * 86400;

double SecondsOf(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::span<const MarginPoint> Newest(std::span<const MarginPoint> windows, std::size_t count) { return windows.last(std::min(count, windows.size())); }

bool PredictsMiss(std::span<const MarginPoint> windows) {
  const auto trend = FitMargins(Newest(windows, kTrendWindows), Duration{0});
  return trend && trend->predicted_miss;
}

bool LittleIsLeft(std::span<const MarginPoint> windows) { return SecondsOf(windows.back().margin) < kLittleLeft * kWindowMinutes * 60; }

// Less than is usual: the mean of the windows before it, less some deviations.
bool IsUnusual(std::span<const MarginPoint> windows) {
  const auto before = Newest(windows.first(windows.size() - 1), kUsualWindows);
  if (before.size() < kUsualWindows / 2) return false;
  double sum = 0, squares = 0;
  for (const MarginPoint& window : before) sum += SecondsOf(window.margin);
  const double mean = sum / static_cast<double>(before.size());
  for (const MarginPoint& window : before) squares += (SecondsOf(window.margin) - mean) * (SecondsOf(window.margin) - mean);
  return SecondsOf(windows.back().margin) < mean - kUnusual * std::sqrt(squares / static_cast<double>(before.size() - 1));
}

// The least squares of the same windows as ours, as predict_linear has them.
bool LineFallsBelowZero(std::span<const MarginPoint> windows) {
  const auto newest = Newest(windows, kTrendWindows);
  if (newest.size() < kUsualWindows / 2) return false;
  double at = 0, margin = 0, product = 0, square = 0;
  const auto count = static_cast<double>(newest.size());
  for (const MarginPoint& window : newest) {
    const double x = SecondsOf(window.due - newest.back().due), y = SecondsOf(window.margin);
    at += x;
    margin += y;
    product += x * y;
    square += x * x;
  }
  const double slope = (count * product - at * margin) / (count * square - at * at);
  const double height = (margin - slope * at) / count;
  return slope < 0 && height + slope * kHorizonSeconds < 0;
}

}  // namespace

std::array<WarningRule, 4> Rules() {
  return {{{"predicted miss", PredictsMiss},
           {"less than 20% of the window left", LittleIsLeft},
           {"2 deviations below the mean", IsUnusual},
           {"least squares below 0 in 28 days", LineFallsBelowZero}}};
}

}  // namespace batchslo::trend_proof
