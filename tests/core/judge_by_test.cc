#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

TEST(By, DailyTableThatComesAtHalfPastTenIsMissedAtTenAndLateAtHalfPastEveryDay) {
  Facts facts = {Moved("01T10:30:10Z", "01T10:30:00Z")};
  Timeline rows = {{"01T10:30:10Z", "met late"}};
  for (int day = 2; day <= 6; ++day) {
    const std::string today = "0" + std::to_string(day) + "T", yesterday = "0" + std::to_string(day - 1) + "T";
    facts.push_back(Moved(today + "10:00:02Z", yesterday + "10:30:00Z"));
    facts.push_back(Moved(today + "10:30:10Z", today + "10:30:00Z"));
    rows.insert(rows.end(), {{today + "10:00:00Z", "met late"},           // yesterday's
                             {today + "10:00:00.000001Z", "unknown"},     // closed; the poll right after comes in 2 s
                             {today + "10:00:02Z", "missed"},
                             {today + "10:30:09.999999Z", "missed"},
                             {today + "10:30:10Z", "met late"},
                             {today + "23:59:59Z", "met late"}});
  }
  for (const auto& [now, verdict] : rows) EXPECT_EQ(VerdictAt({DailyAt10(), With::kOutput}, facts, now), verdict) << now;
}

TEST(By, SuccessExactlyAtDuePlusGraceIsInTime) {
  const Subject subject{DailyAt10(), With::kOutput, minutes{5}};
  for (const auto& [updated, verdict] : Timeline{{"02T09:59:59.999999Z", "met"},
                                                 {"02T10:00:00Z", "met"},
                                                 {"02T10:04:59.999999Z", "met"},
                                                 {"02T10:05:00Z", "met"},
                                                 {"02T10:05:00.000001Z", "met late"}}) {
    EXPECT_EQ(VerdictAt(subject, {Moved("01T22:00:00Z", "01T09:00:00Z"), Moved("02T10:06:00Z", updated)}, "02T10:06:00Z"), verdict)
        << updated;
  }
}

TEST(By, AWindowIsOpenUntilDuePlusGraceAndDecidedAfterIt) {
  const Facts facts = {Moved("01T09:00:00Z", "01T08:00:00Z"), Moved("02T10:05:00.000001Z", "01T08:00:00Z")};
  for (const auto& [now, verdict] : Timeline{{"02T09:59:59Z", "met"},
                                             {"02T10:05:00Z", "met"},  // still yesterday's
                                             {"02T10:05:00.000001Z", "missed"}}) {
    EXPECT_EQ(VerdictAt({DailyAt10(), With::kOutput, minutes{5}}, facts, now), verdict) << now;
  }
}

TEST(By, WhatHasNotComeIsWaitedForUntilTheEndOfTheGrace) {
  const Facts none = {Moved("01T09:00:00Z", "01T08:00:00Z")}, come = Join(none, {Moved("02T10:03:00Z", "02T10:02:00Z")});
  const auto due = [](const Facts& facts, const std::string& now) {
    return FormatRfc3339(*JudgeAt({DailyAt10(), With::kOutput, minutes{5}}, facts, now).state->objectives[0].next_due);
  };
  EXPECT_EQ(due(none, "02T09:59:00Z"), "2026-03-02T10:00:00Z");
  EXPECT_EQ(due(none, "02T10:05:00Z"), "2026-03-02T10:00:00Z");
  EXPECT_EQ(due(none, "02T10:05:00.000001Z"), "2026-03-03T10:00:00Z");
  EXPECT_EQ(due(come, "02T10:03:00Z"), "2026-03-03T10:00:00Z");
}

TEST(By, MissedNeedsAViewPastTheDueInstant) {
  for (const auto& [observed, verdict] :
       Timeline{{"02T09:59:59Z", "unknown"}, {"02T10:00:00Z", "unknown"}, {"02T10:00:00.000001Z", "missed"}}) {
    const Facts facts = {Moved("01T09:00:00Z", "01T08:00:00Z"), Moved(observed, "01T08:00:00Z")};
    EXPECT_EQ(VerdictAt({DailyAt10(), With::kOutput}, facts, "02T10:00:01Z"), verdict) << observed;
  }
}

TEST(By, AMissStandsWhileTheSourceIsDarkUntilASuccessIsSeen) {
  const Facts missed = {Moved("01T09:00:00Z", "01T08:00:00Z"), Moved("02T10:00:02Z", "01T08:00:00Z")};
  EXPECT_EQ(VerdictAt({DailyAt10(), With::kOutput}, missed, "05T12:00:00Z"), "missed");
  const Facts again = Join(missed, {Moved("05T12:00:01Z", "05T12:00:00Z")});
  EXPECT_EQ(VerdictAt({DailyAt10(), With::kOutput}, again, "05T12:00:01Z"), "met late");
}

