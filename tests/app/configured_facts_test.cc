// What the daemon says of configured jobs at its start: ConfiguredFacts of exporter/app/fleet.cc.
#include <gtest/gtest.h>

#include "exporter/app/fleet.h"

namespace batchslo {
namespace {

JobFact FactOf(JobDef job) {
  Config config;
  job.name = "j";
  job.runs_source = "gke";
  config.fleet.jobs = {std::make_shared<const JobDef>(job)};
  const Report report = ConfiguredFacts(config.fleet.jobs, TimePoint{});
  EXPECT_EQ(report.at(0).source, "gke");
  return std::get<JobFact>(report.at(0).what);
}

TEST(ConfiguredFacts, AreSilentOnAScheduleThatNobodyWrote) {
  const JobFact fact = FactOf({});
  EXPECT_TRUE(fact.configured);
  EXPECT_FALSE(fact.schedule || fact.timezone || fact.dialect || fact.scope || fact.paused);
}

TEST(ConfiguredFacts, TellTheScheduleThatIsWritten) {
  JobDef job;
  job.schedule = "0 8 * * *";
  job.schedule_timezone = "Asia/Tokyo";
  job.schedule_dialect = "vixie";
  const JobFact fact = FactOf(job);
  EXPECT_EQ(fact.schedule, "0 8 * * *");
  EXPECT_EQ(fact.timezone, "Asia/Tokyo");
  EXPECT_EQ(fact.dialect, "vixie");
}

}  // namespace
}  // namespace batchslo
