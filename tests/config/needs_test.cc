// What jobs need of each other: exporter/config/needs.cc.
#include "tests/config/parse.h"

namespace batchslo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Jobs of a source that discovers none, each with these needs.
std::string Text(const std::vector<std::pair<std::string, std::string>>& jobs, const std::string& discover = "none") {
  std::string text = "sources: {gke: {kubernetes: {discover: " + discover + "}}}\njobs:\n";
  for (const auto& [name, needs] : jobs) {
    text += "  " + name + ": {runs: {source: gke, cronjob: x/" + name + "}, within: 1h" + (needs.empty() ? "" : ", needs: " + needs) + "}\n";
  }
  return text;
}

TEST(Needs, AreTakenInTheirOrder) {
  const Config config = Good(Text({{"a", "[c, b]"}, {"b", ""}, {"c", "[b]"}}));
  EXPECT_THAT(*config.fleet.jobs[0]->needs, ElementsAre("c", "b"));
  EXPECT_FALSE(config.fleet.jobs[1]->needs);
  EXPECT_THAT(*config.fleet.jobs[2]->needs, ElementsAre("b"));
}

TEST(Needs, MayStandBeforeWhatTheyName) { EXPECT_THAT(FaultsOf(Text({{"a", "[z]"}, {"z", ""}})), IsEmpty()); }

TEST(Needs, OfNothingIsAFaultWithWhatWasMeant) {
  EXPECT_THAT(FaultsOf(Text({{"import", ""}, {"train", "[imprt]"}})),
              ElementsAre(AllOf(HasSubstr("job \"train\" needs \"imprt\", and no job is named so"), testing::StartsWith("4:"))));
}

TEST(Needs, MayNameWhatASourceDiscovers) { EXPECT_THAT(FaultsOf(Text({{"a", "[warehouse/import]"}}, "cronjobs")), IsEmpty()); }

TEST(Needs, OfItselfCanNeverBegin) { EXPECT_THAT(FaultsOf(Text({{"a", "[a]"}})), ElementsAre(HasSubstr("can never begin: \"a\" needs \"a\""))); }

TEST(Needs, InACircleAreToldOnceEach) {
  const auto faults = FaultsOf(Text({{"a", "[b]"}, {"b", "[c]"}, {"c", "[a]"}, {"d", "[a]"}, {"e", "[f]"}, {"f", "[e]"}, {"g", ""}, {"h", "[g]"}}));
  EXPECT_THAT(faults, ElementsAre(HasSubstr("\"a\" needs \"b\" needs \"c\" needs \"a\""), HasSubstr("\"e\" needs \"f\" needs \"e\"")));
}

TEST(Needs, OfManyAreReadWithoutRecursion) {
  std::vector<std::pair<std::string, std::string>> chain{{"j0", ""}};
  for (int i = 1; i < 20'000; ++i) chain.push_back({"j" + std::to_string(i), "[j" + std::to_string(i - 1) + "]"});
  EXPECT_THAT(FaultsOf(Text(chain)), IsEmpty());
  chain.front().second = "[j19999]";
  EXPECT_THAT(FaultsOf(Text(chain)), ElementsAre(AllOf(HasSubstr("can never begin"), HasSubstr("..."))));
}

}  // namespace
}  // namespace batchslo
