#include "exporter/app/evaluation.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "exporter/sources/registry.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

ConfigResult OneJob() {
  setenv("EVALUATION_TOKEN", "0123456789abcdef", 1);
  return ParseConfig("sources:\n  push: {heartbeat: {token: {env: EVALUATION_TOKEN}}}\njobs:\n  a: {runs: {source: push}, within: 1h}\n", "test.yml", SourceSpecs());
}

class EvaluationTest : public testing::Test {
 protected:
  static constexpr TimePoint kStart{std::chrono::sys_days{std::chrono::year{2026} / 3 / 2}};

  // Seen once a minute for so long without a success, judged at the end.
  void Pass(Duration time) {
    for (const TimePoint until = clock_.Now() + time; clock_.Now() < until; clock_.Advance(minutes{1})) {
      ASSERT_TRUE(inbox_.Store({{"push", clock_.Now(), ViewFact{}}}).Ok());
    }
    ASSERT_TRUE(inbox_.Store({{"push", clock_.Now(), ViewFact{}}}).Ok());
    evaluation_.Run(sources_, {}, {});
  }
  State Told() const { return evaluation_.Current()->jobs.at(0)->state; }

  void SetUp() override {
    evaluation_.Adopt();
    ASSERT_TRUE(inbox_.Store(ConfiguredFacts(config_.Get()->fleet.jobs, kStart)).Ok());
    sources_[0].name = "push";
    Pass(minutes{50});
    ASSERT_EQ(Told(), State::kPending);
  }

  const Scratch scratch_;
  FakeClock clock_{kStart};
  LiveConfig config_{"test.yml", OneJob(), kStart};
  std::unique_ptr<Ledger> ledger_ = [this] {
    LedgerOptions options;
    options.path = scratch_.File();
    options.staleness = [this](const std::string& source) { return config_.StalenessOf(source); };
    return std::move(Ledger::Open(std::move(options))).Value();
  }();
  Inbox inbox_{*ledger_, [] { return Redactor(); }, [] {}};
  std::vector<std::string> log_;
  Evaluation evaluation_{*ledger_, inbox_, config_, clock_, [this](LogLevel, std::string_view text) { log_.emplace_back(text); }};
  std::vector<SourceState> sources_{1};
};

TEST_F(EvaluationTest, AMissIsHeldBackByTheSkewOfItsSource) {
  sources_[0].clock_skew_seconds = -600;
  Pass(minutes{20});
  EXPECT_EQ(Told(), State::kUnknown);
  Pass(minutes{5});
  EXPECT_EQ(Told(), State::kMissed);
}

TEST_F(EvaluationTest, TheSkewOfASourceIsKnownBeforeItIsAskedAgain) {
  sources_[0].clock_skew_seconds = -600;
  Pass(minutes{20});
  ASSERT_EQ(Told(), State::kUnknown);
  Evaluation again(*ledger_, inbox_, config_, clock_, [](LogLevel, std::string_view) {});
  again.Adopt();
  again.Run({}, {}, {});
  EXPECT_EQ(again.Current()->jobs.at(0)->state, State::kUnknown);
}

TEST_F(EvaluationTest, AJumpAheadIsNoticedAndSaid) {
  Pass(minutes{9});
  clock_.Jump(seconds{31});
  Pass(minutes{3});
  EXPECT_EQ(Told(), State::kUnknown);
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_NE(log_[0].find("jumped ahead by 31s:"), std::string::npos) << log_[0];
  Pass(minutes{1});
  EXPECT_EQ(Told(), State::kMissed);
}

TEST_F(EvaluationTest, AJumpBackIsNoticedAndSaid) {
  Pass(minutes{20});
  EXPECT_EQ(Told(), State::kMissed);
  clock_.Jump(-hours{1});
  Pass(minutes{1});
  EXPECT_EQ(Told(), State::kMissed);
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_NE(log_[0].find("gone back by 1h:"), std::string::npos) << log_[0];
}

// A run that ended ten minutes ago by a clock that was two hours ahead.
TEST_F(EvaluationTest, WhatWasSeenByAClockThatRanAheadIsPutRight) {
  clock_.Jump(hours{2});
  RunFact run;
  run.job = "a", run.run_id = "r", run.outcome = Outcome::kSucceeded, run.finished = clock_.Now();
  ASSERT_TRUE(inbox_.Store({{"push", clock_.Now(), run}}).Ok());
  Pass(minutes{10});
  ASSERT_EQ(Told(), State::kMet);
  clock_.Jump(-hours{2});
  Fact late{"push", clock_.Now() + hours{2} - seconds{1}, run};  // was on its way meanwhile
  std::get<RunFact>(late.what).run_id = "s", std::get<RunFact>(late.what).finished = late.observed;
  ASSERT_TRUE(inbox_.Store({{"push", clock_.Now(), ViewFact{}}}).Ok());
  evaluation_.Run(sources_, {}, {});
  EXPECT_EQ(evaluation_.Current()->jobs.at(0)->last_success, clock_.Now() - minutes{10});
  ASSERT_TRUE(inbox_.Store({late}).Ok());
  evaluation_.Run(sources_, {}, {});
  EXPECT_EQ(evaluation_.Current()->jobs.at(0)->last_success, clock_.Now() - seconds{1});
  EXPECT_EQ(Told(), State::kMet);
  Pass(minutes{61});
  EXPECT_EQ(Told(), State::kMissed);
}

TEST_F(EvaluationTest, WhatAClockDriftsIsNoJump) {
  clock_.Jump(seconds{30});
  Pass(minutes{20});
  EXPECT_EQ(Told(), State::kMissed);
  EXPECT_TRUE(log_.empty());
}

}  // namespace
}  // namespace batchslo
