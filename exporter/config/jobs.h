#pragma once
// Private to the readers of exporter/config.

#include "exporter/config/block.h"
#include "exporter/config/config.h"

namespace batchslo {

// What the objectives of a job take from around it.
struct ObjectiveDefaults {
  std::string timezone, severity;
  Duration grace{0};
  std::string since;
  Duration retention = days{100};
};

// The objectives of a job's block: the short forms, then those by name.
std::vector<Objective> ReadObjectives(const Block& job, const ObjectiveDefaults& defaults, ObjectiveFrom from, FaultList& faults);

// Where a source stands in the configuration.
struct SourceRef {
  const SourceSpec* spec;
  SourceConfig* config;
};

class JobReader {
 public:
  JobReader(Config& config, std::map<std::string, SourceRef, std::less<>> sources, FaultList& faults, FaultList& lints)
      : config_(config), sources_(std::move(sources)), faults_(faults), lints_(lints) {}
  void Read(const Node& jobs);

 private:
  void ReadJob(const Node& key, const Node& node);
  void ReadRuns(const Node& node, JobDef& job);
  void ReadOutputs(const Block& block, JobDef& job);
  void ReadOutput(const std::string& name, const Node& at, const Node& node, const Block& job_block, JobDef& job);
  void AddOutput(OutputDef output, Options options, const SourceRef& source, JobDef& job);
  void ReadSchedule(const Block& block, JobDef& job);
  void CheckSuccess(const Block& block, const JobDef& job);
  void LintJob(const Node& key, const JobDef& job);
  void Claim(const std::string& object, const std::string& source, const Node& at, const std::string& job);
  const SourceRef* FindSource(const Node& at, const std::string& name);

  Config& config_;
  std::map<std::string, SourceRef, std::less<>> sources_;
  FaultList &faults_, &lints_;
  std::map<std::string, std::string> claims_;  // "source/object" -> job
};

}  // namespace batchslo
