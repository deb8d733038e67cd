#include "tests/trend/histories.h"

#include <algorithm>
#include <functional>

namespace batchslo::trend_proof {
namespace {

constexpr int kNights = 200;
constexpr TimePoint kFirstDue{days{20'000} + hours{6}};

using MinutesOf = std::function<double(int night)>;  // that the run takes

std::vector<MarginPoint> Nights(const MinutesOf& minutes_of) {
  std::vector<MarginPoint> windows;
  for (int night = 0; night < kNights; ++night) {
    const double margin = kWindowMinutes - std::max(1.0, minutes_of(night));
    windows.push_back({kFirstDue + days{night}, Duration(static_cast<std::int64_t>(margin * 60e6))});
  }
  return windows;
}

std::vector<MarginPoint> Steady(Dice& dice) {
  const double usual = dice.Between(60, 205), noise = dice.Between(3, 8);
  return Nights([&](int) { return usual + dice.Normal(noise); });
}

MinutesOf Growth(Dice& dice, double least, double most) {
  const double usual = dice.Between(60, 140), noise = dice.Between(3, 10), begins = dice.Between(20, 60), daily = dice.Between(least, most);
  return [&dice, usual, noise, begins, daily](int night) { return usual + daily * std::max(0.0, night - begins) + dice.Normal(noise); };
}

std::vector<MarginPoint> Growing(Dice& dice) { return Nights(Growth(dice, 1, 4)); }

// Each weekday has its own load, and one is heavy.
std::vector<MarginPoint> Weekly(Dice& dice) {
  const double usual = dice.Between(60, 110), noise = dice.Between(3, 8);
  std::array<double, 7> load{};
  for (double& minutes : load) minutes = dice.Between(0, 50);
  load[static_cast<std::size_t>(dice.Between(0, 7))] += dice.Between(30, 60);
  return Nights([&](int night) { return usual + load[static_cast<std::size_t>(night % 7)] + dice.Normal(noise); });
}

// One night it takes longer, and so it stays.
std::vector<MarginPoint> Step(Dice& dice) {
  const double usual = dice.Between(60, 120), noise = dice.Between(3, 8), at = dice.Between(40, 140), higher = dice.Between(30, 90);
  return Nights([&](int night) { return usual + (night >= at ? higher : 0) + dice.Normal(noise); });
}

// Slow spells that last for some nights, and slow nights out of the blue.
std::vector<MarginPoint> Noisy(Dice& dice) {
  const double usual = dice.Between(60, 130), noise = dice.Between(10, 20), lasts = dice.Between(0.2, 0.6);
  double spell = 0;
  return Nights([&, lasts](int) {
    spell = lasts * spell + dice.Normal(noise);
    const double outlier = dice.Between(0, 1) < 0.02 ? dice.Between(20, 60) : 0;
    return usual + spell + outlier;
  });
}

// Business days, of which half are not known of. Every other such job grows.
std::vector<MarginPoint> Sparse(Dice& dice) {
  const MinutesOf minutes_of = dice.Between(0, 1) < 0.5 ? Growth(dice, 1, 3) : Growth(dice, 0, 0);
  std::vector<MarginPoint> windows = Nights(minutes_of);
  std::vector<MarginPoint> known;
  for (std::size_t night = 0; night < windows.size(); ++night) {
    if (night % 7 < 5 && dice.Between(0, 1) < 0.5) known.push_back(windows[night]);
  }
  return known;
}

}  // namespace

double Dice::Uniform() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53;
}

double Dice::Between(double low, double high) { return low + (high - low) * Uniform(); }

double Dice::Normal(double deviation) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += Uniform();
  return sum * deviation;
}

std::array<Kind, 6> Kinds() {
  return {{{"steady", Steady}, {"growing", Growing}, {"weekly", Weekly}, {"step", Step}, {"noisy", Noisy}, {"sparse", Sparse}}};
}

Story Tell(const Kind& kind, std::uint64_t seed) {
  Dice dice(seed);
  Story story{kind.make(dice), {}};
  const auto missed = std::find_if(story.windows.begin(), story.windows.end(), [](const MarginPoint& window) { return window.margin < Duration{0}; });
  if (missed == story.windows.end()) return story;
  story.missed = missed->due;
  story.windows.erase(missed + 1, story.windows.end());
  return story;
}

}  // namespace batchslo::trend_proof
