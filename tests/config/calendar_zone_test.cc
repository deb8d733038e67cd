// Events on the clock of a VTIMEZONE, as Outlook writes them.
#include "exporter/config/icalendar_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "exporter/config/calendar_file.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// "2026-01-01T12:00:00Z..2026-01-01T13:00:00Z name"; what floats has no Z.
std::vector<std::string> Stretches(const std::string& text) {
  const auto entries = ReadCalendarFile(text);
  if (!entries) return {entries.Message()};
  std::vector<std::string> found;
  for (const CalendarEntry& entry : *entries) {
    const auto shown = [&](LocalTime local) {
      const std::string time = FormatRfc3339(entry.zone ? entry.zone->ToInstants(local).first : TimePoint{local.since_epoch});
      return entry.zone ? time : time.substr(0, time.size() - 1);
    };
    found.push_back(shown(entry.from) + ".." + shown(entry.to) + (entry.name.empty() ? "" : " " + entry.name));
  }
  return found;
}

// A file with a VTIMEZONE "Z" of these lines, and an event of those.
std::string With(const std::string& zone, const std::string& event) {
  return "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Z\n" + zone + "END:VTIMEZONE\nBEGIN:VEVENT\n" + event + "\nEND:VEVENT\nEND:VCALENDAR\n";
}
std::string Part(const std::string& name, const std::string& start, const std::string& from, const std::string& to, const std::string& more = "") {
  return "BEGIN:" + name + "\nDTSTART:" + start + "\nTZOFFSETFROM:" + from + "\nTZOFFSETTO:" + to + "\n" + more + "END:" + name + "\n";
}

const std::string kFixed = Part("STANDARD", "16010101T000000", "+0900", "+0900");
const std::string kHour = "DTSTART;TZID=Z:20260701T120000\nDURATION:PT1H";

