// Tests exporter/sources/kubernetes_watch.cc and kubernetes_shared.cc: what lists and watches prove, when all is listed
// anew, credentials, health.
#include "exporter/sources/kubernetes_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/fakes/scratch.h"
#include "tests/sources/kubernetes_site.h"

namespace batchslo::kube {
namespace {

using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::Not;
using testing::SizeIs;

// ---- views ----

TEST(Reflector, ABookmarkIsAView) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Answer{200, "", {}, {{milliseconds{60'000}, Bookmark("8")}, {milliseconds{60'000}, Bookmark("9")}, {milliseconds{11'000}, ""}}});
  site.Run();
  EXPECT_THAT(site.Views(), ElementsAre(kNow, kNow + seconds{60}, kNow + seconds{120}));
}

Answer EachSecond(std::vector<FakeHttp::Chunk> first, int seconds_of_silence) {
  Answer answer{200, "", {}, std::move(first)};
  for (int i = 0; i < seconds_of_silence; ++i) answer.chunks.push_back({milliseconds{1'000}, ""});
  return answer;
}

TEST(Reflector, AWindowThatClosesInSilenceIsLookedAtAnew) {
  JobsSite site;
  site.due = kNow + seconds{50};
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), EachSecond({{milliseconds{40'000}, Bookmark("8")}}, 30));
  site.Then(WatchFrom("8"), EachSecond({}, 60));  // nothing else is due
  site.Run();
  EXPECT_THAT(site.Views(), ElementsAre(kNow, kNow + seconds{40}, kNow + seconds{52}));
  EXPECT_EQ(site.sunk.back().first, kNow + seconds{62});
}

TEST(Reflector, WhereSomethingIsSaidAfterAWindowHasClosedThatIsItsView) {
  JobsSite site;
  site.due = kNow + seconds{50};
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), EachSecond({{milliseconds{40'000}, Bookmark("8")}, {milliseconds{10'500}, Event("ADDED", JobJson("1", "9"))}}, 60));
  site.Run();
  EXPECT_THAT(site.Views(), ElementsAre(kNow, kNow + seconds{40}, kNow + milliseconds{50'500}));
}

TEST(Reflector, WindowsThatCloseAllTheTimeAreLookedAtOnceAPollInterval) {
  SourceConfig config = Config();
  config.poll_interval = seconds{30};
  JobsSite site({Kind::kJobs, "", "", ""}, {}, config);
  site.due = kNow + seconds{5};
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), EachSecond({}, 60));
  site.Then(WatchFrom("7"), EachSecond({}, 20));
  site.Run();
  EXPECT_THAT(site.Views(), ElementsAre(kNow, kNow + seconds{30}));
}

TEST(Reflector, AViewIsToldOnlyWhenWhatCameWithItIsTold) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Answer{200, "", {}, {{milliseconds{60'000}, Bookmark("8")}, {milliseconds{1'500}, Event("ADDED", JobJson("1", "9"))}, {milliseconds{11'000}, ""}}});
  site.Run();
  std::vector<std::string> order;
  for (const auto& [when, fact] : site.sunk) order.push_back(std::holds_alternative<ViewFact>(fact.what) ? "view" : "run");
  EXPECT_THAT(order, ElementsAre("view", "run", "view"));
  EXPECT_EQ(site.Views().back(), kNow + seconds{60});
}

TEST(Reflector, WhatGatheredWhileWeWereAwayIsToldBeforeTheViewThatCoversIt) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Stream(Bookmark("8"), milliseconds{3'000}));
  for (int i = 0; i < 6; ++i) site.Then(WatchFrom("8"), Refused());  // a job runs and succeeds meanwhile
  Answer backlog{200, "", {}, {}};
  for (int i = 0; i < 9; ++i) backlog.chunks.push_back({milliseconds{700}, Event("ADDED", JobJson(std::to_string(i), "9"))});
  backlog.chunks.push_back({milliseconds{700}, Event("ADDED", JobJson("late", "10", kDone))});
  backlog.chunks.push_back({milliseconds{10'000}, ""});
  site.Then(WatchFrom("8"), backlog);
  site.Run();
  TimePoint told;
  for (const auto& [when, fact] : site.sunk) {
    const auto* run = std::get_if<RunFact>(&fact.what);
    if (run && run->outcome == Outcome::kSucceeded) told = when;
  }
  ASSERT_NE(told, TimePoint{});
  for (const auto& [when, fact] : site.sunk) {
    const bool covers = std::holds_alternative<ViewFact>(fact.what) && fact.observed > kNow + seconds{10};
    EXPECT_TRUE(!covers || when >= told) << "a view came before the success that it covers";
  }
  EXPECT_GT(site.Views().back(), kNow + seconds{10});
}

TEST(Reflector, ASlowServerIsWaitedFor) {
  struct Row {
    const char* what;
    std::vector<FakeHttp::Chunk> backlog;
  };
  const std::string event = Event("ADDED", JobJson("late", "9", kDone));
  for (const auto& [what, backlog] : {Row{"it is slow to begin", {{milliseconds{8'000}, event}}}, Row{"half an event has come", {{milliseconds{500}, event.substr(0, 90)}, {milliseconds{25'000}, event.substr(90)}}}}) {
    JobsSite site;
    site.Then(kList, Page("7"));
    site.Then(WatchFrom("7"), Stream("", milliseconds{30'000}));
    Answer late{200, "", {}, backlog};
    late.chunks.push_back({milliseconds{15'000}, ""});
    site.Then(WatchFrom("7"), late);
    site.Run();
    bool told = false;
    for (const auto& [when, fact] : site.sunk) {
      told = told || std::holds_alternative<RunFact>(fact.what);
      const bool covers = std::holds_alternative<ViewFact>(fact.what) && fact.observed >= kNow + seconds{30};
      EXPECT_TRUE(!covers || told) << what << ": a view came before the success that it covers";
    }
    EXPECT_TRUE(told) << what;
  }
}

TEST(Reflector, WhileTheLedgerIsSlowerThanTheServerNothingIsViewed) {
  JobsSite site;
  site.slow_stores = seconds{3};
  site.Then(kList, Page("7"));
  Answer flood{200, Bookmark("8"), {}, {}};
  for (int i = 0; i < 20; ++i) flood.chunks.push_back({milliseconds{0}, Event("ADDED", JobJson(std::to_string(i), "9"))});  // it lies waiting
  flood.chunks.push_back({milliseconds{15'000}, ""});
  site.Then(WatchFrom("7"), flood);
  site.Run();
  std::size_t runs = 0;
  for (const auto& [when, fact] : site.sunk) {
    runs += std::holds_alternative<RunFact>(fact.what) ? 1 : 0;
    const bool covers = std::holds_alternative<ViewFact>(fact.what) && fact.observed > kNow + seconds{10};
    EXPECT_TRUE(!covers || runs == 20) << "a view came while older events lay waiting";
  }
  EXPECT_EQ(runs, 20u);
  EXPECT_GT(site.Views().back(), kNow);
}

TEST(Reflector, WhereEachWatchIsCutBeforeItHasBroughtAllAListSaysWhatIsThere) {
  JobsSite site;
  site.Then(kList, Page("7"));
  Answer cut{200, "", {}, {}};
  for (int i = 0; i < 8; ++i) cut.chunks.push_back({milliseconds{3'000}, Event("ADDED", JobJson(std::to_string(i), "7"))});
  for (int i = 0; i < 3; ++i) site.Then(WatchFrom("7"), cut);
  site.Then(kList, Page("9"));
  site.Then(WatchFrom("9"), Stream(""));
  site.Run();
  EXPECT_GE(site.Views().back(), kNow + seconds{60});
}

TEST(Reflector, ABusyWatchIsViewedEveryTenSeconds) {
  JobsSite site;
  site.Then(kList, Page("7"));
  Answer busy{200, Bookmark("8"), {}, {}};
  for (int i = 0; i < 1'200; ++i) busy.chunks.push_back({milliseconds{100}, Event("ADDED", JobJson(std::to_string(i), "9"))});
  site.Then(WatchFrom("7"), busy);
  site.Run();
  const auto views = site.Views();
  EXPECT_THAT(views, SizeIs(testing::AllOf(Ge(10), Le(13))));
  EXPECT_GE(views.back(), kNow + seconds{98});
}

TEST(Reflector, ACleanReWatchIsAView) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Stream("", milliseconds{60'000}));
  site.Then(WatchFrom("7"), Stream("", milliseconds{60'000}));
  site.Run();
  EXPECT_THAT(site.Views(), ElementsAre(kNow, kNow + seconds{60}));
}

TEST(Reflector, WhatTheLedgerRefusedIsToldBeforeAnyView) {
  JobsSite site;
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Answer{200, "", {}, {{milliseconds{5'000}, Event("ADDED", JobJson("1", "8"))}, {milliseconds{11'000}, ""}}});
  site.http.answer = [&, next = site.http.answer](const HttpRequest& request) {
    if (request.url.find("watch=1") != std::string::npos) site.refuse_stores = 1;
    return next(request);
  };
  site.Run();
  ASSERT_THAT(site.Facts<RunFact>(), SizeIs(1)) << "kept, and told with the next chance";
}

TEST(Reflector, AListThatTheLedgerRefusesIsMadeAgain) {
  JobsSite site;
  site.Then(kList, Page("7", JobJson("1", "3")));
  site.Then(kList, Page("7", JobJson("1", "3")));
  site.Then(WatchFrom("7"), Stream(""));
  site.shared.Viewed("", Kind::kCronJobs, kNow);
  site.refuse_stores = 1;
  site.Site::Run();
  EXPECT_THAT(site.Facts<RunFact>(), SizeIs(1));
}

// ---- relists ----

TEST(Reflector, EverySixHoursAllIsListedAndADifferenceIsDrift) {
  struct Row {
    const char* what;
    std::string items;
    double drift;
  };
  const std::string same = JobJson("1", "3");
  for (const Row& row : {Row{"nothing new", same, 0}, Row{"one is new", same + "," + JobJson("2", "4"), 1}, Row{"one changed", JobJson("1", "9", kDone), 1}, Row{"one vanished", "", 1}}) {
    JobsSite site;
    site.Then(kList, Page("7", same));
    site.http.answer = [&, next = site.http.answer, watches = 0](const HttpRequest& request) mutable {
      if (request.url.find("watch=1") == std::string::npos || ++watches > 500) return next(request);
      return Stream(Bookmark("7"), milliseconds{60'000});
    };
    site.Then(kList, Page("8", row.items));
    site.Run();
    EXPECT_EQ(site.Metric("batchslo_kubernetes_watch_drift_total"), row.drift) << row.what;
    EXPECT_EQ(site.Metric("batchslo_kubernetes_relist_total", "periodic"), 1) << row.what;
  }
}

TEST(Reflector, TheRelistComesBetweenSixAndSixAndAHalfHours) {
  JobsSite site;
  TimePoint second{};
  site.http.answer = [&, next = site.http.answer](const HttpRequest& request) {
    if (request.url.find("watch=1") != std::string::npos) return Stream(Bookmark("7"), milliseconds{60'000});
    second = site.clock.Now();
    return next(request);
  };
  site.Then(kList, Page("7"));
  site.Run();
  EXPECT_THAT(second - kNow, testing::AllOf(Ge(hours{6}), Le(hours{6} + minutes{32})));
}

TEST(Reflector, WhatAGapHidIsNoDrift) {
  JobsSite site;
  site.Then(kList, Page("7", JobJson("1", "3")));
  site.Then(WatchFrom("7"), Refusal(410));
  site.Then(kList, Page("9", JobJson("2", "8")));
  site.Run();
  EXPECT_EQ(site.Metric("batchslo_kubernetes_watch_drift_total"), 0);
  EXPECT_EQ(site.Facts<RunFact>().back().reason, "vanished");
}

// ---- credentials ----

struct TokenFile {
  TokenFile() { access.token_file = scratch.File("token"); }
  void Write(const std::string& token) const { std::ofstream(access.token_file) << token << "\n"; }
  const Scratch scratch;
  KubeAccess access;
};

std::string TokenOf(const HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "Authorization") return value;
  }
  return "";
}

TEST(Reflector, ATokenThatWasRefusedIsReadAnewAtOnce) {
  TokenFile file;
  file.Write("old");
  JobsSite site(file.access);
  site.Then(kList, Page("7"));
  site.http.answer = [&, next = site.http.answer](const HttpRequest& request) {
    Answer answer = next(request);
    if (answer.status == 401) file.Write("new");
    return answer;
  };
  site.Then(WatchFrom("7"), Refusal(401));
  site.Then(WatchFrom("7"), Stream(""));
  site.Then(WatchFrom("7"), Answer{200, Event("ERROR", StatusJson(410))});
  site.Then(kList, Refusal(401));
  site.Then(kList, Page("8"));
  site.Run();
  EXPECT_EQ(TokenOf(site.requests[1]), "Bearer old");
  EXPECT_EQ(TokenOf(site.requests[2]), "Bearer new");
  EXPECT_EQ(TokenOf(site.requests[5]), "Bearer new");
  EXPECT_THAT(site.clock.waits, SizeIs(1)) << "the list is asked again at once, the watch after its first back-off";
}

TEST(Reflector, AListIsRefusedOnlyTwiceInARow) {
  TokenFile file;
  file.Write("old");
  JobsSite site(file.access);
  site.Then(kList, Refusal(401));
  site.Then(kList, Refusal(401));
  site.Run();
  EXPECT_THAT(site.clock.waits, SizeIs(1));
  EXPECT_THAT(site.shared.Health().error, HasSubstr("is the token current?"));
  EXPECT_THAT(site.shared.Health().error, Not(HasSubstr("old")));
}

TEST(Reflector, ATokenFileIsReadAgainAfterAMinute) {
  TokenFile file;
  file.Write("old");
  JobsSite site(file.access);
  site.Then(kList, Page("7"));
  site.Then(WatchFrom("7"), Stream(Bookmark("7"), milliseconds{30'000}));
  site.Then(WatchFrom("7"), Stream(Bookmark("7"), milliseconds{30'001}));
  site.Then(WatchFrom("7"), Stream(Bookmark("7")));
  site.http.answer = [&, next = site.http.answer](const HttpRequest& request) {
    file.Write("new");
    return next(request);
  };
  site.Run();
  EXPECT_EQ(TokenOf(site.requests[2]), "Bearer old");
  EXPECT_EQ(TokenOf(site.requests[3]), "Bearer new");
}

// ---- health ----

TEST(KubeShared, OneForbiddenNamespaceDarkensOnlyItself) {
  Site site({Kind::kCronJobs, "a", "", ""});
  for (const char* ns : {"a", "b"}) {
    for (const Kind kind : {Kind::kCronJobs, Kind::kJobs}) {
      if (ns == std::string("b")) site.shared.Dark("b", kind, "403: no");
      if (ns == std::string("a")) site.shared.Viewed("a", kind, site.clock.Now());
    }
  }
  const SourceState health = site.shared.Health();
  EXPECT_TRUE(health.up);
  EXPECT_FALSE(health.complete);
  ASSERT_THAT(health.scopes, SizeIs(2));
  EXPECT_TRUE(health.scopes[0].up);
  EXPECT_FALSE(health.scopes[1].up);
  EXPECT_EQ(health.error, "403: no");
}

TEST(KubeShared, AScopeThatWasNotSeenYetLeavesTheSourceIncomplete) {
  Site site({Kind::kCronJobs, "a", "", ""});
  site.Add({Kind::kCronJobs, "b", "", ""});
  for (const Kind kind : {Kind::kCronJobs, Kind::kJobs}) site.shared.Viewed("a", kind, site.clock.Now());
  EXPECT_TRUE(site.shared.Health().up);
  EXPECT_FALSE(site.shared.Health().complete);
}

TEST(KubeShared, AScopeIsFreshFor180Seconds) {
  Site site;
  for (const Kind kind : {Kind::kCronJobs, Kind::kJobs}) site.shared.Viewed("", kind, site.clock.Now());
  site.clock.Advance(seconds{180});
  EXPECT_TRUE(site.shared.Health().up);
  site.clock.Advance(microseconds{1});
  EXPECT_FALSE(site.shared.Health().up);
}

TEST(KubeShared, AViewNeedsBothKinds) {
  Site site;
  site.shared.Viewed("", Kind::kJobs, kNow + seconds{5});
  EXPECT_THAT(site.Views(), IsEmpty());
  site.shared.Viewed("", Kind::kCronJobs, kNow);
  EXPECT_THAT(site.Views(), ElementsAre(kNow)) << "up to the older of the two";
  site.shared.Viewed("", Kind::kCronJobs, kNow + seconds{60});
  EXPECT_THAT(site.Views(), ElementsAre(kNow, kNow + seconds{5}));
}

TEST(KubeShared, ABadScheduleIsLogged) {
  Site site({Kind::kCronJobs, "", "", ""});
  const std::string item = R"({"metadata":{"name":"x","namespace":"n","uid":"u","resourceVersion":"1"},"spec":{"schedule":"61 * * * *"}})";
  site.Then("/cronjobs?", Page("7", item));
  site.Run();
  EXPECT_THAT(site.log, ElementsAre(HasSubstr("n/x")));
  EXPECT_EQ(site.Metric("batchslo_kubernetes_schedules_invalid"), 1);
}

}  // namespace
}  // namespace batchslo::kube
