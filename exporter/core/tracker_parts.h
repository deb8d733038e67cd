#pragma once
// Private to tracker*.cc and job_state.cc.

#include "exporter/core/failure.h"
#include "exporter/core/tracker.h"

namespace batchslo {

struct Tracker::SourceTrack {
  SourceDef def;
  Views whole;
  std::map<std::string, Views, std::less<>> scopes;
  std::uint64_t version = 0;  // grows with each view
  Duration skew{0};           // of its clock, either way
};

// What was said of a run that failed; of the newest one only. Of several sights the last that is not silent holds, each
// field by itself: a log is read after the run was seen to fail.
struct FailureText {
  struct Said {
    std::string text;
    TimePoint observed;
  };
  std::string run_id;
  TimePoint ended, observed;  // observed: when it was seen first
  Said reason, excerpt, link;
  std::shared_ptr<const FailureReading> reading;  // of reason and excerpt; null: not read yet
};

struct Tracker::JobTrack {
  // Of the last evaluation; first, for the next one looks at nothing else where nothing has changed.
  std::shared_ptr<const JobState> state;
  TimePoint valid_until = TimePoint::min();
  std::uint64_t seen_views = 0;
  bool dirty = true, awaits_view = false, was_up = false;
  bool up_matters = false;   // whether the sources are up could change what is shown
  bool remembered = false;   // its memory has been told since
  bool tallied = false;      // the objectives of its state have their tallies

  std::shared_ptr<const JobDef> configured;  // in the fleet; null: discovered
  std::shared_ptr<const JobDef> def;
  SharedText runs_source;  // as configured, else of the first fact that brought runs; empty: none
  SharedText scope;
  std::unique_ptr<const std::map<std::string, std::string>> annotations;  // null: none
  Maybe<TimePoint> annotated_at;  // when they were seen last
  History history;
  std::unique_ptr<std::vector<Fact>> early;  // of its runs, from before their source was known; null: none
  std::unique_ptr<FailureText> failure;
  std::uint32_t completed = 0, failed = 0;
  Maybe<TimePoint> horizon;  // facts before it are gone from memory
  std::size_t trimmed_bytes = 0;  // of its history, when it was trimmed last
  std::uint64_t memory = 0;  // a hash of the text that was told last
  State remembered_state = State::kUnknown;
  Maybe<TimePoint> remembered_since;
};

// The face of a job: facts and verdicts in one struct, without totals and failure texts.
std::shared_ptr<JobState> MakeJobState(const std::shared_ptr<const JobDef>& def, const History& history, const Evidence& evidence,
                                       const std::vector<Judgement>& judged);

// Tells of the newest failure in a job's face.
void AttachFailure(FailureText& failure, const Redactor& redactor, JobState& state);

// The text that keeps what facts can't tell again: when the state began, first seen, standing misses.
std::string EncodeMemory(const History& history, State state, TimePoint since);
struct Memory {
  std::optional<TimePoint> first_seen, since, back, left;
  State state = State::kUnknown;
  std::vector<History::Standing> standing;
};
Memory DecodeMemory(const std::string& text);  // what can't be read is left out

}  // namespace batchslo
