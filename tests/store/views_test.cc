#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/store/scratch.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Views {
  const char* name;
  std::vector<int> seconds_after_start;
  std::vector<int> given;
};

TEST(Ledger, ViewsThatJoinComeAsAFewThatCoverTheSame) {
  const std::vector<Views> table = {
      {"one", {0}, {0}},
      {"a bound apart join", {0, 60}, {0, 60}},
      {"beyond it they do not", {0, 61}, {0, 61}},
      {"what lies between goes", {0, 10, 20, 30, 59}, {0, 59}},
      {"at most a bound apart", {0, 50, 100, 150, 200}, {0, 60, 120, 180, 200}},
      {"a late one bridges", {0, 100, 50}, {0, 60, 100}},
      {"in falling order", {100, 50, 0}, {0, 60, 100}},
      {"inside changes nothing", {0, 60, 30, 30}, {0, 60}},
  };
  for (const Views& row : table) {
    SCOPED_TRACE(row.name);
    for (const bool together : {true, false}) {
      const Scratch scratch;
      auto ledger = OpenAt(scratch.File());
      Report report;
      for (const int second : row.seconds_after_start) report.push_back(ViewAt(kStart + seconds{second}));
      ASSERT_TRUE(!together || ledger->Append(report).Ok());
      for (const Fact& fact : report) ASSERT_TRUE(together || ledger->Append({fact}).Ok());
      std::vector<Fact> expected;
      for (const int second : row.given) expected.push_back(ViewAt(kStart + seconds{second}));
      EXPECT_EQ(FactsOf(*ledger), expected);
    }
  }
}

TEST(Ledger, ScopesAndTheWholeSourceAreCoveredApart) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  const Report report = {ViewAt(kStart), ViewAt(kStart, ""), ViewAt(kStart, "a"), ViewAt(kStart, "-")};
  ASSERT_TRUE(ledger->Append(report).Ok());
  EXPECT_THAT(FactsOf(*ledger), testing::UnorderedElementsAreArray(report));
}

TEST(Ledger, AnIncompleteViewIsNotKept) {
  const Scratch scratch;
  auto ledger = OpenAt(scratch.File());
  ASSERT_TRUE(ledger->Append({{"s", kStart, ViewFact{{}, false, kStart}}}).Ok());
  EXPECT_THAT(FactsOf(*ledger), IsEmpty());
}

TEST(Ledger, WithoutAStalenessBoundViewsStayAsTheyAre) {
  const Scratch scratch;
  LedgerOptions options;
  options.path = scratch.File();
  auto ledger = Ledger::Open(options);
  ASSERT_TRUE(ledger.Ok());
  const Report report = {ViewAt(kStart), ViewAt(kStart + seconds{1}), ViewAt(kStart + seconds{2})};
  ASSERT_TRUE((*ledger)->Append(report).Ok());
  EXPECT_EQ(FactsOf(**ledger), report);
}

TEST(Ledger, AShorterBoundLaterDoesNotTearWhatWasJoined) {
  const Scratch scratch;
  OpenAt(scratch.File())->Append({ViewAt(kStart), ViewAt(kStart + seconds{50})}).Ok();
  auto ledger = Ledger::Open(OptionsAt(scratch.File(), seconds{20}));
  EXPECT_THAT(FactsOf(**ledger), ElementsAre(ViewAt(kStart), ViewAt(kStart + seconds{20}), ViewAt(kStart + seconds{40}), ViewAt(kStart + seconds{50})));
}

}  // namespace
}  // namespace batchslo
