// What calendars excuse. The 6th of March 2026 is a Friday.
#include <gtest/gtest.h>

#include "exporter/core/judge_windows.h"
#include "tests/core/story.h"

namespace batchslo {
namespace {

CalendarRef Make(Calendar calendar) {
  Seal(calendar);
  return CalendarRef(std::move(calendar));
}

CalendarRef Weekdays() {
  Calendar calendar;
  calendar.weekdays = 0x3e;
  return Make(calendar);
}

CalendarRef Maintenance(const std::string& from, const std::string& to) {
  Calendar calendar;
  calendar.maintenance = {{At(from), At(to), "maintenance db"}};
  return Make(calendar);
}

Subject DailyWith(CalendarRef calendar, Duration grace = {}) {
  return {.rule = DailyAt10(), .with = With::kOutput, .grace = grace, .calendar = std::move(calendar)};
}

// Looks right after each deadline at a table that has not moved since the 5th.
Facts Idle(const std::string& last_move, int first_day, int last_day) {
  Facts facts = {Moved("05T09:00:00Z", last_move)};
  for (int day = first_day; day <= last_day; ++day) facts.push_back(Moved((day < 10 ? "0" : "") + std::to_string(day) + "T10:00:01Z", last_move));
  return facts;
}

TEST(Calendars, AWindowThatClosesOnAnExcludedDayIsSkipped) {
  const Facts facts = Idle("06T09:00:00Z", 6, 9);
  for (const auto& [now, verdict] : Timeline{{"06T10:00:01Z", "met"}, {"07T10:00:01Z", "met"}, {"08T10:00:01Z", "met"}, {"09T10:00:00Z", "met"}, {"09T10:00:01Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(DailyWith(Weekdays()), facts, now), verdict) << now;
  }
  EXPECT_EQ(VerdictAt(DailyWith({}), facts, "07T10:00:01Z"), "missed");
}

TEST(Calendars, ASkippedWindowIsToldWithItsReason) {
  const auto state = JudgeAt(DailyWith(Weekdays()), Idle("06T09:00:00Z", 6, 9), "08T10:00:01Z").state->objectives[0];
  EXPECT_EQ(state.excused, SharedValue(Excused{"Sunday", At("08T10:00:00Z")}));
  EXPECT_EQ(state.window->due, At("06T10:00:00Z"));
  EXPECT_EQ(state.next_due, Maybe<TimePoint>(At("09T10:00:00Z")));
}

TEST(Calendars, AnExcusedWindowCountsIfItIsMetOrLate) {
  EXPECT_EQ(VerdictAt(DailyWith(Weekdays()), {Moved("07T08:00:00Z", "05T08:00:00Z"), Moved("07T09:30:00Z", "07T09:00:00Z")}, "07T12:00:00Z"), "met");
  EXPECT_EQ(VerdictAt(DailyWith(Weekdays()), {Moved("07T08:00:00Z", "05T08:00:00Z"), Moved("07T11:00:00Z", "07T10:30:00Z")}, "07T12:00:00Z"), "met late");
}

TEST(Calendars, TheMissBeforeASkippedWindowStands) {
  const Facts facts = Idle("05T09:00:00Z", 6, 9);
  for (const char* now : {"06T10:00:01Z", "07T10:00:01Z", "08T20:00:00Z"}) EXPECT_EQ(VerdictAt(DailyWith(Weekdays()), facts, now), "missed") << now;
}

TEST(Calendars, OfDueAndTheEndOfGraceEachIsEnough) {
  for (const auto& [from, to, verdict] : std::vector<std::array<std::string, 3>>{{"06T09:00:00Z", "06T09:59:59.999999Z", "missed"},
                                                                               {"06T09:00:00Z", "06T10:00:00Z", "pending"},
                                                                               {"06T10:00:00.000001Z", "06T10:59:59.999999Z", "missed"},
                                                                               {"06T11:00:00Z", "06T12:00:00Z", "pending"},
                                                                               {"06T11:00:00.000001Z", "06T12:00:00Z", "missed"}}) {
    Facts facts = {Moved("05T21:00:00Z", "04T09:00:00Z"), Moved("06T13:00:00Z", "04T09:00:00Z")};
    EXPECT_EQ(VerdictAt(DailyWith(Maintenance(from, to), hours{1}), facts, "06T13:00:00Z"), verdict) << from << " " << to;
  }
}

TEST(Calendars, AWindowDueAtMidnightClosesOnTheDayThatBegins) {
  const auto judged = [](int day) {
    const std::string before = "0" + std::to_string(day - 1) + "T", today = "0" + std::to_string(day) + "T";
    Subject subject = DailyWith(Weekdays());
    subject.rule = By{ParseDeadline("00:00", Zone{}).Value(), Duration{hours{10}}};
    return VerdictAt(subject, {Moved(before + "13:00:00Z", "01T09:00:00Z"), Moved(today + "00:00:01Z", "01T09:00:00Z")}, today + "00:00:01Z");
  };
  EXPECT_EQ(judged(6), "missed");
  EXPECT_EQ(judged(7), "pending");
  EXPECT_EQ(judged(9), "missed");
}

TEST(Calendars, TicksAndStartsAreExcusedByWhenTheyAreDue) {
  for (const Rule& rule : std::vector<Rule>{EveryRun{0, Duration{minutes{30}}, false}, StartBy{minutes{30}}}) {
    const Facts facts = Join({Job("06T08:00:00Z")}, EachMinute("06T08:00:00Z", "06T12:00:00Z"));
    EXPECT_EQ(VerdictAt({.rule = rule}, facts, "06T10:31:00Z"), "missed");
    EXPECT_EQ(VerdictAt({.rule = rule, .calendar = Maintenance("06T08:00:00Z", "06T10:30:00Z")}, facts, "06T10:31:00Z"), "pending");
    EXPECT_EQ(VerdictAt({.rule = rule, .calendar = Maintenance("06T08:00:00Z", "06T10:30:00Z")}, facts, "06T11:31:00Z"), "missed");
  }
}

TEST(Calendars, WithinIsOwedTheTimeOfMaintenance) {
  const Subject subject{.rule = Within{hours{1}}, .calendar = Maintenance("06T08:30:00Z", "06T10:00:00Z")};
  const Facts facts = Join({Job("06T08:00:00Z"), Ran("a", "06T08:00:00Z", "06T08:10:00Z")}, EachMinute("06T08:00:00Z", "06T12:00:00Z"));
  for (const auto& [now, verdict] : Timeline{{"06T09:09:59Z", "met"},
                                             {"06T09:10:00Z", "pending"},
                                             {"06T10:39:59.999999Z", "pending"},
                                             {"06T10:40:00Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(subject, facts, now), verdict) << now;
  }
}

TEST(Calendars, AMissOfWithinStandsInMaintenance) {
  const Subject subject{.rule = Within{hours{1}}, .calendar = Maintenance("06T09:30:00Z", "06T10:30:00Z")};
  const Facts facts = Join({Job("06T08:00:00Z"), Ran("a", "06T08:00:00Z", "06T08:10:00Z")}, EachMinute("06T08:00:00Z", "06T12:00:00Z"));
  for (const char* now : {"06T09:10:00Z", "06T09:40:00Z", "06T11:00:00Z"}) EXPECT_EQ(VerdictAt(subject, facts, now), "missed") << now;
}

TEST(Calendars, WhatWasNotSeenInMaintenanceProvesNothing) {
  const Subject subject{.rule = Within{hours{1}}, .calendar = Maintenance("06T08:30:00Z", "06T10:00:00Z")};
  Facts facts = Join({Job("06T08:00:00Z"), Ran("a", "06T08:00:00Z", "06T08:10:00Z")}, EachMinute("06T08:00:00Z", "06T08:30:00Z"));
  facts = Join(facts, EachMinute("06T10:00:00Z", "06T11:30:00Z"));
  EXPECT_EQ(VerdictAt(subject, facts, "06T10:50:00Z"), "unknown");
  EXPECT_EQ(VerdictAt(subject, facts, "06T11:00:00Z"), "missed");
}

TEST(Calendars, ARunIsTooLongWithoutMaintenanceOnly) {
  const Subject subject{.rule = MaxRuntime{hours{1}}, .calendar = Maintenance("06T08:30:00Z", "06T09:30:00Z")};
  const Facts facts = Join({Job("06T08:00:00Z"), RunOf("06T08:00:00Z", "a", Outcome::kRunning, {.started = "06T08:00:00Z"})}, EachMinute("06T08:00:00Z", "06T12:00:00Z"));
  for (const auto& [now, verdict] : Timeline{{"06T09:00:00Z", "met"}, {"06T09:01:00Z", "pending"}, {"06T10:00:00Z", "pending"}, {"06T10:01:00Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(subject, facts, now), verdict) << now;
  }
}

TEST(Calendars, TheOtherDaysOfACalendarAreNothingToWithin) {
  Subject subject{.rule = Within{hours{1}}, .calendar = Weekdays()};
  const Facts facts = Join({Job("07T08:00:00Z"), Ran("a", "07T08:00:00Z", "07T08:10:00Z")}, EachMinute("07T08:00:00Z", "07T12:00:00Z"));
  EXPECT_EQ(VerdictAt(subject, facts, "07T09:10:00Z"), "missed");
}

TEST(Calendars, AJobThatIsExcusedForLongKeepsItsVerdictAfterATrim) {
  Subject subject = DailyWith(Weekdays());
  Tracker tracker = TrackerOf(subject);
  const Facts facts = Idle("06T09:00:00Z", 6, 9);
  Tell(tracker, facts, TimePoint::min(), At("08T12:00:00Z"));
  tracker.Trim(At("08T12:00:00Z"));
  EXPECT_EQ(Text(tracker.Judge("j", At("08T12:00:00Z")).state->objectives[0]), "met");
}

// A window each minute of which nothing is known; how often one was looked at is counted.
struct MinuteWindows {
  std::optional<JudgedWindow> Newest(TimePoint now) const { return At(std::chrono::floor<minutes>(now)); }
  std::optional<JudgedWindow> Before(const JudgedWindow& window) const { return At(window.tick - minutes{1}); }
  std::optional<JudgedWindow> After(const JudgedWindow& window) const { return At(window.tick + minutes{1}); }
  std::optional<TimePoint> NextBegin(TimePoint now) const { return std::chrono::floor<minutes>(now) + minutes{1}; }
  Decision Decide(const JudgedWindow&) { return ++looks, Decision{}; }
  std::string Name(const Success&) const { return ""; }

  static JudgedWindow At(TimePoint tick) { return {tick, tick + seconds{50}, tick + seconds{50}, tick}; }
  int looks = 0;
};

TEST(Calendars, WhereNothingIsKnownManyExcusedWindowsAreFewLooks) {
  Calendar each_minute;
  each_minute.recurring = {{ParseDeadline("* * * * *", Zone{}).Value(), seconds{55}, "maintenance"}};
  struct Row {
    const char* claim;
    CalendarRef calendar;
    int most;
    Verdict verdict;
  };
  const Row rows[] = {{"a weekend", Weekdays(), 10, Verdict::kUnknown}, {"a month", Maintenance("01T00:00:00Z", "31T00:00:00Z"), 10, Verdict::kPending}, {"each by itself", Make(each_minute), kMostInTheDark + 10, Verdict::kPending}};
  for (const Row& row : rows) {
    JobDef def;
    Evidence evidence;
    evidence.def = &def;
    evidence.now = At("29T12:00:00Z");  // a Sunday
    evidence.first_seen = At("01T00:00:00Z");
    evidence.answered = true;
    const Objective objective{"o", Within{}, {}, "critical", ObjectiveFrom::kJob, {}, row.calendar};
    MinuteWindows windows;
    const JudgeContext context{evidence, objective, nullptr, {}, {}};
    EXPECT_EQ(Walk(context, windows).Judge().state.verdict, row.verdict) << row.claim;
    EXPECT_LE(windows.looks, row.most) << row.claim;
  }
}

}  // namespace
}  // namespace batchslo
