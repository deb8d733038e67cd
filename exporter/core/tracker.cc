#include "exporter/core/tracker.h"

#include <algorithm>

#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

JudgedJob AllPaused(JudgedJob judged) {
  for (ObjectiveState& objective : judged.state->objectives) {
    objective = {};
    objective.verdict = Verdict::kPaused;
  }
  return judged;
}

std::uint64_t HashOf(const std::string& text) { return std::hash<std::string>{}(text); }

}  // namespace

Tracker::Tracker(DefineJob define) : define_(std::move(define)) {}
Tracker::~Tracker() = default;
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;

SourceViews Tracker::ViewsOf(const std::string& source, const std::string& scope) const {
  const SourceTrack* track = FindSource(source);
  if (!track) return {};
  const auto at = scope.empty() ? track->scopes.end() : track->scopes.find(scope);
  return {&track->def, &track->whole, at == track->scopes.end() ? nullptr : &at->second, track->skew};
}

// ---- judging ----

std::vector<SourceViews> Tracker::OutputViews(const JobTrack& job) const {
  static const SourceDef kNowhere;
  std::vector<SourceViews> outputs;
  for (const OutputDef& output : job.def->outputs) {
    outputs.push_back(ViewsOf(output.source, ""));
    if (!outputs.back().def) outputs.back().def = &kNowhere;
  }
  return outputs;
}

Evidence Tracker::EvidenceOf(const JobTrack& job, TimePoint now) const {
  return Gather(*job.def, job.history, ViewsOf(job.runs_source, job.scope), OutputViews(job), now);
}

JudgedJob Tracker::JudgeTrack(const JobTrack& job, const Evidence& evidence, Judging judging) const {
  const std::vector<SourceViews> outputs = OutputViews(job);
  const TimePoint now = evidence.now;
  JudgedJob judged;
  for (const Objective& objective : job.def->objectives) {
    if (std::holds_alternative<Checks>(objective.rule) && now >= evidence.first_seen) {
      judged.objectives.push_back(JudgeChecks(*job.def, job.history, outputs, now));
    } else {
      judged.objectives.push_back(batchslo::Judge({evidence, objective, StandingOf(job, objective), job.horizon}));
    }
    if (judging == Judging::kToTell) Heed(job, evidence, objective, judged.objectives.back());
  }
  judged.state = MakeJobState(job.def, job.history, evidence, judged.objectives);
  judged.state->runs_source = job.runs_source;
  return judged.state->state == State::kPaused || (!job.history.pauses.empty() && !job.history.pauses.back().to)
             ? AllPaused(std::move(judged))
             : judged;
}

JudgedJob Tracker::Judge(const std::string& name, TimePoint now) const {
  const JobTrack* const job = FindJob(name);
  return job ? JudgeTrack(*job, EvidenceOf(*job, now), Judging::kToKnow) : JudgedJob{};
}

bool Tracker::SourcesUp(const JobTrack& job, const IsUp& is_up) const {
  if (!is_up) return false;
  if (!job.runs_source.empty() && !is_up(job.runs_source, job.scope)) return false;
  return std::all_of(job.def->outputs.begin(), job.def->outputs.end(),
                     [&](const OutputDef& output) { return is_up(output.source, job.def->name + "/" + output.name); });
}

std::uint64_t Tracker::ViewsVersion(const JobTrack& job) const {
  const SourceTrack* source = FindSource(job.runs_source);
  return source ? source->version : 0;
}

bool Tracker::NeedsLook(const JobTrack& job, TimePoint now) const {
  return job.dirty || !job.state || now >= job.valid_until || (job.awaits_view && job.seen_views != ViewsVersion(job));
}

