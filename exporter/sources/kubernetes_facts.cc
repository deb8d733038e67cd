#include "exporter/sources/kubernetes_facts.h"

#include <algorithm>
#include <charconv>

#include "exporter/core/cron.h"
#include "exporter/core/fnv.h"

namespace batchslo {
namespace {

constexpr Duration kEndOfSecond{999'999};

std::optional<TimePoint> EndOfSecond(std::optional<TimePoint> time) {
  return time && time->time_since_epoch() % seconds{1} == Duration{0} ? *time + kEndOfSecond : time;
}

std::uint64_t FingerprintOf(const KubeObject& o, const std::map<std::string, std::string>& annotations) {
  Fnv1a<std::uint64_t> hash;
  for (const std::string& text : {o.schedule, o.timezone, o.reason, o.message, o.scheduled_text}) hash.Field(text);
  for (const auto& [key, value] : annotations) {
    hash.Field(key);
    hash.Field(value);
  }
  for (const auto& time : {o.last_success, o.completed_at, o.failed_at}) hash.Step(static_cast<std::uint64_t>(time ? time->time_since_epoch().count() : -1));
  for (const bool flag : {o.suspended, o.manual, o.began, o.complete, o.failed, o.successful_history == 0}) hash.Step(flag ? 2 : 1);
  return hash.Value() == 0 ? 1 : hash.Value();
}

// The controller names a Job after its tick: "<cronjob>-<minutes since 1970>".
std::optional<TimePoint> TickInName(const KubeObject& object) {
  const std::string prefix = object.owner + "-";
  if (!object.name.starts_with(prefix)) return std::nullopt;
  const std::string_view digits = std::string_view(object.name).substr(prefix.size());
  std::int64_t minute = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), minute);
  const bool plausible = fault == std::errc{} && end == digits.data() + digits.size() && minute > 20'000'000 && minute < 200'000'000;
  return plausible ? std::optional(TimePoint{minutes{minute}}) : std::nullopt;
}

// Two configured jobs may select one Job.
std::string KeyOf(const KubeObject& object, const std::string& as_job) { return as_job.empty() ? object.uid : as_job + "\n" + object.uid; }

// Names can be used again: the uid tells runs apart.
std::string RunIdOf(const KubeObject& object) { return object.name + "/" + object.uid.substr(0, 8); }

}  // namespace

KubeFacts::KubeFacts(const SourceConfig& config, const Known& known)
    : config_(config), controller_zone_(config.options.Has("controller_timezone") ? config.options.String("controller_timezone") : "UTC") {
  if (auto selector = LabelSelector::Parse(config.options.String("label_selector"))) selector_ = std::move(selector).Value();
  for (const std::string& text : config.label_selectors) {
    if (auto selector = LabelSelector::Parse(text)) default_selectors_.emplace_back(std::string(kTakenBy) + text, std::move(selector).Value());
  }
  const auto expect = [&](const std::string& job, const std::string& scope) {
    const auto [at, is_new] = cron_jobs_.try_emplace("=" + job);
    at->second.scope = scope;
    at->second.job = job;
    at->second.is_first = is_new;
    if (is_new) ++followed_[job];
    return at;
  };
  for (const Known::Job& job : known.jobs) {
    if (SelectedAs(job.job).empty()) expect(job.job, job.scope)->second.is_first = false;
  }
  for (const auto& target : config.runs) {
    const std::string& object = target.options.String("cronjob");
    if (object.empty()) continue;
    claimed_[object] = target.job;
    expect(target.job, object.substr(0, object.find('/')));
  }
  for (const Known::Explained& run : known.explained) explained_.emplace(run.job, run.run_id);
  for (const Known::Running& run : known.running) {
    jobs_["=" + run.job + "\n" + run.run_id] = {run.scope, run.job, run.run_id, SelectedAs(run.job), 0, 0, true, run.started, 0, false, false};
  }
}

