// Secrets stand in files or in the environment, never in the configuration, and never in what is said of it.
#include "tests/config/parse.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSecret = "hunter2-canary";

TEST(Secrets, AFileOrAVariableIsTakenWithoutLookingIntoIt) {
  const Config config = Good(
      "sources:\n  a: {heartbeat: {token: {file: /does/not/exist}}}\n  b: {sql: {url: \"postgresql://u@h/d\", "
      "password: {env: NOT_SET}}}\n");
  EXPECT_EQ(config.sources.at(0).options.Secret("token")->file, "/does/not/exist");
  EXPECT_EQ(config.sources.at(1).options.Secret("password")->env, "NOT_SET");
}

// However somebody puts a secret where it does not belong, no message repeats it.
TEST(Secrets, ALiteralSecretIsRefusedAndNeverShown) {
  const std::string texts[] = {
      "sources: {a: {heartbeat: {token: hunter2-canary}}}",
      "sources: {a: {heartbeat: {token: {value: hunter2-canary}}}}",
      "sources: {a: {heartbeat: {token: [hunter2-canary]}}}",
      "sources: {a: {heartbeat: hunter2-canary}}",
      "sources: {a: hunter2-canary}",
      "sources:\n  a:\n    heartbeat:\n      token: hunter2-canary\n",
      "sources:\n  a:\n    heartbeat:\n      token:\n        hunter2-canary\n",
      "sources:\n  a:\n    heartbeat:\n      token: |\n        hunter2-canary\n",
      "sources:\n  a:\n    heartbeat:\n      tokn: hunter2-canary\n",
      "sources:\n  a:\n    heartbeat:\n      Token: hunter2-canary\n",
      "sources:\n  a:\n    heartbeat:\n      token: \"hunter2-canary\n",
      "sources:\n  a:\n    heartbeat:\n      token: hunter2-canary: x\n",
      "sources:\n  a:\n    heartbeat:\n      token: &a hunter2-canary\n",
      "sources:\n  a:\n    heartbeat:\n      token: @hunter2-canary\n",
      "sources:\n  a:\n    heartbeat: {token: {env: T}}\n    password: hunter2-canary\n",
      "sources: {a: {sql: {url: \"postgresql://u:hunter2-canary@h/d\"}}}",
      "sources: {a: {sql: {url: \"postgresql://h/d?password=hunter2-canary\"}}}",
      "sources: {a: {sql: {url: \"postgresql://u@h/d\", password: hunter2-canary}}}",
      "sources: {a: {sql: {url: \"postgresql://u@h/d\", passwrd: hunter2-canary}}}",
      "store: {postgresql: \"postgresql://u:hunter2-canary@h/d\"}",
      "store: postgresql://u:hunter2-canary@h/d",
      "store: u:hunter2-canary@h/d",
      "sources: {a: {sql: {url: \"u:hunter2-canary@h/d\"}}}",
      "sources: {a: {sql: {url: \"u:hunter2-canary@tcp(h:3306)/d\"}}}",
      "sources: {a: {sql: {url: \"postgresql:u:hunter2-canary@h/d\"}}}",
      "sources: {a: {sql: {url: \"jdbc:oracle:thin:u/hunter2-canary@h\"}}}",
      "sources: {a: {sql: {url: \"u/hunter2-canary@h\"}}}",
      "sources: {a: {bigquery: {project: p, endpoint: \"u:hunter2-canary@h\"}}}",
      "registries: {r: {csv: {url: \"u:hunter2-canary@h/d\"}}}",
      "registries: {r: {csv: {url: \"ftp://hunter2-canary@h/d\"}}}",
      "registries: {r: {csv: {url: \"http://h/j?sig=hunter2-canary\", bearer_token: {env: X}}}}",
      "registries: {r: {csv: {url: \"http://h/j?v=1&subscription-key=hunter2-canary\", bearer_token: {env: X}}}}",
      "sources: {a: {sql: {url: \"postgresql://u@h/d\", password hunter2-canary}}}",
      "sources: {a: {sql: {url: \"postgresql://u@h/d\", password:hunter2-canary}}}",
      "sources:\n  a:\n    sql:\n      url: postgresql://u@h/d\n      password hunter2-canary\n",
      "sources:\n  a:\n    sql:\n      url: postgresql://u@h/d\n      password=hunter2-canary\n",
      "sources:\n  a:\n    sql:\n      url: postgresql://u@h/d\n      kennwort: hunter2-canary\n",
      "sources:\n  a:\n    sql:\n      url: postgresql://u@h/d\n      auth: u:hunter2-canary\n",
      "sources:\n  a:\n    sql:\n      url: postgresql://u@h/d\n      dbpass: hunter2-canary\n",
      "sources:\n  a:\n    sql:\n      url: postgresql://u@h/d\n      password: |\n      hunter2-canary\n",
      "sources:\n  a:\n    sql:\n      url: postgresql://u@h/d\n      password:\n    hunter2-canary\n",
      "sources:\n  a:\n    sql:\n      url: postgresql://u@h/d\n      password: {file: \"x\\nhunter2-canary\"}\n",
      "sources: {a: {heartbeat: [hunter2-canary]}}",
      "sources: {a: [hunter2-canary]}",
      "credential_of_a: hunter2-canary\n",
  };
  for (const std::string& text : texts) {
    const auto result = Parse(text);
    EXPECT_FALSE(result.config.has_value()) << text;
    EXPECT_THAT(result.Faults(), Not(HasSubstr(std::string(kSecret)))) << text;
    for (const Fault& fault : result.faults)
      EXPECT_THAT(fault.message + fault.help, Not(HasSubstr(std::string(kSecret)))) << text;
  }
}

TEST(Secrets, TheMessageSaysWhereASecretBelongs) {
  const std::string printed = Parse("sources:\n  push: {heartbeat: {token: hunter2-canary}}\n").Faults();
  EXPECT_EQ(printed,
            "config.yml:2:29: error: \"token\" wants {file: PATH} or {env: NAME}\n"
            "    = help: a secret never stands in the configuration: put it into a file or the environment\n");
}

TEST(Secrets, OtherLinesOfTheFileAreStillShown) {
  EXPECT_THAT(Parse("jobs:\n  a: {wihtin: 1h}\n").Faults(), HasSubstr("    2 |   a: {wihtin: 1h}\n      |       ^\n"));
}

}  // namespace
}  // namespace batchslo
