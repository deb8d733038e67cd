// Tests exporter/sources/bigquery_look.cc.
#include "exporter/sources/bigquery_look.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::HasSubstr;

TimePoint At(const std::string& clock) { return *ParseRfc3339("2026-03-01T" + clock + "Z"); }
const DateParts kToday = {2026, 3, 1, 9};

TEST(BigQueryLook, OneQueryForTheTablesOfADataset) {
  EXPECT_EQ(PartitionsQuery("p", "d", {{"items", false}, {"events", true}}),
            "SELECT table_name, IF(table_name IN ('events'), partition_id, NULL) AS id, SUM(total_rows) AS row_count, "
            "SUM(total_logical_bytes) AS size_bytes, "
            "MAX(last_modified_time) AS moved FROM `p.d.INFORMATION_SCHEMA.PARTITIONS` WHERE table_name IN ('items', "
            "'events') GROUP BY 1, 2 "
            "QUALIFY ROW_NUMBER() OVER (PARTITION BY table_name ORDER BY id DESC) <= 500");
  EXPECT_THAT(PartitionsQuery("p", "d", {{"items", false}}),
              HasSubstr("SELECT table_name, CAST(NULL AS STRING) AS id,"));
}

TEST(BigQueryLook, ItsAnswer) {
  BigQueryRows rows;
  rows.columns = {{"table_name", "STRING"},
                  {"id", "STRING"},
                  {"row_count", "INTEGER"},
                  {"size_bytes", "INTEGER"},
                  {"moved", "TIMESTAMP"}};
  rows.rows = {{"items", std::nullopt, "42", "7", "1772355600000000"}, {"empty", std::nullopt, "0", "0", std::nullopt}};
  rows.total = 2;
  const auto partitions = ParsePartitions(rows);
  ASSERT_TRUE(partitions) << partitions.Message();
  EXPECT_EQ(partitions->at(0).rows, 42);
  EXPECT_EQ(partitions->at(0).moved, At("09:00:00"));
  EXPECT_EQ(partitions->at(1).moved, std::nullopt);
  rows.total = 3;
  EXPECT_THAT(ParsePartitions(rows).Message(), HasSubstr("2 of 3 rows"));
  rows.columns[4].name = "x";
  EXPECT_THAT(ParsePartitions(rows).Message(), HasSubstr("without the column moved"));
}

TEST(BigQueryLook, OfPartitionsTheOneThatIsAskedFor) {
  const std::vector<BigQueryPartition> partitions = {
      {"t", "20260302", 9, 90, At("01:00:00")},  // to come
      {"t", "20260301", 1, 10, At("02:00:00")},  // today
      {"t", "20260228", 2, 20, At("03:00:00")},  // written again, later
      {"t", "__NULL__", 3, 30, At("04:00:00")}, {"t", "__UNPARTITIONED__", 4, 40, At("05:00:00")},
      {"u", "20260301", 5, 50, At("06:00:00")},
  };
  struct Row {
    const char* name;
    std::optional<TimePoint> at;
    std::optional<std::int64_t> rows;
    const char* partition;
  };
  for (const Row& row :
       {Row{"d.t", At("05:00:00"), std::nullopt, ""}, Row{"d.t$%Y%m%d", At("02:00:00"), 1, "2026-03-01"},
        Row{"d.t$20260228", At("03:00:00"), 2, "20260228"}, Row{"d.t$__NULL__", At("04:00:00"), 3, "__NULL__"},
        Row{"d.t$20200101", std::nullopt, std::nullopt, ""}, Row{"d.t$%Y%m", std::nullopt, std::nullopt, ""},
        Row{"d.v", std::nullopt, std::nullopt, ""}}) {
    const BigQueryMove move = FindMove(partitions, *ParseBigQueryName(row.name), kToday);
    EXPECT_EQ(move.at, row.at) << row.name;
    EXPECT_EQ(move.rows, row.rows) << row.name;
    EXPECT_EQ(move.partition, row.partition) << row.name;
  }
}

BigQueryTable::Buffer Buffer(std::int64_t rows, const std::string& oldest) { return {rows, At(oldest)}; }

TEST(BigQueryLook, AStreamedRowCameWhenThereAreMoreThanBefore) {
  BufferMemory memory;
  EXPECT_EQ(*NoteBuffer(memory, std::nullopt, At("09:00:00")), std::nullopt);
  EXPECT_EQ(*NoteBuffer(memory, Buffer(1, "09:00:30"), At("09:01:00")), At("09:01:00"));
  EXPECT_EQ(*NoteBuffer(memory, Buffer(1, "09:00:30"), At("09:02:00")), At("09:01:00")) << "none more";
  EXPECT_EQ(*NoteBuffer(memory, Buffer(2, "09:00:30"), At("09:03:00")), At("09:03:00"));
  EXPECT_EQ(*NoteBuffer(memory, Buffer(1, "09:03:30"), At("09:04:00")), At("09:04:00"))
      << "fewer, but all came after the look before";
  EXPECT_EQ(*NoteBuffer(memory, Buffer(1, "09:03:30"), At("09:05:00")), At("09:04:00"));
  EXPECT_EQ(*NoteBuffer(memory, std::nullopt, At("10:30:00")), At("09:04:00"));
}

