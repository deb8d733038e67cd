// Tested by tests/daemon/explain_test.py.
#include "exporter/app/explainer.h"

#include <algorithm>

#include "exporter/cli/explain_text.h"
#include "exporter/cli/replayed.h"

namespace batchslo {
namespace {

bool Concerns(const JobState& state, const std::string& source) {
  const auto& outputs = state.def->outputs;
  return *state.runs_source == source || std::any_of(outputs.begin(), outputs.end(), [&](const OutputDef& output) { return output.source == source; });
}

// Of the sources of this job: of its scope, or of all of them.
SourceErrors ErrorsNow(const JobCase& job, const Snapshot& snapshot) {
  SourceErrors errors;
  for (const SourceState& source : snapshot.sources) {
    if (!Concerns(*job.judged.state, source.name)) continue;
    const auto scope = std::find_if(source.scopes.begin(), source.scopes.end(), [&](const SourceState::Scope& s) { return s.name == job.scope; });
    const bool has_scope = scope != source.scopes.end();
    const std::string& error = has_scope && !scope->up ? scope->error : source.error;
    if (!(has_scope ? scope->up : source.up) && !error.empty()) errors[source.name] = error;
  }
  return errors;
}

// What a ledger says of the job, and of its sources as far as it may concern it.
bool IsAbout(const JobCase& job, const Fact& fact) {
  const std::string& named = JobOf(fact);
  if (!named.empty()) return named == job.judged.state->def->name;
  if (!Concerns(*job.judged.state, fact.source)) return false;
  const auto* view = std::get_if<ViewFact>(&fact.what);
  return !view || !view->scope || view->scope->empty() || *view->scope == job.scope;
}

}  // namespace

ExplainOut Explainer::Explain(const std::string& name, std::optional<TimePoint> at, const Snapshot& snapshot, TimePoint now) {
  const auto alone = desk_.Ask(name);
  if (!alone) return {503, alone.Message()};
  if (!alone->Follows(name)) return {404, "no job is named \"" + name + "\""};
  const JobCase job = alone->CaseOf(name, now);
  if (at && *at < snapshot.at) return ExplainPast(job, *at);
  return {200, ExplanationJson(batchslo::Explain(*alone, name, at.value_or(now), ErrorsNow(job, snapshot)))};
}

ExplainOut Explainer::ExplainPast(const JobCase& job, TimePoint at) {
  const std::unique_lock lock(past_, std::try_to_lock);
  if (!lock) return {503, "the past is being read for somebody else; try again"};
  std::vector<Fact> facts;
  const auto read = ledger_.ForEach([&](const Fact& fact) {
    if (fact.observed <= at && IsAbout(job, fact)) facts.push_back(fact);
  });
  if (!read) return {503, read.Message()};
  const auto& def = job.judged.state->def;
  const SourceErrors errors = ErrorsOf(facts, at);
  const Tracker tracker = TrackerAt({config_.Get()->fleet.sources, {def}}, std::move(facts), at);
  return {200, ExplanationJson(batchslo::Explain(tracker.Alone(def->name), def->name, at, errors))};
}

}  // namespace batchslo
