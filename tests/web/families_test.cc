// Tests the tables of exporter/web/families.cc and self_families.cc.
#include "exporter/web/families.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace batchslo {
namespace {

std::vector<FamilyHead> AllHeads() {
  std::vector<FamilyHead> heads;
  for (const JobFamily& family : JobFamilies()) heads.push_back(family.head);
  for (const SelfFamily& family : SelfFamilies()) heads.push_back(family.head);
  for (const FamilyHead& head : ExtraFamilies()) heads.push_back(head);
  return heads;
}

std::string WithoutTotal(std::string_view name) { return std::string(name.ends_with("_total") ? name.substr(0, name.size() - 6) : name); }

TEST(Families, EveryNameStandsOnce) {
  std::set<std::string> names;
  for (const FamilyHead& head : AllHeads()) EXPECT_TRUE(names.insert(WithoutTotal(head.name)).second) << head.name;
}

TEST(Families, NamesAreWhatPrometheusTakes) {
  for (const FamilyHead& head : AllHeads()) {
    EXPECT_TRUE(head.name.starts_with("batchslo_") || head.name.starts_with("process_")) << head.name;
    EXPECT_EQ(head.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << head.name;
    EXPECT_LT(head.name.size(), 64u) << head.name;
  }
}

TEST(Families, CountersAndOnlyTheyEndWithTotal) {
  for (const FamilyHead& head : AllHeads()) {
    EXPECT_TRUE(head.type == "gauge" || head.type == "counter" || head.type == "histogram") << head.name;
    EXPECT_EQ(head.name.ends_with("_total"), head.type == "counter") << head.name;
  }
}

TEST(Families, TheUnitIsTheLastWordOfTheName) {
  for (const FamilyHead& head : AllHeads()) {
    if (!head.unit.empty()) {
      EXPECT_TRUE(WithoutTotal(head.name).ends_with("_" + std::string(head.unit))) << head.name;
    }
  }
}

TEST(Families, HelpIsOneSentence) {
  for (const FamilyHead& head : AllHeads()) {
    EXPECT_TRUE(head.help.ends_with('.')) << head.name;
    EXPECT_LT(head.help.size(), 200u) << head.name;
    EXPECT_EQ(head.help.find_first_of("\\\n"), std::string_view::npos) << head.name;
  }
}

TEST(Families, NoNameLooksLikeAnotherFamilysHistogram) {
  std::set<std::string> names;
  for (const FamilyHead& head : AllHeads()) names.insert(WithoutTotal(head.name));
  for (const FamilyHead& head : AllHeads()) {
    if (head.type != "histogram") continue;
    for (const char* suffix : {"_bucket", "_sum", "_count"}) EXPECT_FALSE(names.contains(std::string(head.name) + suffix)) << head.name;
  }
}

}  // namespace
}  // namespace batchslo
