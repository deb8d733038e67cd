// Tested by tests/app/evaluation_test.cc.
#include "exporter/app/evaluation.h"

#include <algorithm>

#include "exporter/app/fleet.h"

namespace batchslo {
namespace {

constexpr Duration kForgetAfter = hours{24}, kBetweenPrunes = hours{1}, kBeforeFirstPrune = minutes{1};
constexpr Duration kMeasured = seconds{5};  // so exactly is a source's clock known
constexpr Duration kJump = seconds{30};  // a clock that is only being put right moves less between two looks

bool CouldAsk(const std::vector<SourceState>& sources, const std::string& name, const std::string& scope) {
  const auto source = std::find_if(sources.begin(), sources.end(), [&](const SourceState& state) { return state.name == name; });
  if (source == sources.end() || !source->up) return false;
  const auto& scopes = source->scopes;
  const auto found = std::find_if(scopes.begin(), scopes.end(), [&](const SourceState::Scope& s) { return s.name == scope; });
  return found == scopes.end() || found->up;
}

TimePoint FirstDue(const JobState& job, TimePoint now) {
  TimePoint first = TimePoint::max();
  for (std::size_t i = 0; i < job.objectives.size(); ++i) {
    if (!job.objectives[i].next_due) continue;
    const TimePoint end = *job.objectives[i].next_due + job.def->objectives[i].grace;
    if (end > now) first = std::min(first, end);
  }
  return first;
}

}  // namespace

void Evaluation::Adopt() {
  const auto config = config_.Get();
  std::set<std::string> sources, fresh;
  for (const SourceDef& source : config->fleet.sources) {
    sources.insert(source.name);
    if (!sources_.contains(source.name)) fresh.insert(source.name);
  }
  sources_ = std::move(sources);
  if (!has_fleet_) {
    LoadTallies();
    LoadSkews();
  }
  tracker_.SetDefine(MakeDefine(config, log_));
  const bool some_left = tracker_.SetFleet(config->fleet);
  for (const std::string& source : fresh) {
    if (const auto skew = skews_.find(source); skew != skews_.end()) tracker_.SetSkew(source, skew->second);
  }
  Load(fresh, tracker_.TakeToReload());
  if (some_left || !std::exchange(has_fleet_, true)) NoteThoseThatLeft();  // at the start: while nobody was there
}

void Evaluation::LoadTallies() {
  auto tallies = ledger_.Tallies();
  if (!tallies) return log_(LogLevel::kError, tallies.Message());
  tracker_.SetTallies(std::move(tallies).Value());
}

// What could not be written goes with what comes next, or as soon as the ledger takes anything again.
void Evaluation::KeepTallies() {
  std::vector<StoredTally> fresh = tracker_.TakeChangedTallies();
  if (fresh.empty() && (unwritten_.empty() || !ledger_.State().up)) return;
  for (StoredTally& changed : fresh) unwritten_.insert_or_assign({changed.job, changed.tally->rule}, std::move(changed));
  std::vector<StoredTally> all;
  for (const auto& [about, changed] : unwritten_) all.push_back(changed);
  const auto kept = ledger_.KeepTallies(all);
  kept ? unwritten_.clear() : log_(LogLevel::kError, kept.Message());
}

void Evaluation::NoteThoseThatLeft() {
  const auto memories = ledger_.Recall();
  if (!memories) return log_(LogLevel::kError, memories.Message());
  std::vector<Ledger::Memory> changed;
  for (const auto& [job, text] : *memories) {
    if (tracker_.Follows(job)) continue;
    if (auto left = Tracker::MemoryOfOneThatLeft(text, clock_.Now())) changed.push_back({job, *std::move(left)});
  }
  Remember(changed);
}

void Evaluation::Load(const std::set<std::string>& sources, const std::set<std::string>& wanted) {
  if (sources.empty() && wanted.empty()) return;
  std::set<std::string> jobs;
  const auto loaded = ledger_.ForEach([&](const Fact& fact) {
    const std::string& job = JobOf(fact);
    if (!sources.contains(fact.source) && !wanted.contains(job)) return;
    tracker_.Apply(fact);
    tracker_.TrimGrown(job, fact.observed);
    jobs.insert(job);
  });
  if (!loaded) log_(LogLevel::kError, "the ledger could not be read: " + loaded.Message());
  if (const auto memories = ledger_.Recall()) {
    for (const auto& memory : *memories) {
      if (jobs.contains(memory.job)) tracker_.SetMemory(memory.job, memory.text, clock_.Now());
    }
  }
  if (const auto totals = ledger_.Totals()) {
    for (const RunTotals& total : *totals) {
      if (jobs.contains(total.job)) tracker_.SetTotals(total.job, total.completed, total.failed);
    }
  }
}

void Evaluation::Apply() {
  for (Report& report : inbox_.Take()) {
    PutRightLate(report);
    ApplyReport(tracker_, std::move(report));
  }
  Load({}, tracker_.TakeToReload());  // annotations that say something else than before
}

// What was seen while our clock ran ahead would stay the newest until that time comes.
void Evaluation::PutRight(TimePoint now, Duration back, Duration since_last_look) {
  const auto error = clock_errors_.Back(now, back);
  if (!error) return;
  went_back_ = error->by;
  const auto done = ledger_.PutRight(*error, {now - since_last_look, now});
  if (!done) return log_(LogLevel::kError, "what was seen while our clock ran ahead keeps the times of that clock: " + done.Message());
  tracker_.ClockPutRight(now);
  Load(sources_, tracker_.TakeToReload());
}

// A source was asked while our clock ran ahead, and has answered now.
void Evaluation::PutRightLate(Report& report) {
  const TimePoint now = clock_.Now();
  const auto is_ahead = [&](const Fact& fact) { return fact.observed > now + kJump; };
  if (went_back_ == Duration{0} || std::none_of(report.begin(), report.end(), is_ahead)) return;
  const ClockError error{now, went_back_};
  const auto done = ledger_.PutRight(error, {now, now});
  if (!done) return log_(LogLevel::kError, "what was asked while our clock ran ahead keeps the times of that clock: " + done.Message());
  for (Fact& fact : report) fact = batchslo::PutRight(std::move(fact), error);
}

// Somebody set our clock, or the machine slept: the steady one knows nothing of that.
void Evaluation::HeedClocks(TimePoint now, SteadyPoint steady, const std::vector<SourceState>& sources) {
  const Duration ahead = now.time_since_epoch() - std::chrono::duration_cast<Duration>(steady.time_since_epoch());
  const Duration jump = ahead - std::exchange(ahead_, ahead).value_or(ahead);
  const Duration since_last_look = std::chrono::duration_cast<Duration>(steady - std::exchange(looked_, steady));
  if (jump > kJump) {
    clock_errors_.Ahead(now - since_last_look, jump);
    tracker_.ClockJumped(now);
    log_(LogLevel::kWarn, "our clock has jumped ahead by " + FormatDuration(std::chrono::round<seconds>(jump)) + ": no new miss is told for a grace, and a minute at least");
  } else if (jump < -kJump) {
    log_(LogLevel::kWarn, "our clock has gone back by " + FormatDuration(std::chrono::round<seconds>(-jump)) + ": what was told of windows that had closed stands");
    PutRight(now, -jump, since_last_look);
  }
  HeedSkews(sources);
}

// Each is measured at every reply; what is kept is where it is something else by more than that.
void Evaluation::HeedSkews(const std::vector<SourceState>& sources) {
  Ledger::Skews changed;
  for (const SourceState& source : sources) {
    if (!source.clock_skew_seconds) continue;
    const Duration skew = std::chrono::round<Duration>(std::chrono::duration<double>(*source.clock_skew_seconds));
    tracker_.SetSkew(source.name, skew);
    const auto kept = skews_.find(source.name);
    if (std::chrono::abs(skew - (kept == skews_.end() ? Duration{0} : kept->second)) > kMeasured) changed[source.name] = skew;
  }
  if (changed.empty()) return;
  const auto kept = ledger_.KeepSkews(changed);
  if (!kept) return log_(LogLevel::kError, kept.Message());
  for (const auto& [source, skew] : changed) skews_[source] = skew;
}

void Evaluation::LoadSkews() {
  auto skews = ledger_.LoadSkews();
  if (!skews) return log_(LogLevel::kError, skews.Message());
  skews_ = std::move(skews).Value();
}

void Evaluation::Run(std::vector<SourceState> sources, std::vector<RegistryState> registries, std::optional<ConfigState> web_config) {
  Apply();
  const SteadyPoint began = clock_.Steady();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->at = clock_.Now();
  HeedClocks(snapshot->at, began, sources);
  snapshot->jobs = tracker_.Evaluate(snapshot->at, [&](const std::string& source, const std::string& scope) { return CouldAsk(sources, source, scope); });
  snapshot->evaluation_seconds = std::chrono::duration<double>(clock_.Steady() - began).count();
  KeepTallies();  // a total that was shown is one that is kept
  snapshot->sources = std::move(sources);
  snapshot->registries = std::move(registries);
  for (RegistryState& registry : snapshot->registries) registry.unknown = UnknownOf(registry, snapshot->jobs);
  snapshot->config = config_.State();
  snapshot->web_config = std::move(web_config);
  snapshot->store = ledger_.State();
  {
    std::shared_ptr<const Snapshot> fresh = std::move(snapshot);
    const std::lock_guard lock(mutex_);
    snapshot_.swap(fresh);
  }
  std::vector<Ledger::Memory> changed;
  for (auto& [job, text] : tracker_.TakeChangedMemory()) changed.push_back({job, std::move(text)});
  Remember(changed);
}

void Evaluation::Remember(const std::vector<Ledger::Memory>& changed) {
  const auto remembered = ledger_.Remember(changed);
  if (!remembered) log_(LogLevel::kError, remembered.Message());
}

void Evaluation::Housekeep() {
  const TimePoint now = clock_.Now();
  // What windows need is known only once sources have been asked for the schedules.
  if (pruned_ == TimePoint{}) pruned_ = now - kBetweenPrunes + kBeforeFirstPrune;
  if (now - pruned_ < kBetweenPrunes && now >= pruned_) return;
  pruned_ = now;
  tracker_.Trim(now);
  const auto forgotten = ledger_.Forget(tracker_.Forget(now, kForgetAfter));
  const auto pruned = ledger_.Prune(now);
  for (const auto* done : {&forgotten, &pruned}) {
    if (!done->Ok()) log_(LogLevel::kWarn, "the ledger could not be pruned: " + done->Message());
  }
}

std::shared_ptr<const Snapshot> Evaluation::Current() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

TimePoint Evaluation::NextDue(const std::string& source, TimePoint now) const {
  TimePoint next = TimePoint::max();
  const auto snapshot = Current();  // held until all of it is read
  for (const auto& job : snapshot->jobs) {
    const bool concerns = job->runs_source == source || std::any_of(job->outputs.begin(), job->outputs.end(), [&](const OutputState& output) { return output.source == source; });
    if (concerns) next = std::min(next, FirstDue(*job, now));
  }
  return next;
}

}  // namespace batchslo
