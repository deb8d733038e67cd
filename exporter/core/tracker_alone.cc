// One job taken out of its fleet, to be looked at and asked "what if?". Tested by tests/core/explain_test.cc.
#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {

Tracker Tracker::Alone(const std::string& name) const {
  Tracker alone;
  alone.redactor_ = redactor_;
  alone.jumped_ = jumped_;
  alone.judged_until_ = judged_until_;
  const JobTrack* const job = FindJob(name);
  if (!job) return alone;
  for (const auto& [source, track] : sources_) {
    auto copy = std::make_unique<SourceTrack>();
    copy->def = track->def;
    copy->whole = track->whole;
    copy->version = track->version;
    copy->skew = track->skew;
    const auto scope = track->scopes.find(std::string_view(*job->scope));
    if (scope != track->scopes.end()) copy->scopes.insert(*scope);
    alone.sources_[source] = std::move(copy);
  }
  auto copy = std::make_unique<JobTrack>();
  copy->state = job->state;
  copy->configured = copy->def = job->def;
  copy->runs_source = job->runs_source;
  copy->scope = job->scope;
  copy->history = job->history;
  copy->horizon = job->horizon;
  if (job->early) copy->early = std::make_unique<std::vector<Fact>>(*job->early);
  if (job->failure) copy->failure = std::make_unique<FailureText>(*job->failure);
  alone.jobs_.insert(std::move(copy));
  return alone;
}

JobCase Tracker::CaseOf(const std::string& name, TimePoint now) const {
  JobCase found;
  const JobTrack* const job = FindJob(name);
  if (!job) return found;
  found.evidence = EvidenceOf(*job, now);
  found.judged = JudgeTrack(*job, found.evidence, Judging::kToTell);
  found.history = &job->history;
  found.scope = *job->scope;
  found.outputs = OutputViews(*job);
  found.horizon = job->horizon;
  for (const Objective& objective : job->def->objectives) found.standing.push_back(StandingOf(*job, objective));
  JobState& state = *found.judged.state;
  if (!job->failure || !state.runs || state.runs->consecutive_failures == 0) return found;
  FailureText failure = *job->failure;
  AttachFailure(failure, redactor_, state);
  return found;
}

}  // namespace batchslo
