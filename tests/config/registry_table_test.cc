// The table of a registry: exporter/config/registry_table.cc.
#include "exporter/config/registry_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// "2 a/b by=10:00(2)": rows with their keys, values and columns.
std::vector<std::string> Rows(const RegistryTable& table) {
  std::vector<std::string> rows;
  for (const RegistryRow& row : table.rows) {
    std::string text = std::to_string(row.number) + " " + row.job;
    for (const RegistryCell& cell : row.cells) text += " " + std::string(cell.key) + "=" + cell.text + "(" + std::to_string(cell.column) + ")";
    rows.push_back(text);
  }
  return rows;
}

std::vector<std::string> Notes(const std::vector<RegistryReading::Note>& notes) {
  std::vector<std::string> texts;
  for (const auto& [row, column, job, text] : notes) texts.push_back(std::to_string(row) + " " + column + " [" + job + "] " + text);
  return texts;
}

RegistryTable Good(std::string_view csv) {
  auto table = ReadRegistryTable(csv);
  EXPECT_TRUE(table) << (table ? "" : table.Message());
  return table ? std::move(table).Value() : RegistryTable{};
}

TEST(RegistryTable, ColumnsComeInAnyOrderAndByTheirNames) {
  EXPECT_THAT(Rows(Good("by,job,team\n10:00,a/b,data\n")), ElementsAre("2 a/b by=10:00(1) team=data(3)"));
  EXPECT_THAT(Rows(Good(" Job ,Runbook URL,Max-Runtime\na,https://x.example,3h\n")), ElementsAre("2 a runbook_url=https://x.example(2) max_runtime=3h(3)"));
}

TEST(RegistryTable, EmptyCellsAndRowsSayNothing) {
  EXPECT_THAT(Rows(Good("\njob,by,notes\n\n a , , x\n,,remember\nb,10:00\n")), ElementsAre("4 a", "6 b by=10:00(2)"));
  EXPECT_THAT(Rows(Good("job\n")), IsEmpty());
}

TEST(RegistryTable, OtherColumnsAreListedOnce) {
  const RegistryTable table = Good("job,notes,tem,by\na,x,y,10:00\n");
  EXPECT_THAT(Notes(Good("job,\"no\ntes\"\na,\n").reading.remarks), ElementsAre("1  [] the column whose title can't be shown is not read"));
  EXPECT_THAT(Notes(table.reading.remarks), ElementsAre("1  [] the column \"notes\" is not read", "1  [] the column \"tem\" is not read; did you mean \"team\"?"));
  EXPECT_THAT(Rows(table), ElementsAre("2 a by=10:00(4)"));
  EXPECT_EQ(table.reading.invalid, 0u);
}

TEST(RegistryTable, WithoutAGoodFirstRowNothingCanBeSaid) {
  const std::pair<const char*, const char*> kRows[] = {
      {"", "it is empty: its first row is to name the columns"},
      {"a/b,10:00\n", "row 1: no column is named \"job\""},
      {"\n\nname,by\n", "row 3: no column is named \"job\""},
      {"job,by,By\na,1,2\n", "row 1: two columns are named \"by\""},
      {"job,by\n\"a", "row 2: a quote begins here"},
      {"<!doctype html>\n", "row 1: no column is named \"job\""},
  };
  for (const auto& [csv, fault] : kRows) {
    const auto table = ReadRegistryTable(csv);
    EXPECT_THAT(table ? "good" : table.Message(), HasSubstr(fault)) << csv;
  }
  EXPECT_THAT(ReadRegistryTable("job" + std::string(64, ',') + "x\n").Message(), HasSubstr("more than 64 columns"));
}

TEST(RegistryTable, AWrongRowIsToldAndHurtsNoOther) {
  const RegistryTable table = Good("job,by,team\na,10:00,x,y\n,10:00,\nb,\"10\n00\",\nc,10:00,\xff\nd,10:00,data\n");
  EXPECT_THAT(Rows(table), ElementsAre("6 d by=10:00(2) team=data(3)"));
  EXPECT_EQ(table.reading.invalid, 4u);
  EXPECT_THAT(Notes(table.reading.faults),
              ElementsAre("2  [a] it has more cells than the first row names columns; a cell with a comma in it stands in quotes", "3 job [] it names no job",
                          "4 by [b] it has a line end or another control character", "5 team [c] it is not UTF-8; export the table as CSV in UTF-8"));
}

TEST(RegistryTable, ALongCellIsRefusedWhereItIsRead) {
  const std::string most(1024, 'x'), more = most + "x";
  EXPECT_EQ(Good("job,team,notes\na," + most + "," + more + "\n").rows.size(), 1u);
  EXPECT_THAT(Notes(Good("job,team\na," + more + "\n").reading.faults), ElementsAre("2 team [a] it is longer than 1 KiB"));
}

TEST(RegistryTable, OfManyFaultsTheFirstHundredAreKept) {
  std::string csv = "job,by\n";
  for (int i = 0; i < 150; ++i) csv += ",10:00\n";
  const RegistryTable table = Good(csv);
  EXPECT_EQ(table.reading.faults.size(), 100u);
  EXPECT_EQ(table.reading.invalid, 150u);
}

}  // namespace
}  // namespace batchslo
