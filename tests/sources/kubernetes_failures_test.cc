// Tests exporter/sources/kubernetes_failures.cc, and what kubernetes_facts.cc asks of it.
#include "exporter/sources/kubernetes_failures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_http.h"
#include "tests/sources/kubernetes_facts_site.h"

namespace batchslo::kube {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Answer = FakeHttp::Answer;

constexpr const char* kPods = "/pods?limit=50&labelSelector=controller-uid%3Du1";
const std::string kFailedPod = R"({"items":[{"metadata":{"name":"good-1-abc"},"status":{"phase":"Failed","containerStatuses":[
    {"name":"main","state":{"terminated":{"exitCode":3,"reason":"Error","finishedAt":"2026-03-01T10:00:05Z"}}}]}}]})";
const std::string kNone = R"({"items":[]})";

// An API server that answers by what stands in the address; what no part names is empty.
class Desk {
 public:
  explicit Desk(const std::string& logs = "on_failure") : failures(WithLogs(logs), services, credentials) {
    http.answer = [this](const HttpRequest& request) {
      asked.push_back(request.url);
      for (auto& [part, answers] : replies) {
        if (request.url.find(part) == std::string::npos) continue;
        Answer answer = answers.front();
        if (answers.size() > 1) answers.erase(answers.begin());
        return answer;
      }
      return Answer{200, kNone};
    };
  }
  void Ask(bool is_final = true, const std::string& reason = "BackoffLimitExceeded", const std::string& uid = "u1") {
    KubeFailure failure{"batch-a", "good-1", uid, "Job has reached the specified backoff limit", is_final, {}};
    failure.run.job = uid == "u1" ? "batch-a/good" : "batch-a/" + uid;
    failure.run.run_id = "good-1/" + uid;
    failure.run.outcome = is_final ? Outcome::kFailed : Outcome::kRunning;
    failure.run.reason = is_final ? reason : "";
    failures.Ask(std::move(failure));
  }
  // Until nothing is left to be asked.
  void Work() {
    while (failures.Step({})) {}
  }

  FakeClock clock{kNow};
  FakeHttp http{clock};
  std::vector<std::pair<std::string, std::vector<Answer>>> replies;  // the last of each repeats
  std::vector<std::string> asked, log;
  std::vector<RunFact> told;
  int refuse_stores = 0;
  SourceServices services{http, clock, [this](LogLevel, std::string_view text) { log.emplace_back(text); },
                          [this](Report report) -> Result<void> {
                            if (refuse_stores-- > 0) return Error{"disk full"};
                            for (const RunFact& run : Of<RunFact>(report)) told.push_back(run);
                            return {};
                          },
                          {}, {}};
  KubeCredentials credentials{[] { KubeAccess access; access.server = "https://api:6443"; return access; }(), clock};
  KubeFailures failures;

 private:
  static SourceConfig WithLogs(const std::string& logs) {
    SourceConfig config = Config();
    config.options.Set("logs", logs);
    return config;
  }
};

TEST(KubeFailures, TheLogOfTheContainerThatFailedIsTold) {
  Desk desk;
  desk.replies = {{kPods, {{200, kFailedPod}}}, {"/pods/good-1-abc/log?container=main&tailLines=2000&limitBytes=", {{200, "ValueError: no rows\n"}}}};
  desk.Ask();
  desk.Work();
  ASSERT_THAT(desk.told, SizeIs(1));
  EXPECT_EQ(desk.told[0].run_id, "good-1/u1");
  EXPECT_EQ(desk.told[0].outcome, Outcome::kFailed);
  EXPECT_EQ(desk.told[0].reason, "exit code 3");
  EXPECT_EQ(desk.told[0].excerpt, "ValueError: no rows\n");
  EXPECT_THAT(desk.asked, SizeIs(2));
  EXPECT_THAT(desk.asked[0], StartsWith("https://api:6443/api/v1/namespaces/batch-a/pods?"));
}

TEST(KubeFailures, WithoutLogsThePodsAloneAreAsked) {
  Desk desk("none");
  desk.replies = {{kPods, {{200, kFailedPod}}}};
  desk.Ask();
  desk.Work();
  ASSERT_THAT(desk.told, SizeIs(1));
  EXPECT_EQ(desk.told[0].reason, "exit code 3");
  EXPECT_EQ(desk.told[0].excerpt, "Job has reached the specified backoff limit");
  EXPECT_THAT(desk.asked, SizeIs(1));
}