TEST(BigQueryLook, ABufferThatWasThereFirstTellsNothingUntilItGrowsOrIsEmpty) {
  BufferMemory grows;
  EXPECT_THAT(NoteBuffer(grows, Buffer(5, "08:00:00"), At("09:00:00")).Message(), HasSubstr("streaming buffer"));
  EXPECT_FALSE(NoteBuffer(grows, Buffer(5, "08:00:00"), At("09:01:00")));
  EXPECT_EQ(*NoteBuffer(grows, Buffer(6, "08:00:00"), At("09:02:00")), At("09:02:00"));
  BufferMemory empties;
  EXPECT_FALSE(NoteBuffer(empties, Buffer(5, "08:00:00"), At("09:00:00")));
  EXPECT_EQ(*NoteBuffer(empties, std::nullopt, At("09:01:00")), std::nullopt);
}

BigQueryRows OneRow(std::vector<BigQueryRows::Column> columns, std::vector<std::optional<std::string>> row) {
  BigQueryRows rows;
  rows.columns = std::move(columns);
  rows.rows = {std::move(row)};
  rows.total = 1;
  return rows;
}

TEST(BigQueryLook, AQuerysRowIsAnObservation) {
  const auto tokyo = Zone::Find("Asia/Tokyo").Value();
  const auto fact = ParseOutput(
      OneRow({{"updated_at", "TIMESTAMP"}, {"rows", "INTEGER"}, {"null_amount", "INTEGER"}, {"other", "STRING"}, {"partition_id", "STRING"}},
             {"1772355600000000", "42", "3", "x", "20260301"}),
      tokyo);
  ASSERT_TRUE(fact) << fact.Message();
  EXPECT_EQ(fact->updated, At("09:00:00"));
  EXPECT_EQ(fact->rows, 42);
  EXPECT_EQ(fact->partition, "20260301");
  EXPECT_EQ(fact->values, (std::map<std::string, double>{{"null.amount", 3}}));
  EXPECT_EQ(ParseOutput(OneRow({{"UPDATED_AT", "DATETIME"}}, {"2026-03-01T18:00:00.5"}), tokyo)->updated,
            At("09:00:00.5"));
  EXPECT_EQ(ParseOutput(OneRow({{"updated_at", "DATE"}}, {"2026-03-01"}), tokyo)->updated,
            *ParseRfc3339("2026-02-28T15:00:00Z"));
  EXPECT_EQ(ParseOutput(OneRow({{"updated_at", "TIMESTAMP"}}, {std::nullopt}), tokyo)->updated, std::nullopt);
}

TEST(BigQueryLook, AQueryThatSaysNoTimeIsAnError) {
  struct Row {
    BigQueryRows rows;
    const char* error;
  };
  BigQueryRows none = OneRow({{"updated_at", "TIMESTAMP"}}, {"1"}), two = none, paged = none;
  none.rows.clear();
  none.total = 0;
  two.rows.push_back({"2"});
  two.total = 2;
  paged.total = 2;
  for (const Row& row : {Row{OneRow({{"t", "TIMESTAMP"}}, {"1"}), "gives no column updated_at"},
                         Row{none, "gives no row"}, Row{two, "more than one row"}, Row{paged, "more than one row"},
                         Row{OneRow({{"updated_at", "STRING"}}, {"2026-03-01"}), "updated_at is STRING"},
                         Row{OneRow({{"updated_at", "INTEGER"}}, {"1"}), "updated_at is INTEGER"},
                         Row{OneRow({{"updated_at", "TIMESTAMP"}}, {"-5"}), "no time after 1970"},
                         Row{OneRow({{"updated_at", "DATE"}}, {"0001-01-01"}), "is no time"}}) {
    const auto fact = ParseOutput(row.rows, Zone());
    ASSERT_FALSE(fact) << row.error;
    EXPECT_THAT(fact.Message(), HasSubstr(row.error));
  }
}

TEST(BigQueryLook, OnlyAQueryThatReadsIsOne) {
  for (const char* sql : {"SELECT 1", "select 1", " (\nSELECT 1)", "WITH a AS (SELECT 1) SELECT 1",
                          "FROM d.t |> AGGREGATE", "-- x\nSELECT 1", "#\nSELECT 1", "/* x */ SELECT 1"})
    EXPECT_TRUE(IsReadingQuery(sql)) << sql;
  for (const char* sql : {"", "DELETE FROM d.t", "CREATE TABLE x AS SELECT 1", "-- SELECT", "/* SELECT", "SELECTED",
                          "MERGE d.t", "(", "/*/ SELECT"})
    EXPECT_FALSE(IsReadingQuery(sql)) << sql;
}

}  // namespace
}  // namespace batchslo
