#include "exporter/core/cron.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "exporter/core/deadline.h"

namespace batchslo {
namespace {

TimePoint At(std::string_view text) { return ParseRfc3339(text).Value(); }
Schedule Make(std::string_view expression, Dialect dialect, std::string_view zone) {
  return Schedule::Parse(expression, dialect, Zone::Find(zone).Value()).Value();
}

struct TickCase {
  Dialect dialect;
  std::string_view expression, zone, after;
  std::vector<std::string_view> ticks;
};

// Verified against robfig/cron v3.0.1 (kubernetes) and crontab(5), cron(8) of Debian (vixie).
const TickCase kTicks[] = {
    {Dialect::kKubernetes, "30 2 * * *", "America/New_York", "2024-03-09T12:00:00-05:00", {"2024-03-11T02:30:00-04:00"}},
    {Dialect::kKubernetes, "30 1 * * *", "America/New_York", "2024-11-02T12:00:00-04:00",
     {"2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00", "2024-11-04T01:30:00-05:00"}},
    {Dialect::kKubernetes, "0 * * * *", "America/New_York", "2024-11-03T00:30:00-04:00",
     {"2024-11-03T01:00:00-04:00", "2024-11-03T01:00:00-05:00", "2024-11-03T02:00:00-05:00"}},
    {Dialect::kKubernetes, "*/30 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00+01:00", {"2024-04-01T02:00:00+02:00"}},
    {Dialect::kKubernetes, "0 0 * * *", "America/Sao_Paulo", "2018-11-03T00:00:00-03:00", {"2018-11-05T00:00:00-02:00"}},
    {Dialect::kKubernetes, "0 0 */2 * 1", "UTC", "2024-07-01T00:00:00Z",
     {"2024-07-03T00:00:00Z", "2024-07-05T00:00:00Z", "2024-07-07T00:00:00Z", "2024-07-08T00:00:00Z", "2024-07-09T00:00:00Z",
      "2024-07-11T00:00:00Z"}},
    {Dialect::kKubernetes, "0 0 1 * 1", "UTC", "2024-07-01T00:00:00Z", {"2024-07-08T00:00:00Z", "2024-07-15T00:00:00Z"}},
    {Dialect::kKubernetes, "0 * * * *", "America/New_York", "2012-03-11T00:30:00-05:00",
     {"2012-03-11T01:00:00-05:00", "2012-03-11T03:00:00-04:00"}},
    {Dialect::kKubernetes, "*/61 * * * *", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T01:00:00Z"}},
    {Dialect::kKubernetes, "5/15 * * * *", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T00:05:00Z", "2024-01-01T00:20:00Z"}},
    {Dialect::kKubernetes, "0 12 * jan SUN-tue", "UTC", "2024-01-03T00:00:00Z", {"2024-01-07T12:00:00Z"}},
    {Dialect::kKubernetes, "*-5 0 ? * ?", "UTC", "2024-01-01T00:00:00Z", {"2024-01-01T00:01:00Z"}},
    {Dialect::kKubernetes, "0 0 29 2 *", "UTC", "2021-01-01T00:00:00Z", {"2024-02-29T00:00:00Z"}},
    {Dialect::kKubernetes, "30 2 * * *", "Australia/Lord_Howe", "2024-10-05T12:00:00+10:30", {"2024-10-06T02:30:00+11:00"}},
    {Dialect::kKubernetes, "15 2 * * *", "Australia/Lord_Howe", "2024-10-05T12:00:00+10:30", {"2024-10-07T02:15:00+11:00"}},
    {Dialect::kVixie, "30 2 * * *", "America/New_York", "2024-03-09T12:00:00-05:00",
     {"2024-03-10T03:00:00-04:00", "2024-03-11T02:30:00-04:00"}},
    {Dialect::kVixie, "30 1 * * *", "America/New_York", "2024-11-02T12:00:00-04:00",
     {"2024-11-03T01:30:00-04:00", "2024-11-04T01:30:00-05:00"}},
    {Dialect::kVixie, "0 * * * *", "America/New_York", "2024-11-03T00:30:00-04:00",
     {"2024-11-03T01:00:00-04:00", "2024-11-03T01:00:00-05:00"}},
    {Dialect::kVixie, "0 0 */2 * 1", "UTC", "2024-07-01T00:00:00Z", {"2024-07-15T00:00:00Z"}},
    {Dialect::kVixie, "0 0 * * 7", "UTC", "2024-07-01T00:00:00Z", {"2024-07-07T00:00:00Z"}},
    {Dialect::kDeadline, "30 2 * * *", "Europe/Berlin", "2024-03-30T12:00:00+01:00",
     {"2024-03-31T03:00:00+02:00", "2024-04-01T02:30:00+02:00"}},
    {Dialect::kDeadline, "30 2 * * *", "Europe/Berlin", "2024-10-26T12:00:00+02:00",
     {"2024-10-27T02:30:00+02:00", "2024-10-28T02:30:00+01:00"}},
    {Dialect::kDeadline, "30 * * * *", "Europe/Berlin", "2024-10-27T01:45:00+02:00",
     {"2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00"}},
};

TEST(Cron, StepsForwardOverTheVerifiedTicks) {
  for (const TickCase& row : kTicks) {
    const Schedule schedule = Make(row.expression, row.dialect, row.zone);
    TimePoint at = At(row.after);
    for (const std::string_view expected : row.ticks) {
      const auto tick = schedule.Next(at);
      ASSERT_TRUE(tick) << row.expression;
      EXPECT_EQ(FormatRfc3339(*tick), FormatRfc3339(At(expected))) << row.expression << " in " << row.zone;
      at = *tick;
    }
  }
}

TEST(Cron, StepsBackOverTheSameTicks) {
  for (const TickCase& row : kTicks) {
    const Schedule schedule = Make(row.expression, row.dialect, row.zone);
    TimePoint at = At(row.ticks.back()) + Duration{1};
    for (auto expected = row.ticks.rbegin(); expected != row.ticks.rend(); ++expected) {
      const auto tick = schedule.Prev(at);
      ASSERT_TRUE(tick) << row.expression;
      EXPECT_EQ(FormatRfc3339(*tick), FormatRfc3339(At(*expected))) << row.expression << " in " << row.zone;
      at = *tick;
    }
  }
}

TEST(Cron, NextIsStrictlyAfterAndPrevStrictlyBefore) {
  const Schedule schedule = Make("0 10 * * *", Dialect::kVixie, "UTC");
  const TimePoint tick = At("2024-05-01T10:00:00Z");
  EXPECT_EQ(schedule.Next(tick - Duration{1}), tick);
  EXPECT_EQ(schedule.Next(tick), tick + days{1});
  EXPECT_EQ(schedule.Prev(tick), tick - days{1});
  EXPECT_EQ(schedule.Prev(tick + Duration{1}), tick);
}

TEST(Cron, ImpossibleDatesHaveNoTick) {
  for (const std::string_view expression : {"0 0 31 2 *", ", * * * *"}) {
    const Schedule schedule = Make(expression, Dialect::kKubernetes, "Europe/Berlin");
    EXPECT_FALSE(schedule.Next(At("2024-01-01T00:00:00Z"))) << expression;
    EXPECT_FALSE(schedule.Prev(At("2024-01-01T00:00:00Z"))) << expression;
  }
  EXPECT_FALSE(Make("0 0 29 2 *", Dialect::kKubernetes, "UTC").Next(At("2096-03-01T00:00:00Z")));
}

TEST(Cron, EveryHasTicksOnlyThroughItsAnchor) {
  const Schedule every = Make("@every 1h30m", Dialect::kKubernetes, "UTC");
  EXPECT_FALSE(every.HasTicks());
  EXPECT_FALSE(every.Next(At("2024-01-01T00:00:00Z")));
  const Schedule anchored = every.AnchoredAt(At("2024-01-01T00:10:00Z"));
  EXPECT_EQ(anchored.Next(At("2024-01-01T00:10:00Z")), At("2024-01-01T01:40:00Z"));
  EXPECT_EQ(anchored.Prev(At("2024-01-01T00:10:00Z")), At("2023-12-31T22:40:00Z"));
  EXPECT_EQ(Make("@every 500ms", Dialect::kKubernetes, "UTC").Every(), Duration{seconds{1}});
}

struct Refusal {
  Dialect dialect;
  std::string_view expression, says;
};
const Refusal kRefusals[] = {
    {Dialect::kKubernetes, "60 * * * *", "minute \"60\": allowed are 0 to 59"},
    {Dialect::kKubernetes, "0 24 * * *", "hour \"24\""},
    {Dialect::kKubernetes, "0 0 0 * *", "day of month \"0\""},
    {Dialect::kKubernetes, "0 0 * * 7", "0 for Sunday, not 7"},
    {Dialect::kKubernetes, "10-5 * * * *", "runs backwards"},
    {Dialect::kKubernetes, "0 0 * * sunday", "day of week \"sunday\""},
    {Dialect::kKubernetes, "0 0 L * *", "belong to other dialects"},
    {Dialect::kKubernetes, "0 0 * * 1#2", "belong to other dialects"},
    {Dialect::kKubernetes, "H * * * *", "jenkins"},
    {Dialect::kKubernetes, "@HOURLY", "unknown macro"},
    {Dialect::kKubernetes, "@reboot", "no time at which"},
    {Dialect::kKubernetes, "@every", "@every wants"},
    {Dialect::kKubernetes, "* * * * * *", "got 6"},
    {Dialect::kKubernetes, "*/0 * * * *", "step of 0"},
    {Dialect::kKubernetes, "-1 * * * *", "minute"},
    {Dialect::kKubernetes, "1-2-3 * * * *", "more than one -"},
    {Dialect::kKubernetes, "1/2/3 * * * *", "more than one /"},
    {Dialect::kKubernetes, "TZ=UTC 0 0 * * *", "use timeZone instead"},
    {Dialect::kKubernetes, "CRON_TZ=UTC 0 0 * * *", "use timeZone instead"},
    {Dialect::kKubernetes, "", "empty"},
    {Dialect::kVixie, "5/15 * * * *", "wants a range"},
    {Dialect::kVixie, "? * * * *", "minute"},
    {Dialect::kVixie, "1,,2 * * * *", "minute"},
    {Dialect::kVixie, "0 0 * * 8", "day of week \"8\""},
    {Dialect::kVixie, "@every 1h", "unknown macro"},
};

TEST(Cron, RefusalsSayWhatIsWrong) {
  for (const Refusal& row : kRefusals) {
    const auto schedule = Schedule::Parse(row.expression, row.dialect, Zone{});
    ASSERT_FALSE(schedule) << row.expression;
    EXPECT_NE(schedule.Message().find(row.says), std::string::npos) << row.expression << ": " << schedule.Message();
  }
}

RC_GTEST_PROP(Cron, PrevUndoesNext, ()) {
  static const std::string_view kExpressions[] = {"*/5 * * * *", "0 3 * * *", "30 2 * * 1-5", "15 1,14 1 * *", "0 0 13 * 5", "45 23 31 12 *"};
  static const std::string_view kZones[] = {"UTC",          "Europe/Berlin",     "America/New_York", "Australia/Lord_Howe",
                                            "Africa/Casablanca", "Pacific/Apia", "Antarctica/Troll", "Pacific/Chatham"};
  static const Dialect kDialects[] = {Dialect::kKubernetes, Dialect::kVixie, Dialect::kDeadline};
  const auto schedule = Make(*rc::gen::elementOf(std::vector(std::begin(kExpressions), std::end(kExpressions))),
                             *rc::gen::elementOf(std::vector(std::begin(kDialects), std::end(kDialects))),
                             *rc::gen::elementOf(std::vector(std::begin(kZones), std::end(kZones))));
  const TimePoint time{seconds{*rc::gen::inRange<std::int64_t>(1'200'000'000, 1'900'000'000)}};
  const auto next = schedule.Next(time);
  RC_ASSERT(next.has_value());
  RC_ASSERT(*next > time);
  const auto back = schedule.Prev(*next);
  RC_ASSERT(back && *back <= time);
  RC_ASSERT(schedule.Next(*back) == next);
}

TEST(Deadline, TakesTimesOfDayWithDaysAndCron) {
  const Zone tokyo = Zone::Find("Asia/Tokyo").Value();
  const Ticks ticks = ParseDeadline("10:00,15:30 mon-fri", tokyo).Value();
  EXPECT_EQ(ticks.Next(At("2024-05-03T12:00:00+09:00")), At("2024-05-03T15:30:00+09:00"));
  EXPECT_EQ(ticks.Next(At("2024-05-03T15:30:00+09:00")), At("2024-05-06T10:00:00+09:00"));
  EXPECT_EQ(ticks.Prev(At("2024-05-06T10:00:00+09:00")), At("2024-05-03T15:30:00+09:00"));
  EXPECT_EQ(&ParseDeadline("10:00,15:30 mon-fri", tokyo)->Text(), &ticks.Text()) << "one that many have is kept once";
  EXPECT_NE(&ParseDeadline("10:00,15:30 mon-fri", Zone{})->Text(), &ticks.Text());
  EXPECT_TRUE(ParseDeadline("9:30", tokyo));
  const Ticks repeated = ParseDeadline("9:30,10:00,09:30,10:00", tokyo).Value(), once = ParseDeadline("09:30,10:00", tokyo).Value();
  for (TimePoint at = TimePoint{}, i{}; i < TimePoint{Duration{5}}; at = *once.Next(at), i += Duration{1}) EXPECT_EQ(repeated.Next(at), once.Next(at));
  EXPECT_TRUE(ParseDeadline("0 10 1 * *", tokyo));
}

TEST(Deadline, HasAtMostTwentyFourTimesOfDay) {
  std::string times = "0:00";
  for (int minute = 1; minute < 24; ++minute) times += ",1:" + std::string(minute < 10 ? "0" : "") + std::to_string(minute);
  EXPECT_TRUE(ParseDeadline(times + ",0:00", Zone{}));
  EXPECT_EQ(ParseDeadline(times + ",2:00", Zone{}).Message(), "it has more than 24 times of day; write a cron");
}

TEST(Deadline, RefusalsSayWhatToWrite) {
  for (const std::string_view text : {"24:00", "10:60", "25:00", "10:0", "noon", "10:00 someday", "10:00 mon fri", ""}) {
    const auto ticks = ParseDeadline(text, Zone{});
    ASSERT_FALSE(ticks) << text;
    EXPECT_FALSE(ticks.Message().empty());
  }
}

}  // namespace
}  // namespace batchslo
