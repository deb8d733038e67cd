#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/timetable.h"

namespace sim {

using oracle::Span;

enum class System { kPush, kCluster, kTable };
const char* NameOf(System system);  // as the configuration calls it
inline constexpr const char* kPoison = "poison";  // the source of Plan::has_poison

struct RulePlan {
  oracle::Rule rule;
  std::vector<std::string> lines;  // of the configuration, below "objectives: NAME:"
};

struct JobPlan {
  std::string name;
  System system = System::kPush;
  Timetable timetable;
  std::string dialect;
  std::vector<RulePlan> rules;
  bool is_discovered = false;    // of the cluster: nobody wrote it down, it has its derived default
  Instant begins = 0;            // when it was made; before the start: with it
  bool counts_manual = true;
  Instant kept = 0;              // how long the cluster keeps an execution that ended
  bool tells_last_success = true;
  std::int64_t least_rows = 0;   // of a table
};

struct RunPlan {
  std::size_t job = 0;
  oracle::Run run;
  Instant created = 0;
  bool is_manual = false;
  // Of pushes: what reaches us again, and how long after the first time; 0: never.
  Instant start_again = 0, end_again = 0;
  bool start_comes_last = false;  // the wrapper's first message was held up until the last one had come
};

enum class Trouble { kRefused, kServerError, kForbidden, kLoginPage, kEmptyBody, kSecondPage, kCutStream, kExpired, kHangs, kSilent, kUnauthorized, kJobsForbidden, kTableMissing };
const char* NameOf(Trouble trouble);

struct TroublePlan {
  System system = System::kCluster;
  Trouble trouble = Trouble::kRefused;
  Span span{};
};

enum class Life { kKill, kRestart, kSleep, kReload, kLedgerFull, kClockJump, kTwin };
const char* NameOf(Life life);

struct LifePlan {
  Life life = Life::kKill;
  Instant at = 0, lasts = 0;
  Instant by = 0;  // of a jump
};

struct PausePlan {
  std::size_t job = 0;
  Span span{};
};

// All that happens in one run of the simulation, and nothing but that. Anything may be taken out of it.
struct Plan {
  std::uint64_t seed = 0;
  Instant start = 0, end = 0;
  std::vector<JobPlan> jobs;
  std::vector<RunPlan> runs;
  std::vector<TroublePlan> troubles;
  std::vector<LifePlan> lives;
  std::vector<PausePlan> pauses, deletions;
  std::vector<Instant> looks;    // verdicts are asked for, beside those after each fact
  Instant cluster_skew = 0;      // its clock, ahead of ours
  Instant poll_interval = 0;     // of pushes and tables
  int page_size = 500;           // of the cluster's lists
  Instant event_lag = 0;         // how late an event of the cluster reaches us
  bool has_poison = false;       // one more source, with a job of its own, that hangs for ever
};

Plan MakePlan(std::uint64_t seed);

// What the plan makes true, before anything is known of how it was told.
std::vector<oracle::Truth> TruthOf(const Plan& plan);

std::string ConfigOf(const Plan& plan, Instant at, const std::string& database);

}  // namespace sim
