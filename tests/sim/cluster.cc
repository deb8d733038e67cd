#include "tests/sim/cluster.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "exporter/core/time.h"

namespace sim {
namespace {

using namespace oracle;

constexpr char kVersion = '\x01';  // stands for it, until it is known

// As the API writes it: whole seconds, cut off.
std::string Time(Instant time) { return "\"" + batchslo::FormatRfc3339(batchslo::TimePoint{batchslo::Duration{time / kSecond * kSecond}}) + "\""; }

std::string WithVersion(const std::string& object, std::size_t event) {
  std::string text = object;
  const auto at = text.find(kVersion);
  return text.replace(at, 1, std::to_string(event + 1));
}

std::string NameIn(const JobPlan& job) { return job.name.substr(job.name.find('/') + 1); }

// When an execution is taken away: by hand, with its CronJob, or long after its end.
Instant RemovedAt(const Plan& plan, const RunPlan& run) {
  Instant removed = run.run.end >= kNever ? run.run.vanished : run.run.end + plan.jobs[run.job].kept;
  for (const PausePlan& deletion : plan.deletions) {
    if (deletion.job == run.job && deletion.span.from >= run.created) removed = std::min(removed, deletion.span.from);
  }
  return removed;
}

}  // namespace

Cluster::Cluster(const Plan& plan) {
  for (std::size_t job = 0; job < plan.jobs.size(); ++job) {
    if (plan.jobs[job].system == System::kCluster) AddCronJob(plan, job);
  }
  for (const RunPlan& run : plan.runs) {
    if (plan.jobs[run.job].system == System::kCluster) AddJob(plan, run);
  }
  std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
}

void Cluster::Add(Instant at, Kind kind, const char* type, const std::string& key, std::string object) {
  events_.push_back({at, kind, type, key, std::move(object)});
}

// One life of a CronJob, from being made to being deleted: how it is at each instant at which something of it changes.
void Cluster::AddLife(const Plan& plan, std::size_t index, const Span& life, const std::string& key) {
  std::set<Instant> changes = {life.from};
  const auto change = [&](Instant at) {
    if (life.from <= at && at < life.to) changes.insert(at);
  };
  for (const PausePlan& pause : plan.pauses) {
    if (pause.job == index) change(pause.span.from), change(pause.span.to);
  }
  for (const RunPlan& run : plan.runs) {
    if (run.job == index && run.run.succeeded && run.run.end < RemovedAt(plan, run)) change(run.run.end);
  }
  std::string last;
  for (const Instant at : changes) {
    std::string object = CronJobAt(plan, index, life, key, at);
    if (object != last) Add(at, Kind::kCronJobs, last.empty() ? "ADDED" : "MODIFIED", key, object);
    last = std::move(object);
  }
  if (life.to < kNever) Add(life.to, Kind::kCronJobs, "DELETED", key, last);
}

std::string Cluster::CronJobAt(const Plan& plan, std::size_t index, const Span& life, const std::string& key, Instant at) {
  const JobPlan& job = plan.jobs[index];
  const bool paused = std::any_of(plan.pauses.begin(), plan.pauses.end(), [&](const PausePlan& p) { return p.job == index && p.span.from <= at && at < p.span.to; });
  Instant success = 0;
  for (const RunPlan& run : plan.runs) {
    const bool is_its = run.job == index && run.run.succeeded && run.run.end >= life.from && run.run.end < RemovedAt(plan, run);
    if (is_its && run.run.end <= at) success = std::max(success, run.run.end);
  }
  const std::string status = success > 0 && job.tells_last_success ? R"("lastSuccessfulTime":)" + Time(success + plan.cluster_skew) : "";
  return R"({"metadata":{"name":")" + NameIn(job) + R"(","namespace":"batch","uid":"cj-)" + key + R"(","resourceVersion":")" + kVersion + R"(","creationTimestamp":)" + Time(life.from + plan.cluster_skew) +
         R"(},"spec":{"schedule":")" + job.timetable.In("kubernetes") + R"(","timeZone":")" + job.timetable.zone + R"(","suspend":)" + (paused ? "true" : "false") +
         (job.tells_last_success ? "" : R"(,"successfulJobsHistoryLimit":0)") + R"(},"status":{)" + status + "}}";
}

void Cluster::AddCronJob(const Plan& plan, std::size_t index) {
  const JobPlan& job = plan.jobs[index];
  Span life{job.begins > 0 ? job.begins : plan.start - 4 * kDay, kNever};
  int lives = 0;
  const auto end = [&](Instant at) {
    life.to = at;
    AddLife(plan, index, life, NameIn(job) + "#" + std::to_string(lives++));
  };
  for (const PausePlan& deletion : plan.deletions) {
    if (deletion.job != index || deletion.span.from < life.from) continue;
    end(deletion.span.from);
    life.from = deletion.span.to;
  }
  end(kNever);
}

void Cluster::AddJob(const Plan& plan, const RunPlan& run) {
  const JobPlan& job = plan.jobs[run.job];
  const std::string name = NameIn(job), key = name + "-" + run.run.id;
  const std::string annotation = run.is_manual ? R"("cronjob.kubernetes.io/instantiate":"manual")" : R"("batch.kubernetes.io/cronjob-scheduled-timestamp":)" + Time(run.run.scheduled.value_or(0));
  const std::string head = R"({"metadata":{"name":")" + key + R"(","namespace":"batch","uid":")" + run.run.id + R"(-uid","resourceVersion":")" + kVersion + R"(","creationTimestamp":)" + Time(run.created + plan.cluster_skew) +
                           R"(,"annotations":{)" + annotation + R"(},"ownerReferences":[{"apiVersion":"batch/v1","kind":"CronJob","name":")" + name + R"(","uid":"cj"}]},"status":{)";
  const std::string going = head + R"("ready":1}})";
  const std::string end = Time(run.run.end + plan.cluster_skew);
  const std::string done = head + (run.run.succeeded ? R"("succeeded":1,"completionTime":)" + end + R"(,"conditions":[{"type":"Complete","status":"True","lastTransitionTime":)" + end + "}]}}"
                                                     : R"("failed":1,"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded","lastTransitionTime":)" + end + "}]}}");
  const Instant removed = RemovedAt(plan, run);
  Add(run.created, Kind::kJobs, "ADDED", key, head + "}}");
  if (run.run.start < removed) Add(run.run.start, Kind::kJobs, "MODIFIED", key, going);
  if (run.run.end < removed) Add(run.run.end, Kind::kJobs, "MODIFIED", key, done);
  if (removed < kNever) Add(removed, Kind::kJobs, "DELETED", key, run.run.end < removed ? done : run.run.start < removed ? going : head + "}}");
}

std::size_t Cluster::VersionAt(Instant at) const {
  return static_cast<std::size_t>(std::upper_bound(events_.begin(), events_.end(), at, [](Instant time, const Event& event) { return time < event.at; }) - events_.begin());
}

std::string Cluster::Line(std::size_t event) const {
  return R"({"type":")" + events_[event].type + R"(","object":)" + WithVersion(events_[event].object, event) + "}\n";
}

std::string Cluster::Bookmark(std::size_t version) {
  return R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":")" + std::to_string(version) + "\"}}}\n";
}

const std::vector<std::string>& Cluster::Items(Kind kind, std::size_t version) {
  if (std::exchange(listed_, {kind, version}) == std::pair(kind, version)) return items_;
  std::map<std::string_view, std::size_t> there;
  for (std::size_t i = 0; i < version; ++i) {
    if (events_[i].kind != kind) continue;
    events_[i].type == "DELETED" ? void(there.erase(events_[i].key)) : void(there[events_[i].key] = i);
  }
  items_.clear();
  for (const auto& [key, event] : there) items_.push_back(WithVersion(events_[event].object, event));
  return items_;
}

}  // namespace sim
