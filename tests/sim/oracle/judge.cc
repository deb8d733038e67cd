// The judge asks only what an unbiased witness could say. Of a run that tells no scheduled time it is not always known to
// which window it belongs: a success that may belong makes "met" true, one that surely does makes "missed" false.
#include "tests/sim/oracle/judge.h"

#include <algorithm>

namespace oracle {
namespace {

enum class Reading { kPossible, kSure };

constexpr Instant kEarly = 30 * kSecond;

class Judging {
 public:
  Judging(const Truth& truth, const Told& told) : truth_(truth), told_(told), now_(told.now), view_(std::min(told.newest_view.value_or(-1), now_)), pauses_(Outside(truth.pauses, truth.gone)) {}

  std::vector<Fault> All() {
    CheckTotals();
    if (CheckExistence()) return faults_;
    for (const Claim& claim : told_.claims) {
      const auto rule = std::find_if(truth_.rules.begin(), truth_.rules.end(), [&](const Rule& r) { return r.name == claim.objective; });
      if (rule != truth_.rules.end()) CheckClaim(*rule, claim);
    }
    return faults_;
  }

 private:
  void Add(Broken what, const std::string& objective, const std::string& text) { faults_.push_back({what, truth_.name, objective, text}); }

  // ---- the job itself ----

  void CheckTotals() {
    if (!told_.completed) return;
    std::uint64_t ended = 0, failed = 0;
    for (const Run& run : truth_.runs) {
      ended += std::min(run.end, run.failed_first) <= now_ ? 1 : 0;
      failed += run.failed_first <= now_ || (run.end <= now_ && !run.succeeded) ? 1 : 0;
    }
    if (*told_.completed > ended) Add(Broken::kLost, "", "I5: " + std::to_string(*told_.completed) + " runs are counted, " + std::to_string(ended) + " ended");
    if (told_.failed && *told_.failed > failed) Add(Broken::kLost, "", "I5: " + std::to_string(*told_.failed) + " failures are counted, " + std::to_string(failed) + " happened");
  }

  // True: it is gone or paused, and nothing else is to be said of it.
  bool CheckExistence() {
    const Instant bound = truth_.staleness + 30 * kSecond;
    const bool may_be_gone = Within(truth_.gone, now_ - bound, now_), must_be_gone = Spans(truth_.gone, now_ - bound, now_ + 1) && !IsDark(now_ - bound, now_);
    if (told_.state == "gone" && !Within(truth_.gone, LitBefore(now_ - bound) - bound, now_)) Add(Broken::kFalseMissed, "", "it is called gone, and is there");
    if (truth_.is_discovered && must_be_gone && told_.state != "gone") Add(Broken::kFalseMissed, "", "it has been gone for long, and its state is " + told_.state);
    if (told_.state == "gone" || may_be_gone) return true;
    const bool may_pause = Within(pauses_, now_ - bound, now_), must_pause = Spans(pauses_, now_ - bound, now_ + 1) && !IsDark(now_ - bound, now_);
    const bool is_paused = told_.state == "paused";
    if (is_paused && !may_pause && !IsDark(now_ - bound, now_)) Add(Broken::kUnknownOverBound, "", "it is called paused, and is not");
    if (!is_paused && must_pause) Add(Broken::kFalseMissed, "", "it has been paused for long, and its state is " + told_.state);
    return is_paused || may_pause;
  }

  // What is not there is not paused.
  static std::vector<Span> Outside(std::vector<Span> spans, const std::vector<Span>& gaps) {
    for (const Span& gap : gaps) {
      std::vector<Span> left;
      for (const Span& span : spans) {
        if (span.from < gap.from) left.push_back({span.from, std::min(span.to, gap.from - 1)});
        if (span.to > gap.to) left.push_back({std::max(span.from, gap.to + 1), span.to});
      }
      spans = std::move(left);
    }
    return spans;
  }
  static bool Within(const std::vector<Span>& spans, Instant from, Instant to) {
    return std::any_of(spans.begin(), spans.end(), [&](const Span& span) { return span.Meets(from, to); });
  }
  static bool Spans(const std::vector<Span>& spans, Instant from, Instant to) {
    return std::any_of(spans.begin(), spans.end(), [&](const Span& span) { return span.from <= from && to <= span.to; });
  }
  // When all was seen last, before that or then.
  Instant LitBefore(Instant at) const {
    for (bool moved = true; moved;) {
      moved = false;
      for (const Span& dark : truth_.dark) {
        if (dark.from < at && at <= dark.to && dark.from > -kNever) at = dark.from, moved = true;
      }
    }
    return at;
  }
  bool IsDark(Instant from, Instant to) const { return Within(truth_.dark, from, to); }

