// Tests exporter/sources/kubernetes_facts.cc.
#include "exporter/sources/kubernetes_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sources/kubernetes_objects.h"

namespace batchslo::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// What one owner of KubeFacts hears; time stands still unless it is moved.
struct Site {
  explicit Site(SourceConfig config = Config(), const Known& known = {}) : facts(config, known) {}
  Report SeeCronJob(const KubeObject& object) { return Do([&](Report& out) { facts.SawCronJob(object, now, out); }); }
  Report DeleteCronJob(const KubeObject& object) { return Do([&](Report& out) { facts.DeletedCronJob(object, now, out); }); }
  Report SeeJob(const KubeObject& object, const std::string& as = "") { return Do([&](Report& out) { facts.SawJob(object, as, now, out); }); }
  Report DeleteJob(const KubeObject& object, const std::string& as = "") { return Do([&](Report& out) { facts.DeletedJob(object, as, now, out); }); }
  Report ListCronJobs(const std::vector<KubeObject>& objects, const std::string& scope = "") {
    return Do([&](Report& out) {
      const auto began = facts.BeginList();
      for (const auto& object : objects) facts.SawCronJob(object, now, out);
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

RunFact OneRun(const Report& report) {
  const auto runs = Of<RunFact>(report);
  EXPECT_THAT(runs, SizeIs(1));
  return runs.empty() ? RunFact{} : runs.front();
}
JobFact OneJob(const Report& report) {
  const auto jobs = Of<JobFact>(report);
  EXPECT_THAT(jobs, SizeIs(1));
  return jobs.empty() ? JobFact{} : jobs.front();
}
std::vector<std::string> Gone(const Report& report) {
  std::vector<std::string> jobs;
  for (const GoneFact& gone : Of<GoneFact>(report)) jobs.push_back(gone.job);
  return jobs;
}

// ---- CronJobs ----

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
                         Row{"0 0 31 2 *", "", 0}, Row{"\xff\xfe", "", 1}, Row{"0 0 * * *", "europe/berlin", 1}}) {
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

// ---- Jobs ----

TEST(KubeFacts, AJobIsARunOfItsCronJob) {
  Site site;
  const RunFact run = OneRun(site.SeeJob(Job()));
  EXPECT_EQ(run.job, "batch-a/good");
  EXPECT_EQ(run.run_id, "good-" + std::to_string(At("2026-03-01T10:00:00Z").time_since_epoch() / minutes{1}) + "/8592aaaa");
  EXPECT_EQ(run.scheduled, At("2026-03-01T10:00:00Z"));
  EXPECT_EQ(run.created, At("2026-03-01T10:00:00Z"));
  EXPECT_EQ(run.started, std::nullopt) << "made is not started: an image that can't be pulled has a startTime";
  EXPECT_EQ(run.outcome, Outcome::kRunning);
  EXPECT_EQ(run.trigger, Trigger::kScheduled);
}

TEST(KubeFacts, TheScheduledTimeComesFromTheAnnotationElseFromTheName) {
  struct Row {
    const char *annotation, *name;
    bool manual;
    std::optional<TimePoint> scheduled;
    Trigger trigger;
  };
  const auto tick = At("2026-03-01T10:00:00Z");
  const std::string minute = std::to_string(tick.time_since_epoch() / minutes{1});
  const std::string named = "good-" + minute, other = "other-" + minute, longer = "good-x-" + minute;
  for (const Row& row : {Row{"2026-03-01T19:00:00+09:00", "good-1", false, tick, Trigger::kScheduled},
                         Row{"", named.c_str(), false, tick, Trigger::kScheduled},
                         Row{"not a time", named.c_str(), false, tick, Trigger::kScheduled},
                         Row{"", named.c_str(), true, std::nullopt, Trigger::kManual},
                         Row{"", "by-hand", true, std::nullopt, Trigger::kManual},
                         Row{"", "by-hand", false, std::nullopt, Trigger::kManual},
                         Row{"", other.c_str(), false, std::nullopt, Trigger::kManual},
                         Row{"", longer.c_str(), false, std::nullopt, Trigger::kManual},
                         Row{"", "good-12", false, std::nullopt, Trigger::kManual},
                         Row{"", "good-99999999999999999999", false, std::nullopt, Trigger::kManual}}) {
    Site site;
    KubeObject job = Job();
    job.scheduled_text = row.annotation;
    job.name = row.name;
    job.manual = row.manual;
    const RunFact run = OneRun(site.SeeJob(job));
    EXPECT_EQ(run.scheduled, row.scheduled) << row.annotation << " " << row.name;
    EXPECT_EQ(run.trigger, row.trigger) << row.annotation << " " << row.name;
  }
}

TEST(KubeFacts, ARunStartsWhenItIsFirstSeenToHaveBegun) {
  Site site;
  site.SeeJob(Job());
  site.now += seconds{3};
  const TimePoint began = site.now;
  EXPECT_EQ(OneRun(site.SeeJob(Begun(Job()))).started, began);
  site.now += seconds{60};
  KubeObject done = Complete(Job(), "2026-03-01T10:01:20Z");
  EXPECT_EQ(OneRun(site.SeeJob(done)).started, began);
}

TEST(KubeFacts, ARunNeverStartsAfterItsFinish) {
  Site site;
  site.now = At("2026-03-01T10:00:09Z");  // our clock is ahead of theirs
  site.SeeJob(Begun(Job()));
  const RunFact run = OneRun(site.SeeJob(Complete(Job(), "2026-03-01T10:00:07Z")));
  EXPECT_EQ(run.finished, At("2026-03-01T10:00:07.999999Z"));
  EXPECT_EQ(run.started, run.finished);
}

TEST(KubeFacts, ARunSeenOnlyAtItsEndHasNoStart) {
  Site site;
  const RunFact run = OneRun(site.SeeJob(Complete(Job())));
  EXPECT_EQ(run.started, std::nullopt);
  EXPECT_EQ(run.outcome, Outcome::kSucceeded);
}

TEST(KubeFacts, EndsAreWidenedToTheEndOfTheirSecond) {
  EXPECT_EQ(OneRun(Site().SeeJob(Complete(Job()))).finished, At("2026-03-01T10:00:07.999999Z"));
  const RunFact failed = OneRun(Site().SeeJob(Failed(Job())));
  EXPECT_EQ(failed.finished, At("2026-03-01T10:00:07.999999Z"));
  EXPECT_EQ(failed.outcome, Outcome::kFailed);
  EXPECT_EQ(failed.reason, "BackoffLimitExceeded");
  EXPECT_EQ(failed.excerpt, "Job has reached the specified backoff limit");
}

TEST(KubeFacts, RetriesOfAPodAreNotTheRunsEnd) {
  Site site;
  KubeObject job = Begun(Job());  // status.failed: 1, no condition
  EXPECT_EQ(OneRun(site.SeeJob(job)).outcome, Outcome::kRunning);
}

TEST(KubeFacts, ADeletedJobsLastStateCounts) {
  Site site;
  site.SeeJob(Begun(Job()));
  const RunFact run = OneRun(site.DeleteJob(Complete(Job())));
  EXPECT_EQ(run.outcome, Outcome::kSucceeded) << "ttlSecondsAfterFinished: 0 shows it in the DELETED event alone";
  EXPECT_THAT(site.ListJobs({}), IsEmpty());
}

TEST(KubeFacts, AJobDeletedWhileItRanWasCancelled) {
  Site site;
  site.SeeJob(Begun(Job()));
  const auto runs = Of<RunFact>(site.DeleteJob(Begun(Job())));
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].outcome, Outcome::kCancelled);
  EXPECT_EQ(runs[0].reason, "deleted");
  EXPECT_EQ(runs[0].finished, kNow);
}

TEST(KubeFacts, ARunningJobThatAListLacksWasCancelledAsVanished) {
  Site site;
  site.SeeJob(Begun(Job("1")));
  KubeObject finished = Complete(Job("2"));
  site.SeeJob(finished);
  site.now += seconds{60};
  const auto runs = Of<RunFact>(site.ListJobs({}, "batch-a"));
  ASSERT_THAT(runs, SizeIs(1)) << "a finished one that was cleaned up is nothing to tell";
  EXPECT_EQ(runs[0].outcome, Outcome::kCancelled);
  EXPECT_EQ(runs[0].reason, "vanished");
  EXPECT_EQ(runs[0].finished, site.now);
  EXPECT_EQ(site.vanished, 2u);
}

TEST(KubeFacts, AListOfOneNamespaceSaysNothingOfAnother) {
  Site site;
  site.SeeJob(Begun(Job()));
  EXPECT_THAT(site.ListJobs({}, "batch-b"), IsEmpty());
  EXPECT_THAT(Of<RunFact>(site.ListJobs({}, "batch-a")), SizeIs(1));
}

TEST(KubeFacts, ARunThatAnEarlierProcessSawBeginKeepsItsStart) {
  Known known;
  const std::string run_id = Job().name + "/8592aaaa";
  known.running = {{"batch-a/good", run_id, "batch-a", At("2026-03-01T10:00:01Z")}, {"batch-a/good", "good-1/dead", "batch-a", std::nullopt}};
  Site site(Config(), known);
  const auto runs = Of<RunFact>(site.ListJobs({Begun(Job())}, "batch-a"));
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].started, At("2026-03-01T10:00:01Z"));
  EXPECT_EQ(runs[1].run_id, "good-1/dead");
  EXPECT_EQ(runs[1].outcome, Outcome::kCancelled);
}

