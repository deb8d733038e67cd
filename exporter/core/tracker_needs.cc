// Jobs that need others: by when an upstream must have succeeded, and who is blocked by one that is missed.
#include <algorithm>

#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

bool IsNeeded(const Objective& objective) { return objective.from == ObjectiveFrom::kDerived && std::holds_alternative<By>(objective.rule); }

bool IsDeadline(const Objective& objective) { return objective.from != ObjectiveFrom::kDerived && std::holds_alternative<By>(objective.rule); }

// That of what else nobody wrote.
SharedText SeverityOfDerived(const JobDef& def) {
  const auto derived = std::find_if(def.objectives.begin(), def.objectives.end(), [](const Objective& o) { return o.from == ObjectiveFrom::kDerived && !IsNeeded(o); });
  return derived == def.objectives.end() ? SharedText("warning") : derived->severity;
}

}  // namespace

std::set<std::string> Tracker::SetNeeds(const Fleet& fleet) {
  std::set<std::string> upstreams;
  for (const auto& [upstream, needing] : std::exchange(needed_by_, {})) upstreams.insert(upstream);
  for (const auto& def : fleet.jobs) {
    if (!def->needs) continue;
    for (const SharedText& upstream : *def->needs) {
      needed_by_[*upstream].insert(def->name);
      upstreams.insert(*upstream);
    }
  }
  return upstreams;
}

// A job without a deadline is due when those that need it start.
std::vector<Objective> Tracker::NeededBy(const JobDef& def) const {
  std::vector<Objective> needed;
  const auto at = needed_by_.find(def.name);
  if (at == needed_by_.end() || std::any_of(def.objectives.begin(), def.objectives.end(), IsDeadline)) return needed;
  for (const std::string& name : at->second) {
    const JobTrack* const needing = FindJob(name);
    const Schedule* const schedule = needing ? ScheduleInForce(needing->history) : nullptr;
    if (!schedule || schedule->Every() || !schedule->Next(TimePoint{})) continue;
    needed.push_back({"needed by " + name, By{Ticks(*schedule), {}}, Duration{0}, SeverityOfDerived(def), ObjectiveFrom::kDerived});
  }
  return needed;
}

void Tracker::AddNeeded(JobTrack& job) {
  std::vector<Objective> objectives = job.def->objectives;
  std::erase_if(objectives, IsNeeded);
  std::ranges::move(NeededBy(*job.def), std::back_inserter(objectives));
  if (objectives == job.def->objectives) return;
  Shelve(job);
  auto def = std::make_shared<JobDef>(*job.def);
  def->objectives = std::move(objectives);
  job.def = std::move(def);
  job.dirty = true;
}

// Of upstreams, when those that need them may be others, or start at other times.
void Tracker::HeedNeeding(const std::string& name) {
  JobTrack* const upstream = FindJob(name);
  if (!upstream) return;
  const std::uint64_t before = RulesOf(*upstream);
  AddNeeded(*upstream);
  if (before == RulesOf(*upstream)) return;
  DropStanding(*upstream);
  if (upstream->horizon) to_reload_.insert(name);
}

SharedValue<JobNames> Tracker::BlockedBy(const JobTrack& job, State state) const {
  if (!job.def->needs || state == State::kPaused || state == State::kGone) return {};
  JobNames missed = *job.def->needs;
  std::erase_if(missed, [&](const SharedText& name) {
    const JobTrack* const upstream = FindJob(*name);
    return !upstream || !upstream->state || upstream->state->state != State::kMissed;
  });
  return missed.empty() ? SharedValue<JobNames>() : SharedValue(std::move(missed));
}

// Once all have been looked at: an upstream may stand behind those that need it.
void Tracker::LookAtBlocked(TimePoint now, const IsUp& is_up, std::vector<std::shared_ptr<const JobState>>& states) {
  for (const std::size_t i : needing_) {
    JobTrack& job = *in_order_[i];
    if (job.state->blocked_by == BlockedBy(job, job.state->state)) continue;
    Look(job, now, is_up);
    states[i] = job.state;
  }
}

}  // namespace batchslo
