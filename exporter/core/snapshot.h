#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/core/job.h"
#include "exporter/core/maybe.h"
#include "exporter/core/shared_value.h"
#include "exporter/core/time.h"

namespace batchslo {

enum class Verdict : std::uint8_t { kMet, kMissed, kUnknown, kPending, kPaused };
enum class State : std::uint8_t { kMet, kMissed, kUnknown, kPending, kPaused, kGone };
std::string_view VerdictName(Verdict verdict);  // "met"
std::string_view StateName(State state);        // "met"

struct Window {
  TimePoint opens, due;  // without grace
  static constexpr Window min() { return {TimePoint::min(), TimePoint::min()}; }  // what Maybe takes for none
  auto operator<=>(const Window&) const = default;
};

// A window that counts neither way.
struct Excused {
  SharedText why;
  TimePoint due;
  bool operator==(const Excused&) const = default;
};

// One objective of one job, judged.
struct ObjectiveState {
  Verdict verdict = Verdict::kUnknown;
  bool late = false;       // met, but after due + grace
  bool unproven = false;   // a window closed undecided while all its sources are up
  Maybe<Window> window;         // of the verdict
  Maybe<TimePoint> next_due;    // when the open window closes; none while paused
  std::string evidence;                 // "run train-29 and mart.items"; empty: none
  Maybe<TimePoint> success_at;  // of the evidence
  Maybe<Duration> margin;       // due minus success
  SharedValue<Excused> excused;  // the newest window that closed, or what is late by now; none: it counts
  SharedValue<Tally> tally;      // none: it is judged by itself, and nothing is counted
  bool operator==(const ObjectiveState&) const = default;
};

// Why the open window of an objective may close without a success.
enum class Risk : std::uint8_t {
  kNotKnown,    // too few run times are known, or its runs were not seen of late
  kNone,
  kRunning,     // the run that is going will end too late, if it takes its p95
  kNotRunning,  // none is going, and one that began at once would
  kUpstream,    // a job that it needs is missed
};
constexpr bool IsAtRisk(Risk risk) { return risk > Risk::kNone; }

// What is to be expected of one objective. Never a verdict.
struct Outlook {
  Risk risk = Risk::kNotKnown;
  Maybe<TimePoint> began;           // the run that is going
  Maybe<Duration> runtime_p95;      // of its successful runs
  std::optional<double> margin_lost;  // seconds a second, by the trend of its margins
  Maybe<TimePoint> predicted_miss;  // by the same
  std::uint64_t trend_of = 0;       // a hash of what the trend rests on; 0: it is worked out each time
  bool operator==(const Outlook&) const = default;
};

struct LastFailure {
  std::string run_id, reason, error, excerpt, fingerprint, link;  // error, excerpt, fingerprint, frame: as in FailureReading
  TimePoint at;
  std::string frame = {};
  bool operator==(const LastFailure&) const = default;
};

struct RunsState {
  static constexpr RunsState min();  // what Maybe takes for none
  Maybe<TimePoint> last_start, last_completion, running_since, next_run;
  Maybe<Duration> last_duration;
  std::uint32_t completed = 0, failed = 0;  // stored totals that only grow
  std::uint32_t consecutive_failures = 0;
  auto operator<=>(const RunsState&) const = default;
};
constexpr RunsState RunsState::min() {
  RunsState none;
  none.completed = none.failed = none.consecutive_failures = UINT32_MAX;
  return none;
}

struct OutputState {
  SharedText name, source;
  Maybe<TimePoint> updated, observed;
  std::optional<std::int64_t> rows, bytes;
  struct CheckState {
    SharedText name;
    std::optional<bool> passed;
    std::optional<double> value;
    bool operator==(const CheckState&) const = default;
  };
  std::vector<CheckState> checks;
  bool operator==(const OutputState&) const = default;
};

// One job, judged. Immutable once published; unchanged jobs are shared between snapshots.
struct JobState {
  std::shared_ptr<const JobDef> def;
  State state = State::kUnknown;
  TimePoint state_since, first_seen;
  Maybe<TimePoint> last_success;
  SharedText schedule, timezone;  // as in force; empty: none
  SharedText runs_source;         // as in force; empty: none
  std::vector<ObjectiveState> objectives;  // as def->objectives
  Maybe<RunsState> runs;                   // none: no runs are known to belong to it
  std::vector<OutputState> outputs;        // as def->outputs
  std::unique_ptr<LastFailure> failure;    // only while the newest completed run failed
  SharedValue<JobNames> blocked_by;        // the upstreams that are missed; none while it is paused or gone
  SharedValue<std::vector<Outlook>> outlooks;  // as objectives; none: nobody asked, or it is paused or gone
};

struct SourceState {
  std::string name, kind;
  bool up = false, complete = false;
  std::optional<TimePoint> last_success;  // of a poll, or the newest view of a watch
  std::string error;                      // of the last try; empty: none
  std::uint64_t polls = 0;
  std::vector<std::pair<std::string, std::uint64_t>> failures;  // by reason (bounded): "timeout", "forbidden" ...
  std::vector<double> poll_seconds_buckets;                     // cumulative counts; bounds in kPollBuckets
  double poll_seconds_sum = 0;
  std::optional<double> clock_skew_seconds;
  struct Scope {
    std::string name;
    bool up = false;
    std::string error;
  };
  std::vector<Scope> scopes;
  // what only one kind of source has: {"batchslo_kubernetes_list_total", {{"result","ok"}}, 3}
  struct Extra {
    std::string metric;
    std::vector<std::pair<std::string, std::string>> labels;
    double value;
  };
  std::vector<Extra> extras;
};
inline constexpr double kPollBuckets[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

// What the rows of a registry came to.
struct RegistryReading {
  std::uint64_t rows = 0, invalid = 0;  // that define a job; that are left out for their faults
  struct Note {
    int row = 0;              // as a spreadsheet counts
    std::string column, job;  // empty: of the row; it is not known
    std::string text;
  };
  std::vector<Note> faults, remarks;  // why rows are left out; what of the others does not count, and why. At most 100 each
  struct Row {
    int row;
    std::string job;
  };
  std::vector<Row> alone;  // of jobs that have no block, by job
};

struct RegistryState {
  std::string name, kind;
  std::optional<bool> up;                 // none: it was not asked yet
  std::optional<TimePoint> last_success;  // of the reading, too, after a restart
  std::string error;                      // of the last try; empty: none
  std::shared_ptr<const RegistryReading> reading;  // null: no good table is known
  std::vector<RegistryReading::Row> unknown;       // of jobs that no source knows; at most 100
};

struct ConfigState {
  bool last_reload_ok = true;
  TimePoint last_reload_success;
  std::string error;  // the text of `check config` for a refused file
  std::string file;
  std::uint32_t hash = 0;
};

struct StoreState {
  bool up = true;
  std::uint64_t size_bytes = 0, writes = 0, write_failures = 0;
  std::string error;
};

// The immutable result of one evaluation: all that a face ever reads.
struct Snapshot {
  TimePoint at;
  double evaluation_seconds = 0;
  std::vector<std::shared_ptr<const JobState>> jobs;  // by name
  std::vector<SourceState> sources;                   // in the order of the configuration
  std::vector<RegistryState> registries;              // the same
  ConfigState config;
  std::optional<ConfigState> web_config;  // none: no file is named
  StoreState store;
};

}  // namespace batchslo
