// Tests exporter/sources/kubernetes_watch.cc and kubernetes_shared.cc: lists and watches, on a fake
// server and a fake clock. What they prove: kubernetes_views_test.cc.
#include "exporter/sources/kubernetes_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sources/kubernetes_site.h"

namespace batchslo::kube {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

// ---- lists ----

TEST(Reflector, ListsPageByPageToTheEndAndWatchesFromThere) {
  JobsSite site;
  site.Then(kList, Page("7", JobJson("1", "3"), "a+/=&"));
  site.Then("resourceVersion=&continue=a%2B%2F%3D%26", Page("7", JobJson("2", "4"), "b"));
  site.Then("&continue=b", Page("7", JobJson("3", "5")));
  site.Then(WatchFrom("7"), Stream(""));
  site.Run();
  EXPECT_THAT(site.Facts<RunFact>(), SizeIs(3));
  EXPECT_EQ(site.requests[0].url, "https://api:6443/apis/batch/v1/jobs?limit=500&resourceVersion=");
  const std::string& watch = site.requests[3].url;
  const int lasts = std::stoi(watch.substr(watch.rfind('=') + 1));
  EXPECT_THAT(lasts, testing::AllOf(Ge(300), Le(600)));
}

TEST(Reflector, AListProvesWhatWasWhenItBegan) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Run();
  EXPECT_THAT(site.Views(), ElementsAre(kNow));
}

TEST(Reflector, WithoutItsLastPageAListShowsPresenceButNoAbsence) {
  JobsSite site;
  site.Then(kList, Page("7", JobJson("1", "3")));
  site.Then(WatchFrom("7"), Answer{200, Event("ERROR", StatusJson(410))});
  const TimePoint first = kNow;
  site.Then(kList, Page("9", JobJson("2", "8"), "more"));
  site.Then("&continue=more", Refusal(500));
  site.Run();
  const auto runs = site.Facts<RunFact>();
  ASSERT_THAT(runs, SizeIs(2)) << "the run of page 1 is told; the one that is on page 2 has not vanished";
  EXPECT_EQ(runs[1].outcome, Outcome::kRunning);
  EXPECT_THAT(site.Views(), ElementsAre(first));
}

TEST(Reflector, ATokenThatExpiredMakesOneWholeList) {
  JobsSite site;
  site.Then(kList, Page("7", JobJson("1", "3"), "t"));
  site.Then("&continue=t", Refusal(410));
  site.Then(kList, Page("8", JobJson("1", "3")));
  site.Then(WatchFrom("8"), Stream(""));
  site.Run();
  EXPECT_THAT(site.clock.waits, SizeIs(Le(1))) << "at once";
  EXPECT_THAT(site.log, IsEmpty());
}

TEST(Reflector, WhatWentWhileAListExpiredIsGone) {
  JobsSite site;
  site.Then(kList, Page("7", JobJson("1", "3") + "," + JobJson("2", "4"), "t"));
  site.Then("&continue=t", Refusal(410));
  site.Then(kList, Page("9", JobJson("2", "4")));
  site.Then(WatchFrom("9"), Stream(""));
  site.Run();
  const auto runs = site.Facts<RunFact>();
  ASSERT_THAT(runs, SizeIs(3));
  EXPECT_EQ(runs[2].run_id, runs[0].run_id);
  EXPECT_EQ(runs[2].outcome, Outcome::kCancelled);
  EXPECT_EQ(site.Metric("batchslo_kubernetes_objects"), 1);
}

TEST(Reflector, ATokenThatExpiresAgainIsAnErrorAndBacksOff) {
  JobsSite site;
  for (int i = 0; i < 2; ++i) {
    site.Then(kList, Page("7", "", "t"));
    site.Then("&continue=t", Refusal(410));
  }
  site.Run();
  EXPECT_THAT(site.Views(), IsEmpty());
  EXPECT_THAT(site.log, Contains(HasSubstr("410")));
  EXPECT_THAT(site.clock.waits, SizeIs(1));
}

TEST(Reflector, WhatIsNoListIsAnErrorNeverAnEmptyList) {
  for (const Answer& answer : {Answer{200, "<html>Sign in</html>"}, Answer{200, ""}, Answer{200, "{}"}, Refusal(500), Refusal(503), Refusal(403), Refusal(404), Answer{302, ""}, Answer{204, ""}, Refused()}) {
    JobsSite site;
    site.Then(kList, answer);
    site.Run();
    EXPECT_THAT(site.Views(), IsEmpty()) << answer.body;
    EXPECT_THAT(site.sunk, IsEmpty()) << answer.body;
    EXPECT_FALSE(site.shared.Health().up);
    EXPECT_NE(site.shared.Health().error, "");
  }
}

