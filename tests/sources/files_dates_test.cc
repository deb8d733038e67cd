// Dates in paths, and markers of success.
#include "tests/sources/files_case.h"

namespace batchslo {
namespace {

TEST_F(FilesTest, TheNewestDateThatIsThereCounts) {
  Touch("exports/20251231/a", At("20:00:00"), 7);  // rewritten later: an older date moves nothing
  Touch("exports/20260227/a", At("05:00:00"), 1);
  Touch("exports/20260227/b", At("06:00:00"), 2);
  Make("exports/20260228");
  Touch("exports/20260303/a", At("19:00:00"), 9);  // after today
  Touch("exports/99991231/a", At("19:00:00"), 9);
  Touch("exports/20260230/a", At("19:00:00"), 9);  // no day
  Touch("exports/20260229/a", At("19:00:00"), 9);
  Only("exports/%Y%m%d/*");
  ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("06:00:00"));
  EXPECT_EQ(fact.rows, 2);
  EXPECT_EQ(fact.bytes, 3);
  EXPECT_EQ(fact.partition, "2026-02-27");
  Touch("exports/20260302/a", At("04:00:00"));
  EXPECT_EQ(Look().updated, At("04:00:00"));
  EXPECT_EQ(Look().partition, "2026-03-02");
}

TEST_F(FilesTest, TheNewestDateIsFoundOverAllBranchesAndLevels) {
  Touch("r=a/y=2026/m=02/d=28/x", At("01:00:00"), 1);
  Touch("r=b/y=2026/m=03/d=01/x", At("03:00:00"), 2);
  Touch("r=c/y=2026/m=03/d=01/x", At("02:00:00"), 4);
  Touch("r=d/y=2025/m=12/d=31/x", At("09:00:00"), 8);
  Only("r=*/y=%Y/m=%m/d=%d/*");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("03:00:00"));
  EXPECT_EQ(fact.rows, 2);
  EXPECT_EQ(fact.bytes, 6);
}

TEST_F(FilesTest, ADateMayStandInTheNameOfTheFile) {
  Touch("report-20260227.csv", At("09:00:00"), 1);
  Touch("report-20260228.csv", At("08:00:00"), 2);
  Touch("report-20260228b.csv", At("07:00:00"), 4);
  Only("report-%Y%m%d*.csv");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("08:00:00"));
  EXPECT_EQ(fact.bytes, 6);
}

TEST_F(FilesTest, TodayIsThatOfTheZone) {
  Touch("20260301/a", At("01:00:00"));
  Touch("20260302/a", At("02:00:00"));
  const TimePoint at = *ParseRfc3339("2026-03-01T14:59:59.999999Z");
  Only("%Y%m%d/a", "", "Asia/Tokyo");
  EXPECT_EQ(Look(at).updated, At("01:00:00"));
  EXPECT_EQ(Look(at + microseconds{1}).updated, At("02:00:00"));
}

TEST_F(FilesTest, ADirectoryWithoutItsMarkerIsNotThereYet) {
  Touch("exports/20260301/_SUCCESS", At("05:00:00"), 0);
  Touch("exports/20260301/part-0", At("04:00:00"), 3);
  Touch("exports/20260302/part-0", At("23:00:00"), 9);
  Only("exports/%Y%m%d/*", "_SUCCESS");
  ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("05:00:00"));
  EXPECT_EQ(fact.rows, 1);
  EXPECT_EQ(fact.bytes, 3);
  EXPECT_EQ(fact.partition, "2026-03-01");
  Touch("exports/20260302/_SUCCESS", At("23:30:00"), 0);
  EXPECT_EQ(Look().updated, At("23:30:00"));
  Remove("exports/20260301/_SUCCESS");
  Remove("exports/20260302/_SUCCESS");
  Make("exports/20260302/_SUCCESS");  // a directory is no marker
  EXPECT_EQ(Look().updated, std::nullopt);
}

TEST_F(FilesTest, WithoutADateTheNewestCompleteDirectoryCounts) {
  Touch("runs/7/_SUCCESS", At("05:00:00"), 0);
  Touch("runs/7/part-0", At("04:00:00"), 3);
  Touch("runs/9/_SUCCESS", At("03:00:00"), 0);
  Touch("runs/9/part-0", At("02:00:00"), 30);
  Touch("runs/8/part-0", At("23:00:00"), 300);
  Only("runs/*/part-*", "_SUCCESS");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("05:00:00"));
  EXPECT_EQ(fact.bytes, 3);
}

TEST_F(FilesTest, ACompleteDirectoryWithoutFilesIsAnEmptySuccess) {
  Touch("a/_SUCCESS", At("05:00:00"), 0);
  Only("a/part-*", "_SUCCESS");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("05:00:00"));
  EXPECT_EQ(fact.rows, 0);
}

TEST_F(FilesTest, WhatIsBeingWrittenIsNotThereYet) {
  Touch("out/a.csv", At("01:00:00"));
  for (const char* name : {"out/.a.csv.x1", "out/a.csv.tmp", "out/.a.csv.crc", "out/b.crc", "out/_started_1",
                           "out/c._COPYING_", "out/_temporary/0/b.csv"})
    Touch(name, At("02:00:00"));
  for (const char* path : {"out/*", "**/*"}) {
    Only(path);
    EXPECT_EQ(Look().updated, At("01:00:00")) << path;
    EXPECT_EQ(Look().rows, 1) << path;
  }
  Only("out/*/*/*.csv");
  EXPECT_EQ(Look().rows, 0);
}

}  // namespace
}  // namespace batchslo
