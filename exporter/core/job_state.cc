#include <algorithm>

#include "exporter/core/failure.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

State Worst(const std::vector<Judgement>& judged) {
  static constexpr std::pair<Verdict, State> kOrder[] = {
      {Verdict::kMissed, State::kMissed}, {Verdict::kUnknown, State::kUnknown}, {Verdict::kPending, State::kPending}};
  for (const auto& [verdict, state] : kOrder) {
    if (std::any_of(judged.begin(), judged.end(), [wanted = verdict](const Judgement& j) { return j.state.verdict == wanted; })) return state;
  }
  return judged.empty() ? State::kPending : State::kMet;
}

State StateOf(const JobDef& def, const History& history, const std::vector<Judgement>& judged, TimePoint now) {
  if (!history.gones.empty() && !history.gones.back().to) return State::kGone;
  if (history.pauses.empty() || history.pauses.back().to) return Worst(judged);
  const bool too_long = def.max_suspend && now - history.pauses.back().from >= *def.max_suspend;
  return too_long ? State::kMissed : State::kPaused;
}

RunsState StateOfRuns(const Evidence& evidence, const RunLog& log) {
  RunsState state;
  const Run* last = nullptr;  // that ended
  for (const Run& run : evidence.runs) {
    if (run.earliest_start) state.last_start = std::max(state.last_start.value_or(*run.earliest_start), *run.earliest_start);
    if (run.newest_outcome == Outcome::kRunning && run.newest_started) {
      state.running_since = std::min(state.running_since.value_or(*run.newest_started), *run.newest_started);
    }
    if (IsCompleted(run.outcome) && (!last || EndOf(run) >= EndOf(*last))) last = &run;
  }
  if (last) state.last_completion = EndOf(*last);
  if (last && last->started) state.last_duration = EndOf(*last) - *last->started;
  state.consecutive_failures = log.FailuresInARow(evidence.runs);
  state.next_run = evidence.line.Next(evidence.now);
  return state;
}

OutputState StateOfOutput(const OutputDef& def, const std::vector<Look>& looks) {
  OutputState state;
  state.name = def.name;
  state.source = def.source;
  if (looks.empty()) return state;
  const Look& newest = looks.back();
  state.updated = newest.updated;
  state.observed = newest.observed;
  state.rows = newest.rows;
  state.bytes = newest.bytes;
  for (const Check& check : def.checks) {
    state.checks.push_back({check.name, Passes(check, newest, looks), CheckValue(check, newest)});
  }
  return state;
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  static constexpr std::string_view kNames[] = {"met", "missed", "unknown", "pending", "paused"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::string_view StateName(State state) {
  static constexpr std::string_view kNames[] = {"met", "missed", "unknown", "pending", "paused", "gone"};
  return kNames[static_cast<std::size_t>(state)];
}

std::shared_ptr<JobState> MakeJobState(const std::shared_ptr<const JobDef>& def, const History& history, const Evidence& evidence,
                                       const std::vector<Judgement>& judged) {
  auto state = std::make_shared<JobState>();
  state->def = def;
  state->state = StateOf(*def, history, judged, evidence.now);
  state->state_since = evidence.now;
  state->first_seen = history.first_seen.value_or(evidence.now);
  if (evidence.newest) state->last_success = evidence.newest->time;
  if (const Schedule* schedule = ScheduleInForce(history)) {
    state->schedule = schedule->Expression();
    state->timezone = schedule->GetZone().Name();
  }
  for (const Judgement& judgement : judged) state->objectives.push_back(judgement.state);
  if (evidence.newest_view || !evidence.runs.empty() || ScheduleInForce(history)) state->runs = StateOfRuns(evidence, history.runs);
  for (std::size_t i = 0; i < def->outputs.size(); ++i) {
    static const std::vector<Look> kNone;
    state->outputs.push_back(StateOfOutput(def->outputs[i], i < history.outputs.size() ? history.outputs[i] : kNone));
  }
  return state;
}

void AttachFailure(FailureText& failure, const Redactor& redactor, JobState& state) {
  if (!failure.reading) failure.reading = std::make_shared<const FailureReading>(ReadFailure(failure.reason.text, failure.excerpt.text, redactor));
  auto last = std::make_unique<LastFailure>();
  last->run_id = failure.run_id;
  last->reason = failure.reason.text;
  last->excerpt = failure.reading->excerpt;
  last->error = failure.reading->error;
  last->frame = failure.reading->frame;
  last->fingerprint = failure.reading->fingerprint;
  last->link = failure.link.text;
  last->at = failure.observed;
  state.failure = std::move(last);
}

}  // namespace batchslo
