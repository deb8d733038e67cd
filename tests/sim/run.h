#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/sim/oracle/judge.h"
#include "tests/sim/plan.h"

namespace sim {

struct Finding {
  Instant at = 0;
  oracle::Fault fault;
};

struct Outcome {
  std::vector<Finding> findings;
  std::size_t looks = 0;
  std::vector<std::string> verdicts;  // of each look that was planned, without what the poison adds
  // Only where it is to be told: what happened, and the facts as lines for `batchslo_exporter replay`.
  std::vector<std::pair<Instant, std::string>> timeline;
  std::vector<std::string> facts;
  std::string config;
};

enum class Telling { kNothing, kAll };

// Runs one plan from its start to its end, or to the first look with a fault. The same each time.
Outcome RunPlanned(const Plan& plan, const std::string& directory, Telling telling);

}  // namespace sim
