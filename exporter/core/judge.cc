#include "exporter/core/judge.h"

#include <algorithm>

namespace batchslo {
namespace {

struct Dispatch {
  const JudgeContext& context;
  Judgement operator()(const Within& rule) const { return JudgeWithin(context, rule); }
  Judgement operator()(const By& rule) const { return JudgeBy(context, rule); }
  Judgement operator()(const EveryRun& rule) const { return JudgeEveryRun(context, rule); }
  Judgement operator()(const StartBy& rule) const { return JudgeStartBy(context, rule); }
  Judgement operator()(const MaxRuntime& rule) const { return JudgeMaxRuntime(context, rule); }
  Judgement operator()(const Checks&) const { return {}; }
};

struct Reach {
  const JudgeContext& context;
  std::optional<TimePoint> operator()(const By& rule) const { return ReachOfBy(context, rule); }
  std::optional<TimePoint> operator()(const EveryRun& rule) const { return ReachOfEveryRun(context, rule); }
  std::optional<TimePoint> operator()(const StartBy& rule) const { return ReachOfStartBy(context, rule); }
  template <class Rule>
  std::optional<TimePoint> operator()(const Rule&) const {
    return std::nullopt;
  }
};

struct Seen {
  const JudgeContext& context;
  WindowCount count;
  std::vector<WindowSight> operator()(const By& rule) const { return WindowsOfBy(context, rule, count); }
  std::vector<WindowSight> operator()(const EveryRun& rule) const { return WindowsOfEveryRun(context, rule, count); }
  std::vector<WindowSight> operator()(const StartBy& rule) const { return WindowsOfStartBy(context, rule, count); }
  template <class Rule>
  std::vector<WindowSight> operator()(const Rule&) const {
    return {};
  }
};

struct Closing {
  const ClosingContext& context;
  Closings operator()(const By& rule) const { return ClosingsOfBy(context, rule); }
  Closings operator()(const EveryRun& rule) const { return ClosingsOfEveryRun(context, rule); }
  Closings operator()(const StartBy& rule) const { return ClosingsOfStartBy(context, rule); }
  template <class Rule>
  Closings operator()(const Rule&) const {
    return {};
  }
};

}  // namespace

std::string_view WindowSightName(WindowSight::What what) {
  static constexpr std::string_view kNames[] = {"ahead", "open", "met", "late", "missed", "undecided", "excused", "not counted"};
  return kNames[static_cast<std::size_t>(what)];
}

std::vector<WindowSight> WindowsOf(const JudgeContext& context, std::size_t past, std::size_t ahead) {
  return std::visit(Seen{context, {past, ahead}}, context.objective.rule);
}

Closings ClosingsOf(const ClosingContext& context) { return std::visit(Closing{context}, context.judge.objective.rule); }

std::optional<TimePoint> ReachOf(const JudgeContext& context) { return std::visit(Reach{context}, context.objective.rule); }

Judgement Judge(const JudgeContext& context) {
  const Evidence& evidence = context.evidence;
  if (evidence.now >= evidence.first_seen) return std::visit(Dispatch{context}, context.objective.rule);
  Judgement judgement;
  judgement.state.verdict = Verdict::kPending;
  judgement.valid_until = evidence.first_seen;
  judgement.why.push_back({Reason::kBeforeFirstSeen});
  return judgement;
}

Verdict PendingOrUnknown(const Evidence& evidence, Judgement& judgement) {
  if (evidence.answered) {
    judgement.why.push_back({Reason::kNoWindowClosed});
    return Verdict::kPending;
  }
  judgement.awaits_view = true;
  const TimePoint patience = evidence.first_seen + evidence.staleness;
  if (evidence.now < patience) {
    judgement.valid_until = std::min(judgement.valid_until, patience);
    judgement.why.push_back({Reason::kAwaitsFirstAnswer});
    return Verdict::kPending;
  }
  judgement.why.push_back({Reason::kNeverAnswered});
  return Verdict::kUnknown;
}

Judgement NoSchedule(const Evidence& evidence) {
  Judgement judgement;
  judgement.state.verdict = Verdict::kUnknown;
  judgement.why.push_back(evidence.schedule_fault.empty() ? Because{Reason::kNoSchedule} : Because{Reason::kBadSchedule, evidence.schedule_fault});
  return judgement;
}

Duration HeldBack(Duration skew, Duration grace) { return skew > std::max<Duration>(grace / 2, seconds{30}) ? skew : Duration{0}; }

bool ProvenAbsent(const Evidence& evidence, TimePoint from, TimePoint end, Duration grace, bool run_belongs, Span moves) {
  if (evidence.proofs.empty()) return false;
  const TimePoint past_end = end + Duration{1};
  if (past_end > evidence.now) return false;
  const auto covered = [&](const Proof& proof) { return proof.covered.Cover(from, past_end + HeldBack(proof.skew, grace)); };
  if (std::all_of(evidence.proofs.begin(), evidence.proofs.end(), covered)) return true;
  if (evidence.mode == SuccessMode::kAny) return false;
  return std::any_of(evidence.proofs.begin(), evidence.proofs.end(), [&](const Proof& proof) {
    if (!covered(proof) || (proof.is_runs && run_belongs)) return false;
    const Span owed = proof.is_runs ? Span{from, end} : Span{std::min(from, moves.from), std::max(end, moves.to)};
    const auto own = std::lower_bound(proof.successes.begin(), proof.successes.end(), owed.from);
    return own == proof.successes.end() || *own > owed.to;
  });
}

bool GoneAt(const Evidence& evidence, TimePoint end) {
  return evidence.def->configured && std::any_of(evidence.gones.begin(), evidence.gones.end(), [&](const Interval& gone) {
    return gone.from <= end && (!gone.to || *gone.to > end);
  });
}

bool Earlier(const Success& a, const Success& b) {
  if (a.time != b.time) return a.time < b.time;
  if ((a.run >= 0) != (b.run >= 0)) return a.run >= 0;
  return a.run < b.run;
}

}  // namespace batchslo
