// Tested by tests/cli/cli_test.py.
#include "exporter/cli/replayed.h"

#include <algorithm>
#include <set>

#include "exporter/cli/facts_json.h"

namespace batchslo {
namespace {

std::set<std::string> SourcesOf(const JobDef& job, const std::string& runs_source) {
  std::set<std::string> sources = {runs_source};
  for (const OutputDef& output : job.outputs) sources.insert(output.source);
  sources.erase("");
  return sources;
}

std::optional<TimePoint> FirstSeen(const JobDef& job, const std::vector<Fact>& sorted) {
  for (const Fact& fact : sorted) {
    if (JobOf(fact) == job.name) return fact.observed;
  }
  const auto sources = SourcesOf(job, job.runs_source);
  for (const Fact& fact : sorted) {
    if (std::holds_alternative<ViewFact>(fact.what) && sources.contains(fact.source)) return fact.observed;
  }
  return std::nullopt;
}

}  // namespace

void SortFacts(std::vector<Fact>& facts) {
  std::stable_sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) {
    const auto rank = [](const Fact& fact) { return std::holds_alternative<JobFact>(fact.what) ? 0u : fact.what.index() + 1; };
    if (a.observed != b.observed) return a.observed < b.observed;
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return FactLine(a) < FactLine(b);
  });
}

Tracker TrackerBefore(const Fleet& fleet, const std::vector<Fact>& sorted) {
  Tracker tracker;
  tracker.SetFleet(fleet);
  for (const auto& job : fleet.jobs) {
    if (const auto time = FirstSeen(*job, sorted)) tracker.SetFirstSeen(job->name, *time);
  }
  return tracker;
}

Tracker TrackerAt(const Fleet& fleet, std::vector<Fact> facts, TimePoint at) {
  SortFacts(facts);
  Tracker tracker = TrackerBefore(fleet, facts);
  for (const Fact& fact : facts) {
    if (fact.observed <= at) tracker.Apply(fact);
  }
  return tracker;
}

SourceErrors ErrorsOf(const std::vector<Fact>& facts, TimePoint at) {
  std::map<std::string, std::pair<TimePoint, std::string>> newest;
  for (const Fact& fact : facts) {
    const auto* down = std::get_if<DownFact>(&fact.what);
    auto& last = newest[fact.source];
    if (fact.observed <= at && fact.observed >= last.first) last = {fact.observed, down ? down->reason : ""};
  }
  SourceErrors errors;
  for (const auto& [source, last] : newest) {
    if (!last.second.empty()) errors[source] = last.second;
  }
  return errors;
}

}  // namespace batchslo
