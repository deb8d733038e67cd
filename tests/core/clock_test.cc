// Clocks that are wrong: a source's, and our own.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

bool Up(const std::string&, const std::string&) { return true; }

struct Skew {
  std::string source;
  Duration skew;
};

std::string SkewedAt(const Subject& subject, const Facts& facts, const std::vector<Skew>& skews, const std::string& now) {
  Tracker tracker = TrackerOf(subject);
  for (const Skew& skew : skews) tracker.SetSkew(skew.source, skew.skew);
  Tell(tracker, facts, TimePoint::min(), At(now));
  return Text(tracker.Judge("j", At(now)).state->objectives[0]);
}

Facts HourlyWithout10() {
  return Join(EachMinute("02T08:30:00Z", "02T10:20:00Z"), {Job("02T08:30:00Z"), Ran("a", "02T09:00:00Z", "02T09:01:00Z")});
}

// Windows end at 10:10, with grace; one view a minute and one at `seen`.
TEST(SourceSkew, HoldsAbsenceBackIfItIsMoreThanHalfTheGraceAndHalfAMinute) {
  struct Row { Duration grace, skew; std::string seen, verdict; };
  const std::vector<Row> rows = {
      {minutes{0}, seconds{30}, "02T10:10:00.000001Z", "missed"},
      {minutes{0}, seconds{30} + Duration{1}, "02T10:10:30.000001Z", "met"},
      {minutes{0}, seconds{30} + Duration{1}, "02T10:10:30.000002Z", "missed"},
      {minutes{4}, minutes{2}, "02T10:10:00.000001Z", "missed"},
      {minutes{4}, minutes{2} + Duration{1}, "02T10:12:00.000001Z", "met"},
      {minutes{4}, minutes{2} + Duration{1}, "02T10:12:00.000002Z", "missed"},
      {minutes{4}, -minutes{5}, "02T10:15:00Z", "met"},  // behind ours as ahead of it
      {minutes{4}, -minutes{5}, "02T10:15:00.000001Z", "missed"},
  };
  for (const Row& row : rows) {
    for (const Rule& rule : {Rule{EveryRun{0, minutes{10} - row.grace, false}}, Rule{StartBy{minutes{10} - row.grace}},
                             Rule{By{ParseDeadline(row.grace == minutes{0} ? "10 * * * *" : "6 * * * *", Zone{}).Value(), minutes{30}}}}) {
      Facts facts = HourlyWithout10();
      std::erase_if(facts, [&](const Fact& fact) { return fact.observed > At(row.seen) || fact.observed == At("02T10:10:00Z"); });
      // `start_by` wants a start.
      facts.push_back(RunOf("02T09:01:00Z", "b", Outcome::kRunning, {.scheduled = "02T09:00:00Z", .started = "02T09:00:10Z"}));
      const std::string held = row.verdict == "met" ? "unknown" : "missed";
      facts.push_back(View(row.seen));
      EXPECT_EQ(SkewedAt({.rule = rule, .grace = row.grace}, facts, {{"k8s", row.skew}}, row.seen), held) << KindName(rule) << " " << row.seen;
    }
  }
}

TEST(SourceSkew, HoldsWithinBack) {
  for (const auto& [now, verdict] : Timeline{{"02T10:19:59Z", "unknown"}, {"02T10:20:00Z", "missed"}}) {
    const Facts facts = Join(EachMinute("02T08:30:00Z", now), {Job("02T08:30:00Z"), Ran("a", "02T09:00:00Z", "02T09:10:00Z"), View(now)});
    EXPECT_EQ(SkewedAt({.rule = Within{hours{1}}}, facts, {{"k8s", minutes{10}}}, now), verdict) << now;
  }
}