TEST(Reflector, EachPageOfAListIsCountedByItsResultAlsoWithoutAnAnswer) {
  const std::pair<Answer, const char*> table[] = {{Page("7"), "ok"},        {Refusal(401), "denied"}, {Refusal(403), "denied"}, {Refusal(410), "expired"},
                                                  {Refusal(404), "error"},  {Refusal(429), "error"},  {Refusal(503), "error"},  {Refused(), "error"},
                                                  {{0, "", {}, {}, "api: no whole answer within the timeout"}, "error"}, {{200, "<html>Sign in</html>"}, "error"}};
  for (const auto& [answer, result] : table) {
    JobsSite site;
    site.Then(kList, answer);
    if (answer.status == 401) site.Then(kList, answer);  // once more with fresh credentials: one list
    site.Run();
    EXPECT_EQ(site.Metric("batchslo_kubernetes_list_total", result), 1) << answer.status << answer.error << " (the list that is stopped is none)";
  }
}

TEST(Reflector, AForbiddenListSaysWhichRightToGrant) {
  Site site({Kind::kCronJobs, "batch-b", "", ""});
  site.Then("/apis/batch/v1/namespaces/batch-b/cronjobs?", Refusal(403, "cronjobs.batch is forbidden"));
  site.Run();
  EXPECT_THAT(site.shared.Health().error, HasSubstr("grant list and watch on cronjobs in namespace batch-b"));
}

TEST(Reflector, SelectorsAndNamespacesAreEscaped) {
  Site site({Kind::kJobs, "a/b?", "app=x,tier in (a, b)", "job"});
  site.Then("/namespaces/a%2Fb%3F/jobs?limit=500&resourceVersion=&labelSelector=app%3Dx%2Ctier%20in%20%28a%2C%20b%29", Page("7", ""));
  site.Then("/api/v1/namespaces/a%2Fb%3F", {});
  site.Run();
}

// ---- a namespace that is not there ----

struct Emptiness {
  int status;
  bool seen;  // the list counts
  const char* error;
};
class EmptyNamespace : public testing::TestWithParam<Emptiness> {};
TEST_P(EmptyNamespace, IsLookedUp) {
  Site site({Kind::kCronJobs, "serach", "", ""});
  site.Then("/namespaces/serach/cronjobs", Page("7"));
  site.Then("/api/v1/namespaces/serach", GetParam().status ? Refusal(GetParam().status) : Refused());
  site.Run();
  EXPECT_EQ(site.shared.HasListed("serach", Kind::kCronJobs), GetParam().seen);
  EXPECT_THAT(site.shared.Health().error, HasSubstr(GetParam().error));
}
INSTANTIATE_TEST_SUITE_P(Reflector, EmptyNamespace,
                         testing::Values(Emptiness{200, true, ""}, Emptiness{404, false, "there is no namespace \"serach\""}, Emptiness{403, false, "grant get on namespaces"},
                                         Emptiness{500, false, "can't be told"}, Emptiness{0, false, "no connection"}));

TEST(Reflector, ANamespaceWithSomethingInItNeedsNoLookup) {
  Site site({Kind::kJobs, "batch-a", "", ""});
  site.Add({Kind::kJobs, "batch-a", "app=none", "job"});
  site.Then("/namespaces/batch-a/jobs?", Page("7", JobJson("1", "3")));
  site.Run(0);
  site.Then("/namespaces/batch-a/jobs?", Page("7"));
  site.Run(1);
  EXPECT_TRUE(site.shared.HasListed("batch-a?app=none", Kind::kJobs));
}

// ---- watches ----

TEST(Reflector, AnEventIsToldAtOnce) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Stream(Event("ADDED", JobJson("1", "8"))));
  site.Run();
  ASSERT_THAT(site.Facts<RunFact>(), SizeIs(1));
  EXPECT_EQ(site.sunk.at(1).first, kNow);
}

TEST(Reflector, EventsMayBeCutAnywhere) {
  const std::string bytes = Event("ADDED", JobJson("1", "8")) + "\n" + Event("DELETED", JobJson("1", "9", kDone)) + Bookmark("11");
  for (std::size_t size = 1; size < bytes.size(); size += 7) {
    JobsSite site;
    site.Then(kList, Page("7"));
    Answer answer{200, ""};
    for (std::size_t at = 0; at < bytes.size(); at += size) answer.chunks.push_back({milliseconds{1}, bytes.substr(at, size)});
    site.Then(WatchFrom("7"), answer);
    site.Then(WatchFrom("11"), Stream(""));
    site.Run();
    const auto runs = site.Facts<RunFact>();
    ASSERT_THAT(runs, SizeIs(2)) << size;
    EXPECT_EQ(runs[1].outcome, Outcome::kSucceeded) << "a job with TTL 0 shows its end in DELETED alone";
  }
}