  // ---- successes ----

  // Where what the run is for may lie. An end that stands for the start may be as early as a start may be: a quick job's.
  Span CoversOf(const Run& run, Reading reading) const {
    if (run.scheduled && !(reading == Reading::kPossible && truth_.tells_last_success)) return {*run.scheduled, *run.scheduled};
    const Instant first = run.scheduled ? std::min(*run.scheduled, run.start) : run.start - run.taken_back;
    return {first, IsStartKnown(run) && !(reading == Reading::kPossible && truth_.tells_last_success) ? run.start : run.end + kEarly};
  }

  // What was told while nobody listened is lost.
  bool IsStartKnown(const Run& run) const { return run.start_is_told && run.start_shown <= now_; }

  bool Belongs(const Run& run, const Window& window, Reading reading) const {
    const Span covers = CoversOf(run, reading);
    const Instant last = run.scheduled && covers.from == covers.to ? window.to - 1 : window.last;
    if (reading == Reading::kPossible) return covers.from - Slack() <= last && window.from <= covers.to + Slack();
    return window.from <= covers.from - Slack() && covers.to + Slack() <= last;
  }

  Instant Slack() const { return truth_.skew < 0 ? -truth_.skew : truth_.skew; }

  bool IsGood(const Run& run, Kind kind) const { return run.counts && (kind == Kind::kStartBy || (run.succeeded && run.rows >= truth_.least_rows)); }

  // By `by` it has happened and, for a sure reading, been shown. In time: by the end of the window.
  bool Meets(const Run& run, const Rule& rule, const Window& window, Reading reading, Instant by) const {
    if (!IsGood(run, rule.kind) || !Belongs(run, window, reading)) return false;
    const bool start = rule.kind == Kind::kStartBy && (IsStartKnown(run) || reading == Reading::kPossible);
    const Instant time = start ? run.start : run.end, shown = start ? run.start_shown : run.shown;
    if (reading == Reading::kPossible) return time <= by && time - run.taken_back - Slack() <= window.due + rule.grace;
    return shown < by && time + Slack() <= window.due + rule.grace;
  }

  bool AnyMeets(const Rule& rule, const Window& window, Reading reading, Instant by) const {
    return std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) { return Meets(run, rule, window, reading, by); });
  }

