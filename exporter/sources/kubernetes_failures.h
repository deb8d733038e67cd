// Tested by tests/sources/kubernetes_failures_test.cc.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "exporter/net/kube_auth.h"
#include "exporter/sources/kubernetes_facts.h"
#include "exporter/sources/kubernetes_pods.h"
#include "exporter/sources/source.h"

namespace batchslo {

// Finds out why runs failed, while their pods are there: pods, then events or (with `logs: on_failure`) the log of the
// container that failed. One run after the other, a few a second at most, on a thread of its own: nothing waits for it.
// What it may not ask it goes without. It tells each run once, as a later sight of it.
class KubeFailures {
 public:
  KubeFailures(const SourceConfig& config, const SourceServices& services, KubeCredentials& credentials);

  // Any thread, at once. A run that came again before its turn is asked about once, and of each job only the one that
  // ended last; of very many the oldest are dropped.
  void Ask(KubeFailure failure);
  void Run(std::stop_token stop);
  // The next one, now; false: there is none.
  bool Step(const std::stop_token& stop);

 private:
  // What was found of one run; empty: nothing.
  struct Found {
    std::string reason, text;
    bool has_log = false;
  };
  struct Item {
    KubeFailure failure;
    int tries = 0;
  };
  enum class Right { kPods, kEvents, kLogs };

  bool Next(Item& item);
  bool Wait(std::chrono::milliseconds time, const std::stop_token& stop);
  Result<Found> Find(const KubeFailure& failure, const std::stop_token& stop);
  Result<Found> FindEvents(const KubeFailure& failure, const std::stop_token& stop);
  Result<std::string> Log(const std::string& ns, const KubeCause& cause, const std::stop_token& stop);
  Result<std::string> Get(Right right, const std::string& ns, const std::string& path, const std::stop_token& stop);
  bool Tell(const KubeFailure& failure, const Found& found);
  void Again(Item item);
  void Deny(Right right, const std::string& ns);
  bool IsDenied(Right right, const std::string& ns);

  const std::string name_;
  const bool logs_;
  const SourceServices& services_;
  KubeCredentials& credentials_;
  std::map<std::pair<Right, std::string>, SteadyPoint> denied_;  // until when it is not asked again
  std::map<std::string, Found> early_;  // by uid: of runs that have not ended
  std::chrono::milliseconds pause_{0};  // that the server asked for
  std::mutex mutex_;
  std::condition_variable_any waiting_;
  std::deque<Item> items_;  // guarded by mutex_
};

}  // namespace batchslo