std::string KubeFacts::JobName(const std::string& ns, const std::string& name) const {
  const auto claim = claimed_.find(ns + "/" + name);
  return claim != claimed_.end() ? claim->second : config_.prefix + ns + "/" + name;
}

// The job itself, if it is one that selects Jobs without a CronJob; else nothing.
std::string KubeFacts::SelectedAs(const std::string& job) const {
  const auto selects = [&](const auto& target) { return target.job == job && target.options.Has("selector"); };
  return std::any_of(config_.runs.begin(), config_.runs.end(), selects) ? job : "";
}

// Whether CronJobs of that namespace are to be discovered.
bool KubeFacts::Discovers(const std::string& ns) const {
  const std::vector<std::string>& namespaces = config_.options.Strings("namespaces");
  const bool inside = namespaces.empty() || std::find(namespaces.begin(), namespaces.end(), ns) != namespaces.end();
  return inside && config_.options.String("discover") != "none";
}

// What a configured job names it follows whatever its labels.
bool KubeFacts::Follows(const KubeObject& cron_job) const {
  return claimed_.contains(cron_job.ns + "/" + cron_job.name) || (Discovers(cron_job.ns) && selector_.Takes(cron_job.labels));
}

// A Job does not have its CronJob's labels: with a selector it counts when that is followed.
bool KubeFacts::FollowsOwner(const KubeObject& job) const {
  if (claimed_.contains(job.ns + "/" + job.owner)) return true;
  return Discovers(job.ns) && (!config_.options.Has("label_selector") || followed_.contains(JobName(job.ns, job.owner)));
}

void KubeFacts::SelectedJob(const std::string& job, const std::string& scope, TimePoint now, Report& out) {
  JobFact fact;
  fact.job = job;
  fact.scope = scope;
  Put(out, config_, now, std::move(fact));
}

void KubeFacts::Put(Report& out, const SourceConfig& config, TimePoint now, decltype(Fact::what) what) {
  out.push_back({config.name, now, std::move(what)});
}

// Warns when it is new.
void KubeFacts::Note(std::map<std::string, std::string>& faults, const std::string& job, const std::string& fault) {
  std::string& known = faults[job];
  if (known != fault) warnings_.push_back("CronJob " + job + ": " + fault);
  known = fault;
}

// Whether the schedule can be read at all and ever comes, and whether the controller seems to run it in the zone that we assume.
void KubeFacts::Judge(const KubeObject& object, const std::string& job, TimePoint now) {
  const std::string& zone_name = object.timezone.empty() ? controller_zone_ : object.timezone;
  const auto zone = Zone::Find(zone_name);
  const auto schedule = zone ? Schedule::Parse(object.schedule, Dialect::kKubernetes, *zone) : Result<Schedule>(zone.GetError());
  if (!schedule) return Note(invalid_, job, "its schedule can't be read: " + schedule.Message());
  if (schedule->HasTicks() && !schedule->Next(now)) {
    return Note(invalid_, job, "its schedule \"" + object.schedule + "\" is never due, like the 30th of February; Kubernetes takes it and starts nothing");
  }
  invalid_.erase(job);
  const bool can_tell = object.timezone.empty() && object.last_schedule && !schedule->Every();
  const bool agrees = !can_tell || schedule->Prev(*object.last_schedule + Duration{1}) == object.last_schedule;
  if (!agrees) return Note(zone_doubts_, job, "it ran at " + FormatRfc3339(*object.last_schedule) + ", which is no time of \"" + object.schedule + "\" in " + zone_name + "; is controller_timezone right?");
  zone_doubts_.erase(job);
}