  // Nobody could know of it, nor that there was none; of a job that is gone, until it is seen again, nothing has to be known.
  bool AnyUnseen(const Rule& rule, const Window& window) const {
    const Instant lit = LitBefore(window.opens);
    const bool is_gone = std::any_of(truth_.gone.begin(), truth_.gone.end(), [&](const Span& gone) { return gone.Meets(lit, now_) && !Spans(truth_.blind, gone.from, gone.to); });
    if (rule.kind == Kind::kStartBy || is_gone) return false;
    return std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) {
      const bool is_unseen = run.shown == kNever && run.end < view_ && Within(truth_.blind, run.end, run.end);
      return is_unseen && IsGood(run, rule.kind) && Belongs(run, window, Reading::kSure) && run.end + Slack() <= window.due + rule.grace;
    });
  }

  // A table that was looked at as the window closed, and had not moved: what came afterwards does not change that.
  bool WasSeenMissed(const Rule& rule, const Window& window) const {
    const Instant end = window.due + rule.grace;
    if (!truth_.is_table || rule.kind != Kind::kBy || window.opens < truth_.first_seen || end + Bound() > now_ || IsDark(window.opens - truth_.staleness, end + Bound())) return false;
    return std::none_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) { return window.opens <= run.end && run.end <= end + 10 * kSecond; });
  }

  bool AnyLate(const Rule& rule, const Window& window) const {
    const auto next = std::find_if(rule.windows.begin(), rule.windows.end(), [&](const Window& other) { return other.due > window.due; });
    const Instant until = next == rule.windows.end() ? kNever : next->due;
    return std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) {
      const Instant time = rule.kind == Kind::kStartBy ? run.start : run.end;
      if (!IsGood(run, rule.kind) || time > now_) return false;
      return Belongs(run, window, Reading::kPossible) || (time + Slack() > window.due && time - run.taken_back - Slack() <= until);
    });
  }

  // ---- claims ----

  void CheckClaim(const Rule& rule, const Claim& claim) {
    switch (rule.kind) {
      case Kind::kWithin: return CheckWithin(rule, claim);
      case Kind::kMaxRuntime: return CheckMaxRuntime(rule, claim);
      case Kind::kChecks: return CheckChecks(rule, claim);
      default: return CheckWindows(rule, claim);
    }
  }

  bool OverlapsPause(const Window& window, const Rule& rule) const {
    const Instant sight = truth_.staleness + 30 * kSecond;
    return std::any_of(pauses_.begin(), pauses_.end(), [&](const Span& pause) {
      return pause.Meets(window.opens - sight, window.due + rule.grace) || (pause.from <= window.due + rule.grace && window.opens <= pause.to + sight) ||
             (IsDark(pause.to, now_) && pause.from <= window.due + rule.grace);
    });
  }

  bool IsOwed(const Window& window, const Rule& rule) const { return window.opens >= truth_.first_seen && !OverlapsPause(window, rule); }

  // The newest window that was owed and is over.
  const Window* NewestClosed(const Rule& rule) const {
    const Window* newest = nullptr;
    for (const Window& window : rule.windows) {
      if (window.opens > now_) break;
      if (window.due + rule.grace < std::min(now_, told_.clock) && window.opens >= truth_.first_seen) newest = &window;
    }
    while (newest && !IsOwed(*newest, rule)) newest = newest == rule.windows.data() ? nullptr : newest - 1;
    return newest;
  }

  void CheckWindows(const Rule& rule, const Claim& claim) {
    const bool decided = claim.verdict == "met" || claim.verdict == "missed";
    const auto window = std::find_if(rule.windows.begin(), rule.windows.end(), [&](const Window& w) { return claim.due && w.due == *claim.due; });
    if (decided && window == rule.windows.end()) return Add(claim.verdict == "met" ? Broken::kFalseMet : Broken::kFalseMissed, rule.name, "there is no window due then");
    CheckCounts(rule, claim);
    const Window* closed = NewestClosed(rule);
    if (claim.verdict == "met") return CheckMet(rule, claim, *window, closed);
    if (claim.verdict == "missed") return CheckMissed(rule, *window, closed);
    CheckUndecided(rule, claim, closed);
  }

  // I5: each window once, and as missed only what was missed or late.
  void CheckCounts(const Rule& rule, const Claim& claim) {
    if (!claim.counted || !truth_.tells_counts) return;
    std::uint64_t over = 0, not_met = 0, seen_missed = 0;
    for (const Window& window : rule.windows) {
      if (window.due <= truth_.first_seen || window.due > now_) continue;
      ++over;
      const bool is_met = AnyMeets(rule, window, Reading::kSure, window.due + rule.grace - truth_.coarse);  // what is told later changes no count
      not_met += is_met || AnyUnseen(rule, window) ? 0 : 1;
      seen_missed += WasSeenMissed(rule, window) ? 1 : 0;
    }
    if (*claim.counted > over) Add(Broken::kLost, rule.name, "I5: " + std::to_string(*claim.counted) + " windows are counted, " + std::to_string(over) + " were due");
    if (claim.counted_missed.value_or(0) > not_met) Add(Broken::kLost, rule.name, "I5: " + std::to_string(*claim.counted_missed) + " windows are counted as missed, " + std::to_string(not_met) + " were");
    if (claim.counted_missed.value_or(0) < seen_missed) Add(Broken::kUnknownOverBound, rule.name, std::to_string(claim.counted_missed.value_or(0)) + " windows are counted as missed, and " + std::to_string(seen_missed) + " were seen to be");
  }

  void CheckMet(const Rule& rule, const Claim& claim, const Window& window, const Window* closed) {
    if (!claim.late && !AnyMeets(rule, window, Reading::kPossible, now_)) return Add(Broken::kFalseMet, rule.name, "nothing met that window in time");
    if (claim.late && !AnyLate(rule, window)) return Add(Broken::kFalseMet, rule.name, "nothing met that window, not even late");
    if (closed && closed->due > window.due && !AnyMeets(rule, *closed, Reading::kPossible, now_) && !AnyLate(rule, *closed))
      Add(Broken::kFalseMet, rule.name, "a later window has closed without a success");
  }

  void CheckMissed(const Rule& rule, const Window& window, const Window* closed) {
    const Instant end = window.due + rule.grace;
    if (now_ <= end) return Add(Broken::kFalseMissed, rule.name, "that window is still open");
    if (AnyMeets(rule, window, Reading::kSure, view_)) return Add(Broken::kFalseMissed, rule.name, "that window was met in time");
    if (AnyUnseen(rule, window)) return Add(Broken::kFalseMissed, rule.name, "that window was met in time, while nobody could see it");
    if (window.opens < truth_.first_seen) return Add(Broken::kFalseMissed, rule.name, "that window began before the job was there");
    if (MissFallsIntoPause(window, end)) return Add(Broken::kFalseMissed, rule.name, "the job was paused in that window");
    for (const Window& later : rule.windows) {
      if (later.opens > now_) break;
      if (later.due > window.due && AnyMeets(rule, later, Reading::kSure, view_)) return Add(Broken::kFalseMissed, rule.name, "a later window was met");
    }
    const bool stands = closed && closed->due > window.due;
    const bool ended = stands && std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) {
      return IsGood(run, Kind::kWithin) && run.shown <= view_ && run.end - Slack() > end;
    });
    if (ended) Add(Broken::kFalseMissed, rule.name, "a later success ended that miss");
  }

  bool MissFallsIntoPause(const Window& window, Instant end) const {
    return std::any_of(pauses_.begin(), pauses_.end(), [&](const Span& pause) { return pause.from <= end && window.opens < pause.to && pause.from <= now_; });
  }

  // How long after its end a window may stay undecided, while all is seen.
  Instant Bound() const { return truth_.staleness + 10 * kSecond + 2 * Slack(); }

  void CheckUndecided(const Rule& rule, const Claim& claim, const Window* closed) {
    if (!closed) {
      if (claim.verdict == "unknown" && !IsDark(now_ - Bound(), now_) && truth_.first_seen + Bound() < now_ && pauses_.empty())
        Add(Broken::kUnknownOverBound, rule.name, "no window has closed yet");
      return;
    }
    const bool is_seen = closed->due + rule.grace + Bound() < now_ && !IsDark(closed->opens - truth_.staleness, now_);
    const bool began_anew = std::any_of(pauses_.begin(), pauses_.end(), [&](const Span& pause) { return pause.from <= now_ && pause.to >= closed->opens; });
    const bool may_have_started = rule.kind == Kind::kStartBy && std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) {
      return !run.start_is_told && Belongs(run, *closed, Reading::kPossible);
    });
    if (is_seen && !may_have_started && !began_anew) Add(Broken::kUnknownOverBound, rule.name, "it is " + claim.verdict + ", and the window due " + std::to_string(closed->due / kSecond) + " was seen from end to end");
  }

  // Our measure of a clock that is off is good to a second or two, and little of it is borne.
  Instant Borne(Instant grace) const {
    const Instant much = std::max(grace / 2, 30 * kSecond);
    return Slack() == 0 ? 0 : Slack() <= much + 2 * kSecond ? Slack() + 2 * kSecond : 2 * kSecond;
  }

  void CheckWithin(const Rule& rule, const Claim& claim) {
    const Instant owed = rule.length + rule.grace;
    const auto any = [&](Instant after, Instant until, bool shown) {
      return std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) {
        return IsGood(run, rule.kind) && run.end > after && (shown ? run.shown : run.end) <= until;
      });
    };
    const bool pause_near = std::any_of(pauses_.begin(), pauses_.end(), [&](const Span& pause) { return pause.from <= now_ && pause.to + owed + Bound() >= now_; });
    if (claim.verdict == "met" && !any(now_ - owed - Slack() - truth_.coarse, now_, false)) return Add(Broken::kFalseMet, rule.name, "no success for longer than it has");
    if (claim.verdict == "missed") {
      const Instant seen = std::max(view_, told_.newest_last.value_or(-1));
      if (any(seen - owed + Borne(rule.grace), seen, true)) return Add(Broken::kFalseMissed, rule.name, "there was a success in its time");
      const bool tells_of_before = truth_.is_table || truth_.tells_last_success;
      if (!tells_of_before && truth_.first_seen + owed > now_) return Add(Broken::kFalseMissed, rule.name, "it was not there for so long");
      const bool paused = std::any_of(pauses_.begin(), pauses_.end(), [&](const Span& pause) {
        return pause.to <= now_ && pause.to + owed > now_ && any(pause.from - owed, pause.from, true);
      });
      if (paused) Add(Broken::kFalseMissed, rule.name, "it was paused, and met before");
      return;
    }
    const Instant since = now_ - owed - Bound() - truth_.staleness;
    if (claim.verdict == "met" || truth_.first_seen >= since || pause_near || IsDark(since, now_)) return;
    // It just ran out, or a success has just come.
    const bool is_turning = any(now_ - owed - Bound() - Slack(), now_ - owed + Slack(), false) || any(now_ - Bound(), now_, false);
    if (!is_turning) Add(Broken::kUnknownOverBound, rule.name, "it is " + claim.verdict + ", and all of its time was seen");
  }

  void CheckMaxRuntime(const Rule& rule, const Claim& claim) {
    const Instant owed = rule.length + rule.grace;
    const Instant old = now_ - truth_.staleness - 15 * kSecond;
    if (claim.verdict == "met") {
      const bool is_long = std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) {
        return run.start_shown <= old && run.end > now_ && run.vanished > now_ && run.start + owed + Slack() < old && !IsDark(run.start - kMinute, run.start_shown + truth_.staleness);
      });
      if (is_long) Add(Broken::kFalseMet, rule.name, "a run has been going for longer");
    }
    if (claim.verdict == "missed") {
      const bool is_long = std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) { return run.start - run.taken_back + owed - Slack() < view_ && run.shown > view_ && run.vanished > view_; });
      if (!is_long) Add(Broken::kFalseMissed, rule.name, "no run was going for so long");
    }
    const bool is_fresh = truth_.first_seen < old - truth_.staleness && !IsDark(old - truth_.staleness, now_);
    if (claim.verdict == "unknown" && is_fresh) Add(Broken::kUnknownOverBound, rule.name, "it is unknown, and its source was seen");
  }

  // The rows at an instant; none: it never moved.
  bool PassesAt(Instant at) const {
    std::int64_t rows = 0;
    for (const Run& run : truth_.runs) {
      if (run.end <= at) rows = run.rows;
    }
    return rows >= truth_.least_rows;
  }

  void CheckChecks(const Rule& rule, const Claim& claim) {
    const Instant old = now_ - truth_.staleness - 10 * kSecond;
    const auto any = [&](bool passes) {
      return PassesAt(old) == passes || std::any_of(truth_.runs.begin(), truth_.runs.end(), [&](const Run& run) {
        return run.end > old && run.end <= now_ && (run.rows >= truth_.least_rows) == passes;
      });
    };
    if (claim.verdict == "met" && !any(true)) return Add(Broken::kFalseMet, rule.name, "its checks have failed for longer than a look is good for");
    if (claim.verdict == "missed" && view_ >= 0 && PassesAt(view_)) return Add(Broken::kFalseMissed, rule.name, "its checks passed at the newest look");
    const bool is_fresh = truth_.first_seen < old - truth_.staleness && !IsDark(old - truth_.staleness, now_);
    if ((claim.verdict == "unknown" || claim.verdict == "pending") && is_fresh) Add(Broken::kUnknownOverBound, rule.name, "it is " + claim.verdict + ", and the table was seen");
  }

  const Truth& truth_;
  const Told& told_;
  const Instant now_, view_;           // what our clock called later than now was seen before now
  const std::vector<Span> pauses_;
  std::vector<Fault> faults_;
};

}  // namespace

std::vector<Fault> Judge(const Truth& truth, const Told& told) { return Judging(truth, told).All(); }

}  // namespace oracle
