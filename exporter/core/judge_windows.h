#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "exporter/core/judge.h"

namespace batchslo {

// A window of `by`, `every_run` or `start_by`.
struct JudgedWindow {
  TimePoint begin;  // O(D), T-N, T
  TimePoint due;    // D, T + R, T + S
  TimePoint end;    // due + grace
  TimePoint tick;   // D, T: what the next older window is sought from
};

// A window closes from its due instant to the end of its grace: where one of the two is excused, it is.
std::optional<Excuse> ExcuseOf(const JudgedWindow& window, const CalendarRef& calendar);

struct Decision {
  enum class Kind { kUndecided, kMet, kLate, kMissed };
  Kind kind = Kind::kUndecided;
  std::optional<Success> success;  // of met and late: the earliest
  // The earliest and the newest instant of a success (start_by: a start) that meets it.
  std::optional<TimePoint> newest_success;
  bool Good() const { return kind == Kind::kMet || kind == Kind::kLate; }

  // Takes a success that belongs: in time it is met, later it is late; the earliest is the evidence.
  void Keep(const Success& found, TimePoint end) {
    newest_success = std::max(newest_success.value_or(found.time), found.time);
    if (!success || Earlier(found, *success)) success = found;
    kind = success->time <= end ? Kind::kMet : Kind::kLate;
  }
};

// The earliest instant of all that may be part of a success later than `from`: of a run that ended later, or whose outputs
// moved later, its scheduled time, too; and the moves that such a run may be paired with.
TimePoint FirstSignAfter(const Evidence& evidence, TimePoint from);

// The newest instant up to `until` at which anything is known of: coverage, a success, a run.
TimePoint LastSignBefore(const Evidence& evidence, TimePoint until);

// Excused windows of which nothing is known, one after the other; more make no sense, and there may be one each minute.
inline constexpr int kMostInTheDark = 500;

// The verdict over a row of windows. `Kind` has
//   std::optional<JudgedWindow> Newest(TimePoint now);            // the newest that has begun
//   std::optional<JudgedWindow> Before(const JudgedWindow&);      // the next older one
//   std::optional<JudgedWindow> After(const JudgedWindow&);       // the next newer one, begun or not
//   std::optional<TimePoint> NextBegin(TimePoint now);            // when the next one begins
//   Decision Decide(const JudgedWindow&);
template <class Kind>
class Walk {
 public:
  Walk(const JudgeContext& context, Kind& kind) : context_(context), evidence_(context.evidence), kind_(kind) {}

  Judgement Judge() {
    auto window = kind_.Newest(evidence_.now);
    while (window && context_.before && window->begin >= *context_.before) window = kind_.Before(*window);
    ExpectChange(kind_.NextBegin(evidence_.now));
    if (window) judgement_.state.next_due = NextCounted(NextDue(*window));
    while (window && !done_) {
      if (context_.horizon && window->begin < *context_.horizon) {
        beyond_horizon_ = true;
        break;
      }
      Look(*window);
      if (!done_) window = Older(*window);
    }
    if (!done_) Conclude();
    return judgement_;
  }

 private:
  void Look(const JudgedWindow& window) {
    const Decision decision = kind_.Decide(window);
    const bool before_pause_ended = evidence_.pause && window.begin < *evidence_.pause->to;
    if (before_pause_ended && NothingBefore(window)) return Conclude();
    if (window.begin < evidence_.first_seen && !decision.Good()) return Conclude();
    if (before_pause_ended) {
      if (!decision.Good() || decision.newest_success <= evidence_.pause->from) return;  // none counts as the earliest
      if (OlderThanStanding(window)) return Conclude();
    }
    if (const auto excuse = decision.Good() ? std::nullopt : ExcuseOf(window, context_.objective.calendar)) return Skip(window, *excuse);
    if (decision.kind != Decision::Kind::kUndecided) return Decided(window, decision);
    if (evidence_.now <= window.end) {
      ExpectChange(window.end + Duration{1});
      return;
    }
    judgement_.awaits_view = true;
    if (!undecided_) undecided_ = window;
  }

