#include "exporter/core/local_text.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

TimePoint At(const char* text) { return *ParseRfc3339(text); }

TEST(LocalText, IsWhatTheClockOnTheWallShows) {
  const Zone berlin = *Zone::Find("Europe/Berlin"), kathmandu = *Zone::Find("Asia/Kathmandu"), new_york = *Zone::Find("America/New_York");
  EXPECT_EQ(DayText(berlin, At("2026-03-29T01:00:00Z")), "Sun 2026-03-29 03:00");
  EXPECT_EQ(DayText(berlin, At("2026-03-29T00:59:59.9Z")), "Sun 2026-03-29 01:59:59");
  EXPECT_EQ(DayText(Zone{}, At("2026-12-31T23:00:00.5Z")), "Thu 2026-12-31 23:00");
  EXPECT_EQ(OffsetText(kathmandu, At("2026-03-01T00:00:00Z")), "UTC+05:45");
  EXPECT_EQ(OffsetText(new_york, At("2026-03-01T00:00:00Z")), "UTC-05:00");
  EXPECT_EQ(LocalText(new_york, At("2026-03-01T00:00:00Z")), "2026-02-28T19:00:00-05:00");
}

TEST(LocalText, ChangesOfTheClocksAreTold) {
  const Zone berlin = *Zone::Find("Europe/Berlin");
  EXPECT_EQ(ClockChanges(berlin, At("2026-03-28T00:00:00Z"), At("2026-10-26T00:00:00Z")),
            (std::vector<std::string>{"the clocks go forward on Sun 2026-03-29 03:00 (UTC+01:00 to UTC+02:00)", "the clocks go back on Sun 2026-10-25 02:00 (UTC+02:00 to UTC+01:00)"}));
  EXPECT_TRUE(ClockChanges(berlin, At("2026-03-29T01:00:00Z"), At("2026-10-25T00:59:59Z")).empty());
  EXPECT_EQ(ClockChanges(berlin, At("2026-03-28T00:00:00Z"), At("2026-03-29T01:00:00Z")).size(), 1u);  // `to` belongs to it
  EXPECT_TRUE(ClockChanges(Zone{}, At("2026-03-28T00:00:00Z"), At("2027-03-29T01:00:00Z")).empty());
}

}  // namespace
}  // namespace batchslo
