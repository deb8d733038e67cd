// Tests exporter/sources/kubernetes_facts.cc: CronJobs as jobs. Their Jobs: kubernetes_runs_test.cc.
#include "exporter/sources/kubernetes_facts.h"

#include "tests/sources/kubernetes_facts_site.h"

namespace batchslo::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Site = FactsSite;

TEST(KubeFacts, ACronJobIsAJobWithItsSchedule) {
  Site site;
  KubeObject object = CronJob();
  object.timezone = "Asia/Tokyo";
  object.suspended = true;
  object.annotations = {{"by", "10:00"}};
  const JobFact job = OneJob(site.SeeCronJob(object));
  EXPECT_EQ(job.job, "batch-a/good");
  EXPECT_EQ(job.scope, "batch-a");
  EXPECT_EQ(job.schedule, "* * * * *");
  EXPECT_EQ(job.timezone, "Asia/Tokyo");
  EXPECT_EQ(job.dialect, "kubernetes");
  EXPECT_EQ(job.paused, true);
  EXPECT_EQ(job.annotations->at("by"), "10:00");
  EXPECT_FALSE(job.configured);
}

TEST(KubeFacts, WithoutATimeZoneItRunsInTheControllersZone) {
  EXPECT_EQ(OneJob(Site().SeeCronJob(CronJob())).timezone, "UTC");
  SourceConfig config = Config();
  config.options.Set("controller_timezone", std::string("Europe/Berlin"));
  EXPECT_EQ(OneJob(Site(config).SeeCronJob(CronJob())).timezone, "Europe/Berlin");
}

TEST(KubeFacts, TheLastSuccessIsWidenedToTheEndOfItsSecond) {
  Site site;
  KubeObject object = CronJob();
  object.last_success = At("2026-03-01T09:59:02Z");
  const auto successes = Of<LastSuccessFact>(site.SeeCronJob(object));
  ASSERT_THAT(successes, SizeIs(1));
  EXPECT_EQ(successes[0].value, At("2026-03-01T09:59:02.999999Z"));
}

// It also says that none came since: up to when the list was asked for, and of an event to its own instant.
TEST(KubeFacts, TheLastSuccessSaysNoMoreOfWhatDidNotHappenThanIsKnown) {
  FactsSite site;
  KubeObject object = CronJob();
  const auto told = [&](std::optional<TimePoint> listed, std::optional<TimePoint> value) {
    object.last_success = value;
    const Report report = site.Do([&](Report& out) { site.facts.SawCronJob(object, listed, site.now, out); });
    const auto at = std::find_if(report.begin(), report.end(), [](const Fact& fact) { return std::holds_alternative<LastSuccessFact>(fact.what); });
    return at == report.end() ? std::nullopt : std::optional(at->observed);
  };
  const TimePoint began = kNow, late = kNow + seconds{30};
  site.now = late;  // a list of many pages
  EXPECT_EQ(told(began, kNow - hours{1}), began);
  EXPECT_EQ(told(began, kNow + seconds{7}), kNow + seconds{7}) << "while it was listed";
  site.now = kNow + hours{1};  // a watch goes on after a gap, with what happened first
  EXPECT_EQ(told(std::nullopt, kNow + minutes{2}), kNow + minutes{2});
  EXPECT_EQ(told(std::nullopt, kNow - minutes{2}), std::nullopt) << "it was not known then";
  EXPECT_EQ(told(std::nullopt, std::nullopt), std::nullopt);
  EXPECT_EQ(told(std::nullopt, site.now + minutes{5}), site.now) << "a clock ahead of ours";
}

TEST(KubeFacts, NeverSucceededIsSaidUnlessThereIsNoHistory) {
  struct Row {
    std::optional<std::int64_t> limit;
    std::size_t facts;
  };
  for (const Row& row : {Row{std::nullopt, 1}, Row{3, 1}, Row{1, 1}, Row{0, 0}}) {
    Site site;
    KubeObject object = CronJob();
    object.successful_history = row.limit;
    const auto successes = Of<LastSuccessFact>(site.SeeCronJob(object));
    ASSERT_THAT(successes, SizeIs(row.facts)) << row.limit.value_or(-1);
    for (const LastSuccessFact& success : successes) EXPECT_EQ(success.value, std::nullopt);
  }
}

