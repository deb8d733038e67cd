#include <algorithm>
#include <utility>

#include "exporter/core/partition.h"
#include "exporter/core/tracker.h"
#include "exporter/core/tracker_parts.h"

namespace batchslo {
namespace {

void SeeFirst(History& history, TimePoint observed) {
  history.first_seen = std::min(history.first_seen.value_or(observed), observed);
}

// What is said at one instant is ordered by its content: which came first over the wire does not matter.
auto Content(const Look& look) { return std::tie(look.updated, look.rows, look.bytes, look.values); }
auto Content(const SuccessLook& look) { return std::tie(look.value); }
auto Content(const JobChange& change) {
  const auto text = [](const SharedText& said) { return said ? std::optional<std::string_view>(*said) : std::nullopt; };
  return std::tuple(change.configured, text(change.schedule), text(change.timezone), text(change.dialect), text(change.scope));
}

// Keeps looks that say the same as the one before them as one.
template <class Item>
void Keep(std::vector<Item>& items, Item item) {
  const auto at = std::upper_bound(items.begin(), items.end(), item, [](const Item& a, const Item& b) {
    return a.first_observed != b.first_observed ? a.first_observed < b.first_observed : Content(a) < Content(b);
  });
  Item* const before = at == items.begin() ? nullptr : &at[-1];
  if (before && Content(*before) == Content(item)) {
    before->observed = std::max(before->observed, item.observed);
    return;
  }
  const bool amidst = before && (before->observed > item.observed ||
                                 (before->observed == item.observed && Content(item) < Content(*before)));
  if (!amidst && at != items.end() && Content(*at) == Content(item)) {
    at->first_observed = item.first_observed;
    return;
  }
  if (!amidst) return void(items.insert(at, std::move(item)));
  Item rest = *before;  // equal looks before and after it: they are two now
  rest.first_observed = rest.observed;
  before->observed = before->first_observed;
  items.insert(items.insert(at, std::move(rest)), std::move(item));
}

// An interval that is said to last, or to be over: of both at one instant the first counts.
void Lasts(RareVector<Interval>& intervals, TimePoint observed) {
  const bool goes_on = !intervals.empty() && (!intervals.back().to || intervals.back().to == observed);
  if (!goes_on) intervals.Own().push_back({observed, std::nullopt, observed});
  Interval& last = intervals.Own().back();
  last.to.reset();
  last.newest = std::max(last.newest, observed);
}
void IsOver(RareVector<Interval>& intervals, TimePoint observed) {
  if (intervals.empty() || intervals.back().to || intervals.back().newest >= observed) return;
  intervals.Own().back().to = observed;
}

template <class Field>
std::string ValueAt(const std::vector<JobChange>& changes, std::size_t index, Field field, std::string fallback) {
  for (std::size_t i = index + 1; i-- > 0;) {
    if (changes[i].*field) return *(changes[i].*field);
  }
  for (std::size_t i = index + 1; i < changes.size(); ++i) {
    if (changes[i].*field) return *(changes[i].*field);
  }
  return fallback;
}

ScheduleLine::Segment ReadSchedule(const std::string& expression, const std::string& zone_name, const std::string& dialect_name, const std::string& job) {
  ScheduleLine::Segment segment;
  if (expression.empty()) return segment;
  const auto zone = Zone::Find(zone_name);
  const auto dialect = ParseDialect(dialect_name);
  if (!zone || !dialect) {
    segment.fault = (zone ? dialect.Message() : zone.Message());
    return segment;
  }
  auto schedule = Schedule::Parse(expression, *dialect, *zone, job);
  if (!schedule) {
    segment.fault = schedule.Message();
  } else {
    segment.schedule = std::make_shared<const Schedule>(schedule->WithPeriod());
  }
  return segment;
}

}  // namespace

bool Tracker::Apply(const Fact& fact) {
  struct {
    Tracker& tracker;
    const Fact& fact;
    bool operator()(const JobFact& what) const { return tracker.ApplyJob(fact, what); }
    bool operator()(const ViewFact& what) const { return tracker.ApplyView(fact, what); }
    bool operator()(const RunFact& what) const { return tracker.ApplyRun(fact, what); }
    bool operator()(const ObservationFact& what) const { return tracker.ApplyObservation(fact, what); }
    bool operator()(const LastSuccessFact& what) const { return tracker.ApplyLastSuccess(fact, what); }
    bool operator()(const GoneFact& what) const { return tracker.ApplyGone(fact, what); }
    bool operator()(const DownFact&) const { return tracker.FindSource(fact.source) != nullptr; }
  } apply{*this, fact};
  return std::visit(apply, fact.what);
}

bool Tracker::ApplyView(const Fact& fact, const ViewFact& what) {
  const auto at = sources_.find(fact.source);
  if (at == sources_.end()) return false;
  if (!what.complete) return true;
  SourceTrack& source = *at->second;
  Views& views = what.scope.value_or("").empty() ? source.whole : source.scopes[*what.scope];
  if (what.since) views.reached.Add(*what.since, fact.observed);
  if (source.def.coverage == Coverage::kJoins) views.stretches.Add(fact.observed, source.def.staleness);
  views.newest = std::max(views.newest.value_or(fact.observed), fact.observed);
  ++source.version;
  return true;
}

// A job without `runs` has those of the source that first told of it or of a run.
bool Tracker::HasRunsOf(const JobTrack& job, const std::string& name) const {
  if (!job.runs_source.empty()) return job.runs_source == name;
  const SourceTrack* source = FindSource(name);
  return source && source->def.coverage != Coverage::kLastValue;
}

void Tracker::LearnRunsSource(JobTrack& job, const std::string& name) {
  if (!job.runs_source.empty() || !HasRunsOf(job, name)) return;
  job.runs_source = name;
  Redefine(job);
  const auto early = std::move(job.early);
  if (!early) return;
  for (const Fact& fact : *early) Apply(fact);
}

// The newest ones hold, also while older facts are told.
void Tracker::Annotate(JobTrack& job, TimePoint observed, const std::map<std::string, std::string>& annotations) {
  if (job.annotated_at && observed < *job.annotated_at) return;
  job.annotated_at = observed;
  if (job.annotations ? *job.annotations == annotations : annotations.empty()) return;
  job.annotations = annotations.empty() ? nullptr : std::make_unique<const std::map<std::string, std::string>>(annotations);
  const std::uint64_t before = RulesOf(job);
  Redefine(job);
  if (job.horizon && before != RulesOf(job)) to_reload_.insert(job.def->name);
}

void Tracker::KeepEarly(JobTrack& job, const Fact& fact) {
  if (!job.early) job.early = std::make_unique<std::vector<Fact>>();
  job.early->push_back(fact);
}

bool Tracker::ApplyJob(const Fact& fact, const JobFact& what) {
  JobTrack* job = FindOrDefine(what.job, fact.source);
  if (!job) return false;
  History& history = job->history;
  SeeFirst(history, fact.observed);
  const bool sight = !what.configured && HasRunsOf(*job, fact.source);
  if (sight && what.paused) *what.paused ? Pause(*job, fact.observed) : IsOver(history.pauses, fact.observed);
  LearnRunsSource(*job, fact.source);
  job->dirty = true;
  if (job->runs_source != fact.source) return FindSource(fact.source) != nullptr;
  history.answered = history.answered || sight;
  if (sight) IsOver(history.gones, fact.observed);
  if (sight && what.annotations) Annotate(*job, fact.observed, *what.annotations);
  const auto kept = [](const std::optional<std::string>& text) { return text ? SharedText(*text) : SharedText(); };
  JobChange change{fact.observed, what.configured, kept(what.schedule), kept(what.timezone), kept(what.dialect), kept(what.scope)};
  const auto at = std::upper_bound(history.changes.begin(), history.changes.end(), change, [](const JobChange& a, const JobChange& b) {
    return a.observed != b.observed ? a.observed < b.observed : Content(a) < Content(b);
  });
  history.changes.insert(at, std::move(change));
  const Schedule* const before = ScheduleInForce(history);
  Rebuild(*job);
  if (job->def->needs && ScheduleInForce(history) != before) {
    for (const SharedText& upstream : *job->def->needs) HeedNeeding(upstream);
  }
  return true;
}

// From what was said of the job to its schedule through time and its scope.
void Tracker::Rebuild(JobTrack& job) const {
  auto& changes = job.history.changes;
  const SourceTrack* source = FindSource(job.runs_source);
  const SourceDef none;
  const SourceDef& def = source ? source->def : none;
  const auto same = [](const JobChange& a, const JobChange& b) { return Content(a) == Content(b); };
  changes.erase(std::unique(changes.begin(), changes.end(), same), changes.end());
  std::vector<ScheduleLine::Segment> segments;
  Schedules::key_type last;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Schedules::key_type key{ValueAt(changes, i, &JobChange::schedule, job.def->schedule),
                            ValueAt(changes, i, &JobChange::timezone, job.def->schedule_timezone.Or(def.controller_timezone)),
                            ValueAt(changes, i, &JobChange::dialect, job.def->schedule_dialect.Or(def.dialect)), ""};
    if (std::get<2>(key) == DialectName(Dialect::kJenkins)) std::get<3>(key) = job.def->name;
    if (i > 0 && key == last) continue;
    auto [at, fresh] = schedules_.try_emplace(key);
    if (fresh || !at->second.fault.empty()) at->second = std::apply(ReadSchedule, key);  // its zone may be there now
    segments.push_back(at->second);
    segments.back().from = changes[i].observed;
    last = std::move(key);
  }
  if (changes.empty() && job.def->schedule) {
    segments.push_back(ReadSchedule(*job.def->schedule, job.def->schedule_timezone.Or(def.controller_timezone),
                                    job.def->schedule_dialect.Or(def.dialect), job.def->name));
  }
  job.history.line = ScheduleLine(std::move(segments));
  job.scope = changes.empty() ? "" : ValueAt(changes, changes.size() - 1, &JobChange::scope, "");
}

