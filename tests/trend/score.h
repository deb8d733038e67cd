// What a rule's warnings were worth.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/trend/histories.h"
#include "tests/trend/rules.h"

namespace batchslo::trend_proof {

struct Interval {  // of 95%
  double value, low, high;
};

// So many of so many (Wilson).
Interval ShareOf(std::size_t some, std::size_t all);
// Bootstrap, with dice of its own; `values` not empty.
Interval MeanOf(const std::vector<double>& values);

struct Seeds {
  std::uint64_t first, count;
};

// Warnings on nights in a row, or with a few quiet ones between, are one. It is true if the miss comes within it or two weeks
// after, else a false alarm.
struct Score {
  std::size_t stories = 0, misses = 0, warned = 0;
  std::vector<double> alarms;  // false ones of each story, a year of it
  std::size_t with_alarm = 0;
  std::vector<double> lead;    // days from the warning to each miss, 28 at most; 0: there was none
};
Score ScoreOf(const WarningRule& rule, const std::vector<Story>& stories);

std::vector<Story> TellAll(const Kind& kind, Seeds seeds);

}  // namespace batchslo::trend_proof