// One that was made anew knows nothing of the successes of the one before it.
TEST(KubeFacts, NeverSucceededIsNotSaidOfWhatMayHaveBeenMadeAnew) {
  Known known;
  known.jobs = {{"batch-a/good", "batch-a"}};
  FactsSite later(Config(), known);
  EXPECT_THAT(Of<LastSuccessFact>(later.ListCronJobs({CronJob()})), IsEmpty()) << "since an earlier process";
  FactsSite site;
  EXPECT_THAT(Of<LastSuccessFact>(site.ListCronJobs({CronJob("good", "uid-1")})), SizeIs(1));
  site.now += hours{1};
  KubeObject anew = CronJob("good", "uid-2");
  anew.created = site.now;
  EXPECT_THAT(Of<LastSuccessFact>(site.ListCronJobs({anew})), IsEmpty());
}

TEST(KubeFacts, WhatDidNotChangeIsNotSaidAgain) {
  Site site;
  KubeObject object = CronJob();
  EXPECT_THAT(site.SeeCronJob(object), SizeIs(2));
  EXPECT_THAT(site.SeeCronJob(object), IsEmpty());
  object.last_schedule = At("2026-03-01T10:00:00Z");
  EXPECT_THAT(site.SeeCronJob(object), IsEmpty());
  object.suspended = true;
  EXPECT_EQ(OneJob(site.SeeCronJob(object)).paused, true);
  object.annotations["team"] = "x";
  EXPECT_EQ(OneJob(site.SeeCronJob(object)).annotations->size(), 1u);
  EXPECT_THAT(site.SeeJob(Job()), SizeIs(1));
  EXPECT_THAT(site.SeeJob(Job()), IsEmpty());
}

TEST(KubeFacts, ADeletedCronJobIsGoneOnce) {
  Site site;
  site.SeeCronJob(CronJob());
  EXPECT_THAT(Gone(site.DeleteCronJob(CronJob())), ElementsAre("batch-a/good"));
  EXPECT_THAT(site.DeleteCronJob(CronJob()), IsEmpty());
}

TEST(KubeFacts, MadeAnewUnderTheSameNameIsNotGone) {
  Site site;
  site.SeeCronJob(CronJob("good", "uid-1"));
  site.SeeCronJob(CronJob("good", "uid-2"));
  EXPECT_THAT(site.DeleteCronJob(CronJob("good", "uid-1")), IsEmpty());
  EXPECT_THAT(Gone(site.DeleteCronJob(CronJob("good", "uid-2"))), ElementsAre("batch-a/good"));

  site.ListCronJobs({CronJob("good", "uid-3")});
  const Report list = site.ListCronJobs({CronJob("good", "uid-4")});
  EXPECT_THAT(Gone(list), IsEmpty());
  EXPECT_THAT(Of<JobFact>(list), SizeIs(1));
}

TEST(KubeFacts, WhatACompleteListLacksIsGone) {
  Site site;
  site.ListCronJobs({CronJob("a", "1"), CronJob("b", "2"), CronJob("c", "3", "batch-b")});
  EXPECT_THAT(Gone(site.ListCronJobs({CronJob("a", "1")}, "batch-a")), ElementsAre("batch-a/b"));
  EXPECT_EQ(site.vanished, 1u);
  EXPECT_THAT(Gone(site.ListCronJobs({CronJob("a", "1")}, "batch-a")), IsEmpty());
  EXPECT_EQ(site.vanished, 0u);
  EXPECT_THAT(Gone(site.ListCronJobs({CronJob("a", "1")}, "")), ElementsAre("batch-b/c"));
}

TEST(KubeFacts, WhatAnEarlierProcessKnewIsGoneWhenAListLacksIt) {
  Known known;
  known.jobs = {{"batch-a/good", "batch-a"}, {"batch-a/old", "batch-a"}};
  Site site(Config(), known);
  EXPECT_THAT(Gone(site.ListCronJobs({CronJob()}, "batch-a")), ElementsAre("batch-a/old"));
  EXPECT_EQ(site.vanished, 0u) << "this process never saw it: no drift";
}

TEST(KubeFacts, AConfiguredCronJobThatIsNotThereIsGone) {
  Known known;
  known.jobs = {{"books", ""}};  // written in the configuration, never seen
  for (const std::string& scope : std::vector<std::string>{"", "billing"}) {
    SourceConfig config = Config("none");
    config.runs = {Claim("books", "billing/close-books")};
    Site site(config, known);
    EXPECT_THAT(Gone(site.ListCronJobs({}, scope)), ElementsAre("books")) << scope;
  }
}