// A pause starts the verdicts anew, but for the misses that were proven before it.
void Tracker::Pause(JobTrack& job, TimePoint observed) {
  auto& pauses = job.history.pauses;
  const bool begins = pauses.empty() || (pauses.back().to && pauses.back().to != observed);
  if (begins) {
    const JudgedJob judged = JudgeTrack(job, EvidenceOf(job, observed), Judging::kToKnow);
    job.history.standing.clear();
    for (std::size_t i = 0; i < judged.objectives.size(); ++i) {
      if (judged.objectives[i].state.verdict != Verdict::kMissed) continue;
      job.history.standing.Own().push_back({RuleOf(job, job.def->objectives[i]), judged.objectives[i].state, judged.objectives[i].end});
    }
  }
  Lasts(pauses, observed);
}

// Of the run that ended last.
void Tracker::NoteFailure(JobTrack& job, const Fact& fact, const RunFact& what) {
  const TimePoint ended = std::min(what.finished.value_or(fact.observed), fact.observed);
  if (!job.failure || job.failure->run_id != what.run_id) {
    if (job.failure && std::tie(ended, what.run_id) < std::tie(job.failure->ended, job.failure->run_id)) return;
    job.failure = std::make_unique<FailureText>();
    job.failure->run_id = what.run_id;
    job.failure->ended = ended;
    job.failure->observed = fact.observed;
  }
  FailureText& failure = *job.failure;
  failure.ended = std::max(failure.ended, ended);
  failure.observed = std::min(failure.observed, fact.observed);
  const auto hear = [&](FailureText::Said& said, const std::string& text) {
    if (text.empty() || (!said.text.empty() && fact.observed < said.observed)) return;
    said = {text, fact.observed};
    failure.reading.reset();
  };
  hear(failure.reason, what.reason);
  hear(failure.excerpt, what.excerpt);
  hear(failure.link, what.link);
}

