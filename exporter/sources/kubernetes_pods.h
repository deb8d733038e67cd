// Tested by tests/sources/kubernetes_pods_test.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"

namespace batchslo {

// One container of a pod, by what it did last.
struct KubeContainer {
  std::string name;
  std::optional<std::int64_t> exit_code;  // none: it has not ended
  std::string reason, message;            // of its end ("OOMKilled", "Error"), else of its waiting ("ImagePullBackOff")
  std::optional<TimePoint> finished;
  bool restarted = false;  // another instance followed: the log of this one is the previous
};

struct KubePod {
  std::string name, phase;
  std::string reason, message;  // of the pod itself: "Evicted"; or why it has no node: "Unschedulable"
  std::optional<TimePoint> created;
  std::vector<KubeContainer> containers;  // those that come first, first
};

// A list of pods; an Error: it is none.
Result<std::vector<KubePod>> ParseKubePods(std::string_view body);

// Why a run failed, as far as its pods tell.
struct KubeCause {
  std::string reason;          // "exit code 1", "OOMKilled", "ImagePullBackOff"; empty: they don't
  std::string text;            // what the pod says of it
  std::string pod, container;  // whose log tells more; empty: none does, nothing ran
  bool previous = false;       // the log of the container's instance before
};
KubeCause CauseOf(const std::vector<KubePod>& pods);

// What events say of an object, oldest first: its warnings, a line each ("FailedScheduling: 0/3 nodes ..."), what of them
// keeps a pod from starting, by the newest ("ImagePullBackOff"; empty: none does), and the pods that a Job made.
struct KubeEvents {
  std::string text, reason;
  std::vector<std::string> pods;
};
Result<KubeEvents> ParseKubeEvents(std::string_view body);

}  // namespace batchslo
