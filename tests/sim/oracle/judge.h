#pragma once

#include <optional>
#include <string>

#include "tests/sim/oracle/truth.h"

namespace oracle {

// What was told of one objective.
struct Claim {
  std::string objective;
  std::string verdict;  // "met", "missed", "unknown", "pending", "paused"
  bool late = false;
  std::optional<Instant> due;  // of its window, without grace
  std::optional<std::uint64_t> counted, counted_missed;  // windows, ever
};

// What was told of one job at one instant.
struct Told {
  Instant now = 0;    // truly
  Instant clock = 0;  // by our clock
  std::optional<Instant> newest_view;  // that was stored: a complete look at the job's part of its source
  std::optional<Instant> newest_last;  // the newest look at its last success, which tells of nothing else
  std::string state;                   // as a verdict, or "gone"
  std::vector<Claim> claims;
  std::optional<std::uint64_t> completed, failed;
};

enum class Broken { kFalseMet, kFalseMissed, kUnknownOverBound, kLost };

struct Fault {
  Broken what;
  std::string job, objective, text;
};

// The faults of what was told, by all that really happened.
std::vector<Fault> Judge(const Truth& truth, const Told& told);

}  // namespace oracle
