// What is counted of windows outlives the process, and changes of the configuration.
#include <gtest/gtest.h>
#include <stdlib.h>

#include "exporter/app/evaluation.h"
#include "exporter/sources/registry.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

ConfigResult ByTen(const std::string& more = "") {
  setenv("EVALUATION_TOKEN", "0123456789abcdef", 1);
  return ParseConfig("sources:\n  push: {heartbeat: {token: {env: EVALUATION_TOKEN}}}\njobs:\n  a: {runs: {source: push}, by: \"10:00\", since: 4h" + more + "}\n", "test.yml", SourceSpecs());
}

// One life of the daemon; nothing is written at its end.
struct Process {
  Process(const std::string& file, FakeClock& clock, ConfigResult config) : clock_(clock), config_("test.yml", std::move(config), clock.Now()) {
    LedgerOptions options;
    options.path = file;
    options.staleness = [this](const std::string& source) { return config_.StalenessOf(source); };
    ledger_ = std::move(Ledger::Open(std::move(options))).Value();
    inbox_ = std::make_unique<Inbox>(*ledger_, [] { return Redactor(); }, [] {});
    evaluation_ = std::make_unique<Evaluation>(*ledger_, *inbox_, config_, clock_, [](LogLevel, std::string_view text) { ADD_FAILURE() << text; });
    sources_[0].name = "push";
    Adopt();
  }

  void Adopt() {
    evaluation_->Adopt();
    ASSERT_TRUE(inbox_->Store(ConfiguredFacts(config_.Get()->fleet.jobs, clock_.Now())).Ok());
    evaluation_->Run(sources_, {}, {});
  }

  // Seen once a minute until then, and judged.
  void Pass(Duration time) {
    Report views;
    for (const TimePoint until = clock_.Now() + time; clock_.Now() < until;) {
      clock_.Advance(minutes{1});
      views.push_back({"push", clock_.Now(), ViewFact{}});
    }
    ASSERT_TRUE(inbox_->Store(std::move(views)).Ok());
    evaluation_->Run(sources_, {}, {});
  }

  void Succeed() {
    RunFact run;
    run.job = "a";
    run.run_id = FormatRfc3339(clock_.Now());
    run.outcome = Outcome::kSucceeded;
    run.started = run.finished = clock_.Now();
    ASSERT_TRUE(inbox_->Store({{"push", clock_.Now(), run}}).Ok());
  }

  std::string Told() const {
    const Tally& tally = *evaluation_->Current()->jobs.at(0)->objectives.at(0).tally;
    return std::to_string(tally.windows) + " missed " + std::to_string(tally.missed) + " unknown " + std::to_string(tally.unknown);
  }

  FakeClock& clock_;
  LiveConfig config_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<Evaluation> evaluation_;
  std::vector<SourceState> sources_{1};
};

class TalliesTest : public testing::Test {
 protected:
  std::unique_ptr<Process> Start(ConfigResult config = ByTen()) { return std::make_unique<Process>(scratch_.File(), clock_, std::move(config)); }

  const Scratch scratch_;
  FakeClock clock_{TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 3 / 2}} + hours{5}};
};

TEST_F(TalliesTest, AWindowIsCountedOnceOverARestart) {
  auto process = Start();
  process->Pass(hours{4} + minutes{58});
  EXPECT_EQ(process->Told(), "0 missed 0 unknown 0");
  process->Succeed();
  process->Pass(minutes{3});
  EXPECT_EQ(process->Told(), "1 missed 0 unknown 0");
  for (int times = 0; times < 2; ++times) {
    process.reset();
    process = Start();
    EXPECT_EQ(process->Told(), "1 missed 0 unknown 0");
    process->Pass(minutes{10});
    EXPECT_EQ(process->Told(), "1 missed 0 unknown 0");
  }
  process->Pass(hours{24});
  EXPECT_EQ(process->Told(), "2 missed 1 unknown 0");
}

TEST_F(TalliesTest, WhatClosedWhileNobodyWasThereIsUnknownOnceTheSourcesHadTimeToSayOtherwise) {
  auto process = Start();
  process->Pass(hours{2});
  process.reset();
  clock_.Advance(hours{4});
  process = Start();
  EXPECT_EQ(process->Told(), "0 missed 0 unknown 0");
  process->Pass(minutes{5});
  EXPECT_EQ(process->Told(), "1 missed 0 unknown 1");
}

TEST_F(TalliesTest, AReloadThatChangesAnObjectiveBeginsAnother) {
  auto process = Start();
  process->Pass(hours{5} + minutes{2});
  EXPECT_EQ(process->Told(), "1 missed 1 unknown 0");
  process->config_.Accept(ByTen(", severity: warning"), {}, clock_.Now());
  process->Adopt();
  EXPECT_EQ(process->Told(), "1 missed 1 unknown 0") << "it is the same one, told to others";
  process->config_.Accept(ByTen(", grace: 5m"), {}, clock_.Now());
  process->Adopt();
  EXPECT_EQ(process->Told(), "0 missed 0 unknown 0");
  process.reset();
  process = Start();
  EXPECT_EQ(process->Told(), "1 missed 1 unknown 0") << "back, after a restart, too";
}

}  // namespace
}  // namespace batchslo
