#include "exporter/app/source_set.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "exporter/app/real_clock.h"
#include "exporter/sources/registry.h"

namespace batchslo {
namespace {

const std::string kToken = "0123456789abcdef";

Config ConfigOf(const std::string& jobs) {
  const std::string text = "sources:\n  push: {heartbeat: {token: {env: SOURCE_SET_TOKEN}}}\njobs:\n" + jobs;
  ConfigResult result = ParseConfig(text, "test.yml", SourceSpecs());
  EXPECT_TRUE(result.config) << result.Faults();
  return std::move(*result.config);
}

class SourceSetTest : public testing::Test {
 protected:
  SourceSetTest() { setenv("SOURCE_SET_TOKEN", kToken.c_str(), 1); }

  int Beat(const std::string& job) { return set_.Receive({job, "Bearer " + kToken, {}, {}, {}}, clock_.Now()).status; }

  // Runs the configuration, and gives what a heartbeat of `job` is answered meanwhile.
  int BeatDuring(const Config& config, const std::string& job) {
    int status = 0;
    set_.Run(config, [&](const std::string&) {
      status = Beat(job);
      return Known{};
    });
    return status;
  }

  RealClock clock_;
  const std::unique_ptr<HttpClient> http_ = MakeHttpClient("test");
  SourceSet set_{
      {*http_, clock_, [](LogLevel, std::string_view) {}, [](const Report&) { return Result<void>(); }, {}, {}},
      [](const std::string&, TimePoint) { return TimePoint::max(); }};
};

TEST_F(SourceSetTest, AHeartbeatIsNotTurnedAwayForEverWhileSourcesAreStartedOrExchanged) {
  const Config one = ConfigOf("  a: {runs: {source: push}, within: 1h}\n");
  const Config two = ConfigOf("  a: {runs: {source: push}, within: 1h}\n  b: {runs: {source: push}, within: 1h}\n");
  EXPECT_EQ(Beat("a"), 503);
  EXPECT_EQ(BeatDuring(one, "a"), 503);
  EXPECT_EQ(Beat("a"), 200);
  EXPECT_EQ(BeatDuring(two, "a"), 503);
  EXPECT_EQ(Beat("b"), 200);
}

TEST_F(SourceSetTest, ASourceWithoutItsTokenTurnsNoOthersHeartbeatAway) {
  const std::string text = "sources:\n  a: {heartbeat: {token: {env: SOURCE_SET_NO_TOKEN}}}\n  push: {heartbeat: {token: {env: SOURCE_SET_TOKEN}}}\n"
                           "jobs:\n  x: {runs: {source: a}, within: 1h}\n  y: {runs: {source: push}, within: 1h}\n";
  ConfigResult result = ParseConfig(text, "test.yml", SourceSpecs());
  ASSERT_TRUE(result.config) << result.Faults();
  BeatDuring(*result.config, "y");
  EXPECT_EQ(Beat("y"), 200);
  EXPECT_EQ(Beat("x"), 503);
}

TEST_F(SourceSetTest, AnUnknownJobIsToldSoOnceAllRun) {
  BeatDuring(ConfigOf("  a: {runs: {source: push}, within: 1h}\n"), "a");
  EXPECT_EQ(Beat("b"), 404);
}

}  // namespace
}  // namespace batchslo
