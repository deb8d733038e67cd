// Supposes facts, one kind after the other, and keeps what turns the verdict: the judges say so, nobody guesses.
#include "exporter/core/what_if.h"

#include <algorithm>

#include "exporter/core/local_text.h"
#include "exporter/core/what_if_facts.h"

namespace batchslo {
namespace {

constexpr std::size_t kPast = 6, kAhead = 12;  // windows that are tried
constexpr std::size_t kMostAhead = 1000;       // that are passed to find those that count
constexpr int kMostSteps = 200;                // of waiting
constexpr std::size_t kMostFacts = 200;        // that are told of a turn

struct Supposed {
  std::string what;
  TimePoint at;
  std::vector<Fact> facts;
};
// Of one kind, the likeliest first.
using Kind = std::vector<Supposed>;

struct Told {
  Verdict verdict;
  bool late;
  TimePoint valid_until;
};

Told ToldAt(const Tracker& alone, const std::string& job, std::size_t objective, TimePoint at) {
  const JobCase found = alone.CaseOf(job, at);
  const ObjectiveState& state = found.judged.state->objectives[objective];
  return {state.verdict, state.late, found.judged.objectives[objective].valid_until};
}

class Supposing {
 public:
  Supposing(const JobCase& job, std::size_t objective, const Zone& zone)
      : job_(job), rule_(job.judged.state->def->objectives[objective]), now_(job.evidence.now), zone_(zone),
        judged_(job.judged.objectives[objective]), verdict_(job.judged.state->objectives[objective].verdict),
        windows_(WindowsOf(job.Context(objective), kPast, kMostAhead)) {
    const TimePoint last = windows_.empty() ? now_ : windows_.back().due;
    std::size_t ahead = 0;
    std::erase_if(windows_, [&](const WindowSight& window) { return window.begin > now_ && (!window.excuse.empty() || ++ahead > kAhead); });
    if (ahead == 0 && last > now_) excused_until_ = last;
  }

  std::optional<TimePoint> ExcusedUntil() const { return excused_until_; }

  std::vector<Kind> All() const {
    if (verdict_ == Verdict::kPaused) return {Resumed()};
    if (std::holds_alternative<Checks>(rule_.rule)) return {Looks()};
    if (const auto* rule = std::get_if<MaxRuntime>(&rule_.rule)) return {Seen(), Ended(), Long(*rule)};
    if (const auto* rule = std::get_if<Within>(&rule_.rule)) return {Succeeds(), NothingWithin(*rule)};
    return {Succeeds(), NothingIn(), Scheduled()};
  }

 private:
  std::string Day(TimePoint time) const { return DayText(zone_, time); }

  Kind Resumed() const {
    const auto& pauses = job_.history->pauses;
    const TimePoint at = pauses.empty() ? now_ : std::max(now_, pauses.back().newest + Duration{1});
    return {{"its scheduler says that it is no longer paused", at, SupposeResumed(job_, at)}};
  }

  Kind Looks() const {
    if (verdict_ == Verdict::kMet) return {{"a look that fails a check", now_, SupposeLooks(job_, now_, LookResult::kFails)}};
    return {{"a look at each checked output that passes all checks", now_, SupposeLooks(job_, now_, LookResult::kPasses)}};
  }

  Kind Seen() const {
    if (verdict_ == Verdict::kMet) return {};
    return {{"a complete view of the source of its runs", now_, SupposeView(job_, now_)}};
  }
  Kind Ended() const {
    if (verdict_ == Verdict::kMet) return {};
    return {{"all runs that are going end, and a complete view shows it", now_, SupposeEnd(job_, now_)}};
  }
  Kind Long(const MaxRuntime& rule) const {
    if (verdict_ == Verdict::kMissed) return {};
    Kind kind;
    for (const Duration more : {Duration{0}, Duration{hours{1}}, Duration{days{1}}, Duration{days{7}}}) {
      const TimePoint at = now_ + rule.limit + rule_.grace + more + Duration{1};
      std::vector<Fact> facts = SupposeStart(job_, now_, std::nullopt);
      const auto views = SupposeView(job_, at);
      facts.insert(facts.end(), views.begin(), views.end());
      kind.push_back({"a run that starts now and still goes at " + Day(at), at, std::move(facts)});
    }
    return kind;
  }

  bool IsStart() const { return std::holds_alternative<StartBy>(rule_.rule); }

  Supposed SuccessOf(TimePoint at, std::optional<TimePoint> scheduled) const {
    std::vector<Fact> facts = IsStart() ? SupposeStart(job_, at, scheduled) : SupposeSuccess(job_, at, scheduled);
    const bool of_run = !facts.empty() && std::holds_alternative<RunFact>(facts.front().what);
    const bool with_outputs = !facts.empty() && std::holds_alternative<ObservationFact>(facts.back().what);
    std::string what;
    if (of_run) what = "a run" + (scheduled ? " scheduled for " + Day(*scheduled) : "") + (IsStart() ? " that starts" : " that succeeds");
    if (with_outputs) what += std::string(of_run ? ", and " : "") + "its outputs move" + (HasChecks() ? " and pass their checks" : "");
    return {what, at, std::move(facts)};
  }

  bool HasChecks() const {
    const auto& outputs = job_.judged.state->def->outputs;
    return std::any_of(outputs.begin(), outputs.end(), [](const OutputDef& output) { return !output.checks.empty(); });
  }

