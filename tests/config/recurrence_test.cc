#include "exporter/config/recurrence.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

LocalDay Day(int y, unsigned m, unsigned d) { return LocalDay{std::chrono::year{y} / static_cast<int>(m) / static_cast<int>(d)}; }

// The first days of a rule: "0101 0203".
std::string First(const std::string& rule, LocalDay start, std::size_t count) {
  const auto parsed = ParseRecurrence(rule);
  if (!parsed) return parsed.Message();
  Work work;
  std::string text;
  for (const LocalDay day : Expand(*parsed, start, kLastDay, work)) {
    if (count-- == 0) break;
    const std::chrono::year_month_day date{day};
    char shown[64];
    std::snprintf(shown, sizeof shown, "%s%02d%02u%02u", text.empty() ? "" : " ", static_cast<int>(date.year()) % 100, static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    text += shown;
  }
  return text;
}

TEST(Recurrence, DaysAreFoundAsTheRuleSays) {
  const LocalDay start = Day(2026, 1, 1);  // a Thursday
  for (const auto& [rule, days] : std::vector<std::pair<std::string, std::string>>{
           {"FREQ=YEARLY", "260101 270101 280101"},
           {"FREQ=YEARLY;INTERVAL=2", "260101 280101 300101"},
           {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "280229 320229 360229"},
           {"FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "261126 271125 281123"},
           {"FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO", "260525 270531 280529"},
           {"FREQ=YEARLY;BYDAY=1MO,-1FR", "260105 261225 270104"},
           {"FREQ=YEARLY;BYMONTHDAY=1", "260101 260201 260301"},
           {"FREQ=MONTHLY", "260101 260201 260301"},
           {"FREQ=MONTHLY;BYMONTHDAY=-1", "260131 260228 260331"},
           {"FREQ=MONTHLY;BYMONTHDAY=31", "260131 260331 260531"},
           {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "260130 260227 260331"},
           {"FREQ=MONTHLY;BYDAY=FR,MO,WE,TU,FR,TH;BYSETPOS=-1,-1", "260130 260227 260331"},
           {"FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=3,-1,1", "260105 260112 260127"},
           {"FREQ=MONTHLY;BYMONTHDAY=20,-1,3", "260103 260120 260131"},
           {"FREQ=MONTHLY;BYDAY=-1FR,TU,2MO", "260106 260112 260113"},
           {"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "260213 260313 261113"},
           {"FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU", "260113 260414 260714"},
           {"FREQ=WEEKLY", "260101 260108 260115"},
           {"FREQ=WEEKLY;BYDAY=MO,TH", "260101 260105 260108"},
           {"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=MO", "260104 260112 260118"},
           {"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "260111 260112 260125"},
           {"FREQ=DAILY;INTERVAL=10", "260101 260111 260121"},
           {"FREQ=DAILY;BYDAY=SA,SU;COUNT=2", "260103 260104"}}) {
    EXPECT_EQ(First(rule, start, 3), days) << rule;
  }
}

TEST(Recurrence, AValueIsKeptOnceHoweverOftenItStands) {
  std::string rule = "FREQ=MONTHLY";
  for (const auto& [part, value] : {std::pair("BYMONTH", "3"), std::pair("BYMONTHDAY", "31"), std::pair("BYSETPOS", "-1"), std::pair("BYDAY", "5SU")}) {
    rule += std::string(";") + part + "=" + value;
    for (int i = 0; i < 20'000; ++i) rule += std::string(",") + value;
  }
  const auto parsed = ParseRecurrence(rule);
  ASSERT_TRUE(parsed) << parsed.Message();
  EXPECT_EQ(parsed->months, std::vector{3});
  EXPECT_EQ(parsed->month_days, std::vector{31});
  EXPECT_EQ(parsed->positions, std::vector{-1});
  EXPECT_EQ(parsed->weekdays, (std::vector<Recurrence::Weekday>{{5, std::chrono::Sunday}}));
}

TEST(Recurrence, ADayThatAMonthDoesNotHaveIsPassedOver) {
  EXPECT_EQ(First("FREQ=MONTHLY", Day(2026, 1, 31), 3), "260131 260331 260531");
  EXPECT_EQ(First("FREQ=YEARLY", Day(2024, 2, 29), 3), "240229 280229 320229");
}

}  // namespace
}  // namespace batchslo
