#include "exporter/core/calendar.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

TimePoint T(const std::string& text) { return ParseRfc3339(text).Value(); }
Zone In(const std::string& name) { return Zone::Find(name).Value(); }
Ticks Each(const std::string& cron, const Zone& zone = {}) { return ParseDeadline(cron, zone).Value(); }

Calendar Sealed(Calendar calendar) {
  Seal(calendar);
  return calendar;
}

std::string Why(const Calendar& calendar, const std::string& at) {
  const auto excuse = ExcuseAt(calendar, T(at));
  return excuse ? excuse->why : "";
}

struct Row {
  std::string at, why;
};
void Expect(const Calendar& calendar, const std::vector<Row>& rows) {
  for (const auto& [at, why] : rows) EXPECT_EQ(Why(calendar, at), why) << at;
}

constexpr std::uint8_t kMondayToFriday = 0x3e;

TEST(Calendar, WithoutAnythingItExcusesNothing) {
  EXPECT_EQ(Why(Sealed({}), "2026-03-01T00:00:00Z"), "");
  EXPECT_FALSE(NextExcuse(Sealed({}), T("2026-03-01T00:00:00Z")));
}

TEST(Calendar, ADayIsFromItsMidnightInTheZoneUpToTheNext) {
  Calendar calendar;
  calendar.zone = In("Asia/Tokyo");
  calendar.weekdays = kMondayToFriday;
  Expect(Sealed(calendar), {{"2026-03-06T23:59:59.999999+09:00", ""},
                            {"2026-03-07T00:00:00+09:00", "Saturday"},
                            {"2026-03-08T23:59:59.999999+09:00", "Sunday"},
                            {"2026-03-09T00:00:00+09:00", ""}});
}

TEST(Calendar, ADayOfTheDstChangeIsAsLongAsItIs) {
  Calendar calendar;
  calendar.zone = In("America/Havana");  // on the 1st of November 01:00 becomes 00:00
  calendar.closed = {{T("2026-11-01T00:00:00-04:00"), T("2026-11-01T23:59:59.999999-05:00"), "holiday"}};
  calendar.weekdays = 0x7e;
  Expect(Sealed(calendar), {{"2026-10-31T23:59:59.999999-04:00", ""},
                            {"2026-11-01T00:00:00-04:00", "holiday"},
                            {"2026-11-01T00:30:00-05:00", "holiday"},
                            {"2026-11-01T23:59:59.999999-05:00", "holiday"},
                            {"2026-11-02T00:00:00-05:00", ""}});
  calendar.closed.clear();
  Expect(Sealed(calendar), {{"2026-11-01T00:30:00-05:00", "Sunday"}, {"2026-11-02T00:00:00-05:00", ""}});
}

TEST(Calendar, BothEndsOfHoursStillCount) {
  Calendar calendar;
  calendar.hours = {{hours{9}, hours{12}}, {hours{13}, hours{24}}};
  Expect(Sealed(calendar), {{"2026-03-02T08:59:59.999999Z", "outside of hours"},
                            {"2026-03-02T09:00:00Z", ""},
                            {"2026-03-02T12:00:00Z", ""},
                            {"2026-03-02T12:00:00.000001Z", "outside of hours"},
                            {"2026-03-02T13:00:00Z", ""},
                            {"2026-03-02T23:59:59.999999Z", ""},
                            {"2026-03-03T00:00:00Z", "outside of hours"}});
}

TEST(Calendar, MaintenanceHasBothItsEnds) {
  Calendar calendar;
  calendar.maintenance = {{T("2026-03-02T10:00:00Z"), T("2026-03-02T11:00:00Z"), "maintenance db"}};
  calendar.recurring = {{Each("0 2 * * sun"), hours{2}, "maintenance weekly"}};
  Expect(Sealed(calendar), {{"2026-03-02T09:59:59.999999Z", ""},
                            {"2026-03-02T10:00:00Z", "maintenance db"},
                            {"2026-03-02T11:00:00Z", "maintenance db"},
                            {"2026-03-02T11:00:00.000001Z", ""},
                            {"2026-03-08T01:59:59.999999Z", ""},
                            {"2026-03-08T02:00:00Z", "maintenance weekly"},
                            {"2026-03-08T04:00:00Z", "maintenance weekly"},
                            {"2026-03-08T04:00:00.000001Z", ""}});
}

