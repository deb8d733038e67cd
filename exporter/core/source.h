#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/job.h"
#include "exporter/core/option.h"

namespace batchslo {

// What the configuration needs to know of a kind of source: its row in the registry, without the code.
struct SourceSpec {
  std::string_view kind;     // the key in the configuration: "kubernetes"
  std::string_view summary;  // one line
  Coverage coverage = Coverage::kJoins;
  std::vector<OptionSpec> options;  // of the source itself
  std::vector<OptionSpec> runs;     // beside `source` in a job's `runs`; a kind without runs has `has_runs` false
  std::vector<OptionSpec> outputs;  // beside `source` and `checks` in an output, the key that SOURCE/TABLE sets first; none: it has no outputs
  bool has_runs = false;
  bool has_columns = false;  // of its outputs `not_null` can be asked
  bool discovers = false;  // brings jobs that nobody configured, unless its option "discover" is "none"
  bool watches = false;    // staleness 180 s instead of three polls
  Duration poll_interval = seconds{30}, timeout = seconds{10};
  Duration spool_allowance{0};
  std::string_view dialect = "vixie";
  // What no single key can say of an output's or a runs block ("table and query exclude each other"); "" if nothing.
  std::string (*runs_fault)(const Options& runs) = nullptr;
  std::string (*output_fault)(const Options& output, const Options& source) = nullptr;
  // Whether an output's observations say which partition they are of. Null: none do.
  bool (*tells_partition)(const Options& output) = nullptr;
  // What is wrong with a selector of labels in its job_defaults; "" if nothing. Null: its jobs have no labels.
  std::string (*labels_fault)(std::string_view selector) = nullptr;
  // The object that a runs block names, as the source discovers it ("billing/close-books"); "" for none. Two jobs of
  // one object are an error.
  std::string (*claim)(const Options& runs) = nullptr;
};

// No annotation is named so.
inline constexpr std::string_view kTakenBy = "taken by: ";

// One source as configured, with what the jobs want of it. Equal values mean: no need to start it anew on a reload.
struct SourceConfig {
  std::string name, kind;
  Options options;
  Duration poll_interval{0}, staleness{0}, timeout{0};
  std::string prefix;  // put before the names of its jobs
  std::string severity_of_derived = "warning";
  // Of its job_defaults: beside the annotations of a job it tells which of these take the job, as kTakenBy + selector.
  std::vector<std::string> label_selectors;

  struct RunsTarget {
    std::string job;  // the name in our configuration
    Options options;
    bool operator==(const RunsTarget&) const = default;
  };
  struct OutputTarget {
    std::string job, output;
    Options options;
    std::vector<std::string> not_null;  // columns whose NULLs are to be counted as "null.<column>"
    bool wants_rows = false;            // a check needs the number of rows
    bool operator==(const OutputTarget&) const = default;
  };
  std::vector<RunsTarget> runs;
  std::vector<OutputTarget> outputs;
  bool operator==(const SourceConfig&) const = default;
};

}  // namespace batchslo
