// Tests exporter/sources/kubernetes_facts.cc: Jobs as runs.
#include "exporter/sources/kubernetes_facts.h"

#include "tests/sources/kubernetes_facts_site.h"

namespace batchslo::kube {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using Site = FactsSite;

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
  EXPECT_EQ(failed.excerpt, "") << "until it is known why";
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

}  // namespace
}  // namespace batchslo::kube
