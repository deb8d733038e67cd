// Registries that are read, and the configuration with their rows: exporter/app/registry_set.cc, registry_runner.cc and live_config.cc.
#include "exporter/app/registry_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>

#include "exporter/app/fleet.h"
#include "exporter/app/live_config.h"
#include "exporter/app/real_clock.h"
#include "exporter/sources/registry.h"
#include "tests/fakes/scratch.h"
#include "tests/net/tiny_server.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr TimePoint kThen{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
const std::string kNowhere = "registries: {sheet: {csv: {url: \"http://127.0.0.1:1/jobs.csv\"}, timeout: 1s}}\n";
const std::string kFile = "registries: {sheet: {csv: {file: jobs.csv}}}\n";

class RegistrySetTest : public testing::Test {
 protected:
  ConfigResult Parse(const std::string& text) const {
    ConfigResult result = ParseConfig(text, scratch_.File("config.yml"), SourceSpecs());
    EXPECT_TRUE(result.config) << result.Faults();
    return result;
  }
  void Write(const std::string& csv) const { std::ofstream(scratch_.File("jobs.csv")) << csv; }
  void Run(const std::vector<RegistryDef>& registries) {
    set_.Run(registries, [this] {
      ++asked_;
      return stored_;
    });
  }
  RegistryState Health(const std::vector<RegistryDef>& registries) const { return set_.Health(registries, {}).at(0); }

  const Scratch scratch_;
  RealClock clock_;
  const std::unique_ptr<HttpClient> http_ = MakeHttpClient("test");
  std::vector<Ledger::RegistryCopy> stored_;
  int asked_ = 0;
  std::mutex mutex_;
  std::vector<Ledger::RegistryCopy> kept_;  // guarded by mutex_
  int refusals_ = 0;                        // so often the ledger takes nothing; guarded by mutex_
  std::condition_variable is_kept_;
  std::atomic<int> woken_ = 0;
  RegistrySet set_{{*http_, clock_, [](LogLevel, std::string_view) {},
                    [this](const Ledger::RegistryCopy& copy) {
                      const std::lock_guard lock(mutex_);
                      if (refusals_-- > 0) return Result<void>(Error{"the disk is full"});
                      kept_.push_back(copy);
                      is_kept_.notify_all();
                      return Result<void>();
                    },
                    [this] { ++woken_; }}};
};

TEST_F(RegistrySetTest, WhatLiesOnThisMachineIsThereAtOnceAndKept) {
  Write("job,by\na,10:00\n");
  const auto registries = Parse(kFile).config->registries;
  Run(registries);
  EXPECT_EQ(set_.Tables().at("sheet")->rows.size(), 1u);
  EXPECT_EQ(Health(registries).up, true);
  EXPECT_EQ(woken_, 1);
  const std::lock_guard lock(mutex_);
  ASSERT_EQ(kept_.size(), 1u);
  EXPECT_EQ(kept_[0].body, "job,by\na,10:00\n");
  EXPECT_EQ(kept_[0].place, PlaceOf(registries[0]));
}

TEST_F(RegistrySetTest, WhatTheLedgerDidNotTakeIsKeptByTheNextLook) {
  Write("job,by\na,10:00\n");
  refusals_ = 1;
  Run(Parse("registries: {sheet: {csv: {file: jobs.csv}, poll_interval: 1ms}}\n").config->registries);
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(is_kept_.wait_for(lock, std::chrono::seconds{30}, [&] { return !kept_.empty(); }));
  EXPECT_EQ(woken_, 1) << "the table is the same";
}

TEST_F(RegistrySetTest, TheLastGoodCopyHoldsWhereNothingBetterIsThere) {
  const auto registries = Parse(kFile).config->registries;
  stored_ = {{"sheet", PlaceOf(registries[0]), kThen, "job,by\na,10:00\n"}};
  for (const char* csv : {"", "name,by\n", "job,by\n\"a"}) {
    if (*csv != '\0') Write(csv);
    RegistrySet& set = set_;
    set.Run({}, {});
    Run(registries);
    ASSERT_TRUE(set.Tables().contains("sheet")) << csv;
    EXPECT_EQ(set.Tables().at("sheet")->rows.at(0).job, "a");
    EXPECT_EQ(Health(registries).up, false);
    EXPECT_EQ(Health(registries).last_success, kThen);
    EXPECT_NE(Health(registries).error, "");
  }
}

TEST_F(RegistrySetTest, ACopyOfAnotherPlaceCountsForNothing) {
  const auto registries = Parse(kNowhere).config->registries;
  stored_ = {{"sheet", PlaceOf(registries[0]) + 1, kThen, "job,by\na,10:00\n"}, {"other", PlaceOf(registries[0]), kThen, "job,by\na,10:00\n"}};
  Run(registries);
  EXPECT_THAT(set_.Tables(), IsEmpty());
  EXPECT_EQ(Health(registries).last_success, std::nullopt);
}

