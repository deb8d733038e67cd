#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/cli/ask.h"
#include "exporter/cli/command.h"

namespace batchslo {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Ran {
  int code = -1;
  std::string out, err;
};

Ran Call(std::vector<std::string> arguments) {
  CLI::App app;
  Action action;
  AddCheck(app, action, {}, {});
  AddDocs(app, action);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  std::ostringstream out, err;
  const int code = action(out, err);
  return {code, out.str(), err.str()};
}

Ran CheckConfig(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"check", "config"});
  return Call(std::move(arguments));
}

std::string File(const std::string& name) { return TESTDATA "/config/" + name + ".yml"; }

TEST(CheckConfig, AGoodFileIsSaidToBeGoodAndGivesZero) {
  const Ran ran = CheckConfig({File("good-heartbeat")});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, File("good-heartbeat") + ": good: 1 source, 1 job, 0 warnings\n");
  EXPECT_THAT(ran.err, IsEmpty());
}

TEST(CheckConfig, WarningsGiveZero) {
  const Ran ran = CheckConfig({File("good-block-style")});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, StartsWith(File("good-block-style") + ": good: 2 sources, 1 job, 1 warning\n"));
  EXPECT_THAT(ran.err, HasSubstr(":17:3: warning: "));
}

TEST(CheckConfig, EachByTellsWhereItsWindowOpens) {
  const Ran ran = CheckConfig({File("good-short-form")});
  EXPECT_THAT(ran.out, HasSubstr("\njob              objective  next window opens "));
  EXPECT_THAT(ran.out, HasSubstr("\nrecommend/train  by         "));
}

TEST(CheckConfig, AFaultGivesTwoAndGoesToTheErrors) {
  const Ran ran = CheckConfig({File("invalid-many-at-once")});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.out, File("invalid-many-at-once") + ": 8 errors\n");
  EXPECT_THAT(ran.err, StartsWith(File("invalid-many-at-once") + ":1:8: error: "));
}

TEST(CheckConfig, OneBadFileOfSeveralGivesTwoAndAllAreChecked) {
  const Ran ran = CheckConfig({"--config.file", File("good-heartbeat"), File("invalid-octal"), File("good-empty-block")});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.out, File("good-heartbeat") + ": good: 1 source, 1 job, 0 warnings\n" + File("invalid-octal") +
                         ": 1 error\n" + File("good-empty-block") + ": good: 0 sources, 0 jobs, 0 warnings\n");
}

TEST(CheckConfig, JsonTellsTheSame) {
  const Ran ran =
      CheckConfig({"--output=json", File("invalid-many-at-once"), File("good-block-style"), File("good-short-form")});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, IsEmpty());
  const auto json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json.at("good"), false);
  ASSERT_EQ(json.at("faults").size(), 9u);
  EXPECT_EQ(json.at("faults").at(0),
            nlohmann::json({{"file", File("invalid-many-at-once")},
                            {"line", 1},
                            {"column", 8},
                            {"level", "error"},
                            {"message", "\"store\": write sqlite:///PATH"},
                            {"help", "for example store: sqlite:///var/lib/batchslo/ledger.db"}}));
  EXPECT_EQ(json.at("faults").at(8).at("level"), "warning");
  EXPECT_EQ(json.at("windows").at(0).at("job"), "recommend/train");
}

TEST(CheckConfig, GithubGetsItsWorkflowCommands) {
  const Ran ran = CheckConfig({"--output=github", File("invalid-octal")});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.out, "::error file=" + File("invalid-octal") +
                         ",line=7,col=27::\"tolerate\" wants a whole number, not \"012\" (for example tolerate: 2)\n");
}

TEST(CheckConfig, AFileThatIsNotThereGivesTwo) {
  EXPECT_THAT(CheckConfig({"/nonexistent.yml"}).err, StartsWith("/nonexistent.yml: error: the file can't be read: "));
  EXPECT_EQ(CheckConfig({"/nonexistent.yml"}).code, 2);
  EXPECT_EQ(CheckConfig({}).code, 2);
}

TEST(Docs, ThePagesArePrinted) {
  EXPECT_EQ(nlohmann::json::parse(Call({"docs", "schema"}).out).at("$schema"),
            "http://json-schema.org/draft-07/schema#");
  EXPECT_THAT(Call({"docs", "reference"}).out, HasSubstr("| `within` | duration |"));
}

}  // namespace
}  // namespace batchslo
