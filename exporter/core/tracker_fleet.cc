// Which jobs are followed, and by which definition.
#include <algorithm>

#include "exporter/core/judged_by.h"
#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

bool HasDerived(const JobDef& def) {
  return std::any_of(def.objectives.begin(), def.objectives.end(), [](const Objective& objective) { return objective.from == ObjectiveFrom::kDerived; });
}

}  // namespace

const SourceDef& Tracker::RunsOf(const JobTrack& job) const {
  static const SourceDef kNone;
  const SourceTrack* const source = FindSource(job.runs_source);
  return source ? source->def : kNone;
}

std::uint64_t Tracker::RuleOf(const JobTrack& job, const Objective& objective) const {
  return JudgedBy(*job.def, objective, RunsOf(job));
}

std::uint64_t Tracker::RulesOf(const JobTrack& job) const { return JudgedBy(*job.def, RunsOf(job)); }

// A miss that was proven by another rule than those of today says nothing.
void Tracker::DropStanding(JobTrack& job) const {
  if (job.history.standing.empty()) return;
  std::set<std::uint64_t> rules;
  for (const Objective& objective : job.def->objectives) rules.insert(RuleOf(job, objective));
  std::erase_if(job.history.standing.Own(), [&](const auto& miss) { return !rules.contains(miss.rule); });
}

const History::Standing* Tracker::StandingOf(const JobTrack& job, const Objective& objective) const {
  if (job.history.standing.empty()) return nullptr;
  const std::uint64_t rule = RuleOf(job, objective);
  const auto at = std::find_if(job.history.standing.begin(), job.history.standing.end(), [&](const auto& miss) { return miss.rule == rule; });
  return at == job.history.standing.end() ? nullptr : &*at;
}

bool Tracker::SetSources(const std::vector<SourceDef>& sources) {
  auto old = std::exchange(sources_, {});
  bool same = old.size() == sources.size();
  for (const SourceDef& def : sources) {
    const auto kept = old.find(def.name);
    auto& track = sources_[def.name];
    track = kept != old.end() ? std::move(kept->second) : std::make_unique<SourceTrack>();
    same = same && track->def == def;
    track->def = def;
  }
  return same;
}

// Failures are read anew by other patterns only.
void Tracker::SetRedactor(const Redactor& redactor) {
  if (redactor_ == redactor) return;
  redactor_ = redactor;
  for (const auto& job : jobs_) {
    if (!job->failure) continue;
    job->failure->reading.reset();
    job->dirty = true;
  }
}

bool Tracker::SetFleet(const Fleet& fleet) {
  std::map<const JobTrack*, std::uint64_t> before;
  for (const auto& job : jobs_) before[job.get()] = RulesOf(*job);
  SetRedactor(fleet.redactor);
  const bool same_sources = SetSources(fleet.sources);
  const std::set<std::string> upstreams = SetNeeds(fleet);
  std::set<std::string_view> configured;
  for (const auto& def : fleet.jobs) configured.insert(def->name);
  const std::size_t left = std::erase_if(jobs_, [&](const auto& job) {
    const bool leaves = !configured.contains(job->def->name) && !Discovers(job->runs_source);
    if (leaves) Shelve(*job);
    return leaves;
  });
  in_order_.clear();
  std::vector<JobTrack*> changed;
  for (const auto& job : jobs_) {
    if (!configured.contains(job->def->name)) changed.emplace_back(job.get())->configured = nullptr;
  }
  for (const auto& def : fleet.jobs) {
    JobTrack& job = Follow(def);
    const bool same = std::exchange(job.configured, def) == def && same_sources && job.def == def;  // not of annotations
    if (!same) changed.push_back(&job);
  }
  for (JobTrack* const job : changed) {
    Redefine(*job);
    const auto was = before.find(job);
    if (was == before.end() || was->second != RulesOf(*job)) to_reload_.insert(job->def->name);
  }
  for (const std::string& upstream : upstreams) HeedNeeding(upstream);
  return left > 0;
}

// Brings a job's definition up to date: its own block, or what `define` makes of it where that says nothing.
void Tracker::Redefine(JobTrack& job) {
  Shelve(job);
  const auto old = job.def;
  if (job.configured && !job.configured->runs_source.empty()) job.runs_source = job.configured->runs_source;
  const SourceTrack* source = FindSource(job.runs_source);
  static const std::map<std::string, std::string> kNone;
  if (job.configured) job.def = job.configured;
  if (define_ && source && (!job.configured || job.annotations || HasDerived(*job.configured))) {
    job.def = std::make_shared<const JobDef>(
        define_(job.configured.get(), old->name, source->def, job.annotations ? *job.annotations : kNone));
  }
  AddNeeded(job);
  std::vector<std::vector<batchslo::Look>> looks(job.def->outputs.size());
  for (std::size_t i = 0; i < looks.size(); ++i) {
    for (std::size_t j = 0; j < old->outputs.size() && j < job.history.outputs.size(); ++j) {
      const bool same = old->outputs[j].name == job.def->outputs[i].name && old->outputs[j].source == job.def->outputs[i].source;
      if (same) looks[i] = std::move(job.history.outputs[j]);
    }
  }
  job.history.outputs = std::move(looks);
  DropStanding(job);
  Rebuild(job);
  job.dirty = true;
}

Tracker::JobTrack* Tracker::FindOrDefine(const std::string& name, const std::string& source) {
  if (JobTrack* const job = FindJob(name)) return job;
  if (!Discovers(source)) return nullptr;
  JobTrack& job = Follow(std::make_shared<const JobDef>(define_(nullptr, name, FindSource(source)->def, {})));
  job.runs_source = source;
  AddNeeded(job);
  return &job;
}

std::string_view Tracker::ByName::NameOf(const std::unique_ptr<JobTrack>& job) { return job->def->name; }

Tracker::JobTrack* Tracker::FindJob(std::string_view name) const {
  const auto at = jobs_.find(name);
  return at == jobs_.end() ? nullptr : at->get();
}

// The job of that name; a new one has this definition, until it is defined again.
Tracker::JobTrack& Tracker::Follow(const std::shared_ptr<const JobDef>& def) {
  if (JobTrack* const job = FindJob(def->name)) return *job;
  auto job = std::make_unique<JobTrack>();
  job->def = def;
  job->history.outputs.resize(def->outputs.size());
  in_order_.clear();
  return **jobs_.insert(std::move(job)).first;
}

std::set<std::string> Tracker::TakeToReload() {
  for (const std::string& name : to_reload_) {
    JobTrack* const job = FindJob(name);
    if (!job) continue;
    if (job->configured) job->runs_source = job->configured->runs_source;
    job->history = {};
    job->history.outputs.resize(job->def->outputs.size());
    job->early.reset();
    job->failure.reset();
    job->completed = job->failed = 0;
    job->trimmed_bytes = 0;
    job->horizon.reset();
    Rebuild(*job);
    job->dirty = true;
  }
  return std::exchange(to_reload_, {});
}

bool Tracker::Discovers(const std::string& source) const {
  const SourceTrack* track = FindSource(source);
  return define_ && track && track->def.discovers;
}

const Tracker::SourceTrack* Tracker::FindSource(const std::string& name) const {
  const auto at = sources_.find(name);
  return at == sources_.end() ? nullptr : at->second.get();
}

}  // namespace batchslo
