#include "exporter/core/judge_closed.h"
#include "exporter/core/judge_windows.h"

namespace batchslo {

std::optional<Opening> OpeningOf(const By& rule, const ScheduleLine& line, TimePoint deadline) {
  if (const auto* reach = std::get_if<Duration>(&rule.since)) return Opening{deadline - *reach};
  if (const auto* ticks = std::get_if<Ticks>(&rule.since)) {
    const auto tick = ticks->Prev(deadline);
    return tick ? std::optional(Opening{*tick}) : std::nullopt;
  }
  const auto tick = line.HasTicks() ? line.Prev(deadline) : std::nullopt;
  if (tick) return Opening{*tick, true};
  const auto before = rule.deadline.Prev(deadline);
  return before ? std::optional(Opening{*before + (deadline - *before) / 2}) : std::nullopt;
}

namespace {

constexpr int kMostOpen = 1000;  // at once; those due later wait for their turn, as a deadline each minute of a yearly job has half a million

class ByWindows {
 public:
  ByWindows(const JudgeContext& context, const By& rule)
      : evidence_(context.evidence), rule_(rule), grace_(context.objective.grace) {}

  std::optional<JudgedWindow> Newest(TimePoint now) const {
    auto deadline = rule_.deadline.Next(now - Duration{1});
    if (!deadline) deadline = rule_.deadline.Prev(now);
    if (!deadline) return std::nullopt;
    auto next = rule_.deadline.Next(*deadline);
    for (int open = 0; next && open < kMostOpen; ++open, next = rule_.deadline.Next(*next)) {
      const auto opening = Open(*next);
      if (!opening || opening->at > now) break;
      deadline = next;
    }
    for (; deadline; deadline = rule_.deadline.Prev(*deadline)) {
      const auto opening = Open(*deadline);
      if (!opening) return std::nullopt;
      if (opening->at <= now) return At(*deadline, *opening);
    }
    return std::nullopt;
  }

  std::optional<JudgedWindow> Before(const JudgedWindow& window) const {
    const auto deadline = rule_.deadline.Prev(window.tick);
    const auto opening = deadline ? Open(*deadline) : std::nullopt;
    return opening ? std::optional(At(*deadline, *opening)) : std::nullopt;
  }

  std::optional<JudgedWindow> After(const JudgedWindow& window) const {
    const auto deadline = rule_.deadline.Next(window.tick);
    const auto opening = deadline ? Open(*deadline) : std::nullopt;
    return opening ? std::optional(At(*deadline, *opening)) : std::nullopt;
  }

  std::optional<TimePoint> NextBegin(TimePoint now) const {
    const auto newest = Newest(now);
    const auto deadline = rule_.deadline.Next(newest ? newest->tick : now);
    const auto opening = deadline ? Open(*deadline) : std::nullopt;
    return opening ? std::optional(opening->at) : deadline;
  }

  Decision Decide(const JudgedWindow& window) const {
    const Opening opening = *Open(window.tick);
    const auto next = rule_.deadline.Next(window.tick);
    const auto next_opening = next ? Open(*next) : std::nullopt;
    const TimePoint last = std::max(window.end, next_opening ? next_opening->at - Duration{1} : window.end);
    Decision decision;
    for (const Success& success : evidence_.fixed) Consider(success, window, opening, next, decision);
    for (const Success& success : SuccessesWithin(evidence_, opening.at, last)) Consider(success, window, opening, next, decision);
    if (!decision.success && IsSeenWithout(window)) decision.kind = Decision::Kind::kMissed;
    return decision;
  }

  // It has closed, and what was seen shows that nothing came in time.
  bool IsSeenWithout(const JudgedWindow& window) const {
    if (evidence_.now <= window.end) return false;
    const Opening opening = *Open(window.tick);
    const bool run_belongs = std::any_of(evidence_.run_successes.begin(), evidence_.run_successes.end(),
                                         [&](const Success& run) { return Belongs(run, window.tick, opening); });
    return GoneAt(evidence_, window.end) || ProvenAbsent(evidence_, window.begin, window.end, grace_, run_belongs, {window.begin, window.end});
  }

  std::string Name(const Success& success) const { return Describe(evidence_, success); }

 private:
  std::optional<Opening> Open(TimePoint deadline) const { return OpeningOf(rule_, evidence_.line, deadline); }

  JudgedWindow At(TimePoint deadline, const Opening& opening) const {
    return {opening.at, deadline, deadline + grace_, deadline};
  }

  bool Belongs(const Success& success, TimePoint deadline, const Opening& opening) const {
    if (success.scheduled) return opening.at <= *success.scheduled && *success.scheduled < deadline;
    TimePoint from = opening.at;
    if (opening.by_schedule && success.covers_is_start) {
      const auto before = evidence_.line.Prev(opening.at);
      from -= EarlyAllowance(before ? Duration{opening.at - *before} : Duration{seconds{300}});
    }
    return from <= success.covers && success.covers <= deadline + grace_;
  }

  // Openings rise with their deadlines: if any window has it, the first that ends late enough does.
  bool BelongsToAny(const Success& success) const {
    const auto deadline = rule_.deadline.Next(success.scheduled ? *success.scheduled : success.covers - grace_ - Duration{1});
    const auto opening = deadline ? Open(*deadline) : std::nullopt;
    return opening && Belongs(success, *deadline, *opening);
  }

  void Consider(const Success& success, const JudgedWindow& window, const Opening& opening, std::optional<TimePoint> next,
                Decision& decision) const {
    if (success.last_success && opening.by_schedule) return;
    const bool belongs = Belongs(success, window.tick, opening);
    const bool in_time = belongs && success.time <= window.end;
    const bool late = !in_time && success.time > window.end &&
                      (belongs || ((!next || success.time <= *next) && !BelongsToAny(success)));
    if (in_time || late) decision.Keep(success, window.end);
  }

  const Evidence& evidence_;
  const By& rule_;
  Duration grace_;
};

}  // namespace

Judgement JudgeBy(const JudgeContext& context, const By& rule) {
  ByWindows windows(context, rule);
  return Walk(context, windows).Judge();
}

Closings ClosingsOfBy(const ClosingContext& context, const By& rule) {
  return ClosingsIn(ByWindows(context.judge, rule), context);
}

std::optional<TimePoint> ReachOfBy(const JudgeContext& context, const By& rule) {
  return ReachBack(ByWindows(context, rule), context);
}

std::vector<WindowSight> WindowsOfBy(const JudgeContext& context, const By& rule, WindowCount count) {
  return Sights(ByWindows(context, rule), context, count);
}

}  // namespace batchslo