  // It counts neither way.
  void Skip(const JudgedWindow& window, const Excuse& excuse) {
    if (evidence_.now <= window.end) return ExpectChange(window.end + Duration{1});
    if (skipped_) return;
    skipped_ = true;
    judgement_.state.excused = SharedValue(Excused{excuse.why, window.due});
    judgement_.why.push_back({Reason::kWindowExcused, FormatRfc3339(window.due) + " is excused: " + excuse.why});
  }

  void Decided(const JudgedWindow& window, const Decision& decision) {
    done_ = true;
    const bool missed = decision.kind == Decision::Kind::kMissed;
    if (undecided_ && !(missed && !SuccessAfter(window.end))) return Unknown();
    if (skipped_ && missed && SuccessAfter(window.end)) {
      judgement_.state.verdict = Verdict::kPending;
      judgement_.why.push_back({Reason::kDisprovedThenExcused});
      return;
    }
    judgement_.state.verdict = missed ? Verdict::kMissed : Verdict::kMet;
    judgement_.state.late = decision.kind == Decision::Kind::kLate;
    judgement_.state.window = Window{window.begin, window.due};
    judgement_.end = window.end;
    judgement_.closed_undecided = undecided_.has_value();
    if (decision.success) {
      judgement_.state.evidence = kind_.Name(*decision.success);
      judgement_.state.success_at = decision.success->time;
      judgement_.state.margin = window.due - decision.success->time;
    }
    judgement_.why.push_back({undecided_              ? Reason::kMissNotDisproved
                              : missed                ? (GoneAt(evidence_, window.end) ? Reason::kGoneAtEnd : Reason::kNothingCame)
                              : judgement_.state.late ? Reason::kCameLate
                                                      : Reason::kCameInTime});
  }

  void Unknown() {
    judgement_.state.verdict = Verdict::kUnknown;
    judgement_.closed_undecided = true;
    judgement_.state.window = Window{undecided_->begin, undecided_->due};
    judgement_.end = undecided_->end;
    judgement_.why.push_back({Reason::kWindowHasGaps});
  }

  // No window was decided.
  void Conclude() {
    done_ = true;
    if (StandingHolds()) {
      const ObjectiveState skipped = std::exchange(judgement_.state, context_.standing->state);
      judgement_.state.excused = skipped.excused;
      judgement_.end = context_.standing->end;
      judgement_.closed_undecided = undecided_.has_value();
      judgement_.why.push_back({Reason::kMissStands});
      return;
    }
    if (undecided_) return Unknown();
    if (!evidence_.pause || beyond_horizon_) {
      judgement_.state.verdict = PendingOrUnknown(evidence_, judgement_);
      return;
    }
    judgement_.state.verdict = Verdict::kPending;
    judgement_.why.push_back({Reason::kSincePause});
  }

  // A miss from before a pause ends with the first window after it that is decided or closed; one from before the
  // horizon only with a success.
  bool StandingHolds() const {
    if (!context_.standing || SuccessAfter(context_.standing->end) || IsMetAfterAll()) return false;
    const bool before_pause = evidence_.pause && context_.standing->state.window &&
                              context_.standing->state.window->opens < evidence_.pause->from;
    return !(before_pause && (undecided_ || skipped_));
  }

  // No window older than this one, or this one itself, can be met by something later than the pause's beginning.
  bool NothingBefore(const JudgedWindow& window) {
    if (!first_after_pause_) first_after_pause_ = FirstSignAfter(evidence_, evidence_.pause->from);
    const auto* standing = context_.standing;
    if (standing && standing->state.window && window.begin >= standing->state.window->opens) return false;
    const auto next = kind_.After(window);
    return next && next->tick + seconds{30} <= *first_after_pause_ && window.end < *first_after_pause_;
  }

