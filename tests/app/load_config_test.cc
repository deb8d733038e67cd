// The configuration in force with and without a file and a cluster: LoadConfig of exporter/app/fleet.cc.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "exporter/app/fleet.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

class LoadConfigTest : public testing::Test {
 protected:
  void SetUp() override { unsetenv("KUBERNETES_SERVICE_HOST"); }
  void TearDown() override { unsetenv("KUBERNETES_SERVICE_HOST"); }
  std::string Write(const std::string& text) {
    std::ofstream(scratch_.File("config.yml")) << text;
    return scratch_.File("config.yml");
  }

  const Scratch scratch_;
};

constexpr const char* kJobsOnly = "defaults: {timezone: Asia/Tokyo}\njobs: {recommend/train: {by: \"10:00\"}}\n";

TEST_F(LoadConfigTest, TheUrlOfTheLedgerIsDecoded) {
  EXPECT_EQ(LoadConfig(Write("store: sqlite:///a%20b/ledger.db\n"), "").config->store, "/a b/ledger.db");
}

TEST_F(LoadConfigTest, WithoutAFileItIsTheCluster) {
  const auto result = LoadConfig("", "/some/kubeconfig");
  ASSERT_TRUE(result.config.has_value());
  ASSERT_EQ(result.config->sources.size(), 1u);
  EXPECT_EQ(result.config->sources[0].kind, "kubernetes");
  EXPECT_EQ(result.config->sources[0].options.String("kubeconfig"), "/some/kubeconfig");
  EXPECT_EQ(LoadConfig("", "").config->sources.size(), 1u);
}

TEST_F(LoadConfigTest, AFileWithoutSourcesKeepsItsJobsBesideTheCluster) {
  const auto result = LoadConfig(Write(kJobsOnly), "/some/kubeconfig");
  ASSERT_TRUE(result.config.has_value());
  EXPECT_EQ(result.config->timezone, "Asia/Tokyo");
  ASSERT_EQ(result.config->fleet.jobs.size(), 1u);
  EXPECT_EQ(result.config->fleet.jobs[0]->name, "recommend/train");
  ASSERT_EQ(result.config->fleet.sources.size(), 1u);
  EXPECT_TRUE(result.config->fleet.sources[0].discovers);
}

TEST_F(LoadConfigTest, InsideAClusterItIsThatOne) {
  setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
  const auto result = LoadConfig(Write(kJobsOnly), "");
  ASSERT_TRUE(result.config.has_value());
  EXPECT_EQ(result.config->sources.size(), 1u);
  EXPECT_EQ(result.config->fleet.jobs.size(), 1u);
}

TEST_F(LoadConfigTest, OutsideAClusterAFileWithoutSourcesHasNone) {
  EXPECT_TRUE(LoadConfig(Write(kJobsOnly), "").config->sources.empty());
}

TEST_F(LoadConfigTest, TheSourcesOfAFileAreAllThereIs) {
  const std::string file = Write("sources: {push: {heartbeat: {token: {env: T}}}}\n");
  const auto result = LoadConfig(file, "/some/kubeconfig");
  ASSERT_EQ(result.config->sources.size(), 1u);
  EXPECT_EQ(result.config->sources[0].kind, "heartbeat");
}

TEST_F(LoadConfigTest, AFileWithFaultsGivesNoConfiguration) {
  const auto result = LoadConfig(Write("job: {}\n"), "/some/kubeconfig");
  EXPECT_FALSE(result.config.has_value());
  EXPECT_EQ(result.faults.size(), 1u);
}

// Whoever is first there could have our ledger in a folder that everybody writes to.
TEST(StorePath, WithoutAHomeItIsThatOfTheSystem) {
  const std::string home = getenv("HOME") ? getenv("HOME") : "";
  for (const char* name : {"HOME", "XDG_STATE_HOME", "STATE_DIRECTORY"}) unsetenv(name);
  EXPECT_EQ(StorePath("", ""), "/var/lib/batchslo/ledger.db");
  setenv("XDG_STATE_HOME", "", 1);
  EXPECT_EQ(StorePath("", ""), "/var/lib/batchslo/ledger.db");
  unsetenv("XDG_STATE_HOME");
  if (!home.empty()) setenv("HOME", home.c_str(), 1);
}

}  // namespace
}  // namespace batchslo
