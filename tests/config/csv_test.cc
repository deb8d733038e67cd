// CSV: exporter/config/csv.cc.
#include "exporter/config/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

// "1[a|b] 3[c|d]": the rows by their numbers, or what is wrong.
std::string Read(std::string_view text) {
  std::string out;
  const auto read = ReadCsv(text, [&](CsvRow& row) {
    out += (out.empty() ? "" : " ") + std::to_string(row.number) + "[";
    for (const std::string& cell : row.cells) out += (&cell == &row.cells.front() ? "" : "|") + cell;
    out += row.is_longer ? "|...]" : "]";
  });
  return read ? out : "error: " + read.Message();
}

struct Row {
  const char* what;
  std::string text, read;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.what; }

class CsvTable : public testing::TestWithParam<Row> {};

TEST_P(CsvTable, IsReadSo) { EXPECT_EQ(Read(GetParam().text), GetParam().read); }

INSTANTIATE_TEST_SUITE_P(
    Rows, CsvTable,
    testing::Values(
        Row{"nothing", "", ""}, Row{"one row", "a,b", "1[a|b]"}, Row{"line ends of Unix", "a,b\nc,d\n", "1[a|b] 2[c|d]"},
        Row{"of Windows", "a,b\r\nc,d\r\n", "1[a|b] 2[c|d]"}, Row{"of an old Mac", "a,b\rc,d", "1[a|b] 2[c|d]"},
        Row{"a byte order mark", "\xef\xbb\xbf" "a,b", "1[a|b]"}, Row{"an empty cell at the end", "a,\n,b\n", "1[a|] 2[|b]"},
        Row{"rows that say nothing count", "\n,,\n \na\n", "4[a]"}, Row{"a quoted separator", "\"a,b\",c", "1[a,b|c]"},
        Row{"a quoted quote", "\"a\"\"b\"", "1[a\"b]"}, Row{"an empty quote", "\"\",a", "1[|a]"},
        Row{"a quoted line end is one row", "\"a\nb\",c\nd\n", "1[a\nb|c] 2[d]"}, Row{"a quote within a cell is a letter", "a\"b,c\n", "1[a\"b|c]"},
        Row{"semicolons", "a;b;c,d\n1;2,3;4\n", "1[a|b|c,d] 2[1|2,3|4]"}, Row{"as many of both are commas", "a;b,c\n", "1[a;b|c]"}, Row{"tabs", "a\tb\nc\td\n", "1[a|b] 2[c|d]"},
        Row{"a separator in quotes does not tell", "\"a;b;c\",d\n", "1[a;b;c|d]"}, Row{"the first row that is not empty tells", "\n\na;b\n1,2;3\n", "3[a|b] 4[1,2|3]"},
        Row{"a formula is a text", "=cmd|' /C calc'!A0,+1,-1,@x\n", "1[=cmd|' /C calc'!A0|+1|-1|@x]"},
        Row{"an open quote", "a\n\"b,c\nd", "error: row 2: a quote begins here and does not end"},
        Row{"more behind a quote", "a\nb,\"c\"d\n", "error: row 2: something stands between the end of a quote and the next cell; a quote within quotes is written twice"},
        Row{"a NUL byte", std::string("a\0b", 3), "error: it has NUL bytes, and so is no CSV in UTF-8"}));

TEST(Csv, WhatIsTooLargeIsRefused) {
  EXPECT_EQ(Read(std::string(kMostCsvBytes + 1, 'a')), "error: it is larger than 16 MiB");
  std::string rows;
  for (std::size_t i = 0; i < kMostCsvRows; ++i) rows += ",\n";
  EXPECT_EQ(Read(rows), "");
  EXPECT_EQ(Read(rows + "a\n"), "error: it has more than 10,000 rows");
}

TEST(Csv, OfALongRowIsToldThatItGoesOn) {
  const std::string most(kMostCsvCells - 1, ','), said(kMostCsvCells - 1, '|');
  EXPECT_EQ(Read("a" + most), "1[a" + said + "]");
  EXPECT_EQ(Read("a" + most + ",,"), "1[a" + said + "]") << "empty cells are none";
  EXPECT_EQ(Read("a" + most + ",b"), "1[a" + said + "|...]");
}

TEST(Csv, WhatIsWrittenIsReadAsItWas) {
  const std::vector<std::vector<std::string>> rows = {{"job", "by"}, {}, {"a,b", "say \"x\"\nand ;"}, {""}, {"=1+1", "\t"}};
  EXPECT_EQ(Read(WriteCsv(rows)), "1[job|by] 3[a,b|say \"x\"\nand ;] 5[=1+1|\t]");
}

}  // namespace
}  // namespace batchslo