// One proof whose clock is right is enough.
TEST(SourceSkew, IsThatOfEachProof) {
  const Subject both{.rule = DailyAt10(), .with = With::kBoth};
  const Facts facts = Join(EachMinute("02T08:00:00Z", "02T10:02:00Z"), {Job("02T08:00:00Z", {.schedule = "0 9 * * *"}), Moved("02T08:00:00Z", "01T07:00:00Z"), Moved("02T10:01:00Z", "01T07:00:00Z")});
  EXPECT_EQ(SkewedAt(both, facts, {{"k8s", hours{1}}}, "02T10:02:00Z"), "missed");
  EXPECT_EQ(SkewedAt(both, facts, {{"dwh", hours{1}}}, "02T10:02:00Z"), "missed");
  EXPECT_EQ(SkewedAt(both, facts, {{"dwh", hours{1}}, {"k8s", hours{1}}}, "02T10:02:00Z"), "unknown");
}

TEST(SourceSkew, ASuccessIsMetAllTheSame) {
  EXPECT_EQ(SkewedAt({.rule = EveryRun{0, minutes{10}, false}}, HourlyWithout10(), {{"k8s", hours{1}}}, "02T09:05:00Z"), "met");
}

TEST(SourceSkew, AMissThatWasToldBeforeItStands) {
  const Subject subject{.rule = EveryRun{0, minutes{10}, false}};
  Tracker tracker = TrackerOf(subject);
  Tell(tracker, HourlyWithout10(), TimePoint::min(), At("02T10:11:00Z"));
  EXPECT_EQ(Text(tracker.Evaluate(At("02T10:11:00Z"), Up).at(0)->objectives[0]), "missed");
  tracker.SetSkew("k8s", minutes{5});
  tracker.Apply(Job("02T10:11:30Z"));
  EXPECT_EQ(Text(tracker.Evaluate(At("02T10:12:00Z"), Up).at(0)->objectives[0]), "missed");
}

// ---- our own clock ----

std::string ToldAt(Tracker& tracker, const Facts& facts, TimePoint since, const std::string& now) {
  Tell(tracker, facts, since, At(now));
  tracker.Apply(Job(now));  // something is said of it: it is looked at
  return Text(tracker.Evaluate(At(now), Up).at(0)->objectives[0]);
}

TEST(AheadJump, NothingNewIsMissedForOneGraceAndAMinuteAtLeast) {
  struct Row { Duration grace; Timeline timeline; };
  const std::vector<Row> rows = {
      {minutes{0}, {{"02T10:20:59.999999Z", "unknown"}, {"02T10:21:00Z", "missed"}}},
      {minutes{5}, {{"02T10:24:59.999999Z", "unknown"}, {"02T10:25:00Z", "missed"}}},
  };
  for (const Row& row : rows) {
    Tracker tracker = TrackerOf({.rule = Within{hours{1}}, .grace = row.grace});
    const Facts facts = Join(EachMinute("02T08:30:00Z", "02T10:20:00Z"), {Job("02T08:30:00Z"), Ran("a", "02T09:00:00Z", "02T09:01:00Z")});
    EXPECT_EQ(ToldAt(tracker, facts, TimePoint::min(), "02T09:30:00Z"), "met");
    Tell(tracker, facts, At("02T09:30:00Z"), At("02T10:20:00Z"));
    tracker.ClockJumped(At("02T10:20:00Z"));
    for (const auto& [now, verdict] : row.timeline) EXPECT_EQ(Text(tracker.Evaluate(At(now), Up).at(0)->objectives[0]), verdict) << now;
  }
}

TEST(AheadJump, AMissThatWasToldBeforeStandsAndASuccessIsMet) {
  Tracker tracker = TrackerOf({.rule = Within{hours{1}}});
  const Facts facts = Join(EachMinute("02T08:30:00Z", "02T10:30:00Z"), {Job("02T08:30:00Z"), Ran("a", "02T09:00:00Z", "02T09:01:00Z")});
  EXPECT_EQ(ToldAt(tracker, facts, TimePoint::min(), "02T10:02:00Z"), "missed");
  tracker.ClockJumped(At("02T10:20:00Z"));
  EXPECT_EQ(ToldAt(tracker, facts, At("02T10:02:00Z"), "02T10:20:00Z"), "missed");
  tracker.Apply(Ran("b", "02T10:00:00Z", "02T10:20:10Z"));
  EXPECT_EQ(ToldAt(tracker, facts, At("02T10:20:00Z"), "02T10:20:11Z"), "met");
}

