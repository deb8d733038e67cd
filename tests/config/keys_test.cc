// Every key of every block, by the tables that the parser itself reads by (exporter/config/keys.h and the registry).
#include "exporter/config/keys.h"

#include <set>

#include "tests/config/cases.h"
#include "tests/config/parse.h"

namespace batchslo {
namespace {

std::vector<Case> CasesOf(CaseKind kind) {
  std::vector<Case> cases;
  for (Case& made : MakeCases()) {
    if (made.kind == kind) cases.push_back(std::move(made));
  }
  return cases;
}

std::string InQuotes(const std::string& text) { return "\"" + text + "\""; }

// Exactly one fault, in the part of the text that is wrong.
const Fault* OnlyFault(const ConfigResult& result, const Case& made) {
  if (result.faults.size() != 1) {
    ADD_FAILURE() << made.name << " has " << result.faults.size() << " faults\n"
                  << made.text << "\n"
                  << result.Faults();
    return nullptr;
  }
  const Fault& fault = result.faults.front();
  EXPECT_EQ(fault.line, 1) << made.name;
  EXPECT_GE(fault.column, made.from) << made.name << "\n" << result.Faults();
  EXPECT_LE(fault.column, made.to) << made.name << "\n" << result.Faults();
  EXPECT_FALSE(result.config.has_value()) << made.name;
  return &fault;
}

TEST(Keys, EachExampleAndEachAllowedValueIsGood) {
  for (const Case& made : CasesOf(CaseKind::kGood))
    EXPECT_EQ(Parse(made.text).Faults(), "") << made.name << "\n" << made.text;
}

TEST(Keys, AWrongTypeIsToldAtItsPlaceWithTheKeyAndWhatItWants) {
  for (const Case& made : CasesOf(CaseKind::kWrongType)) {
    const ConfigResult result = Parse(made.text);
    if (const Fault* fault = OnlyFault(result, made)) {
      EXPECT_THAT(fault->message, testing::HasSubstr(InQuotes(made.key) + " wants ")) << made.name;
      EXPECT_THAT(result.Faults(), testing::Not(testing::HasSubstr("hunter2"))) << made.name;
    }
  }
}

TEST(Keys, AWrongValueIsToldAtItsPlaceWithTheKey) {
  for (const Case& made : CasesOf(CaseKind::kWrongValue)) {
    const ConfigResult result = Parse(made.text);
    if (const Fault* fault = OnlyFault(result, made)) {
      EXPECT_THAT(fault->message, testing::HasSubstr(InQuotes(made.key))) << made.name;
    }
  }
}

TEST(Keys, AMisspeltKeyIsToldWithWhatWasMeant) {
  for (const Case& made : CasesOf(CaseKind::kMisspelt)) {
    const ConfigResult result = Parse(made.text);
    ASSERT_FALSE(result.faults.empty()) << made.name;
    const auto unknown = std::find_if(result.faults.begin(), result.faults.end(),
                                      [](const Fault& fault) { return fault.message.starts_with("unknown key "); });
    ASSERT_NE(unknown, result.faults.end()) << made.name << "\n" << result.Faults();
    EXPECT_EQ(unknown->column, made.from) << made.name;
    EXPECT_THAT(unknown->help, testing::StartsWith("did you mean " + InQuotes(made.key) + "? allowed: ")) << made.name;
  }
}

TEST(Keys, AMissingKeyIsToldWithTheBlockThatNeedsIt) {
  const auto cases = CasesOf(CaseKind::kMissing);
  EXPECT_GE(cases.size(), 4u);
  for (const Case& made : cases) {
    const ConfigResult result = Parse(made.text);
    if (const Fault* fault = OnlyFault(result, made)) {
      EXPECT_THAT(fault->message, testing::EndsWith(" needs " + InQuotes(made.key))) << made.name;
    }
  }
}

TEST(Keys, EveryKeyHasAllItsCases) {
  std::map<std::string, std::set<CaseKind>> kinds;
  for (const Case& made : MakeCases()) kinds[made.block + " " + made.key].insert(made.kind);
  EXPECT_GT(kinds.size(), 70u);
  for (const auto& [key, its] : kinds) {
    EXPECT_TRUE(its.contains(CaseKind::kGood) && its.contains(CaseKind::kWrongType) &&
                its.contains(CaseKind::kMisspelt))
        << key;
  }
}

TEST(Keys, AllFaultsOfAFileAreToldAtOnceInTheirOrder) {
  std::string text = "jobs:\n";
  for (int i = 0; i < 50; ++i) text += "  job-" + std::to_string(i) + ":\n    wihtin: 1h\n    grace: soon\n";
  const auto faults = FaultsOf(text);
  ASSERT_EQ(faults.size(), 100u);
  EXPECT_EQ(faults[0], "3:5 unknown key \"wihtin\" in job \"job-0\"");
  EXPECT_EQ(faults[1], "4:12 \"grace\" wants a duration like 90s, 1h30m or 2d, not \"soon\"");
  EXPECT_THAT(faults[99], testing::StartsWith("151:12 "));
}

}  // namespace
}  // namespace batchslo