void KubeFacts::SawCronJob(const KubeObject& object, std::optional<TimePoint> listed, TimePoint now, Report& out) {
  if (!Follows(object)) return DeletedCronJob(object, now, out);
  const std::string job = JobName(object.ns, object.name);
  const auto [at, is_new] = cron_jobs_.try_emplace(object.uid);
  const auto expected = cron_jobs_.extract("=" + job);
  followed_[job] += (is_new ? 1 : 0) - (expected.empty() ? 0 : 1);
  Seen& seen = at->second;
  if (listed && !first_list_) first_list_ = listed;
  if (is_new) {
    seen.since = listed.value_or(now);
    const bool may_be_first = expected.empty() || expected.mapped().is_first;
    seen.is_first = may_be_first && object.created && first_list_ && *object.created <= *first_list_;
  }
  std::map<std::string, std::string> annotations = object.annotations;
  for (const auto& [name, selector] : default_selectors_) {
    if (selector.Takes(object.labels)) annotations.emplace(name, "");
  }
  const std::uint64_t fingerprint = FingerprintOf(object, annotations);
  seen.generation = generation_;
  seen.scope = object.ns;
  seen.job = job;
  Judge(object, job, now);
  if (seen.fingerprint == fingerprint) return;
  seen.fingerprint = fingerprint;
  JobFact fact;
  fact.job = job;
  fact.scope = object.ns;
  fact.schedule = object.schedule;
  fact.timezone = object.timezone.empty() ? controller_zone_ : object.timezone;
  fact.dialect = "kubernetes";
  fact.paused = object.suspended;
  fact.annotations = std::move(annotations);
  Put(out, config_, now, std::move(fact));
  TellLastSuccess(object, seen, listed, now, out);
}

// A last success says as well that none came between it and its observation. Of an event that is not known: a watch that
// goes on after a gap tells first how things were then, and the views that follow say what did not happen. Nor does the
// job become known before it was seen. That there was none at all is not known of a CronJob that may have been made anew:
// it tells nothing of the one before it.
void KubeFacts::TellLastSuccess(const KubeObject& object, const Seen& seen, std::optional<TimePoint> listed, TimePoint now, Report& out) const {
  if (object.successful_history == 0) return;
  const auto value = EndOfSecond(object.last_success);
  if (!value && !seen.is_first) return;
  if (!listed && (!value || *value < seen.since)) return;
  const TimePoint holds_at = value && listed ? std::max(*value, *listed) : value ? *value : *listed;
  Put(out, config_, std::min(holds_at, now), LastSuccessFact{seen.job, value});
}

void KubeFacts::DeletedCronJob(const KubeObject& object, TimePoint now, Report& out) {
  const auto at = cron_jobs_.find(object.uid);
  if (at != cron_jobs_.end()) Lose(at, now, out);
}

// It is gone, unless another of its name is there: one made anew.
void KubeFacts::Lose(std::unordered_map<std::string, Seen>::iterator cron_job, TimePoint now, Report& out) {
  const std::string job = cron_job->second.job;
  cron_jobs_.erase(cron_job);
  if (--followed_[job] > 0) return;
  followed_.erase(job);
  invalid_.erase(job);
  zone_doubts_.erase(job);
  Put(out, config_, now, GoneFact{job});
}

RunFact KubeFacts::ToRun(const KubeObject& object, const std::string& job, TimePoint now, Seen& seen) const {
  RunFact run;
  run.job = job;
  run.run_id = RunIdOf(object);
  run.created = object.created;
  const auto annotated = ParseRfc3339(object.scheduled_text);
  if (annotated) run.scheduled = *annotated;
  if (!annotated && !object.manual) run.scheduled = TickInName(object);
  run.trigger = object.manual || (!run.scheduled && !object.owner.empty()) ? Trigger::kManual : run.scheduled ? Trigger::kScheduled : Trigger::kUnknown;
  const bool finished = object.complete || object.failed;
  if (object.began && !finished && !seen.started) seen.started = now;
  run.started = seen.started;
  if (object.complete) {
    run.outcome = Outcome::kSucceeded;
    run.finished = EndOfSecond(object.completed_at);
  } else if (object.failed) {
    run.outcome = Outcome::kFailed;
    run.finished = EndOfSecond(object.failed_at);
    run.reason = object.reason;
  }
  // It was seen to begin by our clock, and to end by theirs.
  if (run.started && run.finished) run.started = std::min(*run.started, *run.finished);
  return run;
}

