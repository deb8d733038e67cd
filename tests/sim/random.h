#pragma once

#include <cstdint>
#include <vector>

#include "tests/sim/oracle/truth.h"

namespace sim {

// splitmix64: the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // Both ends belong to it.
  oracle::Instant Between(oracle::Instant from, oracle::Instant to) {
    return from + static_cast<oracle::Instant>(Next() % static_cast<std::uint64_t>(to - from + 1));
  }
  bool Chance(int percent) { return Next() % 100 < static_cast<std::uint64_t>(percent); }
  template <class T>
  const T& Of(const std::vector<T>& all) {
    return all[Next() % all.size()];
  }

 private:
  std::uint64_t state_;
};

}  // namespace sim
