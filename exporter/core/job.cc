#include "exporter/core/job.h"

#include <unordered_map>

namespace batchslo {

std::string_view KindName(const Rule& rule) {
  static constexpr std::string_view kNames[] = {"within", "by", "every_run", "start_by", "max_runtime", "checks"};
  static_assert(std::size(kNames) == std::variant_size_v<Rule>);
  return kNames[rule.index()];
}

bool HasWindows(const Rule& rule) { return std::holds_alternative<By>(rule) || std::holds_alternative<EveryRun>(rule) || std::holds_alternative<StartBy>(rule); }

std::string_view ObjectiveFromName(ObjectiveFrom from) {
  static constexpr std::string_view kNames[] = {"job", "registry", "annotation", "default", "derived"};
  return kNames[static_cast<std::size_t>(from)];
}

Objective DerivedObjective(std::string severity) {
  EveryRun rule;
  rule.derived = true;
  return {"every_run", rule, Duration{0}, std::move(severity), ObjectiveFrom::kDerived};
}

void KeepUnchanged(const Fleet& before, Fleet& fleet) {
  std::unordered_map<std::string_view, const std::shared_ptr<const JobDef>*> known;
  for (const auto& job : before.jobs) known[job->name] = &job;
  for (auto& job : fleet.jobs) {
    const auto at = known.find(job->name);
    if (at != known.end() && **at->second == *job) job = *at->second;
  }
}

}  // namespace batchslo