TEST(KubeFacts, AClaimedCronJobHasTheNameOfItsJob) {
  SourceConfig config = Config("none");
  config.prefix = "eu/";
  config.runs = {Claim("books", "batch-a/good")};
  Site site(config);
  EXPECT_EQ(OneJob(site.SeeCronJob(CronJob())).job, "books");
  EXPECT_EQ(OneRun(site.SeeJob(Job())).job, "books");
  EXPECT_THAT(site.SeeCronJob(CronJob("other", "2")), IsEmpty()) << "discovery is off";
  EXPECT_THAT(site.DeleteCronJob(CronJob("other", "2")), IsEmpty());
}

TEST(KubeFacts, DiscoveryKeepsToItsNamespacesAndPutsThePrefixFirst) {
  SourceConfig config = Config();
  config.prefix = "eu/";
  config.options.Set("namespaces", std::vector<std::string>{"batch-a"});
  config.runs = {Claim("books", "billing/close-books")};
  Site site(config);
  EXPECT_EQ(OneJob(site.SeeCronJob(CronJob())).job, "eu/batch-a/good");
  EXPECT_EQ(OneJob(site.SeeCronJob(CronJob("close-books", "2", "billing"))).job, "books");
  EXPECT_THAT(site.SeeCronJob(CronJob("other", "3", "billing")), IsEmpty());
}

TEST(KubeFacts, ABadScheduleOrZoneIsCountedAndSaidOnce) {
  struct Row {
    const char *schedule, *zone;
    std::size_t invalid;
  };
  for (const Row& row : {Row{"* * * * *", "", 0}, Row{"61 * * * *", "", 1}, Row{"", "", 1}, Row{"0 5 * * *", "Mars/Olympus", 1}, Row{"@reboot", "", 1}, Row{"@every 90s", "", 0},
                         Row{"0 0 31 2 *", "", 1}, Row{"0 0 29 2 *", "", 0}, Row{"\xff\xfe", "", 1}, Row{"0 0 * * *", "europe/berlin", 1}}) {
    Site site;
    KubeObject object = CronJob();
    object.schedule = row.schedule;
    object.timezone = row.zone;
    site.SeeCronJob(object);
    EXPECT_EQ(site.facts.InvalidSchedules(), row.invalid) << row.schedule;
    EXPECT_THAT(site.facts.TakeWarnings(), SizeIs(row.invalid)) << row.schedule;
    site.SeeCronJob(object);
    EXPECT_THAT(site.facts.TakeWarnings(), IsEmpty()) << row.schedule;
    object.schedule = "* * * * *";
    object.timezone = "";
    site.SeeCronJob(object);
    EXPECT_EQ(site.facts.InvalidSchedules(), 0u) << row.schedule;
  }
}

TEST(KubeFacts, ABadScheduleThatIsGoneCountsNoMore) {
  Site site;
  KubeObject object = CronJob();
  object.schedule = "nonsense";
  site.SeeCronJob(object);
  site.DeleteCronJob(object);
  EXPECT_EQ(site.facts.InvalidSchedules(), 0u);
  site.SeeCronJob(object);
  site.ListCronJobs({});
  EXPECT_EQ(site.facts.InvalidSchedules(), 0u);
}

TEST(KubeFacts, ALastScheduleTimeOffTheScheduleDoubtsTheZone) {
  struct Row {
    const char *schedule, *zone, *last, *controller;
    std::size_t doubts;
  };
  for (const Row& row : {Row{"0 9 * * *", "", "2026-03-01T09:00:00Z", "UTC", 0}, Row{"0 9 * * *", "", "2026-03-01T00:00:00Z", "UTC", 1},
                         Row{"0 9 * * *", "", "2026-03-01T00:00:00Z", "Asia/Tokyo", 0}, Row{"0 9 * * *", "Asia/Tokyo", "2026-03-01T09:00:00Z", "UTC", 0},
                         Row{"@every 1h", "", "2026-03-01T09:17:23Z", "UTC", 0}, Row{"0 9 * * *", "", "", "UTC", 0}}) {
    SourceConfig config = Config();
    config.options.Set("controller_timezone", std::string(row.controller));
    Site site(config);
    KubeObject object = CronJob();
    object.schedule = row.schedule;
    object.timezone = row.zone;
    if (*row.last) object.last_schedule = At(row.last);
    site.SeeCronJob(object);
    EXPECT_EQ(site.facts.ZoneDoubts(), row.doubts) << row.schedule << row.last << row.controller;
    const auto warnings = site.facts.TakeWarnings();
    EXPECT_THAT(warnings, SizeIs(row.doubts));
    EXPECT_THAT(warnings, testing::Each(HasSubstr("controller_timezone")));
  }
}