TEST(By, LateOverTheWireButInTimeMeetsTheWindowAfterAll) {
  const Facts facts = {Moved("01T09:00:00Z", "01T08:00:00Z"), Moved("02T10:00:02Z", "01T08:00:00Z"), Moved("02T12:00:00Z", "02T09:00:00Z")};
  EXPECT_EQ(VerdictAt({DailyAt10(), With::kOutput}, facts, "02T11:59:59Z"), "missed");
  EXPECT_EQ(VerdictAt({DailyAt10(), With::kOutput}, facts, "02T12:00:00Z"), "met");
}

// ---- where a window opens ----

struct Opening {
  std::variant<std::monostate, Duration, Ticks> since;
  std::string at;
};

TEST(By, SinceOpensTheWindowElseHalfWay) {
  const std::vector<Opening> openings = {{Duration{hours{2}}, "02T08:00:00Z"},
                                         {ParseDeadline("06:30", Zone{}).Value(), "02T06:30:00Z"},
                                         {ParseDeadline("0 22 * * *", Zone{}).Value(), "01T22:00:00Z"},
                                         {ParseDeadline("10:00", Zone{}).Value(), "01T10:00:00Z"},  // strictly before D
                                         {{}, "01T22:00:00Z"}};
  for (const auto& [since, at] : openings) {
    const Subject subject{DailyAt10(since), With::kOutput};
    for (const auto& [offset, verdict] : std::vector<std::pair<int, std::string>>{{-1, "missed"}, {0, "met"}, {1, "met"}}) {
      Fact moved = Moved("02T10:00:02Z", at);
      auto& updated = *std::get<ObservationFact>(moved.what).updated;
      updated += Duration{offset};
      const Facts facts = {Moved("01T09:00:00Z", "01T07:00:00Z"), moved};
      EXPECT_EQ(VerdictAt(subject, facts, "02T10:00:02Z"), verdict) << at << " " << offset;
    }
  }
}