  // The window of the standing miss, by what was told late; it may lie before the horizon.
  bool IsMetAfterAll() const {
    const auto& missed = context_.standing->state.window;
    auto window = missed ? kind_.Newest(missed->due) : std::nullopt;
    while (window && window->begin > missed->opens) window = kind_.Before(*window);
    return window && missed == Window{window->begin, window->due} && kind_.Decide(*window).Good();
  }

  // An old window that is met after all says nothing against a newer one whose miss stands.
  bool OlderThanStanding(const JudgedWindow& window) const {
    const auto* standing = context_.standing;
    return standing && standing->state.window && window.begin < standing->state.window->opens && StandingHolds();
  }

  bool SuccessAfter(TimePoint end) const { return evidence_.newest && evidence_.newest->time > end; }

  // Where nothing is known of, windows are undecided: on to the one that had begun at the last sign of anything before, or
  // when an excuse begins. None: so many are excused that no older one matters.
  std::optional<JudgedWindow> Older(const JudgedWindow& window) {
    if (undecided_) return BegunBy(std::max(LastSignBefore(evidence_, window.begin + minutes{1}), GoneUntil()), window);
    if (!skipped_ || NewestSign() >= window.begin) return kind_.Before(window);
    if (++passed_ > kMostInTheDark) return std::nullopt;
    const auto excuse = ExcuseOf(window, context_.objective.calendar);
    return excuse ? BegunBy(std::max(NewestSign(), excuse->from), window) : kind_.Before(window);
  }

  // The newest window that had begun at `time` and is older than this one.
  std::optional<JudgedWindow> BegunBy(TimePoint time, const JudgedWindow& window) const {
    if (time >= window.begin) return kind_.Before(window);
    auto begun = kind_.Newest(time);
    for (auto next = begun; next && next->begin <= time; next = kind_.After(*next)) begun = next;
    return begun && begun->tick < window.tick ? begun : kind_.Before(window);
  }

  // Nothing that is known belongs to a window that began later; a start may be a little early.
  TimePoint NewestSign() {
    if (!newest_sign_) newest_sign_ = std::max(LastSignBefore(evidence_, evidence_.now) + minutes{1}, GoneUntil());
    return *newest_sign_;
  }

  // No window that closes later ends with the job being gone.
  TimePoint GoneUntil() const {
    TimePoint until{};
    if (!evidence_.def->configured) return until;
    for (const Interval& gone : evidence_.gones) until = std::max(until, gone.to ? *gone.to : TimePoint::max());
    return until;
  }

  // Nothing is waited for any more. One that has no success yet stays open for its grace.
  bool IsOver(const JudgedWindow& window) {
    if (window.due > evidence_.now) return false;
    return window.end < evidence_.now || kind_.Decide(window).kind != Decision::Kind::kUndecided;
  }

  // When the oldest window that is still open closes, but for its grace; where none is, the next one.
  TimePoint NextDue(const JudgedWindow& newest) {
    std::optional<JudgedWindow> open = newest;
    if (IsOver(newest)) {
      const auto next = kind_.After(newest);
      return next ? next->due : newest.due;
    }
    TimePoint due = newest.due;
    for (int i = 0; i < 8 && open && !IsOver(*open); ++i) {
      due = open->due;
      open = kind_.Before(*open);
    }
    return due;
  }

  // The same, but of a window that the calendar does not excuse; none for long: none.
  std::optional<TimePoint> NextCounted(TimePoint due) const {
    if (!context_.objective.calendar) return due;
    auto window = kind_.Newest(due);
    while (window && window->due > due) window = kind_.Before(*window);
    while (window && window->due < due) window = kind_.After(*window);
    for (int i = 0; i < 64 && window; ++i) {
      const auto excuse = ExcuseOf(*window, context_.objective.calendar);
      if (!excuse) return window->due;
      auto next = kind_.Newest(excuse->until);
      for (int k = 0; k < 8 && next && next->due >= excuse->until; ++k) next = kind_.Before(*next);
      while (next && (next->due <= window->due || next->end < excuse->until)) next = kind_.After(*next);
      window = next;
    }
    return std::nullopt;
  }

