#include "exporter/core/judge_closed.h"
#include "exporter/core/judge_windows.h"

namespace batchslo {
namespace {

class StartWindows {
 public:
  StartWindows(const JudgeContext& context, const StartBy& rule)
      : evidence_(context.evidence), line_(evidence_.line), rule_(rule), grace_(context.objective.grace) {}

  std::optional<JudgedWindow> Newest(TimePoint now) const { return At(line_.Prev(now + Duration{1})); }
  std::optional<JudgedWindow> Before(const JudgedWindow& window) const { return At(line_.Prev(window.tick)); }
  std::optional<JudgedWindow> After(const JudgedWindow& window) const { return At(line_.Next(window.tick)); }
  std::optional<TimePoint> NextBegin(TimePoint now) const { return line_.Next(now); }

  Decision Decide(const JudgedWindow& window) const {
    Decision decision;
    bool may_have_started = false;
    for (int i = 0; i < static_cast<int>(evidence_.runs.size()); ++i) {
      const Run& run = evidence_.runs[static_cast<std::size_t>(i)];
      if (!Counts(*evidence_.def, run) || !BelongsTo(run, window)) continue;
      const auto start = StartOf(run, window, may_have_started);
      if (!start) continue;
      const auto newest_start = decision.newest_success;
      decision.Keep(Start(*start, i), window.end);
      if (!run.earliest_start) decision.newest_success = newest_start;  // when it really began is not known
    }
    if (!decision.success && !may_have_started && IsSeenWithout(window)) decision.kind = Decision::Kind::kMissed;
    return decision;
  }

  // It has closed, and what was seen shows that nothing started in time.
  bool IsSeenWithout(const JudgedWindow& window) const {
    return evidence_.now > window.end && (GoneAt(evidence_, window.end) || NoneSeen(window));
  }

  std::string Name(const Success& success) const { return Describe(evidence_, success); }

 private:
  std::optional<JudgedWindow> At(std::optional<TimePoint> tick) const {
    if (!tick) return std::nullopt;
    return JudgedWindow{*tick, *tick + rule_.limit, *tick + rule_.limit + grace_, *tick};
  }

  static Success Start(TimePoint time, int run) {
    Success start;
    start.time = start.covers = time;
    start.run = run;
    return start;
  }

  static std::optional<TimePoint> FinishOf(const Run& run) {
    if (run.outcome != Outcome::kSucceeded && run.outcome != Outcome::kFailed) return std::nullopt;
    return run.finished ? *run.finished : run.observed;
  }

  // When it really began. A finished run without a known start had begun by its finish: good enough when that is in
  // time, else it leaves the window open.
  static std::optional<TimePoint> StartOf(const Run& run, const JudgedWindow& window, bool& may_have_started) {
    if (run.earliest_start) return run.earliest_start;
    const auto finish = FinishOf(run);
    if (finish && *finish <= window.end) return finish;
    may_have_started = may_have_started || finish.has_value();
    return std::nullopt;
  }

  bool BelongsTo(const Run& run, const JudgedWindow& window) const {
    if (run.scheduled) return line_.Prev(*run.scheduled + Duration{1}) == window.tick;
    const auto covers = run.earliest_start ? run.earliest_start : FinishOf(run);
    return covers && TickOf(line_, *covers) == window.tick;
  }

  bool NoneSeen(const JudgedWindow& window) const {
    const TimePoint past_end = window.end + HeldBack(evidence_.runs_skew, grace_) + Duration{1};
    const auto& strays = evidence_.strays;
    const auto stray = std::lower_bound(strays.begin(), strays.end(), window.begin);
    return evidence_.runs_views.Cover(window.begin, past_end) && (stray == strays.end() || *stray > past_end);
  }

  const Evidence& evidence_;
  const ScheduleLine& line_;
  const StartBy& rule_;
  Duration grace_;
};

}  // namespace

Judgement JudgeStartBy(const JudgeContext& context, const StartBy& rule) {
  if (!context.evidence.line.HasTicks()) return NoSchedule(context.evidence);
  StartWindows windows(context, rule);
  return Walk(context, windows).Judge();
}

Closings ClosingsOfStartBy(const ClosingContext& context, const StartBy& rule) {
  if (!context.judge.evidence.line.HasTicks()) return {};
  return ClosingsIn(StartWindows(context.judge, rule), context);
}

std::optional<TimePoint> ReachOfStartBy(const JudgeContext& context, const StartBy& rule) {
  return ReachBack(StartWindows(context, rule), context);
}

std::vector<WindowSight> WindowsOfStartBy(const JudgeContext& context, const StartBy& rule, WindowCount count) {
  if (!context.evidence.line.HasTicks()) return {};
  return Sights(StartWindows(context, rule), context, count);
}

}  // namespace batchslo