TEST(Calendar, OfSpansThatOverlapTheFirstKeepsItsName) {
  Calendar calendar;
  calendar.closed = {{T("2026-03-02T12:00:00Z"), T("2026-03-02T14:00:00Z"), "b"},
                     {T("2026-03-02T10:00:00Z"), T("2026-03-02T13:00:00Z"), "a"},
                     {T("2026-03-02T10:30:00Z"), T("2026-03-02T11:00:00Z"), "c"}};
  Expect(Sealed(calendar), {{"2026-03-02T10:45:00Z", "a"}, {"2026-03-02T13:00:00Z", "a"}, {"2026-03-02T13:00:00.000001Z", "b"}, {"2026-03-02T14:00:00.000001Z", ""}});
}

TEST(Calendar, TheNextExcuseIsTheEarliestOfAll) {
  Calendar calendar;
  calendar.weekdays = kMondayToFriday;
  calendar.hours = {{hours{9}, hours{18}}};
  calendar.closed = {{T("2026-03-04T00:00:00Z"), T("2026-03-04T23:59:59.999999Z"), "holiday"}};
  calendar.recurring = {{Each("0 10 * * tue"), hours{1}, "maintenance"}};
  calendar = Sealed(calendar);
  for (const auto& [now, from, until, why] : std::vector<std::array<std::string, 4>>{
           {"2026-03-02T09:30:00Z", "2026-03-02T18:00:00Z", "2026-03-03T00:00:00Z", "outside of hours"},
           {"2026-03-02T20:00:00Z", "2026-03-02T18:00:00Z", "2026-03-03T00:00:00Z", "outside of hours"},
           {"2026-03-03T09:30:00Z", "2026-03-03T10:00:00Z", "2026-03-03T11:00:00.000001Z", "maintenance"},
           {"2026-03-04T09:30:00Z", "2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z", "holiday"},
           {"2026-03-07T09:30:00Z", "2026-03-07T00:00:00Z", "2026-03-08T00:00:00Z", "Saturday"}}) {
    const auto next = NextExcuse(calendar, T(now));
    ASSERT_TRUE(next) << now;
    EXPECT_EQ(next->why, why) << now;
    EXPECT_EQ(FormatRfc3339(next->from), from) << now;
    EXPECT_EQ(FormatRfc3339(next->until), until) << now;
  }
}

TEST(Calendar, HoursThatGoOnAtMidnightAreOpenThere) {
  Calendar calendar;
  calendar.hours = {{hours{0}, hours{6}}, {hours{22}, hours{24}}};
  const auto next = NextExcuse(Sealed(calendar), T("2026-03-02T23:00:00Z"));
  ASSERT_TRUE(next);
  EXPECT_EQ(FormatRfc3339(next->from), "2026-03-03T06:00:00Z");
  EXPECT_EQ(FormatRfc3339(next->until), "2026-03-03T22:00:00Z");
}

TEST(Calendar, MaintenanceInAStretchIsCutOffAndCountedOnce) {
  Calendar calendar;
  calendar.maintenance = {{T("2026-03-02T10:00:00Z"), T("2026-03-02T11:00:00Z"), "a"}};
  calendar.recurring = {{Each("30 * * * *"), minutes{40}, "b"}};
  calendar = Sealed(calendar);
  const auto length = [&](const char* from, const char* to) { return LengthOf(MaintenanceIn(calendar, T(from), T(to))); };
  EXPECT_EQ(length("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"), hours{1});
  EXPECT_EQ(length("2026-03-02T10:50:00Z", "2026-03-02T11:20:00Z"), minutes{20});
  EXPECT_EQ(length("2026-03-02T12:15:00Z", "2026-03-02T12:29:00Z"), minutes{0});
  EXPECT_EQ(length("2026-03-02T12:05:00Z", "2026-03-02T12:45:00Z"), minutes{5 + 15});
}

TEST(Calendar, ItsHashesTellWhatItIsJudgedBy) {
  Calendar one;
  one.maintenance = {{T("2026-03-02T10:00:00Z"), T("2026-03-02T11:00:00Z"), "a"}};
  Calendar renamed = one, closed = one, longer = one;
  renamed.maintenance[0].name = "b";
  closed.closed = {{T("2026-03-04T00:00:00Z"), T("2026-03-04T23:59:59.999999Z"), "holiday"}};
  longer.maintenance[0].to += seconds{1};
  for (Calendar* calendar : {&one, &renamed, &closed, &longer}) Seal(*calendar);
  EXPECT_EQ(one.windows_hash, renamed.windows_hash);
  EXPECT_NE(one.whole_hash, renamed.whole_hash);
  EXPECT_NE(one.windows_hash, closed.windows_hash);
  EXPECT_EQ(one.maintenance_hash, closed.maintenance_hash);
  EXPECT_NE(one.maintenance_hash, longer.maintenance_hash);
}

}  // namespace
}  // namespace batchslo
