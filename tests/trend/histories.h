// Jobs that are made up: how long before it was due each window was met, night by night.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "exporter/core/trend.h"

namespace batchslo::trend_proof {

// A job that starts at 02:00 and is due at 06:00: of the four hours its run leaves a margin.
inline constexpr double kWindowMinutes = 240;

// Numbers that are the same on every machine, by a seed: sums and products only, no library's curves.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}
  double Between(double low, double high);
  double Normal(double deviation);  // near enough: a sum of twelve

 private:
  double Uniform();  // [0, 1)
  std::uint64_t state_;
};

struct Kind {
  std::string_view name;
  std::vector<MarginPoint> (*make)(Dice&);
};
std::array<Kind, 6> Kinds();

// Up to the first window that is missed, which is the last one; to the end, if none is.
struct Story {
  std::vector<MarginPoint> windows;
  std::optional<TimePoint> missed;
};
Story Tell(const Kind& kind, std::uint64_t seed);

}  // namespace batchslo::trend_proof