TEST(KubeFacts, SameNameAnotherUidIsAnotherRun) {
  Site site;
  const RunFact first = OneRun(site.SeeJob(Complete(Job("aaaaaaaa-1"))));
  const RunFact second = OneRun(site.SeeJob(Begun(Job("bbbbbbbb-1"))));
  EXPECT_NE(first.run_id, second.run_id);
}

TEST(KubeFacts, JobsWithoutACronJobAreNobodysUnlessSelected) {
  KubeObject bare = Job();
  bare.owner = bare.owner_uid = bare.scheduled_text = "";
  bare.name = "import";
  SourceConfig config = Config();
  config.runs = {Selects("import", "batch-a", "app=import")};
  Site site(config);
  EXPECT_THAT(site.SeeJob(bare), IsEmpty());
  const RunFact run = OneRun(site.SeeJob(bare, "import"));
  EXPECT_EQ(run.job, "import");
  EXPECT_EQ(run.trigger, Trigger::kUnknown);
  EXPECT_EQ(run.scheduled, std::nullopt);
  EXPECT_THAT(site.SeeJob(Job(), "import"), IsEmpty()) << "a CronJob's Job is not without a CronJob";
}

TEST(KubeFacts, TwoJobsMaySelectOneJob) {
  KubeObject bare = Job();
  bare.owner = bare.owner_uid = bare.scheduled_text = "";
  SourceConfig config = Config();
  config.runs = {Selects("a", "batch-a", "app=x"), Selects("b", "batch-a", "team=y")};
  Site site(config);
  EXPECT_EQ(OneRun(site.SeeJob(bare, "a")).job, "a");
  EXPECT_EQ(OneRun(site.SeeJob(bare, "b")).job, "b");
  EXPECT_THAT(site.SeeJob(bare, "a"), IsEmpty());
  EXPECT_EQ(OneRun(site.ListJobs({}, "batch-a", "b")).job, "b");
  EXPECT_EQ(OneRun(site.DeleteJob(bare, "a")).job, "a");
}

TEST(KubeFacts, ASelectedRunThatVanishedWhileWeWereAwayWasCancelled) {
  Known known;
  known.jobs = {{"import", "batch-a?app=import"}};
  known.running = {{"import", "import-1/12345678", "batch-a?app=import", std::nullopt}};
  SourceConfig config = Config();
  config.runs = {Selects("import", "batch-a", "app=import")};
  Site site(config, known);
  EXPECT_THAT(site.ListCronJobs({}), IsEmpty()) << "it is no CronJob that could be gone";
  EXPECT_THAT(site.ListJobs({}, "batch-a"), IsEmpty()) << "the list of CronJobs' Jobs does not answer for it";
  EXPECT_EQ(OneRun(site.ListJobs({}, "batch-a", "import")).outcome, Outcome::kCancelled);
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
