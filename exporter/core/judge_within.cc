#include <algorithm>

#include "exporter/core/judge.h"

namespace batchslo {
namespace {

// A stretch without a success in which one was owed. With runs and outputs together, or `any`, every proof must have
// seen it; of outputs alone one that shows nothing is enough. Maintenance does not break a stretch, but is none of its length.
bool ProvenSince(const Evidence& evidence, TimePoint since, Duration length, Duration grace, const std::vector<Span>& maintenance) {
  if (evidence.proofs.empty()) return false;
  Spans all = evidence.proofs.front().covered;
  Duration held{0};
  for (const Proof& proof : evidence.proofs) {
    all = all.Intersect(proof.covered);
    held = std::max(held, HeldBack(proof.skew, grace));
  }
  if (all.LongestSince(since, maintenance) >= length + held) return true;
  if (evidence.mode != SuccessMode::kOutputs) return false;
  return std::any_of(evidence.proofs.begin(), evidence.proofs.end(), [&](const Proof& proof) {
    Spans without = proof.covered;
    for (const TimePoint own : proof.successes) without.Remove(own);
    return without.LongestSince(since, maintenance) >= length + HeldBack(proof.skew, grace);
  });
}

void Fill(Judgement& judgement, const Evidence& evidence, TimePoint start, const Within& rule, Duration grace) {
  judgement.state.window = Window{start, start + rule.window};
  judgement.state.next_due = start + rule.window;
  judgement.end = start + rule.window + grace;
  if (!evidence.newest) return;
  judgement.state.evidence = Describe(evidence, *evidence.newest);
  judgement.state.success_at = evidence.newest->time;
  judgement.state.margin = judgement.state.window->due - evidence.now;
}

// Past the time that it had, but some of that was maintenance: neither met nor missed until as much has passed without.
bool IsExcused(Judgement& judgement, const std::vector<NamedSpan>& maintenance, TimePoint now, Duration left) {
  if (maintenance.empty() || left <= Duration{0}) return false;
  judgement.state.verdict = Verdict::kPending;
  judgement.state.excused = SharedValue(Excused{maintenance.back().name, judgement.state.window->due});
  judgement.valid_until = now + left;
  judgement.why.push_back({Reason::kOldButMaintenance, *maintenance.back().name});
  return true;
}

std::vector<Span> Plain(const std::vector<NamedSpan>& named) {
  std::vector<Span> spans;
  for (const NamedSpan& span : named) spans.push_back({span.from, span.to});
  return spans;
}

bool Stands(const JudgeContext& context) {
  const auto& newest = context.evidence.newest;
  return context.standing && context.standing->state.window &&
         !(newest && newest->time > context.standing->state.window->opens);
}

}  // namespace

Judgement JudgeWithin(const JudgeContext& context, const Within& rule) {
  const Evidence& evidence = context.evidence;
  Judgement judgement;
  if (Stands(context)) {
    judgement.state = context.standing->state;
    judgement.end = context.standing->end;
    if (judgement.state.margin) judgement.state.margin = judgement.state.window->due - evidence.now;
    judgement.why.push_back({Reason::kMissFromBeforePause});
    return judgement;
  }
  const Duration owed = rule.window + context.objective.grace;
  TimePoint start = evidence.newest ? evidence.newest->time : evidence.first_seen;
  if (evidence.pause && *evidence.pause->to > start) start = *evidence.pause->to;
  Fill(judgement, evidence, start, rule, context.objective.grace);
  const TimePoint end = start + owed;

  if (evidence.now < end) {
    judgement.valid_until = end;
    if (evidence.newest && evidence.newest->time > evidence.now - owed) {
      judgement.valid_until = std::min(judgement.valid_until, evidence.newest->time + owed);
      judgement.state.verdict = Verdict::kMet;
      judgement.why.push_back({Reason::kRecent});
    } else {
      judgement.state.verdict = PendingOrUnknown(evidence, judgement);
    }
    return judgement;
  }
  judgement.awaits_view = true;
  const CalendarRef& calendar = context.objective.calendar;
  const auto maintenance = calendar ? MaintenanceIn(*calendar, start, evidence.now) : std::vector<NamedSpan>{};
  if (ProvenSince(evidence, start, owed, context.objective.grace, Plain(maintenance))) {
    judgement.state.verdict = Verdict::kMissed;
    judgement.awaits_view = false;
    judgement.why.push_back({Reason::kNoneForLong});
    return judgement;
  }
  if (IsExcused(judgement, maintenance, evidence.now, owed - (evidence.now - start - LengthOf(maintenance)))) return judgement;
  judgement.state.verdict = Verdict::kUnknown;
  judgement.closed_undecided = true;
  judgement.why.push_back({Reason::kStretchHasGaps});
  return judgement;
}

}  // namespace batchslo
