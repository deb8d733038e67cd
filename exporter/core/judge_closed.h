// How windows ended, for budgets. Tested by tests/core/tracker_budget_test.cc.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "exporter/core/judge_windows.h"

namespace batchslo {

// Whether the window overlaps a time in which nothing was owed: a pause, or that a discovered job was gone.
bool OverlapsPause(const JudgedWindow& window, const JobDef& def, const History& history);

// Until when a window that has closed undecided is waited for: views that could join what was seen up to its end come within
// one staleness bound, and after a start of ours all sources are asked within it.
TimePoint PatienceFor(const JudgedWindow& window, const ClosingContext& context);

// The windows of one kind (as of Walk, and `bool IsSeenWithout(const JudgedWindow&)`), from the oldest that is not counted
// yet on: so that each is counted once, those behind one that is waited for wait, too.
template <class Kind>
class ClosingWalk {
 public:
  ClosingWalk(const Kind& kind, const ClosingContext& context) : kind_(kind), context_(context) {}

  Closings Find() {
    std::vector<JudgedWindow> uncounted;  // newest first
    for (auto window = kind_.Newest(evidence_.now); window && window->due > context_.after && uncounted.size() < kMost; window = kind_.Before(*window)) {
      uncounted.push_back(*window);
    }
    for (auto window = uncounted.rbegin(); window != uncounted.rend(); ++window) {
      if (!Close(*window)) break;
    }
    return closings_;
  }

 private:
  static constexpr std::size_t kMost = 5000;  // after a long time away; older ones count in nothing

  // False: it is not over.
  bool Close(const JudgedWindow& window) {
    const bool forgotten = context_.judge.horizon && window.begin < *context_.judge.horizon;
    const Decision decision = forgotten ? Decision{} : kind_.Decide(window);
    const bool in_time = decision.kind == Decision::Kind::kMet;
    if (evidence_.now <= window.end) return Wait(window, window.end);
    if (!decision.Good() && window.begin < evidence_.first_seen) return true;  // was not owed
    if (!in_time && IsExcused(window)) return Keep(window, Ending::kExcused);
    if (in_time) return Keep(window, Ending::kMet);
    if (decision.kind == Decision::Kind::kMissed || (decision.Good() && kind_.IsSeenWithout(window))) return Keep(window, Ending::kMissed);
    const TimePoint patience = PatienceFor(window, context_);
    closings_.awaits_view = evidence_.now <= patience;
    return closings_.awaits_view ? Wait(window, patience) : Keep(window, Ending::kUnknown);
  }

  bool IsExcused(const JudgedWindow& window) const {
    return OverlapsPause(window, *evidence_.def, context_.history) || ExcuseOf(window, context_.judge.objective.calendar);
  }

  bool Keep(const JudgedWindow& window, Ending ending) {
    closings_.windows.push_back({window.due, ending});
    return true;
  }

  bool Wait(const JudgedWindow& window, TimePoint until) {
    closings_.uncounted = window.begin;
    closings_.next = until + Duration{1};
    return false;
  }

  const Kind& kind_;
  const ClosingContext& context_;
  const Evidence& evidence_ = context_.judge.evidence;
  Closings closings_;
};

template <class Kind>
Closings ClosingsIn(const Kind& kind, const ClosingContext& context) {
  return ClosingWalk<Kind>(kind, context).Find();
}

}  // namespace batchslo