TEST(AheadJump, AnOlderMissThatWasToldIsNotMadeANewOne) {
  Tracker tracker = TrackerOf({.rule = EveryRun{0, minutes{10}, false}});
  const Facts facts = Join(EachMinute("02T08:30:00Z", "02T10:30:00Z"), {Job("02T08:30:00Z")});
  EXPECT_EQ(ToldAt(tracker, facts, TimePoint::min(), "02T09:12:00Z"), "missed");
  Tell(tracker, facts, At("02T09:12:00Z"), At("02T10:13:00Z"));
  tracker.ClockJumped(At("02T10:13:00Z"));
  for (const auto& [now, due] : Timeline{{"02T10:13:00Z", "02T09:10:00Z"}, {"02T10:13:59Z", "02T09:10:00Z"}, {"02T10:14:00Z", "02T10:10:00Z"}}) {
    const auto told = tracker.Evaluate(At(now), Up).at(0)->objectives[0];
    EXPECT_EQ(Text(told), "missed") << now;
    EXPECT_EQ(told.window->due, At(due)) << now;
  }
}

TEST(AheadJump, AMissOfAnotherRuleSaysNothingOfThisOne) {
  const Facts facts = Join(EachMinute("02T08:30:00Z", "02T10:13:00Z"), {Job("02T08:30:00Z"), Moved("02T10:12:30Z", "02T10:00:00Z", 3)});
  Tracker tracker = TrackerOf({.rule = Checks{}, .with = With::kBoth, .checks = {{"rows", RowsCheck{Compare::kGreaterEqual, 10}}}});
  EXPECT_EQ(ToldAt(tracker, facts, TimePoint::min(), "02T10:13:00Z"), "missed");
  tracker.ClockJumped(At("02T10:13:00Z"));
  tracker.SetFleet(FleetOf({.rule = EveryRun{0, minutes{10}, false}}));
  Tell(tracker, facts, TimePoint::min(), At("02T10:13:00Z"));
  const auto told = tracker.Evaluate(At("02T10:13:10Z"), Up).at(0)->objectives[0];
  EXPECT_EQ(Text(told), "missed");
  EXPECT_EQ(told.window->due, At("02T10:10:00Z"));
}

TEST(AheadJump, OneThatWasPutRightHoldsNothingBack) {
  Tracker tracker = TrackerOf({.rule = Within{hours{1}}});
  const Facts facts = Join(EachMinute("02T08:30:00Z", "02T10:30:00Z"), {Job("02T08:30:00Z"), Ran("a", "02T09:00:00Z", "02T09:01:00Z")});
  EXPECT_EQ(ToldAt(tracker, facts, TimePoint::min(), "02T09:30:00Z"), "met");
  tracker.ClockJumped(At("28T09:30:00Z"));
  EXPECT_EQ(ToldAt(tracker, facts, At("02T09:30:00Z"), "02T10:02:00Z"), "missed");
}

