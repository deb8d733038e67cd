#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"

namespace batchslo {

// Facts are all that a source ever says: what it saw, about what, and when it looked. The ledger keeps them, the
// evaluator judges by them, `replay` reads them from a file (design: replay). Nothing in them is an opinion.

enum class Outcome : std::uint8_t { kRunning, kSucceeded, kFailed, kCancelled, kSkipped };
enum class Trigger : std::uint8_t { kUnknown, kScheduled, kManual, kBackfill };  // unknown counts as scheduled

// A run that really ran to an end: it counts in batchslo_job_runs_total.
inline bool IsCompleted(Outcome outcome) { return outcome == Outcome::kSucceeded || outcome == Outcome::kFailed; }

// The job exists (or, with `configured`, is written in our configuration, which is no sight of it). What is silent
// (nullopt) stays as it was.
struct JobFact {
  std::string job;
  bool configured = false;
  std::optional<std::string> scope, schedule, timezone, dialect;
  std::optional<bool> paused;
  // Keys with the prefix "batchslo/" (cut off), as the scheduler holds them. Live only: not part of the file format.
  std::optional<std::map<std::string, std::string>> annotations;
  bool operator==(const JobFact&) const = default;
};

// A look at a source, or at one scope of it. Complete: what it does not show did not exist then.
struct ViewFact {
  std::optional<std::string> scope;  // none: all of the source
  bool complete = true;
  std::optional<TimePoint> since;  // sources with history: how far back the reply reached
  bool operator==(const ViewFact&) const = default;
};

// One sight of one execution of a job.
struct RunFact {
  std::string job, run_id;
  std::optional<std::string> scope;
  std::optional<TimePoint> scheduled, created, started, finished;
  Outcome outcome = Outcome::kRunning;
  Trigger trigger = Trigger::kUnknown;
  std::string reason, excerpt, link;  // empty: silent
  bool operator==(const RunFact&) const = default;
};

// One look at an output. `updated` is empty for an output that has never moved (an empty table).
struct ObservationFact {
  std::string job, output;
  std::optional<TimePoint> updated;
  std::optional<std::int64_t> rows, bytes;
  std::optional<std::string> partition;
  std::map<std::string, double> values;  // of checks: "null.amount"
  bool operator==(const ObservationFact&) const = default;
};

// The scheduler's own memory of the newest success (a CronJob's lastSuccessfulTime); no value: it never succeeded.
struct LastSuccessFact {
  std::string job;
  std::optional<TimePoint> value;
  bool operator==(const LastSuccessFact&) const = default;
};

// A complete view that reached over the job's scope does not have it any more.
struct GoneFact {
  std::string job;
  bool operator==(const GoneFact&) const = default;
};

// The source could not be asked. Information only.
struct DownFact {
  std::string reason;
  bool operator==(const DownFact&) const = default;
};

struct Fact {
  std::string source;
  TimePoint observed;
  std::variant<JobFact, ViewFact, RunFact, ObservationFact, LastSuccessFact, GoneFact, DownFact> what;
  bool operator==(const Fact&) const = default;
};

// The job that a fact is about; "" of what is said of a source.
const std::string& JobOf(const Fact& fact);

// What one poll or one event says, in one transaction of the ledger.
using Report = std::vector<Fact>;

// Takes a report and answers when it is durable. Safe from any thread; blocks at most until the commit.
using Sink = std::function<Result<void>(Report)>;

}  // namespace batchslo
