#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

const Subject kHalfHour{Within{minutes{30}}};

Fact SucceededAt10() { return RunOf("02T10:00:10Z", "r", Outcome::kSucceeded, {.finished = "02T10:00:00Z"}); }

TEST(Within, NowExactlyAtTheEndIsNoLongerMet) {
  for (const auto& [now, verdict] : Timeline{{"02T10:29:59.999999Z", "met"}, {"02T10:30:00Z", "missed"}, {"02T10:30:00.000001Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(kHalfHour, Join(EachMinute("02T09:00:00Z", "02T10:30:00Z"), {Job("02T09:00:00Z"), SucceededAt10()}), now), verdict) << now;
  }
}

TEST(Within, GraceMovesTheEnd) {
  const Subject subject{Within{minutes{30}}, With::kRuns, minutes{5}};
  for (const auto& [now, verdict] : Timeline{{"02T10:34:59.999999Z", "met"}, {"02T10:35:00Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(subject, Join(EachMinute("02T09:00:00Z", "02T10:35:00Z"), {Job("02T09:00:00Z"), SucceededAt10()}), now), verdict) << now;
  }
}

TEST(Within, AStretchOneMicrosecondTooShortProvesNothing) {
  for (const auto& [last_view, verdict] : Timeline{{"02T10:29:59.999999Z", "unknown"}, {"02T10:30:00Z", "missed"}}) {
    const Facts facts = Join(EachMinute("02T09:00:00Z", "02T10:29:00Z"), {Job("02T09:00:00Z"), SucceededAt10(), View(last_view)});
    EXPECT_EQ(VerdictAt(kHalfHour, facts, "02T10:31:00Z"), verdict) << last_view;
  }
}

TEST(Within, ViewsOneStalenessBoundApartCoverWhatLiesBetween) {
  for (const auto& [resumed, verdict] : Timeline{{"02T10:13:00Z", "missed"}, {"02T10:13:00.000001Z", "unknown"}}) {
    Facts facts = Join(EachMinute("02T09:00:00Z", "02T10:10:00Z"), {Job("02T09:00:00Z"), SucceededAt10(), View(resumed)});
    facts = Join(facts, EachMinute("02T10:14:00Z", "02T10:35:00Z"));
    EXPECT_EQ(VerdictAt(kHalfHour, facts, "02T10:35:00Z"), verdict) << resumed;
  }
}

TEST(Within, AHistoryCoversBackToSinceOnly) {
  const Subject subject{.rule = Within{minutes{30}}, .coverage = Coverage::kHistory};
  for (const auto& [since, verdict] : Timeline{{"02T10:00:00Z", "missed"}, {"02T10:00:00.000001Z", "unknown"}}) {
    EXPECT_EQ(VerdictAt(subject, {SucceededAt10(), View("02T10:30:00Z", since)}, "02T10:30:00Z"), verdict) << since;
  }
  EXPECT_EQ(VerdictAt(subject, Join(EachMinute("02T09:00:00Z", "02T11:00:00Z"), {Job("02T09:00:00Z"), SucceededAt10()}), "02T11:00:00Z"), "unknown");
}

TEST(Within, AStretchOfAPushBeginsOneSpoolAllowanceLate) {
  const Subject subject{.rule = Within{minutes{30}}, .spool_allowance = minutes{2}};
  const Facts facts = Join({SucceededAt10(), View("02T10:00:10Z")}, EachMinute("02T10:10:00Z", "02T10:45:00Z"));
  EXPECT_EQ(VerdictAt(subject, facts, "02T10:41:59Z"), "unknown");
  EXPECT_EQ(VerdictAt(subject, facts, "02T10:42:00Z"), "missed");
}

TEST(Within, ViewsFromBeforeItWasFirstSeenDoNotCoverButAHistoryDoes) {
  const Fact told_late = RunOf("02T10:20:00Z", "r", Outcome::kSucceeded, {.finished = "02T10:00:00Z"});
  const Facts facts = Join(EachMinute("02T09:00:00Z", "02T10:49:00Z"), {told_late});
  EXPECT_EQ(VerdictAt(kHalfHour, facts, "02T10:49:00Z"), "unknown");
  EXPECT_EQ(VerdictAt(kHalfHour, Join(facts, {View("02T10:50:00Z")}), "02T10:50:00Z"), "missed");
  EXPECT_EQ(VerdictAt(kHalfHour, Join(facts, {View("02T10:30:00Z", "02T10:00:00Z")}), "02T10:30:00Z"), "missed");
}

TEST(Within, SourceDownAfterASuccessIsStillMet) {
  EXPECT_EQ(VerdictAt(kHalfHour, {View("02T10:00:00Z"), SucceededAt10()}, "02T10:10:00Z"), "met");
  EXPECT_EQ(VerdictAt(kHalfHour, {View("02T10:00:00Z"), SucceededAt10()}, "02T10:30:00Z"), "unknown");
}

TEST(Within, ManualRunsCountAndBackfillsDoNotUnlessTheJobSaysOtherwise) {
  struct Row { Trigger trigger; bool count_manual, count_backfill; std::string verdict; };
  for (const Row& row : std::vector<Row>{{Trigger::kScheduled, false, false, "met"},
                                         {Trigger::kUnknown, false, false, "met"},
                                         {Trigger::kManual, true, false, "met"},
                                         {Trigger::kManual, false, false, "pending"},
                                         {Trigger::kBackfill, true, false, "pending"},
                                         {Trigger::kBackfill, true, true, "met"}}) {
    const Subject subject{.rule = Within{minutes{30}}, .count_manual = row.count_manual, .count_backfill = row.count_backfill};
    const Fact run = RunOf("02T10:01:00Z", "r", Outcome::kSucceeded, {.finished = "02T10:00:30Z"}, row.trigger);
    EXPECT_EQ(VerdictAt(subject, {View("02T10:00:00Z"), run}, "02T10:10:00Z"), row.verdict) << static_cast<int>(row.trigger);
  }
}

TEST(Within, ALastSuccessProvesItAndProvesItsAbsence) {
  const Facts told = {Job("02T09:00:00Z"), LastSuccess("02T10:00:10Z", "02T10:00:00Z"), LastSuccess("02T10:30:01Z", "02T10:00:00Z")};
  EXPECT_EQ(VerdictAt(kHalfHour, told, "02T10:29:59.999999Z"), "met");
  EXPECT_EQ(VerdictAt(kHalfHour, told, "02T10:30:00.999999Z"), "unknown");
  EXPECT_EQ(VerdictAt(kHalfHour, told, "02T10:30:01Z"), "missed");
}

TEST(Within, AJobThatWasGoneIsNotMissedWithoutCoverage) {
  const Facts facts = {View("02T10:00:00Z"), SucceededAt10(), Gone("02T10:05:00Z")};
  EXPECT_EQ(VerdictAt(kHalfHour, facts, "02T11:00:00Z"), "unknown");
}

TEST(Within, AFirstSuccessStaysWhateverIsSaidOfThatRunLater) {
  const Fact failed = RunOf("02T10:10:00Z", "r", Outcome::kFailed, {.finished = "02T10:09:00Z"});
  EXPECT_EQ(VerdictAt(kHalfHour, {View("02T10:00:00Z"), SucceededAt10(), failed}, "02T10:20:00Z"), "met");
}

TEST(Within, ItsWindowIsFromTheLastSuccessAndItsMarginFromNow) {
  const JudgedJob judged = JudgeAt(kHalfHour, {View("02T10:00:00Z"), SucceededAt10()}, "02T10:10:00Z");
  const ObjectiveState& state = judged.state->objectives[0];
  EXPECT_EQ(state.window, (Window{At("02T10:00:00Z"), At("02T10:30:00Z")}));
  EXPECT_EQ(state.margin, Duration{minutes{20}});
  EXPECT_EQ(state.evidence, "run r");
}

}  // namespace
}  // namespace batchslo