TEST(Reflector, AWatchThatEndsIsResumedWithoutAList) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Stream(Event("ADDED", JobJson("1", "8"))));
  site.Then(WatchFrom("8"), Stream(Bookmark("15")));
  site.Then(WatchFrom("15"), Stream(""));
  site.Run();
  EXPECT_THAT(site.clock.waits, IsEmpty());
  EXPECT_EQ(site.Metric("batchslo_kubernetes_list_total", "ok"), 1);
  EXPECT_EQ(site.Metric("batchslo_kubernetes_watch_total", "ok"), 3);
}

TEST(Reflector, AnExpiredVersionIsListedAnewAtOnceAndIsNoFault) {
  for (const Answer& expired : {Answer{200, Event("ERROR", StatusJson(410, "too old resource version"))}, Refusal(410)}) {
    JobsSite site;
    site.Then(kList, Page("7"));
    site.Then(WatchFrom("7"), expired);
    site.Then(kList, Page("20"));
    site.Then(WatchFrom("20"), Stream(""));
    site.Run();
    EXPECT_THAT(site.clock.waits, IsEmpty());
    EXPECT_THAT(site.log, IsEmpty());
    EXPECT_EQ(site.Metric("batchslo_kubernetes_relist_total", "expired"), 1);
  }
}

TEST(Reflector, AnExpiredVersionAfterAnOutageIsListedAnewAtOnce) {
  JobsSite site;
  site.Then(kList, Page("7"));
  for (int i = 0; i < 5; ++i) site.Then(WatchFrom("7"), Refused());
  site.Then(WatchFrom("7"), Answer{200, Event("ERROR", StatusJson(410))});
  site.Then(kList, Page("20"));
  site.Then(WatchFrom("20"), Stream(""));
  site.Run();
  EXPECT_THAT(site.clock.waits, SizeIs(5)) << "none after the server was back";
}

TEST(Reflector, AServerWhereEveryVersionHasExpiredIsNotHammered) {
  JobsSite site;
  for (int i = 0; i < 10; ++i) {
    site.Then(kList, Page("7"));
    site.Then(WatchFrom("7"), Answer{200, Event("ERROR", StatusJson(410))});
  }
  site.Run();
  EXPECT_GT(site.clock.Now() - kNow, minutes{2});
}

TEST(Reflector, TooManyRequestsInsideAWatchBacksOffFromTheSameVersion) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Answer{200, Event("ADDED", JobJson("1", "8")) + Event("ERROR", StatusJson(429))});
  site.Then(WatchFrom("8"), Stream(""));
  site.Run();
  EXPECT_THAT(site.clock.waits, SizeIs(1));
}

TEST(Reflector, ServerErrorsInsideAWatchAreRetriedForAMinuteThenListed) {
  JobsSite site;
  site.Then(kList, Page("7"));
  for (int i = 0; i < 7; ++i) site.Then(WatchFrom("7"), Answer{200, Event("ERROR", StatusJson(500))});
  site.Then(kList, Page("8"));
  site.Run();
  const auto waited = site.clock.Now() - kNow;
  EXPECT_GT(waited, seconds{40});
  EXPECT_LT(waited, seconds{150});
  EXPECT_EQ(site.Metric("batchslo_kubernetes_relist_total", "broken"), 1);
}

