#pragma once

#include <string>
#include <vector>

#include "exporter/sources/kubernetes_facts.h"

namespace batchslo::kube {

inline TimePoint At(std::string_view text) { return *ParseRfc3339(text); }
inline const TimePoint kNow = At("2026-03-01T10:00:30.5Z");

inline SourceConfig Config(std::string discover = "cronjobs") {
  SourceConfig config;
  config.name = "k8s";
  config.kind = "kubernetes";
  config.staleness = seconds{180};
  config.options.Set("discover", std::move(discover));
  return config;
}

inline SourceConfig::RunsTarget Claim(std::string job, std::string cronjob) {
  SourceConfig::RunsTarget target{std::move(job), {}};
  target.options.Set("cronjob", std::move(cronjob));
  return target;
}

inline SourceConfig::RunsTarget Selects(std::string job, std::string ns, std::string selector) {
  SourceConfig::RunsTarget target{std::move(job), {}};
  target.options.Set("namespace", std::move(ns));
  target.options.Set("selector", std::move(selector));
  return target;
}

inline KubeObject CronJob(std::string name = "good", std::string uid = "c0ffee00-1", std::string ns = "batch-a") {
  KubeObject object;
  object.ns = std::move(ns);
  object.name = std::move(name);
  object.uid = std::move(uid);
  object.created = At("2026-03-01T08:00:00Z");
  object.schedule = "* * * * *";
  return object;
}

// The Job of 10:00 of the CronJob "good".
inline KubeObject Job(std::string uid = "8592aaaa-1") {
  KubeObject object;
  object.ns = "batch-a";
  object.name = "good-" + std::to_string(At("2026-03-01T10:00:00Z").time_since_epoch() / minutes{1});
  object.uid = std::move(uid);
  object.created = At("2026-03-01T10:00:00Z");
  object.owner = "good";
  object.owner_uid = "c0ffee00-1";
  object.scheduled_text = "2026-03-01T10:00:00Z";
  return object;
}

inline KubeObject Begun(KubeObject job) { return job.began = true, job; }
inline KubeObject Complete(KubeObject job, std::string_view at = "2026-03-01T10:00:07Z") {
  job.began = job.complete = true;
  job.completed_at = At(at);
  return job;
}
inline KubeObject Failed(KubeObject job, std::string_view at = "2026-03-01T10:00:07Z") {
  job.began = job.failed = true;
  job.failed_at = At(at);
  job.reason = "BackoffLimitExceeded";
  job.message = "Job has reached the specified backoff limit";
  return job;
}

template <class T>
std::vector<T> Of(const Report& report) {
  std::vector<T> found;
  for (const Fact& fact : report) {
    if (const T* what = std::get_if<T>(&fact.what)) found.push_back(*what);
  }
  return found;
}

}  // namespace batchslo::kube
