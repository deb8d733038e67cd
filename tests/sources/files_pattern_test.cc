#include "exporter/sources/files_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The date that a name of one step says; none: it does not match.
std::optional<std::string> DateIn(const std::string& pattern, const std::string& name, DateParts date = {}) {
  const auto parsed = ParseFilePattern(pattern);
  EXPECT_TRUE(parsed.Ok()) << pattern << ": " << (parsed ? "" : parsed.Message());
  if (!parsed || !parsed->steps.back().Matches(name, date)) return std::nullopt;
  return FormatDateParts(date);
}

struct Row {
  const char *pattern, *name;
  bool matches;
};

TEST(FilePattern, WildcardsMatchAsInAShell) {
  static constexpr Row kTable[] = {
      {"*.csv", "a.csv", true},
      {"*.csv", "a.csv.gz", false},
      {"*.csv", "acsv", false},
      {"part-*", "part-", true},
      {"*a",
       "a\nb\xff\xfe"
       "a",
       true},
      {"?.csv", "\xc3\xa4.csv", true},
      {"?.csv", "ab.csv", false},
      {"[ab]x*", "bx", true},
      {"[!ab]x*", "bx", false},
      {"[^ab]x*", "cx", true},
      {"[a-c]?", "b1", true},
      {"[]a]?", "]1", true},
      {"[*]?", "*1", true},
      {"[*]?", "a1", false},
      {"a.b+(c)|$*", "a.b+(c)|$", true},
      {"a.b*", "axb", false},
      {"[{]a*", "{ab", true},
      {"100%%*", "100%", true},
      {"[a^]*", "^x", true},
  };
  for (const Row& row : kTable)
    EXPECT_EQ(DateIn(row.pattern, row.name).has_value(), row.matches) << row.pattern << " " << row.name;
}

TEST(FilePattern, TemporaryNamesAreLeftOutUnlessThePatternIsWrittenSo) {
  for (const char* name : {".a", "._SUCCESS.crc", "_temporary", "_started_12", "a.tmp", "a.crc", "a._COPYING_"}) {
    EXPECT_FALSE(DateIn("*", name)) << name;
    EXPECT_FALSE(DateIn("*[a-zA-Z0-9_]", name)) << name;
  }
  for (const char* name : {"_SUCCESS", "_a", "a.tmp.gz", "tmp", "part-0.crc.gz"})
    EXPECT_TRUE(DateIn("*", name)) << name;
  EXPECT_TRUE(DateIn(".a*", ".ab"));
  EXPECT_TRUE(DateIn("*.tmp", "x.tmp"));
}

TEST(FilePattern, DateFieldsAreReadAndMustAgree) {
  EXPECT_EQ(DateIn("%Y%m%d", "20260301"), "2026-03-01");
  EXPECT_EQ(DateIn("dt=%Y-%m-%d-%H*", "dt=2026-03-01-09.csv"), "2026-03-01T09");
  EXPECT_EQ(DateIn("%d.%m.%Y", "01.03.2026"), "2026-03-01");
  EXPECT_EQ(DateIn("%Y/%m/%d", "07", {2026, 3}), "2026-03-07");
  EXPECT_EQ(DateIn("%Y/%m/%Y%m%d", "20260307", {2026, 3}), "2026-03-07");
  EXPECT_EQ(DateIn("%Y/%m/%Y%m%d", "20260407", {2026, 3}), std::nullopt);
  for (const char* name : {"2026031", "202603011", "20261301", "20260300", "20260332", "2026030a", "__HIVE__"})
    EXPECT_EQ(DateIn("%Y%m%d", name), std::nullopt) << name;
  EXPECT_EQ(DateIn("%Y%m%d%H", "2026030124"), std::nullopt);
}

TEST(FilePattern, NowIsReadInItsZone) {
  const TimePoint at = *ParseRfc3339("2026-03-01T15:30:00Z");
  EXPECT_THAT(DatePartsOf(at, Zone{}), ElementsAre(2026, 3, 1, 15));
  const auto tokyo = Zone::Find("Asia/Tokyo");
  ASSERT_TRUE(tokyo.Ok());
  EXPECT_THAT(DatePartsOf(at, *tokyo), ElementsAre(2026, 3, 2, 0));
}

struct Refused {
  const char *pattern, *error;
};

TEST(FilePattern, WhatIsWrongIsToldWithWhatToWrite) {
  static constexpr Refused kTable[] = {
      {"", "empty name"},
      {"/data/x", "empty name"},
      {"a//b", "empty name"},
      {"exports/", "exports/*"},
      {"..", "\"..\" may not stand in it"},
      {"a/../../b", "stays below"},
      {"./a", "\".\" may not stand in it"},
      {"a/{b,c}", "braces"},
      {"a\\*", "write [*]"},
      {"a[bc", "has no ]"},
      {"a[]", "has no ]"},
      {"a[!]", "has no ]"},
      {"[z-a]", "a set that is none"},
      {"[[:digit:]]", "like [a-z]"},
      {"%y", "%Y, %m, %d and %H"},
      {"50%", "%%"},
      {"%m/%Y", "from the year down"},
      {"%Y/%d", "none left out"},
      {"%H", "from the year down"},
      {"a/**", "**/*"},
      {"**/a/**/b", "once"},
  };
  for (const Refused& row : kTable) {
    const auto parsed = ParseFilePattern(row.pattern);
    ASSERT_FALSE(parsed.Ok()) << row.pattern;
    EXPECT_THAT(parsed.Message(), HasSubstr(row.error)) << row.pattern;
  }
}

TEST(FilePattern, TheNamesBeforeTheFirstWildcardAreCounted) {
  EXPECT_EQ(ParseFilePattern("a/b%%/*/c")->leading_names, 2u);
  EXPECT_EQ(ParseFilePattern("a/b%%/*/c")->steps[1].name, "b%");
  EXPECT_EQ(ParseFilePattern("a/b.csv")->leading_names, 2u);
  EXPECT_EQ(ParseFilePattern("**/b")->leading_names, 0u);
  EXPECT_FALSE(ParseFilePattern("**/b")->has_date);
  EXPECT_TRUE(ParseFilePattern("a/%Y/b")->has_date);
}

}  // namespace
}  // namespace batchslo
