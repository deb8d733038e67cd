#include "exporter/sources/bigquery_families.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

TEST(BigQueryFamilies, TablesOfDatesAreOne) {
  const auto families = TableFamiliesOf({{"events_20260301", "TABLE", ""}, {"events_20260303", "TABLE", ""}, {"events_20260302", "TABLE", ""}, {"items", "TABLE", "DAY"}});
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families[0].table.name, "events_%Y%m%d");
  EXPECT_EQ(families[0].tables, 3u);
  EXPECT_EQ(families[0].newest, "events_20260303");
  EXPECT_EQ(families[1].table.name, "items");
  EXPECT_EQ(families[1].newest, "");
}

TEST(BigQueryFamilies, WhatIsNoDateIsAName) {
  for (const char* name : {"n_12345678", "n_20261301", "n_120260301", "20260301", "n_2026030", "x"}) {
    const auto families = TableFamiliesOf({{name, "TABLE", ""}});
    ASSERT_EQ(families.size(), 1u);
    EXPECT_EQ(families[0].table.name, name);
  }
}

TEST(BigQueryFamilies, FieldsOfPartitions) {
  EXPECT_EQ(PartitionFields("DAY"), "%Y%m%d");
  EXPECT_EQ(PartitionFields("HOUR"), "%Y%m%d%H");
  EXPECT_EQ(PartitionFields("MONTH"), "%Y%m");
  EXPECT_EQ(PartitionFields("YEAR"), "%Y");
  EXPECT_EQ(PartitionFields(""), "");
}

}  // namespace
}  // namespace batchslo
