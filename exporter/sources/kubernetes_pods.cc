#include "exporter/sources/kubernetes_pods.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>

#include "exporter/net/json.h"

namespace batchslo {
namespace {

using nlohmann::json;

std::optional<TimePoint> Instant(const json& object, std::string_view key) {
  const auto time = ParseRfc3339(JsonText(object, key));
  return time ? std::optional(*time) : std::nullopt;
}

// The last end that it came to, with an error if there was one; else why it waits.
KubeContainer ReadContainer(const json& status) {
  KubeContainer container;
  container.name = JsonText(status, "name");
  const json& state = JsonChild(status, "state");
  const json& now = JsonChild(state, "terminated");
  const json& before = JsonChild(JsonChild(status, "lastState"), "terminated");
  const json& waiting = JsonChild(state, "waiting");
  const bool failed_now = now.is_object() && JsonInteger(now, "exitCode").value_or(0) != 0;
  container.restarted = !failed_now && before.is_object();
  const json& end = container.restarted ? before : now;
  if (end.is_object()) {
    container.exit_code = JsonInteger(end, "exitCode");
    container.finished = Instant(end, "finishedAt");
  }
  const json& told = end.is_object() ? end : waiting;
  container.reason = JsonText(told, "reason");
  container.message = JsonText(told, "message");
  return container;
}

KubePod ReadPod(const json& item) {
  KubePod pod;
  const json &metadata = JsonChild(item, "metadata"), &status = JsonChild(item, "status");
  pod.name = JsonText(metadata, "name");
  pod.created = Instant(metadata, "creationTimestamp");
  pod.phase = JsonText(status, "phase");
  pod.reason = JsonText(status, "reason");
  pod.message = JsonText(status, "message");
  for (const char* key : {"initContainerStatuses", "containerStatuses"}) {
    const json& statuses = JsonChild(status, key);
    if (!statuses.is_array()) continue;
    for (const json& one : statuses) pod.containers.push_back(ReadContainer(one));
  }
  const json& conditions = JsonChild(status, "conditions");
  for (const json& condition : conditions.is_array() ? conditions : json::array()) {
    const bool stuck = JsonText(condition, "type") == "PodScheduled" && JsonText(condition, "status") == "False";
    if (!stuck || !pod.reason.empty()) continue;
    pod.reason = JsonText(condition, "reason");
    pod.message = JsonText(condition, "message");
  }
  return pod;
}

bool Failed(const KubeContainer& container) { return container.exit_code.value_or(0) != 0; }

// Waiting that does not end by itself; "ContainerCreating" and "PodInitializing" do.
bool IsStuck(const KubeContainer& container) {
  static constexpr std::array<std::string_view, 9> kStuck = {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable",
                                                             "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff"};
  return !container.exit_code && std::find(kStuck.begin(), kStuck.end(), container.reason) != kStuck.end();
}

std::string ReasonOf(const KubeContainer& container) {
  const bool is_named = !container.reason.empty() && container.reason != "Error" && container.reason != "Completed";
  return is_named ? container.reason : "exit code " + std::to_string(*container.exit_code);
}

KubeCause OfContainer(const KubePod& pod, const KubeContainer& container) {
  KubeCause cause;
  const bool ran = container.exit_code.has_value();
  cause.reason = ran ? ReasonOf(container) : container.reason;
  cause.text = container.message;
  // A pod that was evicted or lost took its containers with it.
  if (!pod.reason.empty()) {
    cause.reason = pod.reason;
    cause.text = pod.message;
  }
  if (!ran) return cause;
  cause.pod = pod.name;
  cause.container = container.name;
  cause.previous = container.restarted;
  return cause;
}

// As the scheduler and the kubelet word their warnings (k8s.io/kubernetes pkg/kubelet/events): a reason, and what its message has.
std::string_view Hindrance(std::string_view reason, std::string_view message) {
  struct Row {
    std::string_view reason, part, means;
  };
  static constexpr std::array<Row, 8> kRows = {{{"FailedScheduling", "", "Unschedulable"},
                                                {"Failed", "pull image", "ImagePullBackOff"},
                                                {"Failed", "ImagePull", "ImagePullBackOff"},
                                                {"BackOff", "pulling image", "ImagePullBackOff"},
                                                {"InspectFailed", "", "InvalidImageName"},
                                                {"FailedMount", "", "FailedMount"},
                                                {"FailedAttachVolume", "", "FailedAttachVolume"},
                                                {"FailedCreatePodSandBox", "", "FailedCreatePodSandBox"}}};
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& one) { return one.reason == reason && message.find(one.part) != message.npos; });
  return row == kRows.end() ? "" : row->means;
}

}  // namespace

