// Clocks that are wrong: what is told then goes on from what was told before. Tested by tests/core/clock_test.cc.
#include <algorithm>

#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

constexpr Duration kLeastFreeze = minutes{1};
constexpr Duration kMostBack = hours{24};  // further back, what was told of the days between would stand for too long

const ObjectiveState* ToldOf(const JobState* told, const Objective& objective) {
  for (std::size_t i = 0; told && i < told->objectives.size(); ++i) {
    if (told->def->objectives[i].name == objective.name) return &told->objectives[i];
  }
  return nullptr;
}

bool IsMissed(const ObjectiveState* state) { return state && state->verdict == Verdict::kMissed; }

// `fresh` says less than what was told: it is about the same window, or run, as if that had not been missed; or, where there
// are windows, about an older one.
bool IsBehind(const Rule& rule, const ObjectiveState& fresh, const ObjectiveState& told) {
  if (std::holds_alternative<Checks>(rule)) return false;
  const bool is_older = !fresh.window || fresh.window->due < told.window->due;
  if (is_older) return !std::holds_alternative<MaxRuntime>(rule);
  return fresh.window == told.window && told.verdict == Verdict::kMissed && fresh.success_at == told.success_at;
}

// A success is visible that was not when the job was told of.
bool HasNewSuccess(const Evidence& evidence, const JobState& told) {
  return evidence.newest && (!told.last_success || evidence.newest->time > *told.last_success);
}

bool IsSkewed(const Evidence& evidence) {
  return evidence.runs_skew > Duration{0} || std::any_of(evidence.proofs.begin(), evidence.proofs.end(), [](const Proof& proof) { return proof.skew > Duration{0}; });
}

Evidence WithoutSkew(Evidence evidence) {
  evidence.runs_skew = Duration{0};
  for (Proof& proof : evidence.proofs) proof.skew = Duration{0};
  return evidence;
}

}  // namespace

void Tracker::SetSkew(const std::string& name, Duration skew) {
  const auto source = sources_.find(name);
  if (source != sources_.end()) source->second->skew = std::chrono::abs(skew);
}

void Tracker::HeedClock(TimePoint now) {
  if (judged_until_ - now > kMostBack) judged_until_ = now;
  judged_until_ = std::max(judged_until_, now);
}

void Tracker::ClockPutRight(TimePoint now) {
  judged_until_ = now;
  for (auto& [name, source] : sources_) {
    source->whole = {};
    source->scopes.clear();
    ++source->version;
  }
  for (const auto& job : jobs_) to_reload_.insert(job->def->name);
}

void Tracker::JudgeAnew() {
  for (const auto& job : jobs_) {
    if (job->history.line.Newest() && !job->history.line.Newest()->fault.empty()) Rebuild(*job);
    job->dirty = true;
  }
}

// None: it is not. What the clock had jumped to may be far off, so once it was put right nothing is frozen.
std::optional<TimePoint> Tracker::FrozenUntil(const Objective& objective, TimePoint now) const {
  if (!jumped_ || now < *jumped_) return std::nullopt;
  const TimePoint thaw = *jumped_ + std::max(objective.grace, kLeastFreeze);
  return now < thaw ? std::optional(thaw) : std::nullopt;
}

// A miss that was told before a source's clock went wrong stands. While our clock has gone back, no window closes a second
// time. When it has jumped ahead, a miss that was not told before waits until the sources have been asked, and the clock
// perhaps been put right.
void Tracker::Heed(const JobTrack& job, const Evidence& evidence, const Objective& objective, Judgement& judgement) const {
  ObjectiveState& fresh = judgement.state;
  const ObjectiveState* const told = ToldOf(job.state.get(), objective);
  if (IsMissed(told) && fresh.verdict == Verdict::kUnknown && IsSkewed(evidence)) {
    const Judgement before = batchslo::Judge({WithoutSkew(evidence), objective, StandingOf(job, objective), job.horizon});
    if (IsMissed(&before.state) && before.state.window == told->window) judgement = before;
  }
  const bool is_same_def = job.state && job.state->def == job.def;
  const bool is_back = evidence.now < judged_until_ && is_same_def;
  const bool was_decided = told && told->window && (told->verdict == Verdict::kMet || told->verdict == Verdict::kMissed);
  const bool is_disproved = IsMissed(told) && !std::holds_alternative<MaxRuntime>(objective.rule) && HasNewSuccess(evidence, *job.state);
  if (is_back && was_decided && IsBehind(objective.rule, fresh, *told) && !is_disproved) {
    fresh = *told;
    judgement.end = told->window->due + objective.grace;
    judgement.closed_undecided = false;
  }
  const auto thaw = FrozenUntil(objective, evidence.now);
  if (!thaw || !IsMissed(&fresh)) return;
  judgement.valid_until = std::min(judgement.valid_until, *thaw);
  if (IsMissed(told)) {
    const bool is_older = is_same_def && fresh.window && told->window && fresh.window != told->window;
    if (!is_older) return;
    fresh = *told;
    judgement.end = told->window->due + objective.grace;
    return;
  }
  fresh.verdict = Verdict::kUnknown;
  judgement.why.push_back({Reason::kClockJumped});
}

}  // namespace batchslo
