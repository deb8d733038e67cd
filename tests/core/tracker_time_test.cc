// What is counted of objectives that have no windows: seconds, as "met/missed/unknown/excused". Judged each minute.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

bool Up(const std::string&, const std::string&) { return true; }

std::string Text(const Tally& tally) {
  const Endings all = tally.days.Newest(90);
  EXPECT_EQ(tally.windows, 0u);
  return std::to_string(all.met) + "/" + std::to_string(all.missed) + "/" + std::to_string(all.unknown) + "/" + std::to_string(all.excused);
}

// A daemon that lives while it is told.
struct Life {
  Tracker tracker;
  Facts facts;
  TimePoint told = TimePoint::min();
  SharedValue<Tally> newest = {};

  void Live(const std::string& from, const std::string& to) {
    for (TimePoint now = At(from); now <= At(to); now += minutes{1}) {
      Tell(tracker, facts, std::exchange(told, now), now);
      newest = tracker.Evaluate(now, Up).at(0)->objectives.at(0).tally;
    }
  }
  StoredTally Stored() {
    auto changed = tracker.TakeChangedTallies();
    EXPECT_FALSE(changed.empty());
    return changed.back();
  }
};

const Subject kWithin{.rule = Within{minutes{30}}};

Facts Seen(const std::string& from, const std::string& to) { return Join(EachMinute(from, to), {Job(from)}); }

// What was counted up to the last full hour of this job, or to the last change.
TEST(CountingTime, AWithinIsMetAfterEachSuccessAndMissedOnceThatIsProven) {
  Life life{TrackerOf(kWithin), Join(Seen("02T08:00:00Z", "02T14:00:00Z"), {Ran("a", "02T08:00:00Z", "02T08:10:00Z"), Ran("b", "02T10:00:00Z", "02T10:05:00Z")})};
  life.Live("02T08:00:00Z", "02T10:20:00Z");
  // pending for 10 minutes; met for 30; missed from 08:40 on, until 10:05.
  EXPECT_EQ(Text(*life.newest), "1800/5100/0/600");
}

TEST(CountingTime, WhatIsCountedComesEachHourOrWithAChange) {
  Life life{TrackerOf({.rule = Within{hours{24}}}), Join(Seen("02T08:00:00Z", "02T14:00:00Z"), {Ran("a", "02T08:00:00Z", "02T08:10:00Z")})};
  life.Live("02T08:00:00Z", "02T08:10:00Z");
  EXPECT_EQ(Text(*life.newest), "0/0/0/600");
  life.Live("02T08:11:00Z", "02T13:00:00Z");
  const Endings all = life.newest->days.Newest(90);
  EXPECT_EQ(all.excused, 600u);
  EXPECT_GE(all.met, 4 * 3600 - 600u);
  EXPECT_EQ(all.met % 3600, life.newest->until.time_since_epoch() / seconds{1} % 3600 - 600) << "each at its own time of the hour";
}

TEST(CountingTime, ASourceThatIsDownMakesItUnknown) {
  Life life{TrackerOf(kWithin), Join(Join(Seen("02T08:00:00Z", "02T08:20:00Z"), EachMinute("02T09:00:00Z", "02T10:00:00Z")), {Ran("a", "02T08:00:00Z", "02T08:10:00Z")})};
  life.Live("02T08:00:00Z", "02T09:30:00Z");
  EXPECT_EQ(Text(*life.newest), "1800/0/3000/600") << "unknown from 08:40 on; half an hour without a success is seen by 09:30";
}

TEST(CountingTime, APauseIsExcused) {
  Life life{TrackerOf(kWithin), Join(Seen("02T08:00:00Z", "02T14:00:00Z"), {Ran("a", "02T08:00:00Z", "02T08:10:00Z"), Paused("02T08:30:00Z", true), Paused("02T09:30:00Z", false)})};
  life.Live("02T08:00:00Z", "02T10:01:00Z");
  // Met to 08:30 and, for the success is still that young, to 08:40 when it was counted; pending from 09:30 to 10:00.
  EXPECT_EQ(life.newest->days.Newest(90).missed, 0u);
  EXPECT_EQ(Text(*life.newest), "1800/0/0/5400");
}

TEST(CountingTime, MaxRuntimeIsMissedWhileARunIsStuck) {
  Life life{TrackerOf({.rule = MaxRuntime{minutes{20}}}),
            Join(Seen("02T08:00:00Z", "02T14:00:00Z"), {RunOf("02T08:10:00Z", "a", Outcome::kRunning, {.started = "02T08:10:00Z"}), Ran("a", "02T08:10:00Z", "02T09:00:00Z")})};
  life.Live("02T08:00:00Z", "02T09:00:00Z");
  EXPECT_EQ(Text(*life.newest), "1860/1740/0/0");
}

TEST(CountingTime, OurOwnDowntimeIsUnknownUnlessASuccessProvesOtherwise) {
  const Facts facts = Join(Seen("02T08:00:00Z", "02T14:00:00Z"), {Ran("a", "02T08:00:00Z", "02T08:10:00Z")});
  Life before{TrackerOf(kWithin), facts};
  before.Live("02T08:00:00Z", "02T08:50:00Z");  // missed from 08:41 on, which is counted by the next change
  EXPECT_EQ(Text(*before.newest), "1800/0/0/600");
  const StoredTally stored = before.Stored();
  struct Row { const char* finished; const char* counted; };
  for (const Row& row : {Row{"02T09:00:00Z", "3600/0/3180/600"}, {"02T10:01:00Z", "1800/0/4860/600"}}) {
    Life after{TrackerOf(kWithin), Join(Seen("02T10:00:00Z", "02T14:00:00Z"), {Job("02T08:00:00Z"), Ran("a", "02T08:00:00Z", "02T08:10:00Z")})};
    after.facts.push_back(RunOf("02T10:01:00Z", "b", Outcome::kSucceeded, {.scheduled = "02T09:00:00Z", .finished = row.finished}));
    after.tracker.SetTallies({stored});
    after.Live("02T10:00:00Z", "02T10:10:00Z");
    EXPECT_EQ(Text(*after.newest), row.counted) << row.finished;
  }
}

TEST(CountingTime, WhileNothingWasJudgedNothingIsClaimed) {
  Life life{TrackerOf({.rule = MaxRuntime{minutes{20}}}), Seen("02T08:00:00Z", "02T14:00:00Z")};
  life.Live("02T08:00:00Z", "02T08:10:00Z");
  life.Live("02T09:00:00Z", "02T09:00:00Z");
  EXPECT_EQ(Text(*life.newest), "600/0/3000/0");
}

TEST(CountingTime, AClockThatWasFarAheadIsNoTime) {
  Life life{TrackerOf({.rule = MaxRuntime{minutes{20}}}), Seen("02T08:00:00Z", "02T14:00:00Z")};
  life.Live("02T08:00:00Z", "02T08:10:00Z");
  life.tracker.ClockJumped(At("20T08:10:00Z"));
  life.newest = life.tracker.Evaluate(At("20T08:10:00Z"), Up).at(0)->objectives.at(0).tally;
  life.Live("02T08:11:00Z", "02T10:00:00Z");
  const Endings all = life.newest->days.Newest(90);
  EXPECT_GE(all.met, 3600u);
  EXPECT_LE(all.met, 7200u);
  EXPECT_EQ(all.unknown, 660u) << "what was not counted by then is given up; the days that did not come are in nothing";
}

}  // namespace
}  // namespace batchslo