TEST_F(RegistrySetTest, WhatIsConfiguredAsBeforeGoesOnUndisturbed) {
  Write("job,by\na,10:00\n");
  const auto registries = Parse(kFile).config->registries;
  Run(registries);
  const auto table = set_.Tables().at("sheet");
  Run(registries);
  EXPECT_EQ(set_.Tables().at("sheet"), table);
  EXPECT_EQ(asked_, 1) << "the ledger is only read when something starts";
  Run(Parse("registries: {sheet: {csv: {file: jobs.csv}, poll_interval: 1m}}\n").config->registries);
  EXPECT_NE(set_.Tables().at("sheet"), table);
  Run({});
  EXPECT_THAT(set_.Tables(), IsEmpty());
}

TEST_F(RegistrySetTest, ALookThatHangsDoesNotHoldUpTheEnd) {
  TinyServer silent([](TinyServer::Peer& peer, const std::string&) { peer.Wait(std::chrono::minutes{1}); });
  Run(Parse("registries: {sheet: {csv: {url: \"" + silent.Url() + "\"}, timeout: 1h}}\n").config->registries);
  const auto began = std::chrono::steady_clock::now();
  set_.Run({}, {});
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{10});
}

// ---- the configuration in force ----

RegistryTables Tables(std::string_view csv) { return {{"sheet", std::make_shared<const RegistryTable>(ReadRegistryTable(csv).Value())}}; }

std::vector<std::string> Jobs(const LiveConfig& config) {
  std::vector<std::string> jobs;
  for (const auto& job : config.Get()->fleet.jobs) jobs.push_back(job->name + " " + std::string(ObjectiveFromName(job->objectives.at(0).from)));
  return jobs;
}

const std::string kJobs = "sources: {gke: {kubernetes: {}}}\n" + kFile + "jobs: {b: {within: 1h}, c: {team: data}}\n";

TEST_F(RegistrySetTest, OtherTablesChangeTheConfigurationInForce) {
  LiveConfig config("config.yml", Parse(kJobs), kThen);
  EXPECT_THAT(Jobs(config), ElementsAre("b job", "c derived"));
  config.Take(Tables("job,by\na,10:00\nc,11:00\n"));
  EXPECT_THAT(Jobs(config), ElementsAre("b job", "c registry", "a registry"));
  EXPECT_EQ(config.Readings().at("sheet")->rows, 2u);
  config.Take({});
  EXPECT_THAT(Jobs(config), ElementsAre("b job", "c derived"));
  config.Accept(Parse(kJobs), Tables("job,by\na,10:00\n"), kThen);
  EXPECT_THAT(Jobs(config), ElementsAre("b job", "c derived", "a registry"));
}

TEST_F(RegistrySetTest, JobsThatAreDefinedAsBeforeAreTheSameObjects) {
  LiveConfig config("config.yml", Parse(kJobs), kThen);
  config.Take(Tables("job,by\na,10:00\nc,11:00\n"));
  const auto before = config.Get();
  config.Take(Tables("job,by\na,10:00\nc,12:00\n"));
  config.Accept(Parse(kJobs), Tables("job,by\na,10:00\nc,12:00\n"), kThen);
  const auto& jobs = config.Get()->fleet.jobs;
  EXPECT_EQ(jobs[0], before->fleet.jobs[0]);
  EXPECT_NE(jobs[1], before->fleet.jobs[1]);
  EXPECT_EQ(jobs[2], before->fleet.jobs[2]);
}

// ---- rows of no job ----

std::shared_ptr<const JobState> Seen(const std::string& name, const std::string& source) {
  auto def = std::make_shared<JobDef>();
  def->name = name;
  auto state = std::make_shared<JobState>();
  state->def = std::move(def);
  state->runs_source = source;
  return state;
}

TEST(UnknownOf, AreTheRowsWhoseJobsNoSourceKnows) {
  RegistryState registry;
  EXPECT_THAT(UnknownOf(registry, {}), IsEmpty()) << "no table is known";
  auto reading = std::make_shared<RegistryReading>();
  reading->alone = {{4, "a"}, {2, "c"}, {3, "e"}, {9, "z"}};
  registry.reading = reading;
  const std::vector<std::shared_ptr<const JobState>> jobs = {Seen("a", "gke"), Seen("b", ""), Seen("c", ""), Seen("d", "gke"), Seen("z", "gke")};
  std::vector<std::string> unknown;
  for (const auto& [row, job] : UnknownOf(registry, jobs)) unknown.push_back(std::to_string(row) + " " + job);
  EXPECT_THAT(unknown, ElementsAre("2 c", "3 e"));
}

}  // namespace
}  // namespace batchslo
