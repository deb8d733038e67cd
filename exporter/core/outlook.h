// What is to be expected of a job's objectives. Never a verdict. Tested by tests/core/outlook_test.cc.
#pragma once

#include <optional>

#include "exporter/core/judge.h"
#include "exporter/core/trend.h"

namespace batchslo {

// What 95% of the newest successful runs (32 at most) took at most; none: fewer than five are known.
std::optional<Duration> RuntimeP95(const Evidence& evidence);

struct OutlookContext {
  const JudgeContext& judge;
  const ObjectiveState& state;              // as it was judged then
  const SharedValue<JobNames>& blocked_by;  // as in JobState
  std::optional<Duration> runtime_p95;
};

struct Foreseen {
  Outlook outlook;
  TimePoint valid_until = TimePoint::max();  // when it may change without a new fact
  bool awaits_view = false;                  // a complete view could tell more
};

// All but the trend. At risk is only what has an open window without a success, and runs that were seen of late.
Foreseen Foresee(const OutlookContext& context);

// Where its margins are going: a look at many windows, but for one whose trend `before` has and that rests on the same, which
// is what is known from before the newest decided window, and how that ended. `before`: of the same objective; null: none.
void AddTrend(const JudgeContext& context, const ObjectiveState& state, const Outlook* before, Outlook& outlook);

// How long after its tick, its start or the success before it the objective is missed, grace included; none: that differs
// from window to window, or it is no matter of time.
std::optional<Duration> ThresholdOf(const Objective& objective);

}  // namespace batchslo