TEST(Reflector, ARefusedWatchBacksOffWithoutAListTwiceAsLongEachTime) {
  for (const Answer& refused : {Refused(), Refusal(429), Refusal(403), Refusal(503)}) {
    JobsSite site;
    site.Then(kList, Page("7"));
    const int times = refused.status == 503 ? 6 : 9;  // 5xx for a minute: then the list says what the server thinks
    for (int i = 0; i < times; ++i) site.Then(WatchFrom("7"), refused);
    site.Then(WatchFrom("7"), Stream(""));
    site.Run();
    ASSERT_THAT(site.clock.waits, SizeIs(times));
    milliseconds base{800};
    for (const milliseconds wait : site.clock.waits) {
      EXPECT_THAT(wait, testing::AllOf(Ge(base), Le(base * 3 / 2)));
      base = std::min(base * 2, milliseconds{30'000});
    }
    EXPECT_THAT(site.log, SizeIs(1)) << "the same fault is said once";
  }
}

TEST(Reflector, OneGoodWatchForgetsTheFailuresBefore) {
  JobsSite site;
  site.Then(kList, Page("7"));
  for (int i = 0; i < 5; ++i) site.Then(WatchFrom("7"), Refused());
  site.Then(WatchFrom("7"), Stream(""));
  site.Then(WatchFrom("7"), Refused());
  site.Run();
  EXPECT_THAT(site.clock.waits.back(), Le(milliseconds{1200}));
}

struct RetryRow {
  const char* header;
  milliseconds least, most;
};
class RetryAfterHeader : public testing::TestWithParam<RetryRow> {};
TEST_P(RetryAfterHeader, IsKeptWithinBounds) {
  const auto& [header, least, most] = GetParam();
  for (const bool at_list : {true, false}) {
    JobsSite site;
    Answer busy = Refusal(429);
    busy.headers = {{"retry-after", header}};
    if (!at_list) site.Then(kList, Page("7"));
    site.Then(at_list ? kList : WatchFrom("7"), busy);
    if (at_list) site.Then(kList, Page("7"));
    site.Then(WatchFrom("7"), Stream(""));
    site.Run();
    EXPECT_THAT(site.clock.waits, ElementsAre(testing::AllOf(Ge(least), Le(most)))) << header;
  }
}
INSTANTIATE_TEST_SUITE_P(Reflector, RetryAfterHeader,
                         testing::Values(RetryRow{"0", milliseconds{1000}, milliseconds{1200}}, RetryRow{"1", milliseconds{1000}, milliseconds{1200}},
                                         RetryRow{"17", milliseconds{17'000}, milliseconds{17'000}}, RetryRow{"600", milliseconds{600'000}, milliseconds{600'000}},
                                         RetryRow{"601", milliseconds{600'000}, milliseconds{600'000}}, RetryRow{"99999999999999999999", milliseconds{600'000}, milliseconds{600'000}},
                                         RetryRow{"Sun, 01 Mar 2026 10:01:00 GMT", milliseconds{30'000}, milliseconds{30'000}},
                                         RetryRow{"Sun, 01 Mar 2020 10:01:00 GMT", milliseconds{1000}, milliseconds{1200}}, RetryRow{"-5", milliseconds{800}, milliseconds{1200}},
                                         RetryRow{"soon", milliseconds{800}, milliseconds{1200}}, RetryRow{"", milliseconds{800}, milliseconds{1200}}));

TEST(Reflector, ASilentWatchIsGivenUpWithinNinetySeconds) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Stream("", milliseconds{600'000}));
  site.Then(WatchFrom("7"), Refused());
  site.Run();
  EXPECT_LT(site.clock.Now() - kNow, seconds{90});
  EXPECT_THAT(site.Views(), Each(Le(kNow + seconds{1}))) << "silence proves nothing";
}

TEST(Reflector, AWatchThatOnlyBringsDropsEndsAtItsHardDeadline) {
  JobsSite site;
  site.Then(kList, Page("7"));
  Answer drip{200, ""};
  for (int i = 0; i < 100; ++i) drip.chunks.push_back({milliseconds{20'000}, "\n"});
  site.Then(WatchFrom("7"), drip);
  site.Then(WatchFrom("7"), Refused());
  site.Run();
  EXPECT_LT(site.clock.Now() - kNow, seconds{660});
}

TEST(Reflector, GarbageInsideAWatchIsAFaultAndMakesAList) {
  for (const std::string garbage : {"<html>Sign in</html>\n", "{\"type\":\"UNHEARD\",\"object\":{}}\n", "{\"type\":\"ADDED\",\"object\":{}}\n", "\x1f\x8b\n"}) {
    JobsSite site;
    site.Then(kList, Page("7"));
    site.Then(WatchFrom("7"), Stream(garbage));
    site.Then(kList, Page("8"));
    site.Run();
    EXPECT_THAT(site.log, SizeIs(1));
    EXPECT_THAT(site.clock.waits, SizeIs(1));
  }
}

TEST(Reflector, AWatchThatRepeatsOurTokenDoesNotShowIt) {
  const std::string said = "not by Bearer canary-token-1";
  for (const Answer& answer : {Refusal(403, said), Answer{200, Event("ERROR", StatusJson(500, said))}, Stream(said + "\n")}) {
    KubeAccess access;
    access.token = "canary-token-1";
    Site site({Kind::kJobs, "", "", ""}, access);
    site.Then(kList, Page("7"));
    site.Then(WatchFrom("7"), answer);
    site.Run();
    EXPECT_THAT(site.log, Contains(HasSubstr("not by Bearer <secret>")));
    EXPECT_THAT(site.log, Each(testing::Not(HasSubstr("canary"))));
  }
}

TEST(Reflector, AWatchThatSaysNothingAtAllIsAFault) {
  for (const std::string body : {"", "<html>Sign in</html>"}) {
    JobsSite site;
    site.Then(kList, Page("7"));
    for (int i = 0; i < 8; ++i) site.Then(WatchFrom("7"), Answer{200, body});
    site.Run();
    EXPECT_THAT(site.Views(), SizeIs(1)) << "only the list was a view";
    EXPECT_NE(site.shared.Health().error, "");
    EXPECT_GT(site.clock.Now() - kNow, seconds{60});
  }
}

}  // namespace
}  // namespace batchslo::kube