TEST(KubeFailures, OfARunWhosePodsNeverStartedTheEventsTell) {
  Desk desk;
  desk.replies = {{kPods, {{200, kNone}}},
                  {"involvedObject.kind%3DJob%2CinvolvedObject.name%3Dgood-1", {{200, R"({"items":[{"type":"Normal","message":"Created pod: good-1-x"}]})"}}},
                  {"involvedObject.kind%3DPod%2CinvolvedObject.name%3Dgood-1-x", {{200, R"({"items":[{"type":"Warning","reason":"FailedScheduling","message":"0/3 nodes are available"}]})"}}}};
  desk.Ask(true, "DeadlineExceeded");
  desk.Work();
  ASSERT_THAT(desk.told, SizeIs(1));
  EXPECT_EQ(desk.told[0].reason, "Unschedulable");
  EXPECT_EQ(desk.told[0].excerpt, "FailedScheduling: 0/3 nodes are available\n");
}

TEST(KubeFailures, WhatKilledARunThatTookTooLongIsItsDeadline) {
  Desk desk("none");
  desk.replies = {{kPods, {{200, kFailedPod}}}};
  desk.Ask(true, "DeadlineExceeded");
  desk.Work();
  EXPECT_EQ(desk.told.at(0).reason, "DeadlineExceeded");
}

TEST(KubeFailures, WhatAPodSaidBeforeItWasRemovedIsKeptForTheEnd) {
  Desk desk;
  desk.replies = {{kPods, {{200, kFailedPod}, {200, kNone}}}, {"/log?", {{200, "boom\n"}}}};
  desk.Ask(false);
  desk.Work();
  EXPECT_THAT(desk.told, IsEmpty());
  desk.Ask();
  desk.Work();
  ASSERT_THAT(desk.told, SizeIs(1));
  EXPECT_EQ(desk.told[0].reason, "exit code 3");
  EXPECT_EQ(desk.told[0].excerpt, "boom\n");
}

TEST(KubeFailures, ARightThatIsMissingTurnsOffOnlyWhatItWouldTell) {
  static const struct { const char *part, *reason, *excerpt; } kCases[] = {
      {"/log?", "exit code 3", "Job has reached the specified backoff limit"},
      {kPods, "BackoffLimitExceeded", "FailedCreate: quota\n"},
      {"/events?", "exit code 3", "boom\n"},
  };
  for (const auto& [part, reason, excerpt] : kCases) {
    Desk desk;
    desk.replies = {{part, {{403, "{}"}}}, {kPods, {{200, kFailedPod}}}, {"/log?", {{200, "boom\n"}}}, {"/events?", {{200, R"({"items":[{"type":"Warning","reason":"FailedCreate","message":"quota"}]})"}}}};
    for (int i = 0; i < 3; ++i) desk.Ask(), desk.Work();
    ASSERT_THAT(desk.told, SizeIs(3)) << part;
    EXPECT_EQ(desk.told[0].reason, reason) << part;
    EXPECT_EQ(desk.told[0].excerpt, excerpt) << part;
    const auto asks = std::count_if(desk.asked.begin(), desk.asked.end(), [part = std::string(part)](const std::string& url) { return url.find(part) != std::string::npos; });
    EXPECT_LE(asks, 1) << "not again for a while: " << part;
    EXPECT_LE(desk.log.size(), 1u);
  }
}

TEST(KubeFailures, WhatPassesIsTriedThreeTimesAndThenToldWithout) {
  Desk desk;
  desk.replies = {{kPods, {{503, "{}"}}}};
  desk.Ask();
  desk.Work();
  EXPECT_THAT(desk.asked, SizeIs(3));
  ASSERT_THAT(desk.told, SizeIs(1));
  EXPECT_EQ(desk.told[0].reason, "BackoffLimitExceeded");
  EXPECT_EQ(desk.told[0].excerpt, "Job has reached the specified backoff limit");
  Desk other;
  other.replies = {{kPods, {{429, "", {{"retry-after", "1"}}}, {200, kFailedPod}}}, {"/log?", {{200, "boom\n"}}}};
  other.Ask();
  other.Work();
  EXPECT_EQ(other.told.at(0).excerpt, "boom\n");
}

TEST(KubeFailures, WhatTheLedgerRefusedIsToldAgain) {
  Desk desk("none");
  desk.replies = {{kPods, {{200, kFailedPod}}}};
  desk.refuse_stores = 2;
  desk.Ask();
  desk.Work();
  ASSERT_THAT(desk.told, SizeIs(1));
  EXPECT_EQ(desk.told[0].reason, "exit code 3");
}

