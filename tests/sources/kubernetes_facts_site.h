#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sources/kubernetes_objects.h"

namespace batchslo::kube {

// What one owner of KubeFacts hears; time stands still unless it is moved.
struct FactsSite {
  explicit FactsSite(SourceConfig config = Config(), const Known& known = {}) : facts(config, known) {}
  Report SeeCronJob(const KubeObject& object) { return Do([&](Report& out) { facts.SawCronJob(object, now, now, out); }); }
  Report DeleteCronJob(const KubeObject& object) { return Do([&](Report& out) { facts.DeletedCronJob(object, now, out); }); }
  Report SeeJob(const KubeObject& object, const std::string& as = "") { return Do([&](Report& out) { facts.SawJob(object, as, now, out); }); }
  Report DeleteJob(const KubeObject& object, const std::string& as = "") { return Do([&](Report& out) { facts.DeletedJob(object, as, now, out); }); }
  Report ListCronJobs(const std::vector<KubeObject>& objects, const std::string& scope = "") {
    return Do([&](Report& out) {
      const auto began = facts.BeginList();
      for (const auto& object : objects) facts.SawCronJob(object, now, now, out);
      vanished = facts.ListedCronJobs(scope, began, now, out);
    });
  }
  Report ListJobs(const std::vector<KubeObject>& objects, const std::string& scope = "", const std::string& as = "") {
    return Do([&](Report& out) {
      const auto began = facts.BeginList();
      for (const auto& object : objects) facts.SawJob(object, as, now, out);
      vanished = facts.ListedJobs(scope, as, began, now, out);
    });
  }
  template <class Work>
  Report Do(Work work) {
    Report out;
    work(out);
    return out;
  }
  KubeFacts facts;
  TimePoint now = kNow;
  std::size_t vanished = 0;
};

inline RunFact OneRun(const Report& report) {
  const auto runs = Of<RunFact>(report);
  EXPECT_THAT(runs, testing::SizeIs(1));
  return runs.empty() ? RunFact{} : runs.front();
}
inline JobFact OneJob(const Report& report) {
  const auto jobs = Of<JobFact>(report);
  EXPECT_THAT(jobs, testing::SizeIs(1));
  return jobs.empty() ? JobFact{} : jobs.front();
}
inline std::vector<std::string> Gone(const Report& report) {
  std::vector<std::string> jobs;
  for (const GoneFact& gone : Of<GoneFact>(report)) jobs.push_back(gone.job);
  return jobs;
}

}  // namespace batchslo::kube
