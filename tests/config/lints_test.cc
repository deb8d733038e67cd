// What is allowed, but perhaps not meant, and where windows open: exporter/config/lints.cc, windows.cc.
#include "exporter/config/windows.h"
#include "tests/config/parse.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> JobLints(const std::string& block) {
  return LintsOf(kSources + "jobs:\n  a/b: " + block + "\n");
}

TEST(Lints, AGoodConfigurationHasNone) {
  EXPECT_THAT(JobLints("{by: \"10:00\", since: 4h}"), IsEmpty());
  EXPECT_THAT(JobLints("{runs: {source: push}, within: 1h}"), IsEmpty());
}

TEST(Lints, AJobThatNothingPagesForIsTold) {
  EXPECT_THAT(JobLints("{}"), ElementsAre("job \"a/b\": nothing of it pages anybody"));
  EXPECT_THAT(JobLints("{within: 1h, severity: warning}"), ElementsAre("job \"a/b\": nothing of it pages anybody"));
}

TEST(Lints, ByWithoutSinceOrScheduleIsTold) {
  EXPECT_THAT(JobLints("{runs: {source: push}, by: \"10:00\"}"),
              ElementsAre(HasSubstr("each window opens half-way from the deadline before")));
  EXPECT_THAT(JobLints("{runs: {source: push}, by: \"10:00\", schedule: \"0 3 * * *\"}"), IsEmpty());
  EXPECT_THAT(JobLints("{runs: {source: gke, cronjob: n/c}, by: \"10:00\"}"), IsEmpty());
}

TEST(Lints, ASinceAfterTheTickOfTheScheduleIsTold) {
  EXPECT_THAT(JobLints("{runs: {source: push}, by: \"10:00\", since: \"06:00\", schedule: \"0 3 * * *\"}"),
              ElementsAre(HasSubstr("its window opens after the run that should fill it is due to start")));
  EXPECT_THAT(JobLints("{runs: {source: push}, by: \"10:00\", since: \"03:00\", schedule: \"0 3 * * *\"}"), IsEmpty());
}

TEST(Lints, AScheduleThatItsSourceTellsIsTold) {
  EXPECT_THAT(JobLints("{runs: {source: gke, cronjob: n/c}, within: 1h, schedule: \"0 3 * * *\"}"),
              ElementsAre(HasSubstr("its source tells its schedule")));
}

TEST(Lints, ShrinkNeedsNinetyDays) {
  EXPECT_THAT(LintsOf("retention: 30d\n" + kSources +
                      "jobs: {a: {within: 1d, outputs: {o: {source: dwh, table: t, checks: {shrink: \"< 20%\"}}}}}"),
              ElementsAre(HasSubstr("shrink compares with 90 days, but the ledger keeps only 30d")));
}

TEST(Lints, AStalenessShorterThanThePollIsTold) {
  EXPECT_THAT(LintsOf("sources: {db: {sql: {url: \"sqlite:///x\"}, poll_interval: 5m, staleness: 1m}}"),
              ElementsAre(HasSubstr("nothing is ever proven missed")));
}

TEST(Lints, AFileWithFaultsHasNone) {
  const auto result = Parse(kSources + "jobs: {a/b: {wihtin: 1h}}");
  EXPECT_EQ(result.faults.size(), 1u);
  EXPECT_THAT(result.lints, IsEmpty());
}

TEST(Lints, TheyKeepNoConfigurationFromBeingGood) {
  const auto result = Parse(kSources + "jobs: {a/b: {}}");
  EXPECT_TRUE(result.config.has_value());
  EXPECT_THAT(result.Lints(),
              testing::StartsWith("config.yml:6:8: warning: job \"a/b\": nothing of it pages anybody\n"));
}

// ---- where windows open ----

std::vector<std::string> Windows(const std::string& block) {
  std::vector<std::string> lines;
  const Config config = Good(kSources + "jobs:\n  a/b: " + block + "\n");
  for (const NextWindow& window : NextWindows(config, *ParseRfc3339("2026-03-06T12:00:00Z")))
    lines.push_back(window.objective + " " + FormatRfc3339(window.opens) + " " + FormatRfc3339(window.due) + " " +
                    window.why);
  return lines;
}

TEST(Windows, EachByTellsWhereItsNextOneOpensAndWhy) {
  EXPECT_THAT(Windows("{runs: {source: push}, by: \"10:00\", since: 4h}"),
              ElementsAre("by 2026-03-07T06:00:00Z 2026-03-07T10:00:00Z since: 4h before it"));
  EXPECT_THAT(Windows("{runs: {source: push}, by: \"10:00\", since: \"06:30\"}"),
              ElementsAre("by 2026-03-07T06:30:00Z 2026-03-07T10:00:00Z since: 06:30"));
  EXPECT_THAT(Windows("{runs: {source: push}, by: \"10:00\", schedule: \"0 3 * * *\"}"),
              ElementsAre("by 2026-03-07T03:00:00Z 2026-03-07T10:00:00Z the job's schedule: 0 3 * * *"));
  EXPECT_THAT(Windows("{runs: {source: push}, by: \"10:00\"}"),
              ElementsAre(HasSubstr("by 2026-03-06T22:00:00Z 2026-03-07T10:00:00Z half-way from the deadline before")));
  EXPECT_THAT(Windows("{within: 1h}"), IsEmpty());
}

}  // namespace
}  // namespace batchslo
