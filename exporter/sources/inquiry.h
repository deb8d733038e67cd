#pragma once

#include <string>
#include <vector>

#include "exporter/core/source.h"
#include "exporter/sources/source.h"

namespace batchslo {

// What people ask of a source at the command line, before any daemon runs.
struct Inquiry {
  const SourceConfig& config;
  const SourceServices& services;
  std::string listen;  // where the daemon will listen
  Deadline deadline;
};

// One thing that was tried: the smallest call that needs one right.
struct CheckRow {
  enum class Found { kGood, kFailed, kUnknown };  // unknown: nothing is wrong yet, or it could not be tried
  Found found = Found::kGood;
  std::string tried;    // "list cronjobs in namespace billing"
  std::string feature;  // what it turns on: "runs, and how they ended"
  std::string message;  // what is wrong; of a good one, what else is worth knowing
  std::string remedy;   // lines to paste
};

// What a source knows that could be judged.
struct Discovery {
  struct Job {
    std::string name;
    std::string facts;  // what is known of it: "loaded_at (timestamptz)"; goes into a comment
    std::string block;  // what stands after its name, as YAML in one line
  };
  std::string summary;            // "12 CronJobs"
  std::vector<std::string> notes;  // what holds for all of them, for comments
  std::vector<Job> jobs;
};
constexpr std::size_t kMostDiscovered = 1000;  // jobs

// Gives each job a name of its own, drops those that no configuration can name, and all beyond the bound; says so in a note.
void Finish(Discovery& discovery);

// A text as a YAML scalar in one line: quoted unless it is plain beyond doubt.
std::string YamlText(std::string_view text);

}  // namespace batchslo
