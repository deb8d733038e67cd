#include <algorithm>

#include "exporter/config/jobs.h"
#include "exporter/config/keys.h"

namespace batchslo {
namespace {

// The keys that a scheduler's annotation may hold; "runbook-url" is "runbook_url".
constexpr std::string_view kAllowed[] = {"within", "by",       "every_run", "start_by", "max_runtime", "grace",         "since",        "timezone",
                                         "severity", "team", "consumer",  "runbook_url", "dashboard_url", "max_suspend", "count_manual", "count_backfill"};

std::vector<OptionSpec> AnnotationKeys() {
  std::vector<OptionSpec> keys;
  for (const OptionSpec& spec : KeysOf(BlockKind::kJob)) {
    if (std::find(std::begin(kAllowed), std::end(kAllowed), spec.key) == std::end(kAllowed)) continue;
    keys.push_back(spec);
    keys.back().fallback = {};
  }
  return keys;
}

// Annotations as the block that would say the same; each value is read as YAML, on a line of its own.
Node ToNode(const std::map<std::string, std::string>& annotations, std::vector<Fault>& faults) {
  Node node;
  node.kind = Node::Kind::kMap;
  for (const auto& [name, value] : annotations) {
    Node key;
    key.kind = Node::Kind::kScalar;
    key.text = name;
    std::replace(key.text.begin(), key.text.end(), '-', '_');
    Node item;
    if (key.text == "every_run") {
      item = ParseTree(value, faults);
    } else {
      item.kind = Node::Kind::kScalar;
      item.text = value;
    }
    node.keys.push_back(std::move(key));
    node.items.push_back(std::move(item));
  }
  return node;
}

void TakeTexts(const Block& block, JobDef& job) {
  const auto take = [&](std::string_view key, std::string& into) {
    if (into.empty() && block.Has(key)) into = block.options.String(key);
  };
  take("team", job.team);
  take("consumer", job.consumer);
  take("runbook_url", job.runbook_url);
  take("dashboard_url", job.dashboard_url);
  if (job.configured) return;
  if (block.Has("max_suspend")) job.max_suspend = block.options.Time("max_suspend");
  if (block.Has("count_manual")) job.count_manual = block.options.Bool("count_manual");
  if (block.Has("count_backfill")) job.count_backfill = block.options.Bool("count_backfill");
}

bool IsDerived(const Objective& objective) { return objective.from == ObjectiveFrom::kDerived; }

}  // namespace

JobDef DefineFromAnnotations(const JobDef* configured, const std::string& name, const SourceConfig& source, const Config& config,
                             const std::map<std::string, std::string>& annotations, std::vector<std::string>& faults) {
  JobDef job;
  if (configured) {
    job = *configured;
  } else {
    job.name = name;
    job.objectives.push_back(DerivedObjective(source.severity_of_derived));
  }
  if (annotations.empty()) return job;
  static const std::vector<OptionSpec> kKeys = AnnotationKeys();
  FaultList found;
  const Node node = ToNode(annotations, found.All());
  const Block block = ReadBlock(node, "the annotations (batchslo/...) of job \"" + name + "\"", {kKeys}, found);
  const ObjectiveDefaults defaults{config.timezone, config.severity, Duration{0}, "", config.retention};
  std::vector<Objective> objectives = ReadObjectives(block, defaults, ObjectiveFrom::kAnnotation, found);
  for (const Fault& fault : found.Take()) faults.push_back(fault.message + (fault.help.empty() ? "" : " (" + fault.help + ")"));
  TakeTexts(block, job);
  const auto derived = std::find_if(job.objectives.begin(), job.objectives.end(), IsDerived);
  if (derived == job.objectives.end()) return job;
  if (objectives.empty()) {
    if (block.Has("severity")) derived->severity = block.options.String("severity");
    return job;
  }
  const auto at = job.objectives.erase(derived);
  job.objectives.insert(at, std::make_move_iterator(objectives.begin()), std::make_move_iterator(objectives.end()));
  return job;
}

}  // namespace batchslo
