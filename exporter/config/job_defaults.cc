// Tested by tests/config/job_defaults_test.cc.
#include "exporter/config/job_defaults.h"

#include <fnmatch.h>

#include <algorithm>

#include "exporter/config/jobs.h"

namespace batchslo {
namespace {

// The part of a job's name that tells the namespace: "recommend" of "prod/recommend/train", with the prefix "prod/".
std::string NamespaceOf(const std::string& job, const std::string& prefix) {
  const std::string own = job.starts_with(prefix) ? job.substr(prefix.size()) : job;
  const std::size_t slash = own.find('/');
  return slash == std::string::npos ? "" : own.substr(0, slash);
}

bool Fits(const JobDefaults& defaults, const std::string& name_space, const std::map<std::string, std::string>& annotations) {
  const auto& patterns = defaults.namespaces;
  const auto matches = [&](const std::string& pattern) { return fnmatch(pattern.c_str(), name_space.c_str(), 0) == 0; };
  const bool inside = patterns.empty() || std::any_of(patterns.begin(), patterns.end(), matches);
  return inside && (defaults.labels.empty() || annotations.contains(std::string(kTakenBy) + defaults.labels));
}

bool TakesAll(const JobDefaults& defaults) { return defaults.namespaces.empty() && defaults.labels.empty(); }

class DefaultsReader {
 public:
  DefaultsReader(const SourceSpec& spec, SourceConfig& source, Config& config, FaultList& faults)
      : spec_(spec), source_(source), faults_(faults), all_(config.job_defaults[source.name]),
        around_{config.timezone, source.severity_of_derived, *config.calendars, config.retention, {}, true} {}

  void Read(const Node& key, const Node& node) {
    if (!IsGoodName(key, "a default", faults_)) return;
    const std::string what = "default " + Quoted(key.text) + " of source " + Quoted(source_.name);
    const Block block = ReadBlock(node, what, {KeysOf(BlockKind::kJobDefaults), AnnotationKeys()}, faults_);
    const bool says = std::any_of(AnnotationKeys().begin(), AnnotationKeys().end(), [&](const OptionSpec& spec) { return block.Names(spec.key); });
    if (!says) faults_.Add(key, what + " says nothing of the jobs that it fits", "write within, by, every_run, start_by or max_runtime, or a team");
    if (!all_.empty() && TakesAll(all_.back()))
      faults_.Add(key, what + " fits no job: " + Quoted(all_.back().name) + " before it fits all of them", "write what has neither namespaces nor labels last");
    JobDefaults defaults{key.text, block.options.Strings("namespaces"), block.options.String("labels"), {}};
    if (const Node* labels = block.At("labels")) CheckLabels(*labels);
    TakeProperties(block, defaults.job);
    defaults.job.objectives = ReadObjectives(block, around_, ObjectiveFrom::kDefault, faults_);
    if (defaults.job.objectives.empty()) defaults.job.objectives.push_back(ReadDerived(block, around_, source_.severity_of_derived, faults_));
    if (!defaults.labels.empty()) source_.label_selectors.push_back(defaults.labels);
    all_.push_back(std::move(defaults));
  }

 private:
  void CheckLabels(const Node& labels) {
    if (!spec_.labels_fault) return faults_.Add(labels, "\"labels\": jobs of kind " + std::string(spec_.kind) + " have none", "choose by namespaces");
    const std::string fault = spec_.labels_fault(labels.text);
    if (!fault.empty()) faults_.Add(labels, "\"labels\": " + fault, "write it like tier=gold,team in (ads, search)");
  }

  const SourceSpec& spec_;
  SourceConfig& source_;
  FaultList& faults_;
  std::vector<JobDefaults>& all_;
  const ObjectiveDefaults around_;
};

void TakeProperties(const JobDef& from, JobDef& job) {
  for (SharedText JobDef::*text : {&JobDef::team, &JobDef::consumer, &JobDef::runbook_url, &JobDef::dashboard_url}) {
    if ((job.*text).empty()) job.*text = from.*text;
  }
  if (!job.max_suspend) job.max_suspend = from.max_suspend;
  if (!job.says_count_manual) job.count_manual = from.count_manual;
  if (!job.says_count_backfill) job.count_backfill = from.count_backfill;
}

}  // namespace

void ReadJobDefaults(const Node& node, const SourceSpec& spec, SourceConfig& source, Config& config, FaultList& faults) {
  if (!IsMap(node, "\"job_defaults\"", faults)) return;
  DefaultsReader reader(spec, source, config, faults);
  ForEachEntry(node, faults, [&](const Node& key, const Node& value) { reader.Read(key, value); });
}

void TakeJobDefaults(const Config& config, const SourceConfig& source, const std::map<std::string, std::string>& annotations, JobDef& job) {
  const auto all = config.job_defaults.find(source.name);
  if (all == config.job_defaults.end()) return;
  const std::string name_space = NamespaceOf(job.name, source.prefix);
  const auto found = std::find_if(all->second.begin(), all->second.end(), [&](const JobDefaults& defaults) { return Fits(defaults, name_space, annotations); });
  if (found == all->second.end()) return;
  TakeProperties(found->job, job);
  TakeObjectives(found->job.objectives, source, job);
}

}  // namespace batchslo