void Tracker::Look(JobTrack& job, TimePoint now, const IsUp& is_up) {
  const Evidence evidence = EvidenceOf(job, now);
  JudgedJob judged = JudgeTrack(job, evidence, Judging::kToTell);
  JobState& state = *judged.state;
  job.valid_until = TimePoint::max();
  job.awaits_view = false;
  const bool up = SourcesUp(job, is_up);
  for (std::size_t i = 0; i < judged.objectives.size(); ++i) {
    job.valid_until = std::min(job.valid_until, judged.objectives[i].valid_until);
    job.awaits_view = job.awaits_view || judged.objectives[i].awaits_view;
    state.objectives[i].unproven = judged.objectives[i].closed_undecided && up && state.state != State::kPaused;
  }
  Count(job, evidence, state);
  if (state.runs && state.runs->next_run) job.valid_until = std::min(job.valid_until, *state.runs->next_run);
  if (job.def->max_suspend && !job.history.pauses.empty() && !job.history.pauses.back().to) {
    const TimePoint too_long = job.history.pauses.back().from + *job.def->max_suspend;
    if (now < too_long) job.valid_until = std::min(job.valid_until, too_long);
  }
  if (!job.remembered_since || job.remembered_state != state.state) {
    job.remembered_since = now;
    job.remembered_state = state.state;
  }
  state.state_since = *job.remembered_since;
  if (state.runs) {
    state.runs->completed = job.completed;
    state.runs->failed = job.failed;
  }
  if (job.failure && state.runs && state.runs->consecutive_failures > 0) AttachFailure(*job.failure, redactor_, state);
  state.blocked_by = BlockedBy(job, state.state);
  LookAhead(job, evidence, state);
  job.up_matters = std::any_of(state.objectives.begin(), state.objectives.end(),
                               [](const ObjectiveState& o) { return o.unproven || o.verdict == Verdict::kUnknown; });
  job.was_up = up;
  job.seen_views = ViewsVersion(job);
  job.dirty = job.remembered = false;
  job.state = std::move(judged.state);
}

// Most jobs are only passed by: what that takes is waiting for memory, unless it is asked for in time.
void Tracker::Fetch(std::size_t passed) const {
  constexpr std::size_t kJobAhead = 24, kStateAhead = 12;
  constexpr std::ptrdiff_t kUseCount = 16;  // stands before the state
  if (passed + kJobAhead < in_order_.size()) __builtin_prefetch(in_order_[passed + kJobAhead]);
  if (passed + kStateAhead >= in_order_.size()) return;
  const JobState* const state = in_order_[passed + kStateAhead]->state.get();
  if (state) __builtin_prefetch(reinterpret_cast<const char*>(state) - kUseCount, 1);
}

std::vector<std::shared_ptr<const JobState>> Tracker::Evaluate(TimePoint now, const IsUp& is_up) {
  HeedSleep(now);
  HeedClock(now);
  if (!began_) began_ = now;
  std::vector<std::shared_ptr<const JobState>> states;
  states.reserve(jobs_.size());
  if (in_order_.empty()) {
    needing_.clear();
    for (const auto& job : jobs_) {
      if (job->def->needs) needing_.push_back(in_order_.size());
      in_order_.push_back(job.get());
    }
  }
  bool have_looked = false;
  for (std::size_t i = 0; i < in_order_.size(); ++i) {
    Fetch(i);
    JobTrack* const job = in_order_[i];
    if (NeedsLook(*job, now) || (job->up_matters && job->was_up != SourcesUp(*job, is_up))) {
      Look(*job, now, is_up);
      have_looked = true;
    }
    states.push_back(job->state);
  }
  if (have_looked) LookAtBlocked(now, is_up, states);
  return states;
}

// ---- what outlives the process ----

void Tracker::SetTotals(const std::string& name, std::uint64_t completed, std::uint64_t failed) {
  JobTrack* const job = FindJob(name);
  if (!job) return;
  job->completed = static_cast<std::uint32_t>(completed);
  job->failed = static_cast<std::uint32_t>(failed);
  job->dirty = true;
}

