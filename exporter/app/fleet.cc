#include "exporter/app/fleet.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>

#include "exporter/sources/registry.h"

namespace batchslo {
namespace {

// The source that speaks for a configured job: that of its runs, else of its first output.
std::string SourceOf(const JobDef& job) { return !job.runs_source.empty() || job.outputs.empty() ? job.runs_source : job.outputs.front().source; }

}  // namespace

ConfigResult LoadConfig(const std::string& file, const std::string& kubeconfig) {
  const auto kinds = SourceSpecs();
  ConfigResult result;
  result.config = Config{};
  if (!file.empty()) result = ReadConfig(file, kinds);
  const bool has_cluster = file.empty() || !kubeconfig.empty() || std::getenv("KUBERNETES_SERVICE_HOST");
  if (!result.config || !result.config->sources.empty() || !has_cluster) return result;
  const auto kubernetes = std::find_if(kinds.begin(), kinds.end(), [](const SourceSpec& spec) { return spec.kind == "kubernetes"; });
  Options options;
  if (!kubeconfig.empty()) options.Set("kubeconfig", kubeconfig);
  options.Set("discover", std::string("cronjobs"));
  AddSource(*result.config, *kubernetes, std::move(options));
  return result;
}

Report ConfiguredFacts(std::span<const std::shared_ptr<const JobDef>> jobs, TimePoint now) {
  Report report;
  for (const auto& job : jobs) {
    const std::string source = SourceOf(*job);
    if (source.empty()) continue;
    report.push_back({source, now, JobFact{job->name, true, {}, job->schedule.Said(), job->schedule_timezone.Said(), job->schedule_dialect.Said(), {}, {}}});
  }
  return report;
}

DefineJob MakeDefine(std::shared_ptr<const Config> config, const Log& log) {
  auto told = std::make_shared<std::set<std::string>>();
  return [config = std::move(config), log, told](const JobDef* configured, const std::string& name, const SourceDef& source,
                                                 const std::map<std::string, std::string>& annotations) {
    const auto at = std::find_if(config->sources.begin(), config->sources.end(), [&](const SourceConfig& s) { return s.name == source.name; });
    static const SourceConfig kNone;
    std::vector<std::string> faults;
    JobDef job = DefineDiscovered(configured, name, at == config->sources.end() ? kNone : *at, *config, annotations, faults);
    for (const std::string& fault : faults) {
      if (told->insert(fault).second) log(LogLevel::kWarn, fault);
    }
    return job;
  };
}

Known KnownOf(const Tracker& tracker, const std::string& source) {
  Known known;
  for (const auto& job : tracker.KnownJobs(source)) known.jobs.push_back({job.job, job.scope});
  for (const auto& run : tracker.RunningRuns(source)) known.running.push_back({run.job, run.run_id, run.scope, run.started});
  for (const auto& run : tracker.EndedRuns(source)) known.ended.push_back({run.job, run.run_id});
  for (const auto& run : tracker.ExplainedRuns(source)) known.explained.push_back({run.job, run.run_id});
  return known;
}

void ApplyReport(Tracker& tracker, Report report) {
  const auto is_older = [](const Fact& a, const Fact& b) { return a.observed < b.observed; };
  std::stable_partition(report.begin(), report.end(), [](const Fact& fact) { return std::holds_alternative<JobFact>(fact.what); });
  if (!std::is_sorted(report.begin(), report.end(), is_older)) std::stable_sort(report.begin(), report.end(), is_older);
  for (const Fact& fact : report) tracker.Apply(fact);
}

std::vector<RegistryReading::Row> UnknownOf(const RegistryState& registry, std::span<const std::shared_ptr<const JobState>> jobs) {
  constexpr std::size_t kMost = 100;
  std::vector<RegistryReading::Row> unknown;
  if (!registry.reading) return unknown;
  auto job = jobs.begin();
  for (const RegistryReading::Row& row : registry.reading->alone) {
    job = std::find_if(job, jobs.end(), [&](const auto& one) { return one->def->name >= row.job; });
    const bool is_followed = job != jobs.end() && (*job)->def->name == row.job;
    if (is_followed && !(*job)->runs_source.empty()) continue;
    if (unknown.size() == kMost) break;
    unknown.push_back(row);
  }
  return unknown;
}

std::string StorePath(const std::string& flag, const std::string& configured) {
  if (!flag.empty()) return flag;
  if (!configured.empty()) return configured;
  if (const char* directory = std::getenv("STATE_DIRECTORY")) return std::string(directory) + "/ledger.db";
  std::error_code ignored;
  const std::filesystem::path system = "/var/lib/batchslo";
  if (std::filesystem::exists(system, ignored) ? access(system.c_str(), W_OK) == 0 : access("/var/lib", W_OK) == 0) return system / "ledger.db";
  const auto said = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
  const std::string state = said("XDG_STATE_HOME"), home = said("HOME");
  if (state.empty() && home.empty()) return system / "ledger.db";  // whoever opens it says that it can't be written
  return (state.empty() ? home + "/.local/state" : state) + "/batchslo/ledger.db";
}

}  // namespace batchslo
