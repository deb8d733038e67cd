// Tests exporter/sources/bigquery_name.cc.
#include "exporter/sources/bigquery_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::HasSubstr;

TEST(BigQueryName, WhatPeopleWrite) {
  struct Row {
    const char *text, *project, *dataset, *table, *partition;
    std::size_t table_fields, partition_fields;
  };
  for (const Row& row :
       {Row{"mart.items", "", "mart", "items", "", 0, 0}, Row{"proj-1.mart.items", "proj-1", "mart", "items", "", 0, 0},
        Row{"example.com:proj.mart.items", "example.com:proj", "mart", "items", "", 0, 0},
        Row{"ga4.events_%Y%m%d", "", "ga4", "events_%Y%m%d", "", 3, 0}, Row{"d.%Y%m", "", "d", "%Y%m", "", 2, 0},
        Row{"d.t$%Y%m%d%H", "", "d", "t", "%Y%m%d%H", 0, 4}, Row{"d.t$20260301", "", "d", "t", "20260301", 0, 0},
        Row{"d.t$__UNPARTITIONED__", "", "d", "t", "__UNPARTITIONED__", 0, 0},
        Row{"d.a-b c", "", "d", "a-b c", "", 0, 0}, Row{"d.t%Yx%m", "", "d", "t%Yx%m", "", 2, 0}}) {
    const auto name = ParseBigQueryName(row.text);
    ASSERT_TRUE(name) << row.text << ": " << name.Message();
    EXPECT_EQ(name->project, row.project);
    EXPECT_EQ(name->dataset, row.dataset);
    EXPECT_EQ(name->table, row.table);
    EXPECT_EQ(name->partition, row.partition);
    EXPECT_EQ(name->table_fields, row.table_fields);
    EXPECT_EQ(name->partition_fields, row.partition_fields);
  }
}

TEST(BigQueryName, WhatIsNoneIsTold) {
  struct Row {
    std::string text;
    const char* error;
  };
  for (const Row& row : {Row{"", "write it as dataset.table"},
                         Row{"items", "write it as dataset.table"},
                         Row{".items", "write it as dataset.table"},
                         Row{".d.t", "begins with a dot"},
                         Row{"a.b.c.d", "\"a.b\" is no project"},
                         Row{"d.", "no table's name"},
                         Row{"d.t$", "after the $ stands a partition"},
                         Row{"d.events_*", "write events_%Y%m%d"},
                         Row{"d.t'x", "no table's name"},
                         Row{"d.t`x", "no table's name"},
                         Row{"d.t\\x", "no table's name"},
                         Row{"d'.t", "write it as"},
                         Row{"p`.d.t", "no project"},
                         Row{"d.t/x", "no table's name"},
                         Row{"d.t_%d", "from the year down"},
                         Row{"d.t_%Y%d", "from the year down"},
                         Row{"d.t_%Y%Y", "from the year down"},
                         Row{"d.t_%", "from the year down"},
                         Row{"d.t$%Y%m%d%H%M", "from the year down"},
                         Row{"d.t$%Y-%m", "either a date"},
                         Row{"d.t$2026'", "either a date"},
                         Row{"d.t_%Y$2026", "either in the table's name"},
                         Row{"d." + std::string(1025, 'x'), "no table's name"}}) {
    const auto name = ParseBigQueryName(row.text);
    ASSERT_FALSE(name) << row.text;
    EXPECT_THAT(name.Message(), HasSubstr(row.error)) << row.text;
  }
}

TEST(BigQueryName, ADateGoesIntoTheName) {
  EXPECT_EQ(FillDate("events_%Y%m%d", {2026, 3, 1}), "events_20260301");
  EXPECT_EQ(FillDate("%Y%m%d%H", {2026, 3, 1, 9}), "2026030109");
  EXPECT_EQ(FillDate("items", {2026, 3, 1}), "items");
}

TEST(BigQueryName, BackOverTheEndsOfDaysMonthsAndYears) {
  EXPECT_EQ(DateBefore({2026, 3, 1, 0}, 4, 1), (DateParts{2026, 2, 28, 23}));
  EXPECT_EQ(DateBefore({2026, 3, 1, 0}, 4, 0), (DateParts{2026, 3, 1, 0}));
  EXPECT_EQ(DateBefore({2024, 3, 1, 5}, 3, 1), (DateParts{2024, 2, 29}));
  EXPECT_EQ(DateBefore({2026, 1, 31, 5}, 2, 2), (DateParts{2025, 11}));
  EXPECT_EQ(DateBefore({2026, 1, 31, 5}, 1, 1), (DateParts{2025}));
}

TEST(BigQueryName, APartitionsDateIsItsId) {
  EXPECT_EQ(DateOfPartition("2026030109", 4), (DateParts{2026, 3, 1, 9}));
  EXPECT_EQ(DateOfPartition("202603", 2), (DateParts{2026, 3}));
  for (const char* id : {"", "__NULL__", "__UNPARTITIONED__", "2026030", "2026030109", "-2260301"})
    EXPECT_EQ(DateOfPartition(id, 3), DateParts{}) << id;
}

}  // namespace
}  // namespace batchslo