Result<std::vector<KubePod>> ParseKubePods(std::string_view body) {
  const auto list = ReadJson(body);
  if (!list || !JsonChild(*list, "items").is_array()) return Error{"its answer is no list of pods"};
  std::vector<KubePod> pods;
  for (const json& item : JsonChild(*list, "items")) {
    KubePod pod = ReadPod(item);
    if (!pod.name.empty()) pods.push_back(std::move(pod));
  }
  return pods;
}

// The container that failed last; of none a pod that failed as a whole; of none what keeps one from starting.
KubeCause CauseOf(const std::vector<KubePod>& pods) {
  const KubePod* of = nullptr;
  const KubeContainer* last = nullptr;
  for (const KubePod& pod : pods) {
    for (const KubeContainer& container : pod.containers) {
      if (!Failed(container)) continue;
      const bool later = !last || std::tie(container.finished, pod.created) > std::tie(last->finished, of->created);
      if (later) of = &pod, last = &container;
    }
  }
  if (last) return OfContainer(*of, *last);
  for (const KubePod& pod : pods) {
    const bool later = !pod.reason.empty() && (!of || pod.created > of->created);
    if (later) of = &pod;
  }
  if (of) return {of->reason, of->message, "", "", false};
  for (const KubePod& pod : pods) {
    for (const KubeContainer& container : pod.containers) {
      if (IsStuck(container)) return OfContainer(pod, container);
    }
  }
  return {};
}

Result<KubeEvents> ParseKubeEvents(std::string_view body) {
  const auto list = ReadJson(body);
  if (!list || !JsonChild(*list, "items").is_array()) return Error{"its answer is no list of events"};
  constexpr std::string_view kMade = "Created pod: ";
  constexpr std::size_t kMost = 20;  // lines
  struct Warning {
    std::string at, line;
    std::string_view hinders;
  };
  std::vector<Warning> warnings;
  bool started = false;
  KubeEvents events;
  for (const json& item : JsonChild(*list, "items")) {
    const std::string reason = JsonText(item, "reason"), message = JsonText(item, "message");
    started = started || reason == "Started";
    if (message.starts_with(kMade)) events.pods.push_back(message.substr(kMade.size()));
    if (JsonText(item, "type") != "Warning") continue;
    std::string at = JsonText(JsonChild(item, "series"), "lastObservedTime");
    for (const json* place : {&JsonChild(item, "lastTimestamp"), &JsonChild(item, "eventTime"), &JsonChild(JsonChild(item, "metadata"), "creationTimestamp")}) {
      if (at.empty() && place->is_string()) at = place->get<std::string>();
    }
    warnings.push_back({std::move(at), reason + ": " + message + "\n", Hindrance(reason, message)});
  }
  std::stable_sort(warnings.begin(), warnings.end(), [](const Warning& a, const Warning& b) { return a.at < b.at; });
  if (warnings.size() > kMost) warnings.erase(warnings.begin(), warnings.end() - kMost);
  for (const Warning& warning : warnings) {
    events.text += warning.line;
    if (!warning.hinders.empty() && !started) events.reason = warning.hinders;
  }
  return events;
}

}  // namespace batchslo
