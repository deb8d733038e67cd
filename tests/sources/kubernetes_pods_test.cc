// Tests exporter/sources/kubernetes_pods.cc.
#include "exporter/sources/kubernetes_pods.h"

#include <array>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

std::string Pod(const std::string& status, const std::string& name = "good-1-abc", const std::string& created = "2026-03-01T10:00:00Z") {
  return R"({"metadata":{"name":")" + name + R"(","creationTimestamp":")" + created + R"("},"status":)" + status + "}";
}
std::string Ended(int code, const std::string& reason = "Error", const std::string& at = "2026-03-01T10:00:05Z", const std::string& more = "") {
  return R"({"name":"main","state":{"terminated":{"exitCode":)" + std::to_string(code) + R"(,"reason":")" + reason + R"(","finishedAt":")" + at + "\"" + more + "}}}";
}
std::string Waits(const std::string& reason, const std::string& message = "") {
  return R"({"name":"main","state":{"waiting":{"reason":")" + reason + R"(","message":")" + message + R"("}}})";
}
std::string Containers(const std::string& statuses) { return R"({"phase":"Failed","containerStatuses":[)" + statuses + "]}"; }

KubeCause CauseIn(const std::string& pods) {
  const auto parsed = ParseKubePods(R"({"kind":"PodList","items":[)" + pods + "]}");
  EXPECT_TRUE(parsed);
  return CauseOf(*parsed);
}

TEST(KubePods, TheReasonIsTheContainersOrThePods) {
  static const struct { std::string pods, reason, pod; bool previous; } kCases[] = {
      {"", "", "", false},
      {Pod(Containers(Ended(0, "Completed"))), "", "", false},
      {Pod(Containers(Ended(3))), "exit code 3", "good-1-abc", false},
      {Pod(Containers(Ended(137, "OOMKilled"))), "OOMKilled", "good-1-abc", false},
      {Pod(Containers(Ended(128, "StartError"))), "StartError", "good-1-abc", false},
      {Pod(R"({"phase":"Failed","reason":"Evicted","message":"The node was low on resource: memory.","containerStatuses":[)" + Ended(137) + "]}"), "Evicted", "good-1-abc", false},
      {Pod(R"({"phase":"Failed","reason":"Evicted"})"), "Evicted", "", false},
      {Pod(Containers(Waits("ImagePullBackOff"))), "ImagePullBackOff", "", false},
      {Pod(Containers(Waits("CreateContainerConfigError"))), "CreateContainerConfigError", "", false},
      {Pod(Containers(Waits("ContainerCreating"))), "", "", false},
      {Pod(R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/3 nodes"}]})"), "Unschedulable", "", false},
      {Pod(Containers(R"({"name":"main","state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":1,"reason":"Error"}}})")), "exit code 1", "good-1-abc", true},
      {Pod(R"({"phase":"Failed","initContainerStatuses":[)" + Ended(7) + R"(],"containerStatuses":[)" + Waits("PodInitializing") + "]}"), "exit code 7", "good-1-abc", false},
  };
  for (const auto& [pods, reason, pod, previous] : kCases) {
    const KubeCause cause = CauseIn(pods);
    EXPECT_EQ(cause.reason, reason) << pods;
    EXPECT_EQ(cause.pod, pod) << pods;
    EXPECT_EQ(cause.container, pod.empty() ? "" : "main") << pods;
    EXPECT_EQ(cause.previous, previous) << pods;
  }
}

TEST(KubePods, OfSeveralFailuresTheLastCounts) {
  const KubeCause cause = CauseIn(Pod(Containers(Ended(1)), "a") + "," + Pod(Containers(Ended(2, "Error", "2026-03-01T10:00:25Z") + "," + Ended(0, "Completed", "2026-03-01T10:00:30Z")), "b") + "," +
                                  Pod(Containers(Ended(3, "Error", "2026-03-01T10:00:15Z")), "c"));
  EXPECT_EQ(cause.reason, "exit code 2");
  EXPECT_EQ(cause.pod, "b");
}

TEST(KubePods, WhatThePodSaysIsTheText) {
  EXPECT_EQ(CauseIn(Pod(Containers(Ended(1, "Error", "2026-03-01T10:00:05Z", R"(,"message":"boom\n")")))).text, "boom\n");
  EXPECT_EQ(CauseIn(Pod(Containers(Waits("ErrImagePull", "no such image")))).text, "no such image");
}

TEST(KubePods, WhatIsNoListSaysSo) {
  for (const char* body : {"", "{}", "[]", "<html>", R"({"items":{}})"}) {
    EXPECT_FALSE(ParseKubePods(body)) << body;
    EXPECT_FALSE(ParseKubeEvents(body)) << body;
  }
  EXPECT_TRUE(ParseKubePods(R"({"items":[null,3,{},{"metadata":3},{"metadata":{"name":"a"},"status":{"containerStatuses":[1],"conditions":{}}}]})"));
}

TEST(KubeEvents, WarningsAreLinesOldestFirstWhateverTheFormOfTheirTime) {
  const auto events = ParseKubeEvents(R"({"items":[
      {"type":"Warning","reason":"BackOff","message":"third","lastTimestamp":"2026-03-01T10:00:30Z"},
      {"type":"Warning","reason":"Failed","message":"second","eventTime":"2026-03-01T10:00:20.000000Z","lastTimestamp":null},
      {"type":"Normal","reason":"SuccessfulCreate","message":"Created pod: good-1-abc"},
      {"type":"Warning","reason":"FailedScheduling","message":"first","metadata":{"creationTimestamp":"2026-03-01T10:00:10Z"}}]})");
  ASSERT_TRUE(events);
  EXPECT_EQ(events->text, "FailedScheduling: first\nFailed: second\nBackOff: third\n");
  EXPECT_EQ(events->pods, std::vector<std::string>{"good-1-abc"});
}

// Events as the scheduler and the kubelet write them, in this order.
std::string HindranceOf(const std::vector<std::array<const char*, 3>>& told) {
  std::string items;
  for (const auto& [type, reason, message] : told) {
    items += std::string(items.empty() ? "" : ",") + R"({"type":")" + type + R"(","reason":")" + reason + R"(","message":")" + message + R"("})";
  }
  return ParseKubeEvents(R"({"items":[)" + items + "]}").Value().reason;
}

TEST(KubeEvents, TellWhatKeepsAPodFromStarting) {
  EXPECT_EQ(HindranceOf({{"Warning", "FailedScheduling", "0/3 nodes are available"}}), "Unschedulable");
  EXPECT_EQ(HindranceOf({{"Warning", "Failed", "Failed to pull image none/none:1"}}), "ImagePullBackOff");
  EXPECT_EQ(HindranceOf({{"Warning", "Failed", "Error: ErrImagePull"}}), "ImagePullBackOff");
  EXPECT_EQ(HindranceOf({{"Warning", "BackOff", "Back-off pulling image none/none:1"}}), "ImagePullBackOff");
  EXPECT_EQ(HindranceOf({{"Warning", "FailedMount", "no such secret"}}), "FailedMount");
  EXPECT_EQ(HindranceOf({{"Warning", "FailedScheduling", "none yet"}, {"Warning", "FailedMount", "no such secret"}}), "FailedMount") << "the newest";
  EXPECT_EQ(HindranceOf({{"Warning", "FailedScheduling", "none yet"}, {"Normal", "Started", "Started container main"}}), "") << "it came to run";
  EXPECT_EQ(HindranceOf({{"Warning", "BackOff", "Back-off restarting failed container"}, {"Warning", "Unhealthy", "probe"}}), "");
}

}  // namespace
}  // namespace batchslo
