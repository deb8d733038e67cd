#include "exporter/sources/sql_cell.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

struct Cell {
  const char *text, *time;  // null: none
};

TEST(ParseCellTime, ReadsWhatTheDatabasesWrite) {
  static constexpr Cell kTable[] = {
      {"2026-03-01 09:00:00+00", "2026-03-01T09:00:00Z"},
      {"2026-03-01 09:00:00.25+00", "2026-03-01T09:00:00.25Z"},
      {"2026-03-01 09:00:00.1234567+00", "2026-03-01T09:00:00.123456Z"},
      {"2026-03-01 09:00:00+05:30", "2026-03-01T03:30:00Z"},
      {"2026-03-01 09:00:00-0330", "2026-03-01T12:30:00Z"},
      {"2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"},
      {"2026-03-01 09:00:00", "2026-03-01T00:00:00Z"},
      {"2026-03-01 09:00", "2026-03-01T00:00:00Z"},
      {"2026-03-01", "2026-02-28T15:00:00Z"},
      {"2026-03-01 09:00:00.250000", "2026-03-01T00:00:00.25Z"},
      {"0000-00-00 00:00:00", nullptr},
      {"2026-03-00", nullptr},
      {"18446744073709551615", nullptr},
      {"1772355600", "2026-03-01T09:00:00Z"},
      {"1772355600.5", "2026-03-01T09:00:00.5Z"},
      {"0", "1970-01-01T00:00:00Z"},
      {"20260301", nullptr},
      {"2026", nullptr},
      {"-1", nullptr},
      {"nan", nullptr},
      {"inf", nullptr},
      {"infinity", nullptr},
      {"1e300", nullptr},
      {"99999999999999999999", nullptr},
      {"2026-02-30", nullptr},
      {"2026-03-01 25:00:00", nullptr},
      {"2026-03-01 09:00:00 BC", nullptr},
      {"2026-03-01 -5:00:00", nullptr},
      {"2026-03-01 09:-5:00", nullptr},
      {"2026-03-01 09:00:00.-5", nullptr},
      {"2026-03-01 09:00:00+99", nullptr},
      {"2026-03-01 09:00:00+0960", nullptr},
      {"2026-03-01x09:00:00", nullptr},
      {"soon", nullptr},
      {"", nullptr},
  };
  const Zone tokyo = *Zone::Find("Asia/Tokyo");
  for (const Cell& row : kTable) {
    const auto time = ParseCellTime(row.text, tokyo);
    ASSERT_EQ(time.Ok(), row.time != nullptr) << row.text;
    if (!row.time) continue;
    EXPECT_EQ(FormatRfc3339(*time), FormatRfc3339(*ParseRfc3339(row.time))) << row.text;
  }
}

TEST(ParseCellTime, ARepeatedHourIsTheLaterOne) {
  EXPECT_EQ(FormatRfc3339(*ParseCellTime("2026-10-25 02:30:00", *Zone::Find("Europe/Berlin"))), "2026-10-25T01:30:00Z");
}

TEST(ParseCellCount, LosesNothingWithin64Bits) {
  EXPECT_EQ(ParseCellCount("9007199254740993"), 9007199254740993);
  EXPECT_EQ(ParseCellCount("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(ParseCellCount("12.0"), 12);
  for (const char* none : {"9223372036854775808", "nan", "many", "", "1 "}) EXPECT_EQ(ParseCellCount(none), std::nullopt) << none;
  EXPECT_EQ(ParseCellCount(std::nullopt), std::nullopt);
}

TEST(ParseCellNumber, IsFiniteOrNone) {
  EXPECT_EQ(ParseCellNumber("0.5"), 0.5);
  for (const char* none : {"nan", "inf", "x", ""}) EXPECT_EQ(ParseCellNumber(none), std::nullopt) << none;
}

}  // namespace
}  // namespace batchslo
