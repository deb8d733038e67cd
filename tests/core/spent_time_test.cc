// What a stretch of time was. The first saying that holds at an instant counts; ends are outside.
#include "exporter/core/spent_time.h"

#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

using enum Ending;

SpentTime Said(const std::string& from, const std::string& to, Ending ending) { return {At("02T" + from + ":00Z"), At("02T" + to + ":00Z"), ending}; }

TEST(SpentTime, IsCutWhereASayingBeginsOrEnds) {
  struct Row { std::vector<SpentTime> sayings, spent; };
  const std::vector<Row> rows = {
      {{}, {Said("10:00", "12:00", kUnknown)}},
      {{Said("10:00", "12:00", kMet)}, {Said("10:00", "12:00", kMet)}},
      {{Said("09:00", "13:00", kMissed)}, {Said("10:00", "12:00", kMissed)}},
      {{Said("10:30", "11:00", kMet)}, {Said("10:00", "10:30", kUnknown), Said("10:30", "11:00", kMet), Said("11:00", "12:00", kUnknown)}},
      {{Said("10:30", "13:00", kMet), Said("09:00", "11:00", kMissed)}, {Said("10:00", "10:30", kMissed), Said("10:30", "12:00", kMet)}},
      {{Said("09:00", "11:00", kMet), Said("10:30", "12:00", kMet)}, {Said("10:00", "12:00", kMet)}},
      {{Said("09:00", "10:00", kMet), Said("12:00", "13:00", kMet)}, {Said("10:00", "12:00", kUnknown)}},
      {{Said("11:00", "10:30", kMet)}, {Said("10:00", "12:00", kUnknown)}},
  };
  for (const Row& row : rows) EXPECT_EQ(SpendTime(At("02T10:00:00Z"), At("02T12:00:00Z"), row.sayings), row.spent) << &row - rows.data();
  EXPECT_TRUE(SpendTime(At("02T10:00:00Z"), At("02T10:00:00Z"), {}).empty());
}

TEST(SpentTime, IsCountedInWholeSecondsOfTheDaysThatItLiesIn) {
  const TimePoint begin = At("02T23:59:30Z"), later = begin + microseconds{90'900'000}, end = later + microseconds{200'000};
  const Tally tally = AfterTime({1, begin, 0, 0, 0, {}}, std::vector<SpentTime>{{begin, later, kMet}, {later, end, kUnknown}});
  EXPECT_EQ(tally.until, end);
  EXPECT_EQ(tally.days.Text(), "20514x1:30/0/0/0 20515x1:60/0/1/0") << "the second in which it changed belongs to what followed";
  EXPECT_EQ(tally.windows, 0u);
}

}  // namespace
}  // namespace batchslo
