// The rules about the newest sight: max_runtime and checks.
#include <algorithm>

#include "exporter/core/judge.h"

namespace batchslo {
namespace {

bool IsGoing(const Run& run) { return run.newest_outcome == Outcome::kRunning && run.newest_started; }

// The one that has been going for longest; ties by id.
const Run* LongestGoing(const std::vector<Run>& runs) {
  const Run* longest = nullptr;
  for (const Run& run : runs) {
    if (IsGoing(run) && (!longest || *run.newest_started < *longest->newest_started)) longest = &run;
  }
  return longest;
}

Verdict Worse(Verdict a, Verdict b) {
  for (const Verdict verdict : {Verdict::kMissed, Verdict::kUnknown, Verdict::kPending}) {
    if (a == verdict || b == verdict) return verdict;
  }
  return Verdict::kMet;
}

Verdict CheckedVerdict(const OutputDef& output, const Look& newest, const std::vector<Look>& earlier) {
  Verdict verdict = Verdict::kMet;
  for (const Check& check : output.checks) {
    const auto passed = Passes(check, newest, earlier);
    verdict = Worse(verdict, !passed ? Verdict::kUnknown : *passed ? Verdict::kMet : Verdict::kMissed);
  }
  return verdict;
}

}  // namespace

Judgement JudgeMaxRuntime(const JudgeContext& context, const MaxRuntime& rule) {
  const Evidence& evidence = context.evidence;
  Judgement judgement;
  judgement.awaits_view = true;
  const Run* run = LongestGoing(evidence.runs);
  if (run) {
    judgement.state.window = Window{*run->newest_started, *run->newest_started + rule.limit};
    judgement.state.next_due = judgement.state.window->due;
    judgement.end = judgement.state.window->due + context.objective.grace;
    judgement.state.evidence = "run " + run->id;
    judgement.state.margin = judgement.state.window->due - evidence.now;
  }
  const auto view = evidence.newest_view;
  const bool is_long = run && view && *view > judgement.end;
  const CalendarRef& calendar = context.objective.calendar;
  const auto maintenance = is_long && calendar ? MaintenanceIn(*calendar, *run->newest_started, *view) : std::vector<NamedSpan>{};
  if (is_long && *view - LengthOf(maintenance) > judgement.end) {
    judgement.state.verdict = Verdict::kMissed;
    judgement.why.push_back({Reason::kRunTooLong});
    return judgement;
  }
  const bool is_fresh = view && evidence.now - *view <= evidence.runs_staleness;
  if (is_fresh && is_long) {
    judgement.state.verdict = Verdict::kPending;
    judgement.state.excused = SharedValue(Excused{maintenance.back().name, judgement.state.window->due});
    judgement.valid_until = *view + evidence.runs_staleness + Duration{1};
    judgement.why.push_back({Reason::kRunLongButMaintenance, *maintenance.back().name});
    return judgement;
  }
  if (is_fresh) {
    judgement.state.verdict = Verdict::kMet;
    judgement.valid_until = *view + evidence.runs_staleness + Duration{1};
    judgement.awaits_view = run != nullptr;  // where none is going, a view can only say the same again
    judgement.why.push_back({Reason::kNoLongRun});
    return judgement;
  }
  judgement.state.verdict = Verdict::kUnknown;
  judgement.why.push_back({Reason::kSourceNotSeen});
  return judgement;
}

Judgement JudgeChecks(const JobDef& def, const History& history, const std::vector<SourceViews>& outputs, TimePoint now) {
  Judgement judgement;
  judgement.state.verdict = Verdict::kMet;
  for (std::size_t i = 0; i < def.outputs.size(); ++i) {
    const OutputDef& output = def.outputs[i];
    if (output.checks.empty()) continue;
    if (i >= history.outputs.size() || history.outputs[i].empty()) {
      judgement.state.verdict = Worse(judgement.state.verdict, Verdict::kUnknown);
      judgement.why.push_back({Reason::kOutputNeverSeen, *output.name});
      continue;
    }
    const Look& newest = history.outputs[i].back();
    const TimePoint stale = newest.observed + outputs[i].def->staleness;
    const Verdict verdict = CheckedVerdict(output, newest, history.outputs[i]);
    if (now > stale && verdict != Verdict::kMissed) {
      judgement.state.verdict = Worse(judgement.state.verdict, Verdict::kUnknown);
      judgement.why.push_back({Reason::kOutputNotSeen, *output.name});
      continue;
    }
    if (verdict != Verdict::kMissed) judgement.valid_until = std::min(judgement.valid_until, stale + Duration{1});
    judgement.state.verdict = Worse(judgement.state.verdict, verdict);
    const Reason reason = verdict == Verdict::kMet ? Reason::kChecksPass : verdict == Verdict::kMissed ? Reason::kCheckFails : Reason::kCheckLacksValue;
    judgement.why.push_back({reason, *output.name});
  }
  return judgement;
}

}  // namespace batchslo