// A verdict at 10:20, and those that follow when the clock has gone back an hour, until it is 10:20 again.
TEST(BackJump, NoWindowClosesASecondTime) {
  struct Row { Rule rule; Facts runs; std::string before; Timeline timeline; };
  const Facts missed = {Ran("a", "02T08:00:00Z", "02T08:01:00Z"), Ran("b", "02T09:00:00Z", "02T09:01:00Z")};
  const Facts met = {Ran("a", "02T08:00:00Z", "02T08:01:00Z"), Ran("c", "02T10:00:00Z", "02T10:01:00Z")};
  const std::vector<Row> rows = {
      {EveryRun{0, minutes{10}, false}, missed, "missed", {{"02T09:20:00Z", "missed"}, {"02T10:05:00Z", "missed"}, {"02T10:21:00Z", "missed"}}},
      {EveryRun{0, minutes{10}, false}, met, "met", {{"02T09:20:00Z", "met"}, {"02T10:05:00Z", "met"}, {"02T10:21:00Z", "met"}}},
      {Within{hours{1}}, missed, "missed", {{"02T09:20:00Z", "missed"}, {"02T10:21:00Z", "missed"}}},
      {DailyAt10(minutes{50}), missed, "missed", {{"02T09:05:00Z", "missed"}, {"02T09:20:00Z", "missed"}, {"02T10:21:00Z", "missed"}}},
  };
  for (const Row& row : rows) {
    Tracker tracker = TrackerOf({.rule = row.rule});
    const Facts facts = Join(Join(EachMinute("01T07:30:00Z", "02T10:20:00Z"), {Job("01T07:30:00Z")}), row.runs);
    EXPECT_EQ(ToldAt(tracker, facts, TimePoint::min(), "02T10:20:00Z"), row.before) << KindName(row.rule);
    for (const auto& [now, verdict] : row.timeline) EXPECT_EQ(ToldAt(tracker, {}, At(now), now), verdict) << KindName(row.rule) << " " << now;
  }
}

TEST(BackJump, ASuccessThatComesIsMet) {
  Tracker tracker = TrackerOf({.rule = EveryRun{0, minutes{10}, false}});
  EXPECT_EQ(ToldAt(tracker, HourlyWithout10(), TimePoint::min(), "02T10:20:00Z"), "missed");
  EXPECT_EQ(ToldAt(tracker, {}, At("02T09:20:00Z"), "02T09:20:00Z"), "missed");
  tracker.Apply(Ran("b", "02T09:00:00Z", "02T09:21:00Z"));
  EXPECT_EQ(ToldAt(tracker, {}, At("02T09:22:00Z"), "02T09:22:00Z"), "met");
}

// At 09:31 a view that tells it by that clock may be up to the staleness bound old.
TEST(BackJump, ARunThatWasToldToBeTooLongIsStill) {
  Tracker tracker = TrackerOf({.rule = MaxRuntime{minutes{60}}});
  const Facts facts = Join(EachMinute("02T08:00:00Z", "02T10:20:00Z"), {Job("02T08:00:00Z"), RunOf("02T08:30:00Z", "a", Outcome::kRunning, {.started = "02T08:30:00Z"})});
  EXPECT_EQ(ToldAt(tracker, facts, TimePoint::min(), "02T10:20:00Z"), "missed");
  EXPECT_EQ(ToldAt(tracker, {}, At("02T09:31:00Z"), "02T09:31:00Z"), "missed");
  tracker.Apply(Ran("b", "02T09:00:00Z", "02T09:31:30Z"));
  EXPECT_EQ(ToldAt(tracker, {}, At("02T09:32:00Z"), "02T09:32:00Z"), "missed") << "another run says nothing of it";
  tracker.Apply(RunOf("02T09:33:00Z", "a", Outcome::kSucceeded, {.started = "02T08:30:00Z", .finished = "02T09:33:00Z"}));
  EXPECT_EQ(ToldAt(tracker, {}, At("02T09:34:00Z"), "02T09:34:00Z"), "met");
}

TEST(BackJump, ByMoreThanADayIsJudgedAfresh) {
  for (const auto& [now, verdict] : Timeline{{"01T10:20:00Z", "missed"}, {"01T10:19:59.999999Z", "pending"}}) {
    Tracker tracker = TrackerOf({.rule = EveryRun{0, minutes{10}, false}});
    EXPECT_EQ(ToldAt(tracker, Join(EachMinute("01T10:10:00Z", "02T10:20:00Z"), {Job("01T10:10:00Z")}), TimePoint::min(), "02T10:20:00Z"), "missed");
    EXPECT_EQ(ToldAt(tracker, {}, At(now), now), verdict) << now;
  }
}

}  // namespace
}  // namespace batchslo
