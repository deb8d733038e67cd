// Files of days, as they come from Google, Outlook and people; and what must not take for ever.
#include "exporter/config/calendar_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "exporter/config/recurrence.h"

namespace batchslo {
namespace {

std::string File(const std::string& name) {
  std::ifstream file("tests/testdata/calendars/" + name, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Clock(LocalTime time) {
  std::string text = FormatRfc3339(TimePoint{time.since_epoch});
  text.pop_back();
  return text.ends_with("T00:00:00") ? text.substr(0, 10) : text;
}

// "2026-01-01..2026-01-02 New Year's Day", with the zone where it names one.
std::vector<std::string> Days(const std::string& text) {
  const auto entries = ReadCalendarFile(text);
  if (!entries) return {entries.Message()};
  std::vector<std::string> days;
  for (const CalendarEntry& entry : *entries) {
    days.push_back(Clock(entry.from) + ".." + Clock(entry.to) + (entry.zone ? " in " + entry.zone->Name() : "") + (entry.name.empty() ? "" : " " + entry.name));
  }
  return days;
}

std::string Event(const std::string& lines) { return "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n"; }
std::string Whole(const std::string& rule) { return Event("DTSTART;VALUE=DATE:20260101\nRRULE:" + rule); }

using testing::ElementsAre;

TEST(CalendarFile, GooglesExportIsRead) {
  EXPECT_THAT(Days(File("google.ics")), ElementsAre("2026-01-01..2026-01-02 New Year's Day",
                                                    "2026-05-04..2026-05-07 Greenery Day, Children's Day and what is observed for Constitution Day"));
}

TEST(CalendarFile, OutlooksExportIsRead) {
  EXPECT_THAT(Days(File("outlook.ics")), ElementsAre("2026-12-24..2026-12-25 Heiligabend (halber Tag)", "2027-12-24..2027-12-25 Heiligabend (halber Tag)",
                                                     "2026-04-03..2026-04-04 Karfreitag"));
}

TEST(CalendarFile, ListsOfDatesAreRead) {
  EXPECT_THAT(Days(File("fiscal.txt")), ElementsAre("2026-01-01..2026-01-02 New Year's Day", "2026-01-02..2026-01-03", "2026-04-01..2026-04-02 Begin of the fiscal year",
                                                    "2028-02-29..2028-03-01 Leap day", "2026-12-31..2027-01-01 Last day of the year"));
  EXPECT_THAT(Days("\xef\xbb\xbf" "2026-01-01\r\n"), ElementsAre("2026-01-01..2026-01-02"));
}

TEST(CalendarFile, TimesKeepTheirZone) {
  EXPECT_THAT(Days(Event("DTSTART:20260101T120000Z\nDTEND:20260101T180000Z")), ElementsAre("2026-01-01T12:00:00..2026-01-01T18:00:00 in UTC"));
  EXPECT_THAT(Days(Event("DTSTART;TZID=Asia/Tokyo:20260101T120000\nDURATION:PT1H30M")), ElementsAre("2026-01-01T12:00:00..2026-01-01T13:30:00 in Asia/Tokyo"));
  EXPECT_THAT(Days(Event("DTSTART;TZID=Asia/Tokyo:20260101T120000\nDTEND:20260101T060000Z")), ElementsAre("2026-01-01T12:00:00..2026-01-01T15:00:00 in Asia/Tokyo"));
  EXPECT_THAT(Days(Event("DTSTART:20260101T120000\nDURATION:P1D")), ElementsAre("2026-01-01T12:00:00..2026-01-02T12:00:00"));
}

TEST(CalendarFile, ExceptionsAndAdditionsAreHeeded) {
  const std::string rule = "RRULE:FREQ=YEARLY;COUNT=3\n";
  EXPECT_THAT(Days(Event("DTSTART;VALUE=DATE:20260101\n" + rule + "EXDATE;VALUE=DATE:20270101\nRDATE;VALUE=DATE:20300501,20310501")),
              ElementsAre("2026-01-01..2026-01-02", "2028-01-01..2028-01-02", "2030-05-01..2030-05-02", "2031-05-01..2031-05-02"));
  EXPECT_THAT(Days(Event("DTSTART;TZID=Asia/Tokyo:20260101T120000\nDURATION:PT1H\n" + rule + "EXDATE:20270101T030000Z")),
              ElementsAre("2026-01-01T12:00:00..2026-01-01T13:00:00 in Asia/Tokyo", "2028-01-01T12:00:00..2028-01-01T13:00:00 in Asia/Tokyo"));
  EXPECT_THAT(Days("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:20260101\n" + rule +
                   "END:VEVENT\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID;VALUE=DATE:20270101\nDTSTART;VALUE=DATE:20270104\nEND:VEVENT\nEND:VCALENDAR\n"),
              ElementsAre("2026-01-01..2026-01-02", "2028-01-01..2028-01-02", "2027-01-04..2027-01-05"));
}

TEST(CalendarFile, UntilIsInclusive) {
  EXPECT_EQ(Days(Whole("FREQ=DAILY;UNTIL=20260103")).size(), 3u);
  EXPECT_EQ(Days(Event("DTSTART:20260101T120000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260103T120000Z")).size(), 3u);
  EXPECT_EQ(Days(Event("DTSTART:20260101T120000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260103T115959Z")).size(), 2u);
}

TEST(CalendarFile, WhatCannotBeUnderstoodIsToldWithItsLine) {
  struct Row {
    std::string text, message;
  };
  for (const auto& [text, message] : std::vector<Row>{
           {Whole("FREQ=SECONDLY"), "line 4: RRULE: FREQ=SECONDLY: days recur DAILY, WEEKLY, MONTHLY or YEARLY"},
           {Whole("FREQ=YEARLY;BYWEEKNO=3"), "line 4: RRULE: \"BYWEEKNO\" is not understood; what days recur by is FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS and WKST"},
           {Whole("COUNT=3"), "line 4: RRULE: it has no FREQ"},
           {Whole("FREQ=DAILY;COUNT=0"), "line 4: RRULE: COUNT wants a whole number from 1 on, not \"0\""},
           {Whole("FREQ=DAILY;COUNT=3;UNTIL=20270101"), "line 4: RRULE: it has both COUNT and UNTIL"},
           {Whole("FREQ=DAILY;FREQ=DAILY"), "line 4: RRULE: FREQ stands twice"},
           {Whole("FREQ=WEEKLY;BYDAY=2MO"), "line 4: RRULE: a numbered day (BYDAY) needs FREQ=MONTHLY or FREQ=YEARLY"},
           {Whole("FREQ=WEEKLY;BYMONTHDAY=2"), "line 4: RRULE: BYMONTHDAY does not go with FREQ=WEEKLY"},
           {Whole("FREQ=MONTHLY;BYDAY=0MO"), "line 4: RRULE: BYDAY wants days like MO, 2MO or -1FR, not \"0MO\""},
           {Whole("FREQ=YEARLY;BYMONTH=13"), "line 4: RRULE: BYMONTH can't be \"13\""},
           {Event("SUMMARY:x"), "line 2: the event that begins here has no DTSTART"},
           {Event("DTSTART;VALUE=DATE:20260230"), "line 3: DTSTART can't be read: \"20260230\" is no date (20260101) nor time (20260101T090000Z)"},
           {Event("DTSTART;VALUE=DATE:20260103\nDTEND;VALUE=DATE:20260101"), "line 2: the event that begins here ends before it starts"},
           {Event("DTSTART;VALUE=DATE:20260101\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260101"),
            "line 4: RECURRENCE-ID with RANGE=THISANDFUTURE is not understood; let the RRULE end before it (UNTIL), and write what follows as an event of its own"},
           {Event("STATUS:CANCELLED\nRECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260101"),
            "line 4: RECURRENCE-ID with RANGE=THISANDFUTURE is not understood; let the RRULE end before it (UNTIL), and write what follows as an event of its own"},
           {Event("DTSTART;VALUE=DATE:20260101\nDURATION:P1H"), "line 4: DURATION can't be read: \"P1H\" is no length like P1D or PT8H"},
           {Event("DTSTART;VALUE=DATE:20260101\nDTSTART;VALUE=DATE:20260101"), "line 4: a second DTSTART in one event"},
           {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T0900", "line 3: DTSTART can't be read: \"20260101T0900\" is no date (20260101) nor time (20260101T090000Z)"},
           {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\n", "line 3: the file ends within VEVENT; is it whole?"},
           {"BEGIN:VCALENDAR\nEND:VEVENT\n", "line 2: END:VEVENT ends nothing that is open"},
           {"BEGIN:VCALENDAR\n<html>\nEND:VCALENDAR\n", "line 2: this is no line of iCalendar (NAME:VALUE)"},
           {"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "there is no day in it"},
           {"# nothing\n", "there is no day in it"},
           {"2026-01-01\n2026-02-30 x\n", "line 2: \"2026-02-30\": there is no such day"},
           {"2026-01-01\n1.1.2027\n", "line 2: \"1.1.2027\" is no date; write it like 2026-12-31"},
           {"1969-12-31\n", "line 1: \"1969-12-31\": the years go from 1970 to 2099"},
           {"2026-01-01\n2026-01-02 caf\xe9\n", "line 2: it is not UTF-8; save it so"},
           {std::string("\xff\xfe" "2\0" "0\0", 6), "line 1: it is not UTF-8; save it so"},
           {std::string(kMostCalendarBytes + 1, ' '), "it is larger than 10 MB"}}) {
    EXPECT_THAT(Days(text), ElementsAre(message)) << text.substr(0, 200);
  }
}

// ---- bombs ----

std::string Many(int count, const std::string& lines) {
  std::string text = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < count; ++i) text += "BEGIN:VEVENT\n" + lines + "\nEND:VEVENT\n";
  return text + "END:VCALENDAR\n";
}

TEST(CalendarFile, NoRuleIsLongerThanTheCalendar) {
  for (const char* rule : {"FREQ=DAILY", "FREQ=DAILY;COUNT=1000000000", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"}) {
    const auto days = Days(Whole(rule));
    EXPECT_EQ(days.size(), static_cast<std::size_t>((kLastDay - LocalDay{std::chrono::year{2026} / 1 / 1}).count() + 1)) << rule;
  }
  for (const char* rule : {"FREQ=YEARLY;INTERVAL=1000000000000", "FREQ=DAILY;INTERVAL=2147483647", "FREQ=MONTHLY;INTERVAL=999999999", "FREQ=WEEKLY;INTERVAL=99999999",
                           "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2SU", "FREQ=MONTHLY;BYDAY=1TH;BYSETPOS=2"}) {
    EXPECT_THAT(Days(Whole(rule)), ElementsAre("2026-01-01..2026-01-02")) << rule;
  }
}

TEST(CalendarFile, ManyEventsAreReadAndTooManyDaysAreNot) {
  EXPECT_EQ(ReadCalendarFile(Many(100'000, "DTSTART;VALUE=DATE:20260101"))->size(), 100'000u);
  EXPECT_EQ(ReadCalendarFile(Many(2'000, "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY"))->size(), 148'000u);
  EXPECT_THAT(Days(Many(10'000, "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=WEEKLY")).front(), testing::HasSubstr("with this event there are more than 200,000 of them"));
  EXPECT_THAT(Days(Many(10'000, "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")).front(), testing::HasSubstr("take too long"));
}

TEST(CalendarFile, OnlyEventsOfTheCalendarItselfCount) {
  std::string begin, end;
  for (int i = 0; i < 100'000; ++i) {
    begin += "BEGIN:X\n";
    end += "END:X\n";
  }
  const std::string event = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\n", last = "END:VEVENT\n";
  EXPECT_THAT(Days("BEGIN:VCALENDAR\n" + begin + event + last + end + "END:VCALENDAR\n"), ElementsAre("there is no day in it"));
  EXPECT_THAT(Days("BEGIN:VCALENDAR\n" + event + "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\n" + last + last + "END:VCALENDAR\n"), ElementsAre("2026-01-01..2026-01-02"));
  EXPECT_THAT(Days("BEGIN:VCALENDAR\n" + begin), ElementsAre("line 100001: the file ends within X; is it whole?"));
}

TEST(CalendarFile, ManyExceptionsAndZonesTakeNoLongTime) {
  std::string exceptions = "EXDATE;VALUE=DATE:20260101", zones = "BEGIN:VCALENDAR\n", replaced = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < 500'000; ++i) exceptions += ",20260101";
  for (int i = 0; i < 20'000; ++i) zones += "BEGIN:VEVENT\nDTSTART;TZID=Zone " + std::to_string(i) + ":20260101T000000\nDURATION:P1D\nEND:VEVENT\n";
  for (int i = 0; i < 20'000; ++i) replaced += "BEGIN:VEVENT\nUID:a\nDTSTART:20260101T000000\n" + std::string(i % 2 ? "RECURRENCE-ID:20260101T000000\n" : "") + "END:VEVENT\n";
  EXPECT_EQ(Days(Event("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY\n" + exceptions)).front(), "2026-01-02..2026-01-03");
  EXPECT_EQ(ReadCalendarFile(zones + "END:VCALENDAR\n")->size(), 20'000u);
  EXPECT_THAT(Days(replaced + "END:VCALENDAR\n").front(), testing::HasSubstr("take too long"));
}

}  // namespace
}  // namespace batchslo
