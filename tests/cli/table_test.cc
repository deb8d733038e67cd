// Tests exporter/cli/table.cc.
#include "exporter/cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace batchslo {
namespace {

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({"STATE", "JOB"});
  table.Add({"met", "a/b"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(), "STATE  JOB\nmet    a/b\n");
}

TEST(Table, NothingInItMovesTheCursorOrTurnsTheText) {
  const Table table({"a\x1b[31mb\nc", "\xc2\x9b" "31m\xe2\x80\xae" "x\xff"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(), "a\xef\xbf\xbd[31mb c  \xef\xbf\xbd" "31m\xef\xbf\xbd" "x\xef\xbf\xbd\n");
}

}  // namespace
}  // namespace batchslo
