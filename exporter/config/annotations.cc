#include <algorithm>

#include "exporter/config/jobs.h"
#include "exporter/config/keys.h"

namespace batchslo {
namespace {

// The keys that a scheduler's annotation may hold; "runbook-url" is "runbook_url". What needs another source is left to
// the file.
constexpr std::string_view kAllowed[] = {
    "within",   "by",   "every_run", "start_by",    "max_runtime",   "grace",       "since",        "timezone",
    "severity", "team", "consumer",  "runbook_url", "dashboard_url", "max_suspend", "count_manual", "count_backfill", "calendar", "target"};

constexpr std::size_t kLongestName = 63;

std::vector<OptionSpec> MakeAnnotationKeys() {
  std::vector<OptionSpec> keys;
  for (const OptionSpec& spec : KeysOf(BlockKind::kJob)) {
    const bool allowed = std::find(std::begin(kAllowed), std::end(kAllowed), spec.key) != std::end(kAllowed);
    if (!allowed) continue;
    keys.push_back(spec);
    keys.back().fallback = {};
  }
  return keys;
}

bool IsOfTheFile(std::string_view key) {
  const auto rows = KeysOf(BlockKind::kJob);
  const bool known = std::any_of(rows.begin(), rows.end(), [&](const OptionSpec& spec) { return spec.key == key; });
  return known && std::find(std::begin(kAllowed), std::end(kAllowed), key) == std::end(kAllowed);
}

// Annotations as the block that would say the same.
Node ToNode(const std::map<std::string, std::string>& annotations, FaultList& faults) {
  Node node;
  node.kind = Node::Kind::kMap;
  for (const auto& [name, value] : annotations) {
    Node key;
    key.kind = Node::Kind::kScalar;
    key.text = name;
    if (name.starts_with(kTakenBy)) continue;
    if (name.size() > kLongestName || value.size() > kLongestAnnotation) {
      faults.Add(key, Quoted(name) + ": an annotation has at most 63 bytes in its name and 1 KiB in its value", "write it into the job's block in the configuration");
      continue;
    }
    std::replace(key.text.begin(), key.text.end(), '-', '_');
    if (IsOfTheFile(key.text)) {
      faults.Add(key, "\"" + name + "\" can't be an annotation", "write it into the job's block in the configuration");
      continue;
    }
    Node item = TextValue(key, name, value, faults);
    node.entries.push_back({std::move(key), std::move(item)});
  }
  return node;
}

// What a job block without objectives says of them stands in its derived one, and comes before the annotations.
void KeepWritten(const Objective& derived, const SourceConfig& source, Objective& objective) {
  if (derived.severity != source.severity_of_derived) objective.severity = derived.severity;
  if (derived.grace > Duration{0}) objective.grace = derived.grace;
  if (derived.calendar) objective.calendar = derived.calendar;
  if (derived.target) objective.target = derived.target;
}

}  // namespace

const std::vector<OptionSpec>& AnnotationKeys() {
  static const std::vector<OptionSpec> kKeys = MakeAnnotationKeys();
  return kKeys;
}

Node TextValue(const Node& key, std::string_view name, const std::string& value, FaultList& faults) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = value;
  if (key.text != "every_run") return node;
  std::vector<Fault> found;
  auto tree = ParseTree(value, found);
  if (found.empty() && tree) return *std::move(tree);
  if (!found.empty()) faults.Add(key, "\"" + std::string(name) + "\": " + found.front().message, found.front().help);
  node.bad = !found.empty();
  return node;
}

void TakeProperties(const Block& block, JobDef& job) {
  static constexpr std::pair<std::string_view, SharedText JobDef::*> kTexts[] = {
      {"team", &JobDef::team}, {"consumer", &JobDef::consumer}, {"runbook_url", &JobDef::runbook_url}, {"dashboard_url", &JobDef::dashboard_url}};
  for (const auto& [key, member] : kTexts) {
    if ((job.*member).empty() && block.Has(key)) job.*member = block.options.String(key);
  }
  if (block.Has("max_suspend") && !job.max_suspend) job.max_suspend = block.options.Time("max_suspend");
  const auto take = [&](std::string_view key, bool JobDef::*is_said, bool JobDef::*counts) {
    if (job.*is_said || !block.Has(key)) return;
    job.*is_said = true;
    job.*counts = block.options.Bool(key);
  };
  take("count_manual", &JobDef::says_count_manual, &JobDef::count_manual);
  take("count_backfill", &JobDef::says_count_backfill, &JobDef::count_backfill);
}

void TakeObjectives(std::vector<Objective> objectives, const SourceConfig& source, JobDef& job) {
  const auto derived = std::find_if(job.objectives.begin(), job.objectives.end(), IsDerived);
  if (derived == job.objectives.end()) return;
  for (Objective& objective : objectives) KeepWritten(*derived, source, objective);
  const auto at = job.objectives.erase(derived);
  job.objectives.insert(at, std::make_move_iterator(objectives.begin()), std::make_move_iterator(objectives.end()));
}

namespace {

void TakeAnnotations(const std::map<std::string, std::string>& annotations, const SourceConfig& source, const Config& config, JobDef& job,
                     std::vector<std::string>& faults) {
  FaultList found;
  const Node node = ToNode(annotations, found);
  const std::string what = "the annotations batchslo/... of job " + Quoted(job.name);
  const Block block = ReadBlock(node, what, {AnnotationKeys()}, found);
  const ObjectiveDefaults defaults{config.timezone, config.severity, *config.calendars, config.retention, {}, true, kMostOpenOfOthers};
  std::vector<Objective> objectives = ReadObjectives(block, defaults, ObjectiveFrom::kAnnotation, found);
  TakeProperties(block, job);
  const auto derived = std::find_if(job.objectives.begin(), job.objectives.end(), IsDerived);
  if (objectives.empty() && derived != job.objectives.end()) objectives.push_back(ReadDerived(block, defaults, derived->severity, found));
  if (found.Count() == 0) TakeObjectives(std::move(objectives), source, job);
  for (const Fault& fault : found.Take()) {
    const bool named = fault.message.find(what) != std::string::npos;
    faults.push_back((named ? "" : what + ": ") + fault.message + (fault.help.empty() ? "" : " (" + fault.help + ")"));
  }
}

}  // namespace

JobDef DefineDiscovered(const JobDef* configured, const std::string& name, const SourceConfig& source, const Config& config,
                        const std::map<std::string, std::string>& annotations, std::vector<std::string>& faults) {
  JobDef job;
  if (configured) {
    job = *configured;
  } else {
    job.name = name;
    job.objectives.push_back(DerivedObjective(source.severity_of_derived));
  }
  if (!annotations.empty()) TakeAnnotations(annotations, source, config, job, faults);
  TakeJobDefaults(config, source, annotations, job);
  return job;
}

}  // namespace batchslo