// A success meets each of the windows that reach back to it.
TEST(By, SinceMayReachBackOverSeveralDeadlines) {
  const Subject subject{DailyAt10(Duration{hours{60}}), With::kOutput};
  Facts facts = {Moved("01T09:00:00Z", "01T08:00:00Z")};
  for (const char* day : {"02", "03", "04"}) facts.push_back(Moved(std::string(day) + "T10:00:01Z", "01T08:00:00Z"));
  for (const auto& [now, verdict] : Timeline{{"01T10:00:01Z", "met"}, {"02T10:00:01Z", "met"}, {"03T10:00:01Z", "met"}, {"04T10:00:00Z", "met"}, {"04T10:00:01Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(subject, facts, now), verdict) << now;
  }
}

TEST(By, TheJobsOwnScheduleOpensTheWindowForARunALittleEarly) {
  const Facts seen = Join(EachMinute("01T09:00:00Z", "02T10:02:00Z"), {Job("01T09:00:00Z", {.schedule = "0 8 * * *"})});
  for (const auto& [started, verdict] :
       Timeline{{"02T07:59:29.999999Z", "missed"}, {"02T07:59:30Z", "met"}, {"02T08:00:00Z", "met"}, {"02T09:00:00Z", "met"}}) {
    const Fact run = RunOf("02T09:30:00Z", "r", Outcome::kSucceeded, {.started = started, .finished = "02T09:30:00Z"});
    EXPECT_EQ(VerdictAt({DailyAt10(), With::kRuns}, Join(seen, {run}), "02T10:01:00Z"), verdict) << started;
  }
}

TEST(By, ARunBelongsByItsScheduledTimeFromTheOpeningUpToTheDeadline) {
  const Subject subject{DailyAt10(Duration{hours{2}}), With::kRuns};
  const Facts seen = Join(EachMinute("02T07:00:00Z", "02T10:02:00Z"), {Job("02T07:00:00Z")});
  for (const auto& [scheduled, verdict] : Timeline{{"02T07:59:59.999999Z", "missed"},
                                                   {"02T08:00:00Z", "met"},
                                                   {"02T09:59:59.999999Z", "met"},
                                                   {"02T10:00:00Z", "missed"}}) {
    const Fact run = RunOf("02T09:40:00Z", "r", Outcome::kSucceeded, {.scheduled = scheduled, .finished = "02T09:30:00Z"});
    EXPECT_EQ(VerdictAt(subject, Join(seen, {run}), "02T10:01:00Z"), verdict) << scheduled;
  }
}

// ---- late ----

TEST(By, ASuccessOfNoWindowIsLateUntilTheNextDeadline) {
  const Subject subject{DailyAt10(Duration{hours{2}}), With::kOutput};
  const Facts missed = {Moved("01T09:00:00Z", "01T08:30:00Z"), Moved("02T10:00:02Z", "01T08:30:00Z")};
  for (const auto& [updated, verdict] : Timeline{{"02T10:00:00Z", "met"},
                                                 {"02T10:00:00.000001Z", "met late"},
                                                 {"03T07:59:59.999999Z", "met late"}}) {
    EXPECT_EQ(VerdictAt(subject, Join(missed, {Moved("03T07:59:59.999999Z", updated)}), "03T07:59:59.999999Z"), verdict) << updated;
  }
  // What belongs to the next window does not excuse the one before, but it does meet its own.
  EXPECT_EQ(VerdictAt(subject, Join(missed, {Moved("03T08:00:00Z", "03T08:00:00Z")}), "03T08:00:00Z"), "met");
}

TEST(By, ARunThatBelongsAndFinishesLateIsLate) {
  const Facts seen = Join(EachMinute("02T07:00:00Z", "02T11:00:00Z"), {Job("02T07:00:00Z")});
  const Subject subject{DailyAt10(Duration{hours{2}}), With::kRuns};
  const Fact run = Ran("r", "02T09:00:00Z", "02T10:30:00Z");
  EXPECT_EQ(VerdictAt(subject, Join(seen, {run}), "02T10:29:59Z"), "missed");
  EXPECT_EQ(VerdictAt(subject, Join(seen, {run}), "02T10:30:00Z"), "met late");
}

// ---- the scheduler's memory ----

TEST(By, ALastSuccessCountsOnlyWhereTheScheduleDoesNotOpenTheWindow) {
  const Facts told = {Job("01T00:00:00Z", {.schedule = "0 8 * * *"}), LastSuccess("02T10:00:02Z", "02T09:00:00Z")};
  EXPECT_EQ(VerdictAt({DailyAt10(Duration{hours{2}}), With::kRuns}, told, "02T10:00:02Z"), "met");
  EXPECT_EQ(VerdictAt({DailyAt10(), With::kRuns}, told, "02T10:00:02Z"), "unknown");
}

TEST(By, ALastSuccessFromBeforeTheWindowProvesTheMiss) {
  const Facts told = {Job("01T00:00:00Z", {.schedule = "0 8 * * *"}), LastSuccess("02T10:00:02Z", "01T09:00:00Z")};
  EXPECT_EQ(VerdictAt({DailyAt10(), With::kRuns}, told, "02T10:00:02Z"), "missed");
  const Facts never = {Job("01T00:00:00Z", {.schedule = "0 8 * * *"}), LastSuccess("02T10:00:02Z", "")};
  EXPECT_EQ(VerdictAt({DailyAt10(), With::kRuns}, never, "02T10:00:02Z"), "missed");
}

// A yearly job with a deadline each minute: half a million windows are open.
TEST(By, OfWindowsWithoutNumberOnlyTheNextThousandCount) {
  const Subject subject{By{ParseDeadline("* * * * *", Zone{}).Value(), {}}, With::kRuns};
  const Facts facts = {Job("01T00:00:00Z", {.schedule = "0 0 1 1 *"}), Ran("a", "01T00:00:00Z", "02T08:00:00Z")};
  const ObjectiveState state = JudgeAt(subject, facts, "02T09:00:00Z").state->objectives[0];
  ASSERT_TRUE(state.window);
  EXPECT_LE(state.window->due, At("02T09:00:00Z") + minutes{1001});
}

TEST(By, TheEvidenceIsTheEarliestSuccessAndTheMarginIsFromTheDueInstant) {
  const Facts facts = {Moved("01T09:00:00Z", "01T08:00:00Z"), Moved("02T08:01:00Z", "02T08:00:00Z"), Moved("02T09:01:00Z", "02T09:00:00Z")};
  const JudgedJob judged = JudgeAt({DailyAt10(), With::kOutput, minutes{30}}, facts, "02T09:30:00Z");
  const ObjectiveState& state = judged.state->objectives[0];
  EXPECT_EQ(state.evidence, "t");
  EXPECT_EQ(state.margin, Duration{hours{2}});
  EXPECT_EQ(state.window, (Window{At("01T22:00:00Z"), At("02T10:00:00Z")}));
  EXPECT_EQ(judged.state->last_success, At("02T09:00:00Z"));
}

}  // namespace
}  // namespace batchslo