TEST(KubeFailures, ALogOfAnyLengthIsKeptAtItsEnds) {
  Desk desk;
  Answer log{200, "first\n"};
  for (int i = 0; i < 40; ++i) log.chunks.push_back({std::chrono::milliseconds{0}, std::string(1 << 20, 'x') + "\n"});
  log.chunks.push_back({std::chrono::milliseconds{0}, "ValueError: no rows\n"});
  desk.replies = {{kPods, {{200, kFailedPod}}}, {"/log?", {log}}};
  desk.Ask();
  desk.Work();
  EXPECT_THAT(desk.told.at(0).excerpt, StartsWith("first\n"));
  EXPECT_THAT(desk.told.at(0).excerpt, EndsWith("\nValueError: no rows\n"));
  EXPECT_LT(desk.told.at(0).excerpt.size(), 600'000u);
}

TEST(KubeFailures, WhatCameOfALogBeforeItBrokeIsTold) {
  Desk desk;
  desk.replies = {{kPods, {{200, kFailedPod}}}, {"/log?", {{200, "half of it\n", {}, {}, "the connection broke"}}}};
  desk.Ask();
  desk.Work();
  EXPECT_EQ(desk.told.at(0).excerpt, "half of it\n");
}

TEST(KubeFailures, ManyAtOnceAreAskedOneAfterTheOther) {
  Desk desk("none");
  desk.replies = {{"/pods?", {{200, kFailedPod}}}};
  for (int i = 0; i < 300; ++i) desk.Ask(true, "BackoffLimitExceeded", "u" + std::to_string(i));
  for (int i = 0; i < 300; ++i) desk.Ask(true, "BackoffLimitExceeded", "u" + std::to_string(i));
  desk.Work();
  EXPECT_THAT(desk.told, SizeIs(300));
  EXPECT_THAT(desk.asked, SizeIs(300));
}

TEST(KubeFailures, OfAJobOnlyTheNewestFailureIsAskedAbout) {
  Desk desk("none");
  for (const char* end : {"2026-03-01T10:00:05Z", "2026-03-01T10:00:25Z", "2026-03-01T10:00:15Z"}) {
    KubeFailure failure{"batch-a", "good", std::string("uid of ") + end, "", true, {}};
    failure.run.job = "batch-a/good";
    failure.run.run_id = end;
    failure.run.finished = At(end);
    failure.run.outcome = Outcome::kFailed;
    desk.failures.Ask(failure);
  }
  desk.Work();
  ASSERT_THAT(desk.told, SizeIs(1));
  EXPECT_EQ(desk.told[0].run_id, "2026-03-01T10:00:25Z");
}

// ---- what is asked about ----

KubeObject WithFailedPods(KubeObject job, std::int64_t pods) { return job.failed_pods = pods, job; }

TEST(KubeFacts, AFailureIsAskedAboutOnceAndAPodThatFailedBefore) {
  FactsSite site;
  site.SeeJob(WithFailedPods(Begun(Job()), 1));
  site.SeeJob(WithFailedPods(Begun(Job()), 1));
  auto asked = site.facts.TakeFailures();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_FALSE(asked[0].is_final);
  EXPECT_EQ(asked[0].ns, "batch-a");
  site.SeeJob(WithFailedPods(Failed(Job()), 1));
  site.SeeJob(WithFailedPods(Failed(Job()), 1));
  site.ListJobs({WithFailedPods(Failed(Job()), 1)});
  asked = site.facts.TakeFailures();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_TRUE(asked[0].is_final);
  EXPECT_EQ(asked[0].run.outcome, Outcome::kFailed);
  EXPECT_EQ(asked[0].run.reason, "BackoffLimitExceeded");
  EXPECT_EQ(asked[0].message, "Job has reached the specified backoff limit");
}

TEST(KubeFacts, ASuccessAfterAPodThatFailedIsNotAskedAbout) {
  FactsSite site;
  site.SeeJob(WithFailedPods(Complete(Job()), 1));
  EXPECT_THAT(site.facts.TakeFailures(), IsEmpty());
}

TEST(KubeFacts, AFailureThatAnEarlierProcessExplainedIsNotAskedAbout) {
  Known known;
  known.explained = {{"batch-a/good", Job().name + "/" + Job().uid.substr(0, 8)}};
  FactsSite site(Config(), known);
  site.SeeJob(Failed(Job()));
  EXPECT_THAT(site.facts.TakeFailures(), IsEmpty());
}

}  // namespace
}  // namespace batchslo::kube