KubeObject Labelled(KubeObject object, std::string team) {
  object.labels = {{"team", std::move(team)}};
  return object;
}
SourceConfig SelectingConfig() {
  SourceConfig config = Config();
  config.options.Set("label_selector", std::string("team=data"));
  return config;
}

TEST(KubeFacts, SelectorsOfDefaultsAreToldWithTheAnnotations) {
  SourceConfig config = Config();
  config.label_selectors = {"team=data", "team in (ads, data),!off", "team=ads"};
  Site site(config);
  KubeObject object = Labelled(CronJob(), "data");
  const auto told = *OneJob(site.SeeCronJob(object)).annotations;
  EXPECT_EQ(told, (std::map<std::string, std::string>{{std::string(kTakenBy) + "team=data", ""}, {std::string(kTakenBy) + "team in (ads, data),!off", ""}}));
  EXPECT_THAT(site.SeeCronJob(object), IsEmpty());
  EXPECT_THAT(*OneJob(site.SeeCronJob(Labelled(object, "ads"))).annotations, SizeIs(2)) << "another label, other selectors";
  EXPECT_THAT(*OneJob(site.SeeCronJob(Labelled(object, "else"))).annotations, IsEmpty());
}

TEST(KubeFacts, ALabelSelectorSaysWhatIsDiscovered) {
  Site site(SelectingConfig());
  const Report list = site.ListCronJobs({Labelled(CronJob(), "data"), Labelled(CronJob("other", "2"), "else"), CronJob("none", "3")});
  EXPECT_EQ(OneJob(list).job, "batch-a/good");
  EXPECT_THAT(Of<RunFact>(site.SeeJob(Begun(Job()))), SizeIs(1));
  KubeObject other = Job("2");
  other.owner = "other";
  other.owner_uid = "2";
  EXPECT_THAT(site.SeeJob(other), IsEmpty());
  EXPECT_THAT(site.DeleteJob(other), IsEmpty());
  EXPECT_THAT(site.DeleteCronJob(CronJob("other", "2")), IsEmpty());
}

TEST(KubeFacts, ACronJobThatLosesItsLabelIsGone) {
  Site site(SelectingConfig());
  site.SeeCronJob(Labelled(CronJob(), "data"));
  EXPECT_THAT(Gone(site.SeeCronJob(Labelled(CronJob(), "else"))), ElementsAre("batch-a/good"));
  EXPECT_THAT(site.SeeJob(Job()), IsEmpty());
  EXPECT_EQ(OneJob(site.SeeCronJob(Labelled(CronJob(), "data"))).job, "batch-a/good");
  EXPECT_THAT(Of<RunFact>(site.SeeJob(Job())), SizeIs(1));
}

TEST(KubeFacts, AConfiguredJobIsFollowedWhateverItsLabels) {
  SourceConfig config = SelectingConfig();
  config.runs = {Claim("books", "batch-a/good")};
  Site site(config);
  const Report list = site.ListCronJobs({Labelled(CronJob(), "else")});
  EXPECT_EQ(OneJob(list).job, "books");
  EXPECT_THAT(Gone(list), IsEmpty());
  EXPECT_EQ(OneRun(site.SeeJob(Begun(Job()))).job, "books");
}

TEST(KubeFacts, WithALabelSelectorRunsOfOneMadeAnewCountBeforeItIsSeen) {
  Site site(SelectingConfig());
  site.SeeCronJob(Labelled(CronJob(), "data"));
  KubeObject job = Job();
  job.owner_uid = "another";
  EXPECT_THAT(Of<RunFact>(site.SeeJob(job)), SizeIs(1));
}

TEST(KubeFacts, AwkwardNamesStayWhatTheyAre) {
  for (const std::string& name : std::vector<std::string>{"a.b-c", "x\ny", "quote\"d", "\xff\xfe", "</script>", std::string(300, 'n')}) {
    Site site;
    KubeObject object = CronJob(name, "1");
    EXPECT_EQ(OneJob(site.SeeCronJob(object)).job, "batch-a/" + name);
    EXPECT_THAT(Gone(site.DeleteCronJob(object)), ElementsAre("batch-a/" + name));
  }
}

}  // namespace
}  // namespace batchslo::kube
