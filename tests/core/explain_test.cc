// What a person is told about one job: exporter/core/explain.cc, explain_words.cc, what_if.cc.
#include "exporter/core/explain.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/core/story.h"

namespace batchslo {
namespace {

Explanation ExplainAt(const Subject& subject, const Facts& facts, const std::string& now, const SourceErrors& errors = {}) {
  Tracker tracker = TrackerOf(subject);
  Tell(tracker, facts, TimePoint::min(), At(now));
  return Explain(tracker.Alone("j"), "j", At(now), errors);
}

std::string TurnText(const WhatIf& what_if) {
  std::string text;
  for (const Turn& turn : what_if.turns) text += (text.empty() ? "" : " | ") + turn.what + " -> " + std::string(VerdictName(turn.verdict)) + (turn.late ? " late" : "") + " " + FormatRfc3339(turn.at).substr(8);
  return text;
}

Fact LastMonth(const std::string& observed) {
  Fact fact = Moved(observed, observed);
  std::get<ObservationFact>(fact.what).partition = "20260202";
  return fact;
}

const By kBy = DailyAt10(Duration{hours{2}});
const Facts kHourly = {Job("01T00:00:00Z")};
const Facts kSeen = Join(kHourly, EachMinute("02T00:00:00Z", "02T12:00:00Z"));

struct Row {
  const char* claim;
  Subject subject;
  Facts facts;
  const char *now, *headline;
};

// One row a rule and a reason, as they are read at night.
const Row kRows[] = {
    {"by, met", {.rule = kBy}, Join(kSeen, {Ran("a", "02T09:00:00Z", "02T09:40:00Z")}), "02T10:05:00Z",
     "MET by 10:00 (UTC): run a came at Mon 2026-03-02 09:40, 20m before it was due; next due Tue 2026-03-03 10:00"},
    {"by, late", {.rule = kBy}, Join(kSeen, {Ran("a", "02T09:00:00Z", "02T10:20:00Z")}), "02T10:30:00Z",
     "MET LATE by 10:00 (UTC): run a came at Mon 2026-03-02 10:20, 20m after it was due; next due Tue 2026-03-03 10:00"},
    {"by, missed", {.rule = kBy, .grace = minutes{5}}, Join(kSeen, {Ran("a", "01T09:00:00Z", "01T09:41:00Z")}), "02T10:06:00Z",
     "MISSED by 10:00 (UTC), grace 5m: no success since the window opened at Mon 2026-03-02 08:00; last success Sun 2026-03-01 09:41; next due Tue 2026-03-03 10:00"},
    {"by, nobody looked", {.rule = kBy}, Join(kHourly, EachMinute("02T00:00:00Z", "02T09:00:00Z")), "02T10:05:00Z",
     "UNKNOWN by 10:00 (UTC): the window from Mon 2026-03-02 08:00 to Mon 2026-03-02 10:00 has closed, no success is known, and what was seen of it has gaps: nothing is proven; "
     "no success is known at all; next due Tue 2026-03-03 10:00"},
    {"by, first window", {.rule = kBy}, {Job("02T09:00:00Z"), View("02T09:00:00Z")}, "02T09:30:00Z",
     "PENDING by 10:00 (UTC): its sources have answered, and no window has closed since it was first seen; no success is known at all; next due Mon 2026-03-02 10:00"},
    {"nothing answers", {.rule = kBy}, {Job("02T09:00:00Z", {.configured = true})}, "02T09:30:00Z",
     "UNKNOWN by 10:00 (UTC): none of its sources has answered since it was first seen; no success is known at all; next due Mon 2026-03-02 10:00"},
    {"within, met", {.rule = Within{minutes{30}}}, Join(kSeen, {Ran("a", "02T09:00:00Z", "02T09:10:00Z")}), "02T09:20:00Z",
     "MET within 30m: run a at Mon 2026-03-02 09:10 is recent enough until Mon 2026-03-02 09:40"},
    {"within, missed", {.rule = Within{minutes{30}}}, Join(kSeen, {Ran("a", "02T09:00:00Z", "02T09:10:00Z")}), "02T09:45:00Z",
     "MISSED within 30m: no success since Mon 2026-03-02 09:10; one was due by Mon 2026-03-02 09:40; last success Mon 2026-03-02 09:10"},
    {"within, nobody looked", {.rule = Within{minutes{30}}}, Join(kHourly, {Ran("a", "02T09:00:00Z", "02T09:10:00Z")}), "02T09:45:00Z",
     "UNKNOWN within 30m: no success since Mon 2026-03-02 09:10 is known, but what was seen has gaps: nothing is proven; last success Mon 2026-03-02 09:10"},
    {"every_run, missed", {.rule = EveryRun{1, Duration{minutes{20}}, false}}, kSeen, "02T09:21:00Z",
     "MISSED for every run, or the one before it, within 20m: no success since the window opened at Mon 2026-03-02 08:00; no success is known at all; next due Mon 2026-03-02 10:20"},
    {"every_run, no schedule", {.rule = EveryRun{0, {}, false}}, Join({Job("01T00:00:00Z", {.schedule = {}})}, EachMinute("02T00:00:00Z", "02T01:00:00Z")), "02T01:00:00Z",
     "UNKNOWN for every run, until the next tick: no schedule of the job is known; no success is known at all"},
    {"start_by, missed", {.rule = StartBy{minutes{15}}}, kSeen, "02T09:16:00Z",
     "MISSED for a start within 15m of each tick: no start since the window opened at Mon 2026-03-02 09:00; no success is known at all; next due Mon 2026-03-02 10:15"},
    {"max_runtime, missed", {.rule = MaxRuntime{hours{1}}}, Join(kSeen, {RunOf("02T08:00:00Z", "a", Outcome::kRunning, {.started = "02T08:00:00Z"})}), "02T09:30:00Z",
     "MISSED for no run longer than 1h: run a has been going since Mon 2026-03-02 08:00; it was due to end by Mon 2026-03-02 09:00; no success is known at all"},
    {"max_runtime, in the dark", {.rule = MaxRuntime{hours{1}}}, kSeen, "02T13:00:00Z", "UNKNOWN for no run longer than 1h: its source has not been seen of late; no success is known at all"},
    {"checks, failed", {.rule = Checks{}, .with = With::kOutput, .checks = {{"rows", RowsCheck{Compare::kGreaterEqual, 10}}}}, {Moved("02T09:00:00Z", "02T08:59:00Z", 3)}, "02T09:00:30Z",
     "MISSED for its checks: the newest look at t fails a check; no success is known at all"},
    {"checks, never seen", {.rule = Checks{}, .with = With::kOutput, .checks = {{"rows", RowsCheck{Compare::kGreaterEqual, 10}}}}, kHourly, "02T09:00:30Z",
     "UNKNOWN for its checks: t has not been seen yet; no success is known at all"},
    {"paused", {.rule = kBy}, Join(kSeen, {Paused("02T09:00:00Z", true)}), "02T10:05:00Z", "PAUSED: its scheduler has said so since Mon 2026-03-02 09:00, and nothing is owed meanwhile"},
    {"gone", {.rule = kBy}, Join(kSeen, {Gone("02T09:00:00Z")}), "02T10:05:00Z", "GONE: a complete view at Mon 2026-03-02 09:00 did not have it any more; no success is known at all"},
};

TEST(Explain, TheFirstLineSaysTheStateAndTheCause) {
  for (const Row& row : kRows) EXPECT_EQ(ExplainAt(row.subject, row.facts, row.now).headline, row.headline) << row.claim;
}

TEST(Explain, ThePausedAndTheResumedAreTold) {
  const Facts facts = Join(kSeen, {Paused("02T07:00:00Z", true)});
  const Explanation paused = ExplainAt({.rule = kBy}, facts, "02T10:05:00Z");
  EXPECT_EQ(paused.objectives[0].headline, "PAUSED by 10:00 (UTC): nothing is owed while the job is paused");
  EXPECT_EQ(TurnText(paused.objectives[0].what_if), "its scheduler says that it is no longer paused -> pending 02T10:05:00Z");
  const Explanation resumed = ExplainAt({.rule = kBy}, Join(facts, {Paused("02T09:00:00Z", false)}), "02T10:05:00Z");
  EXPECT_EQ(resumed.objectives[0].why, std::vector<std::string>{"it was paused, and no window that began after the pause has closed"});
  EXPECT_EQ(resumed.notes.at(0), "it was paused from Mon 2026-03-02 07:00 to Mon 2026-03-02 09:00");
}

TEST(Explain, WindowsAreShownWithWhatBecameOfThem) {
  const Facts runs = {Ran("a", "02T08:00:00Z", "02T08:10:00Z"), Ran("b", "02T09:00:00Z", "02T09:30:00Z")};
  Calendar calendar;
  calendar.maintenance = {{At("02T10:10:00Z"), At("02T10:25:00Z"), "maintenance db-upgrade"}};
  Seal(calendar);
  const Subject subject{.rule = EveryRun{0, Duration{minutes{20}}, false}, .calendar = CalendarRef(std::move(calendar))};
  std::string told;
  const Explanation all = ExplainAt(subject, Join(kSeen, runs), "02T11:05:00Z");
  for (const WindowSight& window : all.objectives[0].windows) {
    told += FormatRfc3339(window.begin).substr(11, 5) + " " + std::string(WindowSightName(window.what)) + " " + window.evidence + window.excuse + "\n";
  }
  EXPECT_EQ(told, "08:00 met run a\n09:00 late run b\n10:00 excused maintenance db-upgrade\n11:00 open \n12:00 ahead \n");
}

TEST(Explain, WhatWasNotSeenIsToldWithItsReason) {
  const Facts facts = Join(kHourly, Join(EachMinute("02T00:00:00Z", "02T08:30:00Z"), EachMinute("02T08:50:00Z", "02T09:30:00Z")));
  const auto gaps = ExplainAt({.rule = kBy}, facts, "02T10:05:00Z", {{"k8s", "forbidden"}}).objectives[0].gaps;
  ASSERT_EQ(gaps.size(), 2u);
  EXPECT_EQ(gaps[0].of, "runs of k8s");
  EXPECT_EQ(FormatRfc3339(gaps[0].span.from) + " " + FormatRfc3339(gaps[0].span.to), "2026-03-02T08:30:00Z 2026-03-02T08:50:00Z");
  EXPECT_EQ(gaps[0].why, "no complete answer of k8s reaches over it");
  EXPECT_EQ(FormatRfc3339(gaps[1].span.from), "2026-03-02T09:30:00Z");
  EXPECT_EQ(gaps[1].why, "k8s can't be asked: forbidden");
}

TEST(Explain, WhatWouldChangeItIsAFactThatWasTried) {
  struct Case {
    const char* claim;
    Subject subject;
    Facts facts;
    const char *now, *turns, *by_itself;
  };
  const Case cases[] = {
      {"missed", {.rule = kBy}, kSeen, "02T10:05:00Z", "a run scheduled for Mon 2026-03-02 08:00 that succeeds -> met late 02T10:05:00Z", ""},
      {"met", {.rule = Within{minutes{30}}}, Join(kSeen, {Ran("a", "02T09:00:00Z", "02T09:10:00Z")}), "02T09:20:00Z",
       "no success, and all is seen without a gap from Mon 2026-03-02 09:10 on -> missed 02T09:40:00Z", "unknown 02T09:40:00Z"},
      {"stuck", {.rule = MaxRuntime{hours{1}}}, Join(kSeen, {RunOf("02T08:00:00Z", "a", Outcome::kRunning, {.started = "02T08:00:00Z"})}), "02T09:30:00Z",
       "all runs that are going end, and a complete view shows it -> met 02T09:30:00Z", ""},
      {"not started", {.rule = StartBy{minutes{15}}}, kSeen, "02T09:16:00Z", "a run scheduled for Mon 2026-03-02 09:00 that starts -> met late 02T09:16:00Z", ""},
      {"checks", {.rule = Checks{}, .with = With::kOutput, .checks = {{"rows", RowsCheck{Compare::kGreaterEqual, 10}}}}, {Moved("02T09:00:00Z", "02T08:59:00Z", 3)}, "02T09:00:30Z",
       "a look at each checked output that passes all checks -> met 02T09:00:30Z", ""},
      {"partition", {.rule = Checks{}, .with = With::kOutput, .checks = {{"partition", PartitionCheck{Zone{}, 3, days{1}}}}}, {LastMonth("02T09:00:00Z")}, "02T09:00:30Z",
       "a look at each checked output that passes all checks -> met 02T09:00:30Z", ""},
      {"no schedule", {.rule = EveryRun{0, {}, false}}, Join({Job("01T00:00:00Z", {.schedule = {}})}, EachMinute("02T00:00:00Z", "02T01:00:00Z")), "02T01:00:00Z",
       "its scheduler tells a schedule that can be read (\"0 * * * *\", say), and a run scheduled for Mon 2026-03-02 01:00 that succeeds -> met 02T01:00:00Z", ""},
  };
  for (const Case& row : cases) {
    const WhatIf what_if = ExplainAt(row.subject, row.facts, row.now).objectives[0].what_if;
    EXPECT_EQ(TurnText(what_if), row.turns) << row.claim;
    const auto& by_itself = what_if.by_itself;
    EXPECT_EQ(by_itself ? std::string(VerdictName(by_itself->verdict)) + " " + FormatRfc3339(by_itself->at).substr(8) : "", row.by_itself) << row.claim;
  }
}

TEST(Explain, SupposedRowsFitTheCheckIfAnyDo) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max(), kLeast = std::numeric_limits<std::int64_t>::min();
  struct Case {
    Compare compare;
    std::int64_t bound, seen;
    std::optional<std::int64_t> supposed;  // none: no look passes
  };
  const Case cases[] = {
      {Compare::kLess, 3, 3, 2},          {Compare::kLess, kLeast, 3, std::nullopt}, {Compare::kNotEqual, 3, 3, 4},
      {Compare::kNotEqual, kMost, kMost, kMost - 1}, {Compare::kGreater, 9, 3, 10},  {Compare::kGreater, kMost, 3, std::nullopt},
  };
  for (const Case& row : cases) {
    const Subject subject{.rule = Checks{}, .with = With::kOutput, .checks = {{"rows", RowsCheck{row.compare, row.bound}}}};
    const WhatIf what_if = ExplainAt(subject, {Moved("02T09:00:00Z", "02T08:59:00Z", row.seen)}, "02T09:00:30Z").objectives[0].what_if;
    ASSERT_EQ(what_if.turns.size(), row.supposed ? 1u : 0u) << row.bound;
    if (!row.supposed) continue;
    EXPECT_EQ(std::get<ObservationFact>(what_if.turns[0].facts[0].what).rows, row.supposed) << row.bound;
  }
}

TEST(Explain, OfManyFactsTheFirstAreTold) {
  Facts facts = kSeen;
  for (int i = 0; i < 300; ++i) facts.push_back(RunOf("02T08:00:00Z", std::to_string(i), Outcome::kRunning, {.started = "02T08:00:00Z"}));
  const WhatIf what_if = ExplainAt({.rule = MaxRuntime{hours{1}}}, facts, "02T09:30:00Z").objectives[0].what_if;
  ASSERT_EQ(what_if.turns.size(), 1u);
  EXPECT_EQ(what_if.turns[0].facts.size(), 200u);
  EXPECT_EQ(what_if.turns[0].left_out, 101u) << "a view comes with them";
}

TEST(Explain, WhereAllWindowsAreExcusedNothingCanChangeIt) {
  Calendar calendar;
  calendar.recurring = {{ParseDeadline("0 * * * *", Zone{}).Value(), minutes{50}, "maintenance"}};
  Seal(calendar);
  const Subject subject{.rule = EveryRun{0, Duration{minutes{20}}, false}, .calendar = CalendarRef(std::move(calendar))};
  const WhatIf what_if = ExplainAt(subject, Join(kSeen, {Ran("a", "02T09:00:00Z", "02T09:10:00Z")}), "02T09:30:00Z").objectives[0].what_if;
  EXPECT_TRUE(what_if.turns.empty());
  EXPECT_FALSE(what_if.by_itself);
  EXPECT_GT(what_if.excused_until, At("09T00:00:00Z"));
}

TEST(Explain, TicksAndNotesTellOfChangesOfTheClocks) {
  const Facts facts = {Job("27T00:00:00Z", {.schedule = "30 2 * * *", .timezone = "Europe/Berlin"})};
  const Explanation all = ExplainAt({.rule = EveryRun{0, {}, false}}, facts, "29T12:00:00Z");
  ASSERT_EQ(all.ticks.size(), 6u);
  EXPECT_EQ(all.zone.Name(), "Europe/Berlin");
  EXPECT_EQ(all.ticks[3].note, "after one that was skipped on 2026-03-29 (clocks go forward)");
  EXPECT_EQ(all.notes.at(0), "in Europe/Berlin the clocks go forward on Sun 2026-03-29 03:00 (UTC+01:00 to UTC+02:00)");
}

TEST(Explain, NothingIsSaidOfAJobThatIsNotThere) {
  Tracker tracker = TrackerOf({.rule = kBy});
  EXPECT_EQ(Explain(tracker.Alone("nobody"), "nobody", At("02T00:00:00Z"), {}).state, nullptr);
}

TEST(Explain, OneJobAloneIsJudgedAsAmongAll) {
  Tracker tracker = TrackerOf({.rule = kBy, .with = With::kBoth});
  Tell(tracker, Join(kSeen, {Ran("a", "02T09:00:00Z", "02T09:40:00Z"), Moved("02T09:45:00Z", "02T09:44:00Z")}), TimePoint::min(), At("02T10:05:00Z"));
  const JudgedJob among = tracker.Judge("j", At("02T10:05:00Z")), alone = tracker.Alone("j").Judge("j", At("02T10:05:00Z"));
  EXPECT_EQ(among.state->objectives, alone.state->objectives);
  EXPECT_EQ(alone.state->objectives[0].evidence, "run a and t");
}

TEST(Reason, EverySentenceIsFilledIn) {
  EXPECT_EQ(Sentence({Reason::kChecksPass, "t"}), "the newest look at t passes all its checks");
  EXPECT_EQ(Sentence({Reason::kBadSchedule, "no cron"}), "no cron");
  EXPECT_EQ(Sentence({Reason::kCameInTime}), "it came in time");
}

}  // namespace
}  // namespace batchslo
