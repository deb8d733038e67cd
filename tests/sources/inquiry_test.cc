#include "exporter/sources/inquiry.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

TEST(YamlText, IsPlainOnlyBeyondDoubt) {
  const std::pair<const char*, const char*> kRows[] = {{"mart.items", "mart.items"}, {"/data/lake", "/data/lake"}, {"a-b_c", "a-b_c"}, {"", "\"\""},
                                                       {"true", "\"true\""},         {"No", "\"No\""},             {"1", "\"1\""},     {"a b", "\"a b\""},
                                                       {"a: b", "\"a: b\""},         {"%Y", "\"%Y\""},             {"~", "\"~\""},     {"a\"\\b", "\"a\\\"\\\\b\""},
                                                       {"a\nb", "\"a\\x0Ab\""},      {"é", "\"é\""},               {"-", "\"-\""},
                                                       {"a\xc2\x9b" "31m", "\"a\\x9B31m\""}, {"a\xe2\x80\xae" "b", "\"a\\u202Eb\""}};
  for (const auto& [text, yaml] : kRows) EXPECT_EQ(YamlText(text), yaml) << text;
}

TEST(Finish, NamesAreUniqueAndBounded) {
  Discovery found;
  found.jobs = {{"a", "", ""}, {"a", "", ""}, {"", "", ""}, {std::string(201, 'x'), "", ""}};
  Finish(found);
  ASSERT_EQ(found.jobs.size(), 2u);
  EXPECT_EQ(found.jobs[1].name, "a-2");
  EXPECT_EQ(found.notes, std::vector<std::string>{"2 are left out: their names are too long for a job"});
  found.jobs.assign(kMostDiscovered + 1, {"a", "", ""});
  found.notes.clear();
  Finish(found);
  EXPECT_EQ(found.jobs.size(), kMostDiscovered);
  EXPECT_EQ(found.notes, std::vector<std::string>{"only the first 1000 of 1001 are shown"});
}

}  // namespace
}  // namespace batchslo
