#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/core/snapshot.h"

namespace batchslo {

// A snapshot turned on its side: the scrape goes family by family, so the values of one family lie side by side. Text
// that many rows share is kept once; the rest is read from the snapshot, which is kept alive.
struct Columns {
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
  using Values = std::vector<std::int64_t>;  // instants and durations in microseconds, or counts
  using Indexes = std::vector<std::uint32_t>;
  static constexpr std::uint32_t kNoCount = std::numeric_limits<std::uint32_t>::max();
  using Counts = std::vector<std::uint32_t>;

  // Escaped pieces of text one after the other, padded for Put.
  struct Texts {
    std::string arena;
    Indexes ends;
    std::string_view operator[](std::size_t i) const {
      const std::size_t from = i == 0 ? 0 : ends[i - 1];
      return {arena.data() + from, ends[i] - from};
    }
  };

  std::shared_ptr<const Snapshot> snapshot;

  // A row a job.
  std::vector<const JobState*> job;
  Texts job_label;  // job_name="train"
  Values last_success, first_seen, state_since, last_start, last_completion, last_duration, running_since, next_run;
  Counts completed, failed, consecutive_failures;
  Indexes runs_link;  // of `tail`; kNoTail: no source of runs

  // A row an objective.
  Indexes objective_job, objective_tail, objective_info;  // tail: ,objective="by"   info: with kind, severity, from
  std::vector<Verdict> verdict;
  std::vector<bool> unproven;
  Values next_due, missed_due;
  Values margin;                                  // of windows; kNone: none is counted
  Counts closed, closed_missed, closed_unknown;  // the same, of windows
  std::vector<double> budget_remaining;          // NaN: none

  // A row an objective and span of attainment.
  std::vector<int> attainment_days;  // the spans
  std::vector<double> attainment;    // NaN: none

  // A row an upstream that blocks a job.
  Indexes blocked_job, blocked_tail;  // ,upstream="warehouse/import"

  // A row an objective that has an outlook.
  Indexes outlook_job, outlook_tail;  // ,objective="by"
  std::vector<Risk> risk;
  std::vector<double> margin_lost;  // NaN: none
  Values predicted_miss, threshold;

  // A row an output.
  Indexes output_job, output_link;  // link: ,source="dwh",role="   kNoTail: the series is that of the runs
  Texts output_label;               // mart.items"
  Values updated, rows, bytes;

  // A row a check of an output.
  Indexes check_output, check_tail;  // ,check="rows"
  std::vector<std::optional<bool>> passed;
  std::vector<double> value;  // NaN: none

  // How many jobs have the source that speaks for them, "" where none is known, and their highest word in common.
  std::map<std::pair<std::string_view, ObjectiveFrom>, std::uint64_t> jobs_from;

  static constexpr std::uint32_t kNoTail = std::numeric_limits<std::uint32_t>::max();
  Texts tail;
  std::uint64_t refused = 0;  // series that would have been there twice
};

// Of jobs, objectives, outputs and checks whose labels are the same, the first is shown.
Columns MakeColumns(std::shared_ptr<const Snapshot> snapshot, std::vector<int> attainment_days);

}  // namespace batchslo
