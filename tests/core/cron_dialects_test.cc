// The rules of exporter/core/cron.md, dialect by dialect. tests/peers/cron asks the schedulers' own code.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "exporter/core/cron.h"

namespace batchslo {
namespace {

TimePoint At(std::string_view text) { return ParseRfc3339(text).Value(); }

struct TickCase {
  Dialect dialect;
  std::string_view expression, zone, after;
  std::vector<std::string_view> ticks;
  std::string_view job = "stuff";
};

using enum Dialect;
const TickCase kTicks[] = {
    // Argo: robfig's parser; a line may name its zone, and there may be several.
    {kArgo, "30 2 * * *", "America/New_York", "2024-03-09T12:00:00-05:00", {"2024-03-11T02:30:00-04:00"}},
    {kArgo, "30 1 * * *", "America/New_York", "2024-11-02T12:00:00-04:00", {"2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00"}},
    {kArgo, "CRON_TZ=Asia/Tokyo 0 9 * * *", "UTC", "2024-01-01T00:00:00Z", {"2024-01-02T00:00:00Z"}},
    {kArgo, "0 9 * * *\nTZ=Asia/Tokyo 0 9 * * *\n", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T09:00:00Z", "2024-01-02T00:00:00Z"}},

    {kArgo, "31 17 * * mon", "Antarctica/Vostok", "1994-01-30T00:00:00Z", {"1994-01-31T10:31:00Z", "1994-01-31T17:31:00Z"}},

    // Jenkins: H by the name of the job, days AND-ed, gap skipped, overlap twice.
    {kJenkins, "H * * * *", "UTC", "2013-02-12T00:00:00Z", {"2013-02-12T00:56:00Z", "2013-02-12T01:56:00Z"}},
    {kJenkins, "H H(12-13) * * *", "UTC", "2013-02-12T00:00:00Z", {"2013-02-12T13:56:00Z", "2013-02-13T13:56:00Z"}},
    {kJenkins, "H/15 * * * *", "UTC", "2013-02-12T00:00:00Z",
     {"2013-02-12T00:11:00Z", "2013-02-12T00:26:00Z", "2013-02-12T00:41:00Z", "2013-02-12T00:56:00Z"}},
    {kJenkins, "H * * * *", "UTC", "2013-02-12T00:00:00Z", {"2013-02-12T00:20:00Z"}, "junk"},
    {kJenkins, "H(0-15)/3 * * * *", "UTC", "2013-02-12T00:00:00Z", {"2013-02-12T00:02:00Z", "2013-02-12T00:05:00Z"}, "junk"},
    {kJenkins, "H * * * *\nH * * * *", "UTC", "2013-02-12T00:00:00Z", {"2013-02-12T00:35:00Z", "2013-02-12T00:56:00Z"}, "seed"},
    {kJenkins, "H H * * *", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T13:15:00Z"}, "folder/nightly-build"},
    {kJenkins, "@daily", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T13:15:00Z"}, "folder/nightly-build"},
    {kJenkins, "TZ=Asia/Tokyo\n# nightly\n0 9 * * *", "UTC", "2024-01-01T00:00:00Z", {"2024-01-02T00:00:00Z"}},
    {kJenkins, "0 0 13 * 5", "UTC", "2024-01-01T00:00:00Z", {"2024-09-13T00:00:00Z", "2024-12-13T00:00:00Z"}},
    {kJenkins, "0 0 * * 7", "UTC", "2024-07-01T00:00:00Z", {"2024-07-07T00:00:00Z"}},
    {kJenkins, "30 2 * * *", "America/New_York", "2024-03-09T12:00:00-05:00", {"2024-03-11T02:30:00-04:00"}},
    {kJenkins, "30 1 * * *", "America/New_York", "2024-11-02T12:00:00-04:00", {"2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00"}},

    // Airflow: fixed hours are shifted over a gap and come in the second passage of an overlap; a wildcard hour goes by real hours.
    {kAirflow, "30 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00+01:00", {"2024-03-31T03:30:00+02:00", "2024-04-01T02:30:00+02:00"}},
    {kAirflow, "0,20 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00+01:00", {"2024-03-31T03:00:00+02:00", "2024-04-01T02:00:00+02:00"}},
    {kAirflow, "30 2 * * *", "Europe/Berlin", "2024-10-26T12:00:00+02:00", {"2024-10-27T02:30:00+01:00", "2024-10-28T02:30:00+01:00"}},
    {kAirflow, "0 2,3 * * *", "Europe/Berlin", "2024-10-26T12:00:00+02:00", {"2024-10-27T02:00:00+01:00", "2024-10-27T03:00:00+01:00"}},
    {kAirflow, "@hourly", "Europe/Berlin", "2024-10-27T01:30:00+02:00",
     {"2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00", "2024-10-27T03:00:00+01:00"}},
    {kAirflow, "0 * * * *", "Australia/Lord_Howe", "2024-10-06T01:30:00+10:30", {"2024-10-06T02:30:00+11:00", "2024-10-06T03:00:00+11:00"}},
    {kAirflow, "0 * * * mon", "Europe/Berlin", "2024-03-26T00:00:00+01:00", {"2024-04-01T01:00:00+02:00", "2024-04-01T02:00:00+02:00"}},
    {kAirflow, "0 10 * * *", "Pacific/Apia", "2011-12-29T12:00:00-10:00", {"2011-12-31T10:00:00+14:00", "2012-01-01T10:00:00+14:00"}},
    {kAirflow, "0 0 L * *", "UTC", "2024-02-01T00:00:00Z", {"2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z"}},
    {kAirflow, "0 0 * * fri#2", "UTC", "2024-01-01T00:00:00Z", {"2024-01-12T00:00:00Z", "2024-02-09T00:00:00Z"}},
    {kAirflow, "0 0 * * mon-tue#1", "UTC", "2024-01-01T00:00:00Z", {"2024-01-02T00:00:00Z", "2024-02-05T00:00:00Z", "2024-02-06T00:00:00Z"}},
    {kAirflow, "0 0 * * L5", "UTC", "2024-01-01T00:00:00Z", {"2024-01-26T00:00:00Z", "2024-02-23T00:00:00Z"}},
    {kAirflow, "0 22-1 * * *", "UTC", "2024-01-01T12:00:00Z", {"2024-01-01T22:00:00Z", "2024-01-01T23:00:00Z", "2024-01-02T00:00:00Z", "2024-01-02T01:00:00Z"}},
    {kAirflow, "0 0 * * fri-mon", "UTC", "2024-01-02T00:00:00Z", {"2024-01-05T00:00:00Z", "2024-01-06T00:00:00Z", "2024-01-07T00:00:00Z", "2024-01-08T00:00:00Z"}},
    {kAirflow, "0 0 */2 * mon", "UTC", "2024-07-01T00:00:00Z", {"2024-07-03T00:00:00Z", "2024-07-05T00:00:00Z", "2024-07-07T00:00:00Z", "2024-07-08T00:00:00Z"}},
    {kAirflow, "5-5 0 * * *", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T00:01:00Z"}},
    {kAirflow, "0 0 1 1 * */20", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T00:00:20Z", "2024-01-01T00:00:40Z", "2025-01-01T00:00:00Z"}},
    {kAirflow, "0 0 1 1 * 0 2031", "UTC", "2024-01-01T00:00:00Z", {"2031-01-01T00:00:00Z"}},
    {kAirflow, "@quarterly", "UTC", "2024-01-01T00:00:00Z", {"2024-04-01T00:00:00Z", "2024-07-01T00:00:00Z"}},
    {kAirflow, "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", {"2104-02-29T00:00:00Z"}},

    // EventBridge: 1 is Sunday; gap skipped, overlap once, also by the hour.
    {kEventBridge, "cron(15 10 ? * 6L 2022-2025)", "UTC", "2024-01-01T00:00:00Z", {"2024-01-26T10:15:00Z", "2024-02-23T10:15:00Z"}},
    {kEventBridge, "cron(0 8 1 * ? *)", "UTC", "2024-01-01T08:00:00Z", {"2024-02-01T08:00:00Z"}},
    {kEventBridge, "cron(0/15 9 ? JAN MON-FRI *)", "UTC", "2024-01-05T09:30:00Z", {"2024-01-05T09:45:00Z", "2024-01-08T09:00:00Z"}},
    {kEventBridge, "cron(0 9 ? * 2#1 *)", "UTC", "2024-01-02T00:00:00Z", {"2024-02-05T09:00:00Z"}},
    {kEventBridge, "cron(0 9 ? * 1 *)", "UTC", "2024-01-02T00:00:00Z", {"2024-01-07T09:00:00Z"}},
    {kEventBridge, "cron(0 9 ? * L *)", "UTC", "2024-01-02T00:00:00Z", {"2024-01-06T09:00:00Z"}},
    {kEventBridge, "cron(0 9 L * ? *)", "UTC", "2024-02-02T00:00:00Z", {"2024-02-29T09:00:00Z"}},
    {kEventBridge, "cron(0 9 LW * ? *)", "UTC", "2024-03-01T00:00:00Z", {"2024-03-29T09:00:00Z", "2024-04-30T09:00:00Z"}},
    {kEventBridge, "cron(0 9 1W * ? *)", "UTC", "2024-05-30T00:00:00Z", {"2024-06-03T09:00:00Z", "2024-07-01T09:00:00Z"}},
    {kEventBridge, "cron(0 9 15W * ? *)", "UTC", "2024-06-01T00:00:00Z", {"2024-06-14T09:00:00Z", "2024-07-15T09:00:00Z", "2024-08-15T09:00:00Z", "2024-09-16T09:00:00Z"}},
    {kEventBridge, "cron(0 0 1 1 ? 2031/2)", "UTC", "2024-01-01T00:00:00Z", {"2031-01-01T00:00:00Z", "2033-01-01T00:00:00Z"}},
    {kEventBridge, "cron(30 2 * * ? *)", "America/New_York", "2024-03-09T12:00:00-05:00", {"2024-03-11T02:30:00-04:00"}},
    {kEventBridge, "cron(30 * * * ? *)", "America/New_York", "2024-11-03T00:45:00-04:00", {"2024-11-03T01:30:00-04:00", "2024-11-03T02:30:00-05:00"}},

    // Cloud Scheduler: by the wall clock; of what an overlap shows twice only the first is owed.
    {kGcp, "30 2 * * *", "America/New_York", "2024-03-09T12:00:00-05:00", {"2024-03-11T02:30:00-04:00"}},
    {kGcp, "30 1 * * *", "America/New_York", "2024-11-02T12:00:00-04:00", {"2024-11-03T01:30:00-04:00", "2024-11-04T01:30:00-05:00"}},
    {kGcp, "0 0 1 * MON", "UTC", "2024-07-01T00:00:00Z", {"2024-07-08T00:00:00Z", "2024-07-15T00:00:00Z"}},
    {kGcp, "0 0 * * 7", "UTC", "2024-07-01T00:00:00Z", {"2024-07-07T00:00:00Z"}},

    // systemd: gap skipped, overlap once.
    {kSystemd, "*-*-* 02:30", "Europe/Berlin", "2024-03-30T12:00:00+01:00", {"2024-04-01T02:30:00+02:00"}},
    {kSystemd, "*:30", "Europe/Berlin", "2024-10-27T01:45:00+02:00", {"2024-10-27T02:30:00+02:00", "2024-10-27T03:30:00+01:00"}},
    {kSystemd, "*:0/15 Australia/Lord_Howe", "UTC", "2024-04-06T14:30:00Z", {"2024-04-06T14:45:00Z", "2024-04-06T15:30:00Z"}},
    {kSystemd, "Mon *-05~07/1", "UTC", "2024-10-26T00:00:00Z", {"2025-05-26T00:00:00Z", "2026-05-25T00:00:00Z"}},
    {kSystemd, "*-*~1..5", "UTC", "2024-02-26T00:00:00Z", {"2024-02-27T00:00:00Z", "2024-02-28T00:00:00Z"}},
    {kSystemd, "*-*~1..7/2", "UTC", "2024-04-23T00:00:00Z", {"2024-04-24T00:00:00Z", "2024-04-26T00:00:00Z", "2024-04-28T00:00:00Z", "2024-04-30T00:00:00Z"}},
    {kSystemd, "Sat,Mon..Tue 10:00", "UTC", "2024-10-26T12:00:00Z", {"2024-10-28T10:00:00Z", "2024-10-29T10:00:00Z", "2024-11-02T10:00:00Z"}},
    {kSystemd, "2030-1,3,5..7/2-1 12:00:05/20", "UTC", "2024-01-01T00:00:00Z", {"2030-01-01T12:00:05Z", "2030-01-01T12:00:25Z", "2030-01-01T12:00:45Z", "2030-03-01T12:00:05Z"}},
    {kSystemd, "30-12-31", "UTC", "2024-01-01T00:00:00Z", {"2030-12-31T00:00:00Z"}},
    {kSystemd, "weekly", "UTC", "2024-10-26T12:00:00Z", {"2024-10-28T00:00:00Z"}},
    {kSystemd, "Quarterly Asia/Tokyo", "UTC", "2024-10-26T12:00:00Z", {"2024-12-31T15:00:00Z"}},
    {kSystemd, "hourly utc", "Asia/Kathmandu", "2024-10-26T12:00:00Z", {"2024-10-26T13:00:00Z"}},
    {kSystemd, "10:00\n22:00 Asia/Tokyo", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T10:00:00Z", "2024-01-01T13:00:00Z", "2024-01-02T10:00:00Z"}},
    {kSystemd, "*-*-* *:*:0/30", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T00:00:30Z", "2024-01-01T00:01:00Z"}},
};

Schedule Make(const TickCase& row) {
  auto schedule = Schedule::Parse(row.expression, row.dialect, Zone::Find(row.zone).Value(), row.job);
  EXPECT_TRUE(schedule) << row.expression << ": " << (schedule ? "" : schedule.Message());
  return schedule ? *schedule : Schedule::Parse("* * * * *", kVixie, Zone{}).Value();
}

TEST(CronDialects, StepForwardOverTheirTicks) {
  for (const TickCase& row : kTicks) {
    const Schedule schedule = Make(row);
    TimePoint at = At(row.after);
    for (const std::string_view expected : row.ticks) {
      const auto tick = schedule.Next(at);
      ASSERT_TRUE(tick) << row.expression;
      EXPECT_EQ(FormatRfc3339(*tick), FormatRfc3339(At(expected))) << row.expression << " in " << row.zone;
      at = *tick;
    }
  }
}

TEST(CronDialects, StepBackOverTheSameTicks) {
  for (const TickCase& row : kTicks) {
    const Schedule schedule = Make(row);
    TimePoint at = At(row.ticks.back()) + Duration{1};
    for (auto expected = row.ticks.rbegin(); expected != row.ticks.rend(); ++expected) {
      const auto tick = schedule.Prev(at);
      ASSERT_TRUE(tick) << row.expression;
      EXPECT_EQ(FormatRfc3339(*tick), FormatRfc3339(At(*expected))) << row.expression << " in " << row.zone;
      at = *tick;
    }
  }
}

struct IntervalCase {
  Dialect dialect;
  std::string_view expression;
  Duration every;
};
const IntervalCase kIntervals[] = {
    {kArgo, "@every 90m", minutes{90}},
    {kEventBridge, "rate(1 minute)", minutes{1}},
    {kEventBridge, "rate(5 hours)", hours{5}},
    {kEventBridge, "rate(7 days)", days{7}},
    {kAirflow, "1 day, 0:00:00", days{1}},
    {kAirflow, "2 days, 3:00:00.500000", days{2} + hours{3} + microseconds{500'000}},
    {kAirflow, "0:05:00", minutes{5}},
    {kAirflow, "1h30m", minutes{90}},
    {kAirflow, "1d", days{1}},
};

TEST(CronDialects, IntervalsHaveTicksFromTheirAnchor) {
  const TimePoint anchor = At("2024-01-01T00:07:00Z");
  for (const auto& [dialect, expression, every] : kIntervals) {
    const auto schedule = Schedule::Parse(expression, dialect, Zone{});
    ASSERT_TRUE(schedule) << expression << ": " << schedule.Message();
    EXPECT_EQ(schedule->Every(), every) << expression;
    EXPECT_FALSE(schedule->Next(anchor)) << expression;
    EXPECT_EQ(schedule->AnchoredAt(anchor).Next(anchor), anchor + every) << expression;
    EXPECT_EQ(schedule->AnchoredAt(anchor).Prev(anchor), anchor - every) << expression;
  }
}

struct Refusal {
  Dialect dialect;
  std::string_view expression, says, job = "stuff";
};
const Refusal kRefusals[] = {
    {kVixie, "@reboot", "no time at which"},
    {kArgo, "0 0 * * 7", "0 for Sunday, not 7"},
    {kArgo, "TZ=Mars/X 0 0 * * *", "Mars/X"},
    {kArgo, "TZ=UTC", "got 0"},
    {kArgo, "0 9 * * *\n@every 1h", "@every can't be one of several"},
    {kArgo, "@reboot", "no time at which"},
    {kArgo, "", "empty"},
    {kJenkins, "H 3 * * *", "job's full name", ""},
    {kJenkins, "0 0 * * mon", "no names"},
    {kJenkins, "H/61 * * * *", "the size of its range, 60"},
    {kJenkins, "H(5-3) * * * *", "a step of H"},
    {kJenkins, "H(0-70) * * * *", "allowed are 0 to 59"},
    {kJenkins, "h * * * *", "expected 0 to 59"},
    {kJenkins, "5/15 * * * *", "wants a range"},
    {kJenkins, "10-5 * * * *", "runs backwards"},
    {kJenkins, "*/0 * * * *", "step of 0"},
    {kJenkins, "? * * * *", "expected 0 to 59"},
    {kJenkins, "* * * *", "got 4"},
    {kJenkins, "@Daily", "unknown macro"},
    {kJenkins, "TZ=Mars/X\n0 3 * * *", "Mars/X"},
    {kJenkins, "0 3 * * *\nTZ=UTC", "got 1"},
    {kJenkins, "# nothing", "no line"},
    {kAirflow, "@once", "runs once"},
    {kAirflow, "@continuous", "no time is due"},
    {kAirflow, "None", "only when asked to"},
    {kAirflow, "Dataset", "data sets were updated"},
    {kAirflow, "Asset", "assets were updated"},
    {kAirflow, "0 0 * * fri#6", "between 1 and 5"},
    {kAirflow, "0 0 * * mon,fri#2", "can't be mixed"},
    {kAirflow, "60 * * * *", "allowed are 0 to 59"},
    {kAirflow, "0 0 0 * *", "allowed are 1 to 31"},
    {kAirflow, "? * * * *", "minute"},
    {kAirflow, "*/0 * * * *", "step of 0"},
    {kAirflow, "0 0 * * 7 0", "allowed are 0 to 6"},
    {kAirflow, "* * *", "got 3"},
    {kAirflow, "0:00:00", "never moves"},
    {kEventBridge, "0 10 * * ? *", "expected cron("},
    {kEventBridge, "cron(0 10 * * *)", "got 5"},
    {kEventBridge, "cron(0 10 1 * 2 *)", "must be ?"},
    {kEventBridge, "cron(0 10 ? * ? *)", "must be ?"},
    {kEventBridge, "cron(0 10 * * 0 *)", "must be ?"},
    {kEventBridge, "cron(0 10 ? * 0 *)", "allowed are 1 to 7"},
    {kEventBridge, "cron(0 10 ? * 3#6 *)", "3#2"},
    {kEventBridge, "cron(0 10 32W * ? *)", "15W"},
    {kEventBridge, "cron(0 10 1 * ? 2300)", "allowed are 1970 to 2199"},
    {kEventBridge, "rate(0 minutes)", "rate wants"},
    {kEventBridge, "rate(5 weeks)", "rate wants"},
    {kEventBridge, "at(2024-01-01T00:00:00)", "runs once"},
    {kGcp, "every 5 minutes", "App Engine"},
    {kGcp, "1st monday of month 09:00", "App Engine"},
    {kGcp, "@daily", "no macros"},
    {kGcp, "5/15 * * * *", "wants a range"},
    {kGcp, "0 0 L * *", "other dialects"},
    {kSystemd, "", "empty"},
    {kSystemd, "*", "hour:minute"},
    {kSystemd, "Fri..Mon 10:00", "goes forward"},
    {kSystemd, "*/5:00", "can't read"},
    {kSystemd, "5..1:00", "runs backwards"},
    {kSystemd, "23/1:00", "leaves the field at once"},
    {kSystemd, "*-*~31", "allowed are 1 to 28"},
    {kSystemd, "*:*:1.5", "fractions"},
    {kSystemd, "10:00 Mars/X", "Mars/X"},
    {kSystemd, "2200-1-1", "allowed are 1970 to 2199"},
    {kSystemd, "Mon daily", "expected"},
    {kSystemd, "@1395716396", "one instant"},
};

TEST(CronDialects, RefusalsSayWhatIsWrong) {
  for (const Refusal& row : kRefusals) {
    const auto schedule = Schedule::Parse(row.expression, row.dialect, Zone{}, row.job);
    ASSERT_FALSE(schedule) << DialectName(row.dialect) << " " << row.expression;
    EXPECT_NE(schedule.Message().find(row.says), std::string::npos) << row.expression << ": " << schedule.Message();
  }
}

TEST(CronDialects, WhatNeverComesHasNoTick) {
  const std::pair<Dialect, std::string_view> kNever[] = {{kArgo, "0 0 30 2 *"},      {kVixie, "0 0 30 2 *"},   {kGcp, "0 0 31 4 *"},
                                                         {kJenkins, "0 0 30 2 *"},   {kAirflow, "0 0 30 2 *"}, {kAirflow, "0 * 30 2 *"},
                                                         {kSystemd, "*-2-30 10:00"}, {kEventBridge, "cron(0 0 31 11 ? *)"}};
  for (const auto& [dialect, expression] : kNever) {
    const auto schedule = Schedule::Parse(expression, dialect, Zone::Find("Europe/Berlin").Value()).Value();
    EXPECT_FALSE(schedule.Next(At("2024-01-01T00:00:00Z"))) << expression;
    EXPECT_FALSE(schedule.Prev(At("2024-01-01T00:00:00Z"))) << expression;
  }
}

TEST(CronDialects, AreFoundByTheNamesThatPeopleWrite) {
  for (const std::string_view name : DialectNames()) EXPECT_EQ(DialectName(ParseDialect(name).Value()), name);
  EXPECT_FALSE(ParseDialect("deadline"));
  EXPECT_NE(ParseDialect("quartz").Message().find("vixie, kubernetes, argo, jenkins, airflow, eventbridge, gcp, systemd"), std::string::npos);
}

// Each of its ticks lies near a change of the clock, and each of those wants to know of the tick before it.
TEST(CronDialects, ATickThatIsCarriedOnLooksBackOnlyALittle) {
  const auto schedule = Schedule::Parse("* * l 10 *", kAirflow, Zone::Find("Europe/Dublin").Value()).Value();
  EXPECT_EQ(schedule.Next(At("2050-10-29T12:00:00Z")), At("2050-10-31T00:00:00Z"));
}

RC_GTEST_PROP(CronDialects, PrevUndoesNext, ()) {
  static const std::string_view kZones[] = {"UTC",          "Europe/Berlin",    "Australia/Lord_Howe", "Africa/Casablanca",
                                            "Pacific/Apia", "Antarctica/Troll", "Pacific/Chatham",     "America/Havana"};
  TickCase row = kTicks[*rc::gen::inRange<std::size_t>(0, std::size(kTicks))];
  row.zone = *rc::gen::elementOf(std::vector(std::begin(kZones), std::end(kZones)));
  const Schedule schedule = Make(row);
  const TimePoint time{seconds{*rc::gen::inRange<std::int64_t>(1'200'000'000, 1'900'000'000)}};
  const auto next = schedule.Next(time);
  if (!next) return;
  RC_ASSERT(*next > time);
  const auto back = schedule.Prev(*next);
  if (back) RC_ASSERT(*back <= time);
  if (back) RC_ASSERT(schedule.Next(*back) == next);
}

}  // namespace
}  // namespace batchslo
