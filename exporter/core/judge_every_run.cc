#include "exporter/core/judge_closed.h"
#include "exporter/core/judge_windows.h"

namespace batchslo {

int DerivedTolerance(Duration period) {
  if (period <= minutes{15}) return 5;
  if (period <= hours{1}) return 2;
  if (period <= hours{12}) return 1;
  return 0;
}

namespace {

constexpr Duration kNever = hours{24 * 365 * 100};  // the end of a window that no further tick closes

class EveryRunWindows {
 public:
  EveryRunWindows(const JudgeContext& context, const EveryRun& rule, int tolerate)
      : evidence_(context.evidence), line_(evidence_.line), rule_(rule), tolerate_(tolerate), grace_(context.objective.grace) {}

  std::optional<JudgedWindow> Newest(TimePoint now) const { return At(line_.Prev(now + Duration{1})); }
  std::optional<JudgedWindow> Before(const JudgedWindow& window) const { return At(line_.Prev(window.tick)); }
  std::optional<JudgedWindow> After(const JudgedWindow& window) const { return At(line_.Next(window.tick)); }
  std::optional<TimePoint> NextBegin(TimePoint now) const { return line_.Next(now); }

  Decision Decide(const JudgedWindow& window) const {
    Decision decision;
    for (const Success& success : evidence_.fixed) {
      if (BelongsTo(success, window)) decision.Keep(success, window.end);
    }
    if (evidence_.mode == SuccessMode::kOutputs || evidence_.mode == SuccessMode::kAll) ConsiderTicks(window, decision);
    if (!decision.success && IsSeenWithout(window)) decision.kind = Decision::Kind::kMissed;
    return decision;
  }

  // It has closed, and what was seen shows that nothing came in time.
  bool IsSeenWithout(const JudgedWindow& window) const {
    if (evidence_.now <= window.end) return false;
    const bool run_belongs = std::any_of(evidence_.run_successes.begin(), evidence_.run_successes.end(),
                                         [&](const Success& run) { return BelongsTo(run, window); });
    const Span moves{MovesOf(window.begin).from, MovesOf(window.tick).to};
    return GoneAt(evidence_, window.end) || ProvenAbsent(evidence_, window.begin, window.end, grace_, run_belongs, moves);
  }

  std::string Name(const Success& success) const { return Describe(evidence_, success); }

 private:
  std::optional<JudgedWindow> At(std::optional<TimePoint> tick) const {
    if (!tick) return std::nullopt;
    JudgedWindow window{*tick, *tick, *tick, *tick};
    for (int i = 0; i < tolerate_; ++i) {
      const auto before = line_.Prev(window.begin);
      if (!before) break;
      window.begin = *before;
    }
    const auto next = rule_.finish_within ? std::optional(*tick + *rule_.finish_within) : line_.Next(*tick);
    window.due = next ? *next : *tick + kNever;
    window.end = window.due + grace_;
    return window;
  }

  std::optional<TimePoint> TickFor(const Success& success) const {
    return success.scheduled ? line_.Prev(*success.scheduled + Duration{1}) : TickOf(line_, success.covers);
  }

  bool BelongsTo(const Success& success, const JudgedWindow& window) const {
    if (success.last_success) return false;
    if (success.scheduled.value_or(success.covers) + seconds{30} < window.begin) return false;
    const auto tick = TickFor(success);
    return tick && window.begin <= *tick && *tick <= window.tick;
  }

  // Where the move of an output belongs to a tick.
  Span MovesOf(TimePoint tick) const {
    const auto before = line_.Prev(tick), next = line_.Next(tick);
    return {tick - EarlyAllowance(before ? Duration{tick - *before} : Duration{seconds{300}}),
            next ? *next - EarlyAllowance(*next - tick) - Duration{1} : tick + kNever};
  }

  // The successes that only the moves around one tick define, tick by tick.
  void ConsiderTicks(const JudgedWindow& window, Decision& decision) const {
    for (auto tick = std::optional(window.tick); tick && *tick >= window.begin; tick = line_.Prev(*tick)) {
      const Span moves = MovesOf(*tick);
      for (const Success& success : SuccessesWithin(evidence_, moves.from, moves.to)) {
        if (!success.last_success && TickFor(success) == tick) decision.Keep(success, window.end);
      }
    }
  }

  const Evidence& evidence_;
  const ScheduleLine& line_;
  const EveryRun& rule_;
  int tolerate_;
  Duration grace_;
};

}  // namespace

int ToleranceOf(const EveryRun& rule, const ScheduleLine& line) {
  if (!rule.derived) return rule.tolerate;
  const auto period = line.Newest()->schedule->Period();
  return period ? DerivedTolerance(*period) : 0;
}

Judgement JudgeEveryRun(const JudgeContext& context, const EveryRun& rule) {
  const ScheduleLine& line = context.evidence.line;
  if (!line.HasTicks()) return NoSchedule(context.evidence);
  EveryRunWindows windows(context, rule, ToleranceOf(rule, line));
  return Walk(context, windows).Judge();
}

Closings ClosingsOfEveryRun(const ClosingContext& context, const EveryRun& rule) {
  const ScheduleLine& line = context.judge.evidence.line;
  if (!line.HasTicks()) return {};
  // Which runs may stand in takes long to derive, and matters only once a window is over.
  const Closings strict = ClosingsIn(EveryRunWindows(context.judge, rule, 0), context);
  if (strict.windows.empty() && !strict.awaits_view) return strict;
  return ClosingsIn(EveryRunWindows(context.judge, rule, ToleranceOf(rule, line)), context);
}

std::optional<TimePoint> ReachOfEveryRun(const JudgeContext& context, const EveryRun& rule) {
  const ScheduleLine& line = context.evidence.line;
  if (!line.HasTicks()) return std::nullopt;
  return ReachBack(EveryRunWindows(context, rule, ToleranceOf(rule, line)), context);
}

std::vector<WindowSight> WindowsOfEveryRun(const JudgeContext& context, const EveryRun& rule, WindowCount count) {
  const ScheduleLine& line = context.evidence.line;
  if (!line.HasTicks()) return {};
  return Sights(EveryRunWindows(context, rule, ToleranceOf(rule, line)), context, count);
}

}  // namespace batchslo
