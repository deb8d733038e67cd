#include "exporter/core/budget.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

TEST(DayCounts, DaysThatAreAlikeAreOneRow) {
  DayCounts days;
  for (UtcDay day = 100; day < 103; ++day) days.Add(day, Ending::kMet, 24);
  EXPECT_EQ(days.Text(), "100x3:24/0/0/0");
  days.Add(102, Ending::kMissed);
  EXPECT_EQ(days.Text(), "100x2:24/0/0/0 102x1:24/1/0/0");
  days.Add(104, Ending::kExcused);
  days.Add(104, Ending::kUnknown, 2);
  EXPECT_EQ(days.Text(), "100x2:24/0/0/0 102x1:24/1/0/0 104x1:0/0/2/1");
  EXPECT_EQ(DayCounts().Text(), "");
}

TEST(DayCounts, TextReadsBack) {
  for (const char* text : {"", "100x3:24/0/0/0", "0x1:1/2/3/4 65534x1:4294967295/0/0/0"}) {
    const auto read = DayCounts::Read(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->Text(), text);
  }
  for (const char* text : {"x", "100", "100x3", "100x3:1/2/3", "100x3:1/2/3/4/5", "100x0:1/0/0/0", "100x3:1/0/0/0 102x1:1/0/0/0", "70000x1:1/0/0/0", "65535x2:1/0/0/0",
                           "1x1:4294967296/0/0/0", "1x1:-1/0/0/0", "1x1:1/0/0/0 ", "1x1:1/0/0/0  2x1:1/0/0/0"}) {
    EXPECT_EQ(DayCounts::Read(text).has_value(), std::string_view(text) == "1x1:1/0/0/0 ") << text;
  }
}

TEST(DayCounts, ASpanEndsWithTheNewestDay) {
  const DayCounts days = *DayCounts::Read("100x10:2/0/0/0 110x1:0/1/0/0 116x1:1/0/1/1");
  struct Row {
    int days;
    Endings sum;
  };
  for (const Row& row : {Row{1, {1, 0, 1, 1}}, Row{6, {1, 0, 1, 1}}, Row{7, {1, 1, 1, 1}}, Row{8, {3, 1, 1, 1}}, Row{17, {21, 1, 1, 1}}, Row{90, {21, 1, 1, 1}}}) {
    EXPECT_EQ(days.Newest(row.days), row.sum) << row.days;
  }
  EXPECT_EQ(DayCounts().Newest(28), Endings());
}

TEST(DayCounts, OldDaysGo) {
  for (const auto& [before, left] : std::vector<std::pair<UtcDay, std::string>>{
           {100, "100x3:1/0/0/0 110x1:0/1/0/0"}, {101, "101x2:1/0/0/0 110x1:0/1/0/0"}, {103, "110x1:0/1/0/0"}, {111, ""}}) {
    DayCounts days = *DayCounts::Read("100x3:1/0/0/0 110x1:0/1/0/0");
    days.DropBefore(before);
    EXPECT_EQ(days.Text(), left) << before;
  }
}

TEST(DayCounts, LaterDaysGoWithTheClockThatCountedThem) {
  DayCounts days = *DayCounts::Read("100x3:1/0/0/0 400x1:0/1/0/0");
  days.Add(101, Ending::kMet);
  EXPECT_EQ(days.Text(), "100x1:1/0/0/0 101x1:2/0/0/0");
}

TEST(Budget, AttainmentAndWhatIsLeft) {
  constexpr SloTarget k99{28, 990'000};
  struct Row {
    Endings endings;
    std::optional<double> attainment, remaining;
  };
  const Row rows[] = {
      {{}, {}, {}},
      {{0, 0, 5, 5}, {}, {}},  // nothing counts
      {{28, 0, 0, 0}, 1, 1},
      {{28, 0, 9, 9}, 1, 1},
      {{99, 1, 0, 0}, 0.99, 0},
      {{199, 1, 0, 0}, 0.995, 0.5},
      {{98, 2, 0, 0}, 0.98, -1},
      {{0, 1, 0, 0}, 0, -99},
  };
  for (const Row& row : rows) {
    const auto attainment = AttainmentOf(row.endings), remaining = RemainingOf(row.endings, k99);
    ASSERT_EQ(attainment.has_value(), row.attainment.has_value());
    ASSERT_EQ(remaining.has_value(), row.remaining.has_value());
    EXPECT_NEAR(attainment.value_or(0), row.attainment.value_or(0), 1e-12);
    EXPECT_NEAR(remaining.value_or(0), row.remaining.value_or(0), 1e-9);
  }
}

TEST(Tally, TotalsGrowAndExcusedWindowsAreInNone) {
  const TimePoint noon = ParseRfc3339("2026-03-02T12:00:00Z").Value();
  const ClosedWindow closed[] = {{noon, Ending::kMet}, {noon + hours{1}, Ending::kMissed}, {noon + hours{2}, Ending::kUnknown}, {noon + hours{24}, Ending::kExcused}};
  const Tally tally = AfterClosing({7, noon - hours{1}, 10, 2, 1, {}}, closed);
  EXPECT_EQ(tally.rule, 7u);
  EXPECT_EQ(tally.until, noon + hours{24});
  EXPECT_EQ(std::vector({tally.windows, tally.missed, tally.unknown}), (std::vector<std::uint32_t>{13, 3, 2}));
  EXPECT_EQ(tally.days.Text(), "20514x1:1/1/1/0 20515x1:0/0/0/1");
}

TEST(Tally, CountsAreKeptForTheLongestSpanAndTotalsForEver) {
  Tally tally;
  for (int day = 0; day < 200; ++day) {
    const ClosedWindow closed{TimePoint{days{20000 + day}}, Ending::kMet};
    tally = AfterClosing(std::move(tally), {&closed, 1});
  }
  EXPECT_EQ(tally.windows, 200u);
  EXPECT_EQ(tally.days.Text(), "20107x93:1/0/0/0");
  EXPECT_EQ(tally.days.Newest(90).met, 90u);
}

}  // namespace
}  // namespace batchslo