void Tracker::SetMemory(const std::string& name, const std::string& text, TimePoint now) {
  JobTrack* const found = FindJob(name);
  if (!found) return;
  JobTrack& job = *found;
  Memory memory = DecodeMemory(text);
  job.memory = HashOf(text);
  job.remembered_state = memory.state;
  job.remembered_since = memory.since;
  for (History::Standing& standing : memory.standing) {
    auto& all = job.history.standing.Own();
    const auto known = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.rule == standing.rule; });
    if (known == all.end()) {
      all.push_back(std::move(standing));
    } else if (known->end < standing.end) {
      *known = std::move(standing);
    }
  }
  job.history.back = memory.left ? now : memory.back;
  if (memory.left) job.history.standing.clear();
  DropStanding(job);
  if (memory.first_seen) job.history.first_seen = std::min(job.history.first_seen.value_or(*memory.first_seen), *memory.first_seen);
  job.dirty = true;
}

void Tracker::SetFirstSeen(const std::string& name, TimePoint time) {
  if (JobTrack* const job = FindJob(name)) job->history.first_seen = time;
}

std::vector<std::pair<std::string, std::string>> Tracker::TakeChangedMemory() {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const auto& job : in_order_) {
    if (job->remembered || !job->remembered_since) continue;
    job->remembered = true;
    std::string text = EncodeMemory(job->history, job->remembered_state, *job->remembered_since);
    const std::uint64_t memory = HashOf(text);
    if (memory == job->memory) continue;
    job->memory = memory;
    changed.emplace_back(job->def->name, std::move(text));
  }
  return changed;
}

std::vector<std::string> Tracker::Forget(TimePoint now, Duration forget_after) {
  std::vector<std::string> forgotten;
  std::erase_if(jobs_, [&](const auto& job) {
    const auto& gones = job->history.gones;
    const bool long_gone = !job->configured && !gones.empty() && !gones.back().to && now - gones.back().from >= forget_after;
    if (long_gone) forgotten.push_back(job->def->name);
    return long_gone;
  });
  if (!forgotten.empty()) in_order_.clear();
  return forgotten;
}

std::vector<Tracker::KnownJob> Tracker::KnownJobs(const std::string& source) const {
  std::vector<KnownJob> known;
  for (const auto& job : jobs_) {
    const bool gone = !job->history.gones.empty() && !job->history.gones.back().to;
    const bool sighted = std::any_of(job->history.changes.begin(), job->history.changes.end(),
                                     [](const JobChange& change) { return !change.configured; });
    if (job->runs_source == source && sighted && !gone) known.push_back({job->def->name, job->scope});
  }
  return known;
}

std::vector<Tracker::KnownRun> Tracker::RunningRuns(const std::string& source) const {
  std::vector<KnownRun> running;
  for (const auto& job : jobs_) {
    if (job->runs_source != source) continue;
    for (const Run& run : job->history.runs.Fold()) {
      if (run.newest_outcome == Outcome::kRunning) running.push_back({job->def->name, run.id, job->scope, run.earliest_start});
    }
  }
  return running;
}

std::vector<Tracker::KnownRun> Tracker::EndedRuns(const std::string& source) const {
  std::vector<KnownRun> ended;
  const SourceTrack* track = FindSource(source);
  if (!track || track->def.spool_allowance == Duration{0}) return ended;
  for (const auto& job : jobs_) {
    if (job->runs_source != source) continue;
    std::vector<Run> runs = job->history.runs.Fold();
    std::erase_if(runs, [](const Run& run) { return run.newest_outcome == Outcome::kRunning; });
    std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return std::pair(EndOf(a), a.id) < std::pair(EndOf(b), b.id); });
    for (const Run& run : runs) ended.push_back({job->def->name, run.id, job->scope, run.earliest_start});
  }
  return ended;
}

std::vector<Tracker::KnownRun> Tracker::ExplainedRuns(const std::string& source) const {
  std::vector<KnownRun> explained;
  for (const auto& job : jobs_) {
    const bool is_explained = job->runs_source == source && job->failure && !job->failure->excerpt.text.empty();
    if (is_explained) explained.push_back({job->def->name, job->failure->run_id, job->scope, std::nullopt});
  }
  return explained;
}

}  // namespace batchslo
