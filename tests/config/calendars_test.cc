// `calendars` of a configuration, and what objectives make of them. The 6th of March 2026 is a Friday.
#include "exporter/config/calendars.h"

#include "exporter/config/calendar_values.h"
#include "tests/config/parse.h"

namespace batchslo {
namespace {

TimePoint T(const std::string& text) { return ParseRfc3339(text).Value(); }

ConfigResult ParseWith(const std::map<std::string, std::string>& files, const std::string& text) {
  static const std::vector<SourceSpec> kKinds = SourceSpecs();
  return ParseConfig(text, "/etc/batchslo/config.yml", kKinds, [&](const std::string& path) -> Result<std::string> {
    const auto at = files.find(path);
    return at == files.end() ? Result<std::string>(Error{"No such file or directory"}) : at->second;
  });
}

// The calendar of the only objective of a job in this zone.
CalendarRef CalendarOf(const std::string& calendar, const std::string& zone = "UTC", const std::map<std::string, std::string>& files = {}) {
  const auto result = ParseWith(files, "calendars: {c: " + calendar + "}\n" + kSources + "jobs: {a/b: {runs: {source: push}, by: \"10:00\", since: 1h, calendar: c, timezone: " + zone + "}}\n");
  EXPECT_EQ(result.Faults(), "");
  return result.config ? result.config->fleet.jobs.front()->objectives.front().calendar : CalendarRef();
}

std::string Why(const CalendarRef& calendar, const std::string& at) {
  const auto excuse = ExcuseAt(*calendar, T(at));
  return excuse ? excuse->why : "";
}

std::vector<std::string> FaultsWith(const std::string& calendar, const std::map<std::string, std::string>& files = {}) {
  std::vector<std::string> lines;
  for (const Fault& fault : ParseWith(files, "calendars:\n  c: " + calendar + "\n").faults) lines.push_back(std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message);
  return lines;
}

std::string Repeated(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ConfigCalendars, DaysAreThoseOfTheZoneOfTheObjectiveUnlessTheCalendarHasItsOwn) {
  EXPECT_EQ(Why(CalendarOf("{weekdays: mon-fri}", "Asia/Tokyo"), "2026-03-06T15:00:00Z"), "Saturday");
  EXPECT_EQ(Why(CalendarOf("{weekdays: mon-fri}"), "2026-03-06T15:00:00Z"), "");
  EXPECT_EQ(Why(CalendarOf("{weekdays: mon-fri, timezone: Asia/Tokyo}"), "2026-03-06T15:00:00Z"), "Saturday");
}

TEST(ConfigCalendars, HolidaysAreOfAFileAndOfAList) {
  const auto calendar = CalendarOf("{holidays: {file: days.txt, dates: [2026-03-04, 2026-03-05 Founding day]}}", "UTC", {{"/etc/batchslo/days.txt", "2026-03-03 Dolls\n"}});
  EXPECT_EQ(Why(calendar, "2026-03-03T10:00:00Z"), "holiday Dolls");
  EXPECT_EQ(Why(calendar, "2026-03-04T10:00:00Z"), "holiday");
  EXPECT_EQ(Why(calendar, "2026-03-05T10:00:00Z"), "holiday Founding day");
  EXPECT_EQ(Why(calendar, "2026-03-06T10:00:00Z"), "");
}

TEST(ConfigCalendars, AHalfDayCountsUntilItsHour) {
  const auto calendar = CalendarOf("{half_days: {dates: [2026-12-24 Christmas Eve], until: \"12:00\"}}");
  EXPECT_EQ(Why(calendar, "2026-12-24T00:00:00Z"), "");
  EXPECT_EQ(Why(calendar, "2026-12-24T12:00:00Z"), "");
  EXPECT_EQ(Why(calendar, "2026-12-24T12:00:00.000001Z"), "half day Christmas Eve");
  EXPECT_EQ(Why(calendar, "2026-12-24T23:59:59.999999Z"), "half day Christmas Eve");
  EXPECT_EQ(Why(calendar, "2026-12-25T00:00:00Z"), "");
}

TEST(ConfigCalendars, AHolidayFollowsTheClockOfADayOfTheDstChange) {
  const auto calendar = CalendarOf("{holidays: {dates: [2026-03-29, 2026-10-25]}}", "Europe/Berlin");
  for (const auto& [at, is_holiday] : std::vector<std::pair<std::string, bool>>{{"2026-03-28T22:59:59.999999Z", false}, {"2026-03-28T23:00:00Z", true}, {"2026-03-29T21:59:59.999999Z", true},
                                                                                 {"2026-03-29T22:00:00Z", false},       {"2026-10-24T22:00:00Z", true}, {"2026-10-25T22:59:59.999999Z", true},
                                                                                 {"2026-10-25T23:00:00Z", false}}) {
    EXPECT_EQ(Why(calendar, at).empty(), !is_holiday) << at;
  }
}

TEST(ConfigCalendars, MaintenanceIsOnceOrAgain) {
  const auto calendar = CalendarOf("{maintenance: {db: {from: 2026-03-06 22:00, to: 2026-03-07 02:00}, net: {from: \"2026-03-06T10:00:00Z\", to: \"2026-03-06T11:00:00Z\"}, weekly: {cron: 02:00 sun, for: 2h}}}",
                                   "Asia/Tokyo");
  EXPECT_EQ(Why(calendar, "2026-03-06T13:00:00Z"), "maintenance db");
  EXPECT_EQ(Why(calendar, "2026-03-06T17:00:00.000001Z"), "");
  EXPECT_EQ(Why(calendar, "2026-03-06T10:30:00Z"), "maintenance net");
  EXPECT_EQ(Why(calendar, "2026-03-08T02:30:00+09:00"), "maintenance weekly");
}

TEST(ConfigCalendars, FaultsStandAtTheirPlace) {
  EXPECT_THAT(FaultsWith("{holidays: {file: none.ics}}"), ElementsAre("2:24 the file /etc/batchslo/none.ics can't be read: No such file or directory"));
  EXPECT_THAT(FaultsWith("{holidays: {file: a.ics}}", {{"/etc/batchslo/a.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n"}}), ElementsAre("2:24 the file /etc/batchslo/a.ics, line 2: the file ends within VEVENT; is it whole?"));
  EXPECT_THAT(FaultsWith("{holidays: {}}"), ElementsAre(HasSubstr("\"holidays\" names no day")));
  EXPECT_THAT(FaultsWith("{}"), ElementsAre("2:3 calendar \"c\" says nothing"));
  EXPECT_THAT(FaultsWith("{weekdays: mon, maintenance: {m: {cron: 0 0 * * mon, for: 1d}}}"), ElementsAre("2:3 calendar \"c\" excuses all windows: no day is left"));
  EXPECT_THAT(FaultsWith("{holidays: {file: a.ics}}", {{"/etc/batchslo/a.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n"}}),
              ElementsAre("2:3 calendar \"c\" excuses all windows: no day is left"));
  EXPECT_THAT(FaultsWith("{half_days: {until: '12:00', file: a.ics}}", {{"/etc/batchslo/a.ics", "BEGIN:VCALENDAR\n" + Repeated(5, "BEGIN:VEVENT\nDTSTART;VALUE=DATE:19700101\nDTEND;VALUE=DATE:99990101\nEND:VEVENT\n") + "END:VCALENDAR\n"}}),
              ElementsAre("2:18 \"half_days\" has more than 200,000 days, those of \"holidays\" included"));
  EXPECT_THAT(FaultsWith("{maintenance: {m: {from: 2026-03-06 22:00, for: 2h}}}"), ElementsAre(HasSubstr("maintenance \"m\" wants either from and to, or cron and for")));
  EXPECT_THAT(FaultsWith("{maintenance: {m: {from: 2026-03-06 22:00, to: 2026-03-06 22:00}}}"), ElementsAre(HasSubstr("ends before it begins")));
}

TEST(ConfigCalendars, AnHourThatIsHalfMaintenanceIsLeft) {
  EXPECT_THAT(FaultsWith("{maintenance: {m: {cron: '*/20 * * * *', for: 10m}}}"), testing::IsEmpty());
}

TEST(ConfigCalendars, AJobsCalendarIsTheDefaultOfItsObjectivesAndOfTheDerivedOne) {
  const std::string calendars = "calendars: {c: {weekdays: mon-fri}, d: {weekdays: \"sat,sun\"}}\n";
  const auto named = [](const JobDef& job, std::size_t i) { return job.objectives[i].calendar ? *job.objectives[i].calendar->name : ""; };
  const JobDef job = GoodJob("{calendar: c, objectives: {one: {within: 1h}, two: {within: 2h, calendar: d}}}", calendars);
  EXPECT_EQ(named(job, 0), "c");
  EXPECT_EQ(named(job, 1), "d");
  EXPECT_EQ(named(GoodJob("{calendar: c}", calendars), 0), "c");
  EXPECT_THAT(JobFaults("{within: 1h, calendar: buisness}", "calendars: {business: {weekdays: mon-fri}}\n"), ElementsAre("no calendar is named \"buisness\""));
}

TEST(ConfigCalendars, ObjectivesOfOneZoneShareOne) {
  const Config config = Good("calendars: {c: {weekdays: mon-fri}}\n" + kSources + "jobs: {a: {within: 1h, calendar: c}, b: {within: 1h, calendar: c}, d: {within: 1h, calendar: c, timezone: Asia/Tokyo}}\n");
  const auto calendar = [&](std::size_t i) { return &*config.fleet.jobs[i]->objectives.front().calendar; };
  EXPECT_EQ(calendar(0), calendar(1));
  EXPECT_NE(calendar(0), calendar(2));
}

TEST(ConfigCalendars, AnAnnotationMayNameOne) {
  const Config config = Good("calendars: {c: {weekdays: mon-fri}}\n" + kSources);
  std::vector<std::string> faults;
  const JobDef job = DefineDiscovered(nullptr, "a/b", config.sources.front(), config, {{"calendar", "c"}}, faults);
  EXPECT_THAT(faults, testing::IsEmpty());
  EXPECT_TRUE(job.objectives.front().calendar);
}

TEST(ConfigCalendars, WhatAFileSaidIsNoted) {
  const std::map<std::string, std::string> files = {{"/etc/batchslo/a.txt", "2026-01-01\n"}};
  const auto result = ParseWith(files, "calendars: {c: {holidays: {file: a.txt}}}\n");
  ASSERT_EQ(result.named_files.size(), 1u);
  EXPECT_EQ(result.named_files[0], LookAt("/etc/batchslo/a.txt", std::string("2026-01-01\n")));
  EXPECT_FALSE(result.named_files[0] == LookAt("/etc/batchslo/a.txt", std::string("2026-01-02\n")));
}

TEST(ConfigCalendars, HoursAreReadByTheClock) {
  EXPECT_EQ(ParseHours("09:00-18:00").Value(), (std::vector<HoursOfDay>{{hours{9}, hours{18}}}));
  EXPECT_EQ(ParseHours("0:00-6:30,22:00-24:00").Value(), (std::vector<HoursOfDay>{{hours{0}, hours{6} + minutes{30}}, {hours{22}, hours{24}}}));
  for (const char* wrong : {"", "9-18", "18:00-09:00", "09:00-09:00", "09:00-25:00", "09:00-24:01", "09:00-12:00,11:00-13:00", "09:00-12:00,", "09:00"}) EXPECT_FALSE(ParseHours(wrong)) << wrong;
}

TEST(ConfigCalendars, WeekdaysAreThoseOfCron) {
  EXPECT_EQ(ParseWeekdays("mon-fri").Value(), 0x3e);
  EXPECT_EQ(ParseWeekdays("sat,sun").Value(), 0x41);
  for (const char* wrong : {"", "*", "mon fri", "monday-", "mo", "fri-mon-tue", "8"}) EXPECT_FALSE(ParseWeekdays(wrong)) << wrong;
}

}  // namespace
}  // namespace batchslo
