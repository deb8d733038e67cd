#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/core/history.h"

namespace batchslo {

// One success of a job: of its runs, its outputs or both, as the job's `success` asks.
struct Success {
  TimePoint time;    // the latest of its proofs
  TimePoint covers;  // the earliest of them: a run's scheduled time, else its start, else its success
  std::optional<TimePoint> scheduled;
  bool covers_is_start = false;  // a run's start, which may be a little early
  bool last_success = false;     // the scheduler's memory, not a run
  int run = -1;                  // index in Evidence::runs; -1: none
  int output = -1;               // index of the one output; -1: none; kAllOutputs
};
inline constexpr int kAllOutputs = -2;

// One proof of a job: its runs are one, each output is one.
struct Proof {
  bool is_runs = false;
  Spans covered;                     // seen without a gap
  std::vector<TimePoint> successes;  // its own, sorted
  Duration skew{0};                  // of its source's clock
};

// Everything the rules look at, gathered once an evaluation. Holds no pointer into what it was gathered from but `def`.
struct Evidence {
  const JobDef* def = nullptr;
  TimePoint now, first_seen;  // after it was taken out of the configuration: since when it is in it again
  bool answered = false;
  Duration staleness{0};  // the longest of its sources
  ScheduleLine line;
  std::string schedule_fault;  // why there are no ticks
  std::optional<Interval> pause;  // the newest one that has ended
  std::vector<Interval> gones;

  SuccessMode mode = SuccessMode::kAll;  // kRuns, kOutputs, kAny, or kAll only where both are there
  std::vector<Run> runs;                 // by id
  std::vector<TimePoint> strays;         // last successes that are no visible run's
  std::vector<std::vector<TimePoint>> moves;  // an output's successes, sorted; as def->outputs
  std::vector<Proof> proofs;
  std::vector<Success> run_successes;  // of the runs that count, alone
  std::vector<Success> fixed;  // those that do not depend on a window
  Spans runs_views;            // coverage by views of the runs' source alone
  std::optional<TimePoint> newest_view;
  Duration runs_staleness{0}, runs_skew{0};
  std::optional<Success> newest;  // the job's newest success
};

struct SourceViews {
  const SourceDef* def = nullptr;
  const Views* whole = nullptr;  // of the whole source; null: none
  const Views* scope = nullptr;  // of the job's scope
  Duration skew{0};              // how far its clock is from ours, either way
};

// `runs` has def null where no runs are known to belong to the job; `outputs` as def.outputs.
Evidence Gather(const JobDef& def, const History& history, const SourceViews& runs, const std::vector<SourceViews>& outputs,
                TimePoint now);

// Successes that only a span of time defines: outputs alone (their first moves in it), and runs or last successes
// that are paired with the first moves in it. `from` and `to` both belong to the span.
std::vector<Success> SuccessesWithin(const Evidence& evidence, TimePoint from, TimePoint to);

// "run train-29 and mart.items"
std::string Describe(const Evidence& evidence, const Success& success);

// A run that can prove success, by the job's options.
bool Counts(const JobDef& def, const Run& run);

// Whether the checks of an output hold for a look at it: none if a value is missing. `earlier` are those before it.
std::optional<bool> Passes(const Check& check, const Look& look, const std::vector<Look>& earlier);
std::optional<double> CheckValue(const Check& check, const Look& look);

}  // namespace batchslo
