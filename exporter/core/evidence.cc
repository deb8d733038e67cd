#include "exporter/core/evidence.h"

#include <algorithm>

namespace batchslo {
namespace {

bool Succeeded(const Run& run) { return run.outcome == Outcome::kSucceeded; }

Success OfRun(const std::vector<Run>& runs, int index) {
  const Run& run = runs[static_cast<std::size_t>(index)];
  Success success;
  success.time = *run.finished;
  success.covers = run.scheduled ? *run.scheduled : run.started ? *run.started : *run.finished;
  success.scheduled = run.scheduled;
  success.covers_is_start = !run.scheduled && run.started;
  success.run = index;
  return success;
}

Success OfLastSuccess(TimePoint value) {
  Success success;
  success.time = success.covers = value;
  success.last_success = true;
  return success;
}

// What the run began with: outputs that moved since then are its own.
std::optional<TimePoint> Anchor(const Run& run) {
  return run.created ? run.created : run.started ? run.started : run.scheduled;
}

void Join(Success& success, TimePoint move) {
  success.time = std::max(success.time, move);
  if (move < success.covers) {
    success.covers = move;
    success.covers_is_start = false;
  }
  success.output = kAllOutputs;
}

// The first move of every output within [from, to]; empty if one has none.
std::vector<TimePoint> FirstMoves(const Evidence& evidence, TimePoint from, TimePoint to) {
  std::vector<TimePoint> first;
  for (const auto& moves : evidence.moves) {
    const auto at = std::lower_bound(moves.begin(), moves.end(), from);
    if (at == moves.end() || *at > to) return {};
    first.push_back(*at);
  }
  return first;
}

std::vector<TimePoint> NewestMoves(const Evidence& evidence) {
  std::vector<TimePoint> newest;
  for (const auto& moves : evidence.moves) {
    if (moves.empty()) return {};
    newest.push_back(moves.back());
  }
  return newest;
}

void Pair(Success success, const std::vector<TimePoint>& moves, std::vector<Success>& out) {
  if (moves.empty()) return;
  for (const TimePoint move : moves) Join(success, move);
  out.push_back(success);
}

// ---- coverage ----

// Views later than `now` may be there, where the facts of one job are told again, or our clock had jumped ahead: they are
// not known yet, and which one came last before `now` is not kept.
TimePoint SeenUntil(const Span& stretch, TimePoint now, Duration staleness) {
  return stretch.to <= now ? stretch.to : std::max(stretch.from, now - staleness);
}

Spans CoveredByViews(const SourceViews& source, TimePoint first_seen, TimePoint now) {
  Spans covered;
  Stretches stretches;
  for (const Views* views : {source.whole, source.scope}) {
    if (!views) continue;
    covered.Add(views->reached);
    if (source.def->coverage == Coverage::kJoins) stretches.Add(views->stretches, source.def->staleness);
  }
  covered.CutAfter(now);
  for (const Span& stretch : stretches.All()) {
    if (stretch.from > now) break;
    covered.Add(std::max(stretch.from + source.def->spool_allowance, first_seen), SeenUntil(stretch, now, source.def->staleness));
  }
  return covered;
}

std::optional<TimePoint> NewestView(const SourceViews& source) {
  std::optional<TimePoint> newest;
  for (const Views* views : {source.whole, source.scope}) {
    if (views && views->newest) newest = std::max(newest.value_or(*views->newest), *views->newest);
  }
  return newest;
}

// None is newer than now: what was seen while our clock had jumped ahead says nothing of what goes on since.
std::optional<TimePoint> NewestViewBy(const SourceViews& source, TimePoint now) {
  std::optional<TimePoint> newest = NewestView(source);
  if (!newest || *newest <= now) return newest;
  newest.reset();
  for (const Views* views : {source.whole, source.scope}) {
    if (!views) continue;
    for (const Span& stretch : views->stretches.All()) {
      if (stretch.from > now) break;
      const TimePoint to = SeenUntil(stretch, now, source.def->staleness);
      newest = std::max(newest.value_or(to), to);
    }
  }
  return newest;
}

// No change in (value, observed]; none at all since first seen, if there is no value.
void CoverSince(Spans& covered, std::optional<TimePoint> value, TimePoint first_seen, TimePoint observed) {
  value ? covered.AddAfter(*value, observed) : covered.Add(first_seen, observed);
}

Proof RunsProof(const Evidence& evidence, const History& history) {
  Proof proof;
  proof.is_runs = true;
  proof.skew = evidence.runs_skew;
  proof.covered = evidence.runs_views;
  for (const SuccessLook& look : history.last_successes) {
    CoverSince(proof.covered, look.value, evidence.first_seen, look.observed);
  }
  for (const TimePoint stray : evidence.strays) proof.covered.Remove(stray);
  proof.successes.reserve(evidence.run_successes.size());
  for (const Success& success : evidence.run_successes) proof.successes.push_back(success.time);
  std::sort(proof.successes.begin(), proof.successes.end());
  return proof;
}

enum class Gate { kPassed, kFailed, kLacksValue };

Gate GateOf(const OutputDef& output, const Look& look, const std::vector<Look>& earlier) {
  Gate gate = Gate::kPassed;
  for (const Check& check : output.checks) {
    const auto passed = Passes(check, look, earlier);
    if (passed && !*passed) return Gate::kFailed;
    if (!passed) gate = Gate::kLacksValue;
  }
  return gate;
}

Proof OutputProof(const OutputDef& output, const std::vector<Look>& looks, Duration staleness, TimePoint first_seen) {
  Proof proof;
  std::vector<Look> earlier;
  const bool needs_earlier = !output.checks.empty();
  for (const Look& look : looks) {
    CoverSince(proof.covered, look.updated, first_seen, look.observed);
    const Gate gate = GateOf(output, look, earlier);
    if (gate == Gate::kPassed && look.updated) proof.successes.push_back(*look.updated);
    const Look* before = &look == looks.data() ? nullptr : &look - 1;
    if (gate == Gate::kFailed && before && look.first_observed - before->observed <= staleness) {
      proof.covered.Add(before->observed, look.observed);
    }
    if (needs_earlier) earlier.push_back(look);
  }
  std::sort(proof.successes.begin(), proof.successes.end());
  proof.successes.erase(std::unique(proof.successes.begin(), proof.successes.end()), proof.successes.end());
  return proof;
}

// Last successes that no visible successful run explains.
std::vector<TimePoint> Strays(const std::vector<Run>& runs, const std::vector<SuccessLook>& looks) {
  std::vector<TimePoint> strays;
  for (const SuccessLook& look : looks) {
    if (look.value) strays.push_back(*look.value);
  }
  std::sort(strays.begin(), strays.end());
  strays.erase(std::unique(strays.begin(), strays.end()), strays.end());
  if (strays.empty()) return strays;
  std::vector<TimePoint> ends;
  ends.reserve(runs.size());
  for (const Run& run : runs) {
    if (Succeeded(run)) ends.push_back(*run.finished);
  }
  std::sort(ends.begin(), ends.end());
  std::erase_if(strays, [&](TimePoint stray) {
    const auto end = std::lower_bound(ends.begin(), ends.end(), stray - seconds{1});
    return end != ends.end() && *end <= stray + seconds{1};
  });
  return strays;
}

// ---- successes ----

void AddFixed(Evidence& evidence) {
  const bool with_outputs = evidence.mode == SuccessMode::kAll;
  if (evidence.mode != SuccessMode::kOutputs && !with_outputs) evidence.fixed = evidence.run_successes;
  for (const Success& success : evidence.run_successes) {
    if (!with_outputs) break;
    const auto anchor = Anchor(evidence.runs[static_cast<std::size_t>(success.run)]);
    if (anchor) Pair(success, FirstMoves(evidence, *anchor, TimePoint::max()), evidence.fixed);
  }
  if (evidence.mode != SuccessMode::kAny) return;
  for (std::size_t output = 0; output < evidence.moves.size(); ++output) {
    for (const TimePoint move : evidence.moves[output]) {
      Success success;
      success.time = success.covers = move;
      success.output = static_cast<int>(output);
      evidence.fixed.push_back(success);
    }
  }
}

// Runs and last successes that no instant of their own ties to the moves of the outputs.
std::vector<Success> Loose(const Evidence& evidence) {
  std::vector<Success> loose;
  if (evidence.mode == SuccessMode::kOutputs) return loose;
  for (const TimePoint stray : evidence.strays) loose.push_back(OfLastSuccess(stray));
  if (evidence.mode != SuccessMode::kAll) return loose;
  for (const Success& success : evidence.run_successes) {
    if (!Anchor(evidence.runs[static_cast<std::size_t>(success.run)])) loose.push_back(success);
  }
  return loose;
}

void KeepNewer(std::optional<Success>& newest, const Success& success) {
  const auto before = [](const Success& a, const Success& b) { return a.run >= 0 && (b.run < 0 || a.run < b.run); };
  if (!newest || success.time > newest->time || (success.time == newest->time && before(success, *newest))) newest = success;
}

std::optional<Success> Newest(const Evidence& evidence) {
  std::optional<Success> newest;
  for (const Success& success : evidence.fixed) KeepNewer(newest, success);
  const std::vector<TimePoint> moves = NewestMoves(evidence);
  const auto oldest = std::min_element(moves.begin(), moves.end());
  if (evidence.mode == SuccessMode::kOutputs && oldest != moves.end()) {
    Success success;
    success.time = success.covers = *oldest;
    success.output = kAllOutputs;
    KeepNewer(newest, success);
  }
  for (Success success : Loose(evidence)) {
    if (evidence.mode == SuccessMode::kAll) {
      if (oldest == moves.end()) continue;
      success.time = std::min(success.time, *oldest);
      success.covers = std::min(success.covers, *oldest);
      success.output = kAllOutputs;
    }
    KeepNewer(newest, success);
  }
  return newest;
}

SuccessMode ModeOf(const JobDef& def, bool has_runs) {
  if (def.success != SuccessMode::kAll) return def.success;
  if (def.outputs.empty()) return SuccessMode::kRuns;
  return has_runs ? SuccessMode::kAll : SuccessMode::kOutputs;
}

void GatherRuns(Evidence& evidence, const History& history, const SourceViews& source) {
  evidence.runs = history.runs.Fold();
  evidence.run_successes.reserve(evidence.runs.size());
  for (int i = 0; i < static_cast<int>(evidence.runs.size()); ++i) {
    const Run& run = evidence.runs[static_cast<std::size_t>(i)];
    if (Succeeded(run) && Counts(*evidence.def, run)) evidence.run_successes.push_back(OfRun(evidence.runs, i));
  }
  evidence.strays = Strays(evidence.runs, history.last_successes);
  evidence.runs_views = CoveredByViews(source, evidence.first_seen, evidence.now);
  evidence.newest_view = NewestViewBy(source, evidence.now);
  evidence.runs_staleness = source.def->staleness;
  evidence.runs_skew = source.skew;
  evidence.staleness = std::max(evidence.staleness, source.def->staleness);
  if (evidence.mode != SuccessMode::kOutputs) evidence.proofs.push_back(RunsProof(evidence, history));
}

void GatherOutputs(Evidence& evidence, const History& history, const std::vector<SourceViews>& sources) {
  for (std::size_t i = 0; i < evidence.def->outputs.size(); ++i) {
    static const std::vector<Look> kNone;
    const auto& looks = i < history.outputs.size() ? history.outputs[i] : kNone;
    Proof proof = OutputProof(evidence.def->outputs[i], looks, sources[i].def->staleness, evidence.first_seen);
    proof.skew = sources[i].skew;
    evidence.staleness = std::max(evidence.staleness, sources[i].def->staleness);
    evidence.answered = evidence.answered || NewestView(sources[i]).has_value();
    evidence.moves.push_back(proof.successes);
    if (evidence.mode != SuccessMode::kRuns) evidence.proofs.push_back(std::move(proof));
  }
}

// "@every" ticks go through the scheduled time that was seen last.
void AnchorLine(Evidence& evidence) {
  if (!evidence.line.NeedsAnchor()) return;
  std::optional<TimePoint> anchor;
  for (const Run& run : evidence.runs) {
    if (run.scheduled) anchor = std::max(anchor.value_or(*run.scheduled), *run.scheduled);
  }
  if (anchor) evidence.line = evidence.line.AnchoredAt(*anchor);
}

}  // namespace

bool Counts(const JobDef& def, const Run& run) {
  if (run.trigger == Trigger::kManual) return def.count_manual;
  if (run.trigger == Trigger::kBackfill) return def.count_backfill;
  return true;
}

Evidence Gather(const JobDef& def, const History& history, const SourceViews& runs, const std::vector<SourceViews>& outputs,
                TimePoint now) {
  Evidence evidence;
  evidence.def = &def;
  evidence.now = now;
  evidence.first_seen = std::max(history.first_seen.value_or(TimePoint::max()), history.back.value_or(TimePoint::min()));
  evidence.answered = history.answered;
  evidence.line = history.line;
  if (const auto* newest = history.line.Newest()) evidence.schedule_fault = newest->fault;
  evidence.gones = history.gones;
  if (!history.pauses.empty() && history.pauses.back().to) evidence.pause = history.pauses.back();
  evidence.mode = ModeOf(def, runs.def != nullptr);
  if (runs.def) {
    GatherRuns(evidence, history, runs);
    evidence.answered = evidence.answered || evidence.newest_view.has_value();
  }
  GatherOutputs(evidence, history, outputs);
  AnchorLine(evidence);
  AddFixed(evidence);
  evidence.newest = Newest(evidence);
  return evidence;
}

std::vector<Success> SuccessesWithin(const Evidence& evidence, TimePoint from, TimePoint to) {
  std::vector<Success> found;
  const std::vector<TimePoint> moves = FirstMoves(evidence, from, to);
  if (evidence.mode == SuccessMode::kOutputs && !moves.empty()) {
    Success success;
    success.time = success.covers = moves.front();
    Pair(success, moves, found);
  }
  for (const Success& success : Loose(evidence)) {
    if (evidence.mode == SuccessMode::kAll) {
      Pair(success, moves, found);
    } else {
      found.push_back(success);
    }
  }
  return found;
}

std::string Describe(const Evidence& evidence, const Success& success) {
  std::string text;
  if (success.run >= 0) text = "run " + evidence.runs[static_cast<std::size_t>(success.run)].id;
  if (success.last_success) text = "last success";
  for (int i = 0; i < static_cast<int>(evidence.def->outputs.size()); ++i) {
    if (success.output != kAllOutputs && success.output != i) continue;
    text += (text.empty() ? "" : " and ") + evidence.def->outputs[static_cast<std::size_t>(i)].name;
  }
  return text;
}

}  // namespace batchslo