bool Tracker::ApplyRun(const Fact& fact, const RunFact& what) {
  JobTrack* job = FindOrDefine(what.job, fact.source);
  if (!job) return false;
  SeeFirst(job->history, fact.observed);
  LearnRunsSource(*job, fact.source);
  job->dirty = true;
  if (job->runs_source != fact.source) return FindSource(fact.source) != nullptr;
  job->history.answered = true;
  const auto change = job->history.runs.Add({what.run_id, fact.observed, what.scheduled, what.created, what.started, what.finished,
                                             what.outcome, what.trigger});
  if (change != RunLog::Change::kNone) ++job->completed;
  if (change == RunLog::Change::kFailed) ++job->failed;
  if (what.outcome == Outcome::kFailed) NoteFailure(*job, fact, what);
  return true;
}

bool Tracker::ApplyObservation(const Fact& fact, const ObservationFact& what) {
  JobTrack* const found = FindJob(what.job);
  if (!found) return false;
  JobTrack& job = *found;
  SeeFirst(job.history, fact.observed);
  job.dirty = true;
  const auto& outputs = job.def->outputs;
  const auto output = std::find_if(outputs.begin(), outputs.end(), [&](const OutputDef& def) {
    return def.name == what.output && def.source == fact.source;
  });
  if (output == outputs.end()) return false;
  job.history.answered = true;
  batchslo::Look look{fact.observed, fact.observed, what.updated, what.rows, what.bytes, what.values};
  if (look.updated) look.updated = std::min(*look.updated, fact.observed);
  if (const auto number = what.partition ? PartitionNumber(*what.partition) : std::nullopt) look.values[std::string(kPartitionValue)] = *number;
  Keep(job.history.outputs[static_cast<std::size_t>(output - outputs.begin())], std::move(look));
  return true;
}

bool Tracker::ApplyLastSuccess(const Fact& fact, const LastSuccessFact& what) {
  JobTrack* job = FindOrDefine(what.job, fact.source);
  if (!job) return false;
  SeeFirst(job->history, fact.observed);
  job->dirty = true;
  if (job->runs_source.empty()) KeepEarly(*job, fact);
  if (job->runs_source != fact.source) return FindSource(fact.source) != nullptr;
  job->history.answered = true;
  SuccessLook look{fact.observed, fact.observed, what.value};
  if (look.value) look.value = std::min(*look.value, fact.observed);
  Keep(job->history.last_successes, std::move(look));
  return true;
}

bool Tracker::ApplyGone(const Fact& fact, const GoneFact& what) {
  JobTrack* const found = FindJob(what.job);
  if (!found) return false;
  JobTrack& job = *found;
  SeeFirst(job.history, fact.observed);
  job.dirty = true;
  if (job.runs_source.empty()) KeepEarly(job, fact);
  if (job.runs_source != fact.source) return FindSource(fact.source) != nullptr;
  job.history.answered = true;
  Lasts(job.history.gones, fact.observed);
  return true;
}

}  // namespace batchslo