  void ExpectChange(std::optional<TimePoint> at) {
    if (at && *at > evidence_.now) judgement_.valid_until = std::min(judgement_.valid_until, *at);
  }

  const JudgeContext& context_;
  const Evidence& evidence_;
  Kind& kind_;
  Judgement judgement_;
  std::optional<JudgedWindow> undecided_;  // the newest that closed so
  std::optional<TimePoint> first_after_pause_, newest_sign_;
  int passed_ = 0;
  bool done_ = false, beyond_horizon_ = false;
  bool skipped_ = false;  // a window that counts neither way has closed
};

// ReachOf for one kind of window: a look that covers its beginning may be one staleness bound older. Windows that are
// excused are gone past, but no more of them than make sense.
template <class Kind>
std::optional<TimePoint> ReachBack(const Kind& kind, const JudgeContext& context) {
  constexpr int kMostPassed = 2000;
  const Evidence& evidence = context.evidence;
  const TimePoint now = evidence.now;
  const auto counts = [&](const JudgedWindow& window) { return window.end < now && !ExcuseOf(window, context.objective.calendar); };
  auto window = kind.Newest(now);
  int closed = window && counts(*window) ? 1 : 0;
  for (int passed = 0; window && closed < 3 && passed < kMostPassed; ++passed) {
    const auto before = kind.Before(*window);
    if (!before) break;
    window = before;
    if (counts(*window)) ++closed;
  }
  return window ? std::optional(window->begin - std::max<Duration>(minutes{1}, evidence.staleness)) : std::nullopt;
}

// One window, as the walk over them takes it by itself.
template <class Kind>
WindowSight SightOf(const Kind& kind, const JudgedWindow& window, const JudgeContext& context) {
  using What = WindowSight::What;
  const Evidence& evidence = context.evidence;
  WindowSight sight{What::kAhead, window.begin, window.due, window.end, window.tick};
  const auto excuse = ExcuseOf(window, context.objective.calendar);
  if (excuse) sight.excuse = excuse->why;
  if (window.begin > evidence.now) return sight;
  const Decision decision = kind.Decide(window);
  const bool before_pause_ended = evidence.pause && window.begin < *evidence.pause->to;
  const bool counts = decision.Good() ? !before_pause_ended || decision.newest_success > evidence.pause->from
                                      : !before_pause_ended && window.begin >= evidence.first_seen;
  if (decision.success) {
    sight.evidence = kind.Name(*decision.success);
    sight.success_at = decision.success->time;
  }
  const bool forgotten = context.horizon && window.begin < *context.horizon;
  sight.what = !counts || forgotten                            ? What::kNotCounted
               : decision.kind == Decision::Kind::kMet         ? What::kMet
               : decision.kind == Decision::Kind::kLate        ? What::kLate
               : excuse                                        ? What::kExcused
               : decision.kind == Decision::Kind::kMissed      ? What::kMissed
               : evidence.now <= window.end                    ? What::kOpen
                                                               : What::kUndecided;
  return sight;
}

// WindowsOf for one kind of window.
template <class Kind>
std::vector<WindowSight> Sights(const Kind& kind, const JudgeContext& context, WindowCount count) {
  std::vector<WindowSight> sights;
  const auto newest = kind.Newest(context.evidence.now);
  for (auto window = newest; window && sights.size() < count.past; window = kind.Before(*window)) sights.push_back(SightOf(kind, *window, context));
  std::reverse(sights.begin(), sights.end());
  const std::size_t begun = sights.size();
  const auto first = newest ? kind.After(*newest) : std::nullopt;
  for (auto window = first; window && sights.size() < begun + count.ahead; window = kind.After(*window)) sights.push_back(SightOf(kind, *window, context));
  return sights;
}

// The tick of the job's schedule that something at `covers` belongs to; it may be min(30 s, a tenth of the gap before
// the tick) early.
std::optional<TimePoint> TickOf(const ScheduleLine& line, TimePoint covers);

inline Duration EarlyAllowance(Duration gap) { return std::min<Duration>(seconds{30}, gap / 10); }

}  // namespace batchslo
