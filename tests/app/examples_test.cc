// Each file of config/examples, judged over a month: while its jobs succeed all are met, and once they do no more all are
// missed. tests/daemon/calendars_test.py judges calendars.yml, window by window.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "exporter/app/fleet.h"
#include "exporter/core/partition.h"

namespace batchslo {
namespace {

namespace fs = std::filesystem;

const TimePoint kBegin = *ParseRfc3339("2026-03-30T00:00:00Z"), kLastSuccess = *ParseRfc3339("2026-04-02T14:00:00Z"), kEnd = *ParseRfc3339("2026-05-02T14:00:00Z");
constexpr Duration kBetweenRuns = minutes{15}, kRunTime = minutes{5}, kBetweenLooks = minutes{1};

std::string PartitionOf(const OutputDef& output, TimePoint written) {
  for (const Check& check : output.checks) {
    if (const auto* partition = std::get_if<PartitionCheck>(&check.rule)) return PartitionAt(*partition, written);
  }
  return "";
}

class Life {
 public:
  explicit Life(const std::string& file) : result_(LoadConfig(file, "")) {
    if (!result_.config) return;
    tracker_.SetDefine(MakeDefine(std::make_shared<const Config>(*result_.config), [](LogLevel, std::string_view) {}));
    tracker_.SetFleet(result_.config->fleet);
    for (const Fact& fact : ConfiguredFacts(result_.config->fleet.jobs, kBegin)) tracker_.Apply(fact);
    for (const auto& job : result_.config->fleet.jobs) {
      if (!job->runs_source.empty()) runs_.push_back({job->name, *job->runs_source});
      else if (job->outputs.empty()) runs_.push_back({job->name, result_.config->fleet.sources.front().name});
    }
    for (const SourceConfig& source : result_.config->sources) Discover(source);
  }

  const ConfigResult& Result() const { return result_; }

  // As of `until`: sources were seen all the time, and jobs succeeded up to `last_success`.
  std::vector<std::shared_ptr<const JobState>> At(TimePoint until, TimePoint last_success) {
    for (; now_ <= until; now_ += kBetweenLooks) {
      for (const SourceDef& source : result_.config->fleet.sources) tracker_.Apply({source.name, now_, ViewFact{}});
      if (now_.time_since_epoch() % kBetweenRuns == Duration{0} && now_ + kRunTime <= last_success) Run();
      const TimePoint moved = std::min(now_, last_success);
      if (now_.time_since_epoch() % hours{24} == Duration{0}) tracker_.Trim(now_);
      for (const auto& job : result_.config->fleet.jobs) Look(*job, moved - moved.time_since_epoch() % kBetweenRuns);
    }
    return tracker_.Evaluate(until, [](const std::string&, const std::string&) { return true; });
  }

 private:
  struct Runs { std::string job, source; };

  // A CronJob that nobody wrote down, and the schedules of those that are.
  void Discover(const SourceConfig& source) {
    if (source.kind != "kubernetes") return;
    const auto def = std::find_if(result_.config->fleet.sources.begin(), result_.config->fleet.sources.end(), [&](const SourceDef& one) { return one.name == source.name; });
    if (def->discovers) runs_.push_back({source.prefix + "batch/hourly", source.name});
    for (const Runs& one : runs_) {
      if (one.source == source.name) tracker_.Apply({source.name, kBegin, JobFact{one.job, false, "batch", "0 * * * *", {}, {}, false, {}}});
    }
  }

  void Run() {
    for (const Runs& one : runs_) {
      RunFact run;
      run.job = one.job;
      run.run_id = FormatRfc3339(now_);
      run.started = now_;
      run.finished = now_ + kRunTime;
      run.outcome = Outcome::kSucceeded;
      tracker_.Apply({one.source, *run.finished, run});
    }
  }

  void Look(const JobDef& job, TimePoint updated) {
    for (const OutputDef& output : job.outputs) {
      ObservationFact look{job.name, *output.name, updated, 120'000, {}, {}, {}};
      const std::string partition = PartitionOf(output, updated);
      if (!partition.empty()) look.partition = partition;
      for (const Check& check : output.checks) {
        if (const auto* null = std::get_if<NotNullCheck>(&check.rule)) look.values["null." + null->column] = 0;
      }
      tracker_.Apply({*output.source, now_, look});
    }
  }

  const ConfigResult result_;
  Tracker tracker_;
  std::vector<Runs> runs_;
  TimePoint now_ = kBegin;
};

TEST(Examples, AreMetWhileTheirJobsSucceedAndMissedOnceTheyDoNoMore) {
  for (const char* secret : {"DB_PASSWORD", "HEARTBEAT_TOKEN"}) setenv(secret, "0123456789abcdef", 1);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(SOURCE_ROOT "/config/examples")) {
    if (entry.path().extension() != ".yml" || entry.path().filename() == "calendars.yml") continue;
    Life life(entry.path());
    ASSERT_TRUE(life.Result().config) << life.Result().Faults();
    const auto met = life.At(kLastSuccess, kLastSuccess);
    EXPECT_GE(met.size(), 1u) << entry.path();
    for (const auto& job : met) EXPECT_EQ(StateName(job->state), "met") << entry.path() << " " << job->def->name;
    for (const auto& job : life.At(kEnd, kLastSuccess)) EXPECT_EQ(StateName(job->state), "missed") << entry.path() << " " << job->def->name;
    ++files;
  }
  EXPECT_GE(files, 9u);
}

}  // namespace
}  // namespace batchslo