// A pod that failed may be gone when its Job ends.
void KubeFacts::NoteFailure(const KubeObject& object, const std::string& job, TimePoint now, Seen& seen) {
  const bool is_news = (object.failed && !seen.failed) || (object.failing && !seen.failing) || object.failed_pods > seen.failed_pods;
  const bool goes_well = object.complete || (!object.failed && !object.failing && object.failed_pods == 0);
  seen.failed = object.failed;
  seen.failing = object.failing;
  seen.failed_pods = object.failed_pods;
  if (!is_news || goes_well || explained_.contains({job, RunIdOf(object)})) return;
  failures_.push_back({object.ns, object.name, object.uid, object.message, object.failed, ToRun(object, job, now, seen)});
}

void KubeFacts::SawJob(const KubeObject& object, const std::string& as_job, TimePoint now, Report& out) {
  if (object.owner.empty() == as_job.empty()) return;
  if (as_job.empty() && !FollowsOwner(object)) return;
  const std::string job = as_job.empty() ? JobName(object.ns, object.owner) : as_job;
  const auto earlier = jobs_.extract("=" + job + "\n" + RunIdOf(object));
  const std::uint64_t fingerprint = FingerprintOf(object, object.annotations);
  Seen& entry = jobs_[KeyOf(object, as_job)];
  if (!earlier.empty()) entry.started = earlier.mapped().started;
  entry.generation = generation_;
  entry.scope = object.ns;
  entry.as_job = as_job;
  entry.running = !object.complete && !object.failed;
  NoteFailure(object, job, now, entry);
  if (entry.fingerprint == fingerprint) return;
  entry.fingerprint = fingerprint;
  entry.job = entry.running ? job : "";
  entry.run_id = entry.running ? RunIdOf(object) : "";
  Put(out, config_, now, ToRun(object, job, now, entry));
}

void KubeFacts::DeletedJob(const KubeObject& object, const std::string& as_job, TimePoint now, Report& out) {
  SawJob(object, as_job, now, out);
  const auto at = jobs_.find(KeyOf(object, as_job));
  if (at == jobs_.end()) return;
  if (at->second.running) {
    RunFact run = ToRun(object, at->second.job, now, at->second);
    run.outcome = Outcome::kCancelled;
    run.finished = now;
    run.reason = "deleted";
    Put(out, config_, now, std::move(run));
  }
  jobs_.erase(at);
}

std::size_t KubeFacts::ListedCronJobs(const std::string& scope, std::uint64_t list_began, TimePoint now, Report& out) {
  std::size_t vanished = 0;
  for (auto at = cron_jobs_.begin(); at != cron_jobs_.end();) {
    const auto cron_job = at++;
    const Seen& seen = cron_job->second;
    if (seen.generation >= list_began || (!scope.empty() && seen.scope != scope)) continue;
    if (seen.fingerprint != 0) ++vanished;
    Lose(cron_job, now, out);
  }
  return vanished;
}

std::size_t KubeFacts::ListedJobs(const std::string& scope, const std::string& as_job, std::uint64_t list_began, TimePoint now, Report& out) {
  std::size_t vanished = 0;
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    const Seen& seen = at->second;
    const bool in_scope = scope.empty() || !as_job.empty() || seen.scope == scope;
    if (seen.generation >= list_began || seen.as_job != as_job || !in_scope) {
      ++at;
      continue;
    }
    if (seen.running) {
      RunFact run;
      run.job = seen.job;
      run.run_id = seen.run_id;
      run.outcome = Outcome::kCancelled;
      run.finished = now;
      run.reason = "vanished";
      Put(out, config_, now, std::move(run));
    }
    if (seen.fingerprint != 0) ++vanished;
    at = jobs_.erase(at);
  }
  return vanished;
}

}  // namespace batchslo