TEST(CalendarZone, OutlooksTimesAreThoseOfItsOwnZones) {
  std::ifstream file("tests/testdata/calendars/outlook-times.ics", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_THAT(Stretches(text.str()), ElementsAre("2026-03-26T21:00:00Z..2026-03-27T05:00:00Z Wartungsfenster", "2026-04-02T20:00:00Z..2026-04-03T04:00:00Z Wartungsfenster",
                                                 "2026-06-01T04:00:00Z..2026-06-01T09:00:00Z Fire drill"));
}

TEST(CalendarZone, AnOffsetHoldsFromItsTimesOn) {
  struct Row {
    std::string zone, start, end;
  };
  for (const auto& [zone, start, end] : std::vector<Row>{
           {kFixed, "2026-07-01T03:00:00Z", "2026-07-01T04:00:00Z"},
           {Part("STANDARD", "19700101T000000", "-0330", "-033015"), "2026-07-01T15:30:15Z", "2026-07-01T16:30:15Z"},
           {Part("STANDARD", "19700101T000000", "+0000", "+0100") + Part("DAYLIGHT", "20260701T123000", "+0100", "+0200"), "2026-07-01T11:00:00Z", "2026-07-01T11:30:00Z"},
           {Part("STANDARD", "19700101T000000", "+0000", "+0100", "RDATE:20260101T000000,20260601T000000\n") + Part("DAYLIGHT", "20260301T000000", "+0100", "+0200"),
            "2026-07-01T11:00:00Z", "2026-07-01T12:00:00Z"},
           {Part("DAYLIGHT", "20000401T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;UNTIL=20260401T010000Z\n") + Part("STANDARD", "20000701T000000", "+0200", "+0100", "RRULE:FREQ=YEARLY;UNTIL=20250630T220000Z\n"),
            "2026-07-01T10:00:00Z", "2026-07-01T11:00:00Z"}}) {
    EXPECT_THAT(Stretches(With(zone, kHour)), ElementsAre(start + ".." + end)) << zone;
  }
}

TEST(CalendarZone, ItChangesItsOffsetAThousandTimesAtMost) {
  const auto changes = [](int count) {
    std::string times[2];
    for (int i = 0; i < count - 2; ++i) {
      char time[32];
      std::snprintf(time, sizeof time, ",20260115T00%02d%02d", i / 60, i % 60);
      times[i % 2] += time;
    }
    return Part("STANDARD", "19700101T000000", "+0000", "+0000", "RDATE:" + times[0].substr(1) + "\n") + Part("DAYLIGHT", "19700102T000000", "+0000", "+0001", "RDATE:" + times[1].substr(1) + "\n");
  };
  EXPECT_THAT(Stretches(With(changes(1'000), kHour)), ElementsAre("2026-07-01T11:59:00Z..2026-07-01T12:59:00Z"));
  EXPECT_THAT(Stretches(With(changes(1'001), kHour)), ElementsAre(HasSubstr("line 2: it changes its offset more than 1,000 times")));
}

TEST(CalendarZone, RulesMayBeginInTheYearOne) {
  EXPECT_THAT(Stretches(With(Part("STANDARD", "00010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n") +
                                 Part("DAYLIGHT", "00010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\n"), kHour)),
              ElementsAre("2026-07-01T10:00:00Z..2026-07-01T11:00:00Z"));
}

TEST(CalendarZone, TheDatabaseComesBeforeTheFile) {
  EXPECT_THAT(Stretches("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Asia/Tokyo\n" + Part("STANDARD", "19700101T000000", "+0000", "+0000") +
                        "END:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=Asia/Tokyo:20260701T120000\nEND:VEVENT\nEND:VCALENDAR\n"),
              ElementsAre("2026-07-01T03:00:00Z..2026-07-01T03:00:00Z"));
}

TEST(CalendarZone, ItMayStandBehindTheEvents) {
  EXPECT_THAT(Stretches("BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + kHour + "\nEND:VEVENT\nBEGIN:VTIMEZONE\nTZID:Z\n" + kFixed + "END:VTIMEZONE\nEND:VCALENDAR\n"),
              ElementsAre("2026-07-01T03:00:00Z..2026-07-01T04:00:00Z"));
}

TEST(CalendarZone, RulesAndExceptionsInUtcAreBroughtToItsClock) {
  const std::string daily = "DTSTART;TZID=Z:20260701T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260702T230000Z\n";  // 08:00 is 23:00Z the day before
  EXPECT_THAT(Stretches(With(kFixed, daily + "EXDATE:20260701T230000Z\nRDATE:20260710T000000Z")),
              ElementsAre("2026-06-30T23:00:00Z..2026-07-01T00:00:00Z", "2026-07-02T23:00:00Z..2026-07-03T00:00:00Z", "2026-07-10T00:00:00Z..2026-07-10T01:00:00Z"));
}

TEST(CalendarZone, WholeDaysAreThoseOfTheCalendar) {
  const std::string day = "DTSTART;TZID=Z:20261224T000000\nDTEND;TZID=Z:20261225T000000\n";
  const std::string yearly = "RRULE:FREQ=YEARLY;UNTIL=20271223T150000Z\n", all_day = "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE";
  const std::string first = "2026-12-24T00:00:00..2026-12-25T00:00:00", second = "2027-12-24T00:00:00..2027-12-25T00:00:00";
  EXPECT_THAT(Stretches(With(kFixed, day + yearly + all_day)), ElementsAre(first, second));
  EXPECT_THAT(Stretches(With("", day + all_day)), ElementsAre(first));
  EXPECT_THAT(Stretches("BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + day + "END:VEVENT\nEND:VCALENDAR\n"), ElementsAre(first));
  EXPECT_THAT(Stretches(With(kFixed, day)), ElementsAre("2026-12-23T15:00:00Z..2026-12-24T15:00:00Z"));
}

TEST(CalendarZone, WhatIsNotUnderstoodIsAFaultOnlyOfTimes) {
  struct Row {
    std::string zone, message;
  };
  for (const auto& [zone, message] : std::vector<Row>{
           {"", "line 2: it has neither STANDARD nor DAYLIGHT"},
           {"BEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD\n", "a STANDARD or DAYLIGHT lacks DTSTART, TZOFFSETFROM or TZOFFSETTO"},
           {Part("STANDARD", "19700101T000000", "+9", "+0900"), "line 6: TZOFFSETFROM can't be read: \"+9\" is no offset like +0900"},
           {Part("STANDARD", "19700101T000000", "+0900", "+2400"), "line 7: TZOFFSETTO can't be read: \"+2400\" is no offset like +0900"},
           {Part("STANDARD", "19700230T000000", "+0900", "+0900"), "line 5: DTSTART can't be read"},
           {Part("STANDARD", "19700101T000000", "+0900", "+0900", "RRULE:FREQ=HOURLY\n"), "line 8: RRULE: FREQ=HOURLY"},
           {Part("STANDARD", "19700101T000000", "+0900", "+0900", "RRULE:FREQ=DAILY;UNTIL=1\n"), "line 8: UNTIL can't be read"},
           {Part("STANDARD", "19700101T000000", "+0900", "+0900", "RRULE:FREQ=DAILY\n"), "line 2: it changes its offset more than 1,000 times"}}) {
    const auto told = Stretches(With(zone, kHour));
    EXPECT_THAT(told, ElementsAre(HasSubstr("the VTIMEZONE of \"Z\" can't be understood: " + message))) << zone;
    EXPECT_THAT(told.front(), HasSubstr("; write a zone of the IANA database, like TZID=Europe/Berlin"));
    EXPECT_EQ(Stretches(With(zone, "DTSTART;VALUE=DATE:20260101")).front(), "2026-01-01T00:00:00..2026-01-02T00:00:00") << zone;
  }
}

TEST(CalendarZone, NothingIsGuessedOfAZoneThatNobodyKnows) {
  const std::string missing = "\"Z\" is no time zone of the IANA database, and the file has no VTIMEZONE that says what it is; write one of the database, like TZID=Europe/Berlin";
  const auto without = [](const std::string& event) { return "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + event + "\nEND:VEVENT\nEND:VCALENDAR\n"; };
  const std::string day = "DTSTART;TZID=Z:20261224T000000\nDURATION:P1D\n";
  EXPECT_THAT(Stretches(without(kHour)), ElementsAre("line 2: " + missing));
  EXPECT_THAT(Stretches(without(day + "EXDATE:20261223T230000Z")), ElementsAre("line 2: " + missing));
  EXPECT_THAT(Stretches(without(day + "RRULE:FREQ=YEARLY;UNTIL=20271223T230000Z")), ElementsAre("line 5: RRULE: " + missing));
  EXPECT_THAT(Stretches(without("DTSTART:20261224T000000Z\nDTEND;TZID=Z:20261225T000000")), ElementsAre("line 2: " + missing));
  EXPECT_THAT(Stretches(without(day + "EXDATE;TZID=Z:20261224T000000\nRDATE;TZID=Z:20271224T000000")), ElementsAre("2027-12-24T00:00:00..2027-12-25T00:00:00"));
}

TEST(CalendarZone, BombsOfRulesEnd) {
  std::string parts;
  for (int i = 0; i < 5'000; ++i) parts += Part("STANDARD", "00010101T000000", "+0900", "+0900", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\n");
  EXPECT_THAT(Stretches(With(parts, kHour)).front(), HasSubstr("the rules take too long"));
}

}  // namespace
}  // namespace batchslo
