// Tested by tests/core/explain_test.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exporter/core/what_if.h"

namespace batchslo {

// Why the verdicts of one job are what they are, for somebody who was paged. Plain data; texts are whole sentences without
// a full stop, their times are those of `zone`.

// A stretch of a window that was not seen.
struct ExplainedGap {
  std::string of;  // "runs of gke/recommend", "mart.items of dwh"
  Span span;       // one instant: something in it breaks the proof
  std::string why;
};

struct ExplainedObjective {
  Objective objective;
  ObjectiveState state;
  std::string rule;      // "by 10:00 mon-fri (Asia/Tokyo), grace 5m"
  std::string headline;  // "MISSED by 10:00 (Asia/Tokyo): no success since the window opened at Thu 2026-03-05 08:00; last success ..."
  std::vector<std::string> why;
  std::vector<std::string> expected;  // what the run that is going, and the margins, let expect
  std::vector<WindowSight> windows;  // the newest that have begun and the next, oldest first
  std::vector<ExplainedGap> gaps;    // of an undecided window
  WhatIf what_if;
  std::optional<int> tolerate = {};  // of an every_run, as it holds; none: there is no schedule to derive it from
};

struct ExplainedTick {
  TimePoint at;
  std::string note;  // what a change of the clocks does to it; empty: nothing
};

struct Explanation {
  TimePoint at;
  Zone zone;                              // in which people read it: of the first deadline, else of the schedule
  std::shared_ptr<const JobState> state;  // null: not followed
  std::string headline;                   // of the job: that of its worst objective, or why it is paused or gone
  std::vector<ExplainedObjective> objectives;
  std::vector<std::string> notes;         // changes of the clocks, pauses, clocks that are wrong, sources that can't be asked
  Zone schedule_zone;
  std::vector<ExplainedTick> ticks;  // of the job's schedule: the last and the next few
  std::vector<Run> runs;             // the newest few, newest first
  std::vector<std::string> runs_not_counted;  // ids of those of them that can't prove success
  std::optional<TimePoint> newest_view;       // of the source of its runs
};

// What sources last said of themselves: name and error.
using SourceErrors = std::map<std::string, std::string>;

// `alone`: Tracker::Alone of the job.
Explanation Explain(const Tracker& alone, const std::string& job, TimePoint now, const SourceErrors& errors);

}  // namespace batchslo