  // At once, for the newest window first; else in one of those to come.
  Kind Succeeds() const {
    if (verdict_ == Verdict::kMet) return {};
    const bool by = std::holds_alternative<By>(rule_.rule);
    Kind kind;
    if (windows_.empty()) return {SuccessOf(now_, std::nullopt)};
    for (auto window = windows_.rbegin(); window != windows_.rend(); ++window) {
      if (window->begin <= now_) kind.push_back(SuccessOf(now_, by ? window->begin : window->tick));
    }
    kind.push_back(SuccessOf(now_, std::nullopt));
    for (const WindowSight& window : windows_) {
      const TimePoint begin = by ? window.begin : window.tick;
      if (begin > now_) kind.push_back(SuccessOf(begin, begin));
    }
    return kind;
  }

  Supposed Nothing(TimePoint from, TimePoint at) const {
    return {std::string(IsStart() ? "no start" : "no success") + ", and all is seen without a gap from " + Day(from) + " on", at, SupposeNothing(job_, from, at)};
  }

  Duration Held() const {
    Duration held = HeldBack(job_.evidence.runs_skew, rule_.grace);
    for (const Proof& proof : job_.evidence.proofs) held = std::max(held, HeldBack(proof.skew, rule_.grace));
    return held;
  }

  Kind NothingWithin(const Within& rule) const {
    const auto& window = job_.judged.state->objectives.empty() ? Maybe<Window>{} : judged_.state.window;
    if (verdict_ == Verdict::kMissed || !window) return {};
    Kind kind;
    const Duration owed = rule.window + rule_.grace + Held();
    std::vector<TimePoint> ends = {window->opens + owed, now_, now_ + owed};
    for (const Proof& proof : job_.evidence.proofs) {
      if (!proof.successes.empty()) ends.push_back(proof.successes.back() + owed);
    }
    for (const Duration more : {Duration{hours{1}}, Duration{hours{6}}, Duration{days{2}}}) ends.push_back(now_ + owed + more);
    std::sort(ends.begin(), ends.end());
    for (const TimePoint end : ends) {
      if (end >= now_) kind.push_back(Nothing(window->opens, end));
    }
    return kind;
  }

  Kind NothingIn() const {
    if (verdict_ == Verdict::kMissed) return {};
    Kind kind;
    const auto add = [&](const WindowSight& window) {
      if (window.what != WindowSight::What::kNotCounted) kind.push_back(Nothing(window.begin, std::max(window.end + Held() + Duration{1}, now_)));
    };
    const auto ahead = std::find_if(windows_.begin(), windows_.end(), [&](const WindowSight& window) { return window.begin > now_; });
    std::for_each(std::make_reverse_iterator(ahead), windows_.rend(), add);  // the newest first
    std::for_each(ahead, windows_.end(), add);
    return kind;
  }

  // Where no schedule is known that has ticks.
  Kind Scheduled() const {
    const bool needs = !std::holds_alternative<By>(rule_.rule) && !job_.evidence.line.HasTicks();
    if (!needs) return {};
    const TimePoint hour = std::chrono::floor<hours>(now_);
    std::vector<Fact> facts = SupposeSchedule(job_, now_, "0 * * * *");
    const Supposed success = SuccessOf(now_, hour);
    facts.insert(facts.end(), success.facts.begin(), success.facts.end());
    return {{"its scheduler tells a schedule that can be read (\"0 * * * *\", say), and " + success.what, now_, std::move(facts)}};
  }

  const JobCase& job_;
  const Objective& rule_;
  const TimePoint now_;
  const Zone& zone_;
  const Judgement& judged_;
  const Verdict verdict_;
  std::vector<WindowSight> windows_;  // oldest first; of those to come only such as count
  std::optional<TimePoint> excused_until_;
};

std::optional<Turn> Try(const Tracker& alone, const std::string& job, std::size_t objective, Verdict before, const Supposed& supposed) {
  if (supposed.facts.empty()) return std::nullopt;
  Tracker world = alone.Alone(job);
  std::vector<Fact> facts = supposed.facts;
  std::stable_sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) { return a.observed < b.observed; });
  for (const Fact& fact : facts) world.Apply(fact);
  const Told told = ToldAt(world, job, objective, supposed.at);
  if (told.verdict == before) return std::nullopt;
  const std::size_t left_out = facts.size() - std::min(facts.size(), kMostFacts);
  facts.resize(facts.size() - left_out);
  return Turn{supposed.what, supposed.at, std::move(facts), told.verdict, told.late, left_out};
}

std::optional<WhatIf::ByItself> Wait(const Tracker& alone, const std::string& job, std::size_t objective, TimePoint now) {
  const Told before = ToldAt(alone, job, objective, now);
  TimePoint at = before.valid_until;
  for (int step = 0; step < kMostSteps && at < TimePoint::max(); ++step) {
    const Told told = ToldAt(alone, job, objective, at);
    if (told.verdict != before.verdict) return WhatIf::ByItself{at, told.verdict, told.late};
    if (told.valid_until <= at) break;
    at = told.valid_until;
  }
  return std::nullopt;
}

}  // namespace

WhatIf FindTurns(const Tracker& alone, const std::string& job, std::size_t objective, TimePoint now, const Zone& zone) {
  const JobCase found = alone.CaseOf(job, now);
  const Verdict before = found.judged.state->objectives[objective].verdict;
  WhatIf what_if;
  const Supposing supposing(found, objective, zone);
  for (const Kind& kind : supposing.All()) {
    for (const Supposed& supposed : kind) {
      auto turn = Try(alone, job, objective, before, supposed);
      if (!turn) continue;
      what_if.turns.push_back(*std::move(turn));
      break;
    }
  }
  if (before != Verdict::kPaused) what_if.by_itself = Wait(alone, job, objective, now);
  if (what_if.turns.empty() && !what_if.by_itself) what_if.excused_until = supposing.ExcusedUntil();
  return what_if;
}

}  // namespace batchslo
