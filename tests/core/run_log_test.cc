#include "exporter/core/run_log.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/core/story.h"

namespace batchslo {
namespace {

Sight Seen(const std::string& observed, Outcome outcome, const Times& times = {}, Trigger trigger = Trigger::kUnknown) {
  Sight sight;
  sight.run_id = "r";
  sight.observed = At(observed);
  sight.outcome = outcome;
  sight.scheduled = MaybeAt(times.scheduled);
  sight.created = MaybeAt(times.created);
  sight.started = MaybeAt(times.started);
  sight.finished = MaybeAt(times.finished);
  sight.trigger = trigger;
  return sight;
}

bool AllCount(const Run&) { return true; }

Run FoldOf(const std::vector<Sight>& sights) {
  RunLog log;
  for (const Sight& sight : sights) log.Add(sight);
  return log.Fold().at(0);
}

TEST(RunLog, TheFirstSuccessStaysFrozen) {
  const auto run = FoldOf({Seen("02T10:00:00Z", Outcome::kRunning, {.scheduled = "02T09:00:00Z"}),
                          Seen("02T10:10:00Z", Outcome::kSucceeded, {.finished = "02T10:09:00Z"}),
                          Seen("02T10:20:00Z", Outcome::kSucceeded, {.scheduled = "02T10:00:00Z", .finished = "02T10:19:00Z"}),
                          Seen("02T10:30:00Z", Outcome::kFailed, {.finished = "02T10:29:00Z"})});
  EXPECT_EQ(run.outcome, Outcome::kSucceeded);
  EXPECT_EQ(run.scheduled, At("02T09:00:00Z"));
  EXPECT_EQ(run.finished, At("02T10:09:00Z"));
  EXPECT_EQ(run.newest_outcome, Outcome::kFailed);
}

TEST(RunLog, ALaterSightReplacesFieldByFieldWhereTheNewOneIsNotSilent) {
  const auto run = FoldOf({Seen("02T10:00:00Z", Outcome::kRunning, {.scheduled = "02T09:00:00Z", .started = "02T09:01:00Z"}, Trigger::kManual),
                          Seen("02T10:10:00Z", Outcome::kFailed, {.started = "02T09:02:00Z"})});
  EXPECT_EQ(run.scheduled, At("02T09:00:00Z"));
  EXPECT_EQ(run.started, At("02T09:02:00Z"));
  EXPECT_EQ(run.trigger, Trigger::kManual);
  EXPECT_EQ(run.outcome, Outcome::kFailed);
  EXPECT_EQ(run.earliest_start, At("02T09:01:00Z"));
}

TEST(RunLog, ARunThatGoesAgainHasNoFinish) {
  const auto run = FoldOf({Seen("02T10:00:00Z", Outcome::kFailed, {.finished = "02T09:59:00Z"}), Seen("02T10:10:00Z", Outcome::kRunning)});
  EXPECT_EQ(run.outcome, Outcome::kRunning);
  EXPECT_FALSE(run.finished);
}

TEST(RunLog, ASuccessSilentAboutItsFinishHasItsOwnObservationsTime) {
  const auto run = FoldOf({Seen("02T10:00:00Z", Outcome::kFailed, {.finished = "02T09:00:00Z"}), Seen("02T10:10:00Z", Outcome::kSucceeded)});
  EXPECT_EQ(run.finished, At("02T10:10:00Z"));
}

TEST(RunLog, NoTimeButTheScheduledOneIsLaterThanItsSight) {
  const std::string later = "02T11:00:00Z";
  const auto run = FoldOf({Seen("02T10:00:00Z", Outcome::kSucceeded, {later, later, later, later})});
  EXPECT_EQ(run.scheduled, At(later));
  EXPECT_EQ(run.created, At("02T10:00:00Z"));
  EXPECT_EQ(run.started, At("02T10:00:00Z"));
  EXPECT_EQ(run.finished, At("02T10:00:00Z"));
}

TEST(RunLog, AStartIsNeverLaterThanTheFinish) {
  const auto run = FoldOf({Seen("02T10:00:00Z", Outcome::kSucceeded, {.started = "02T09:50:00Z", .finished = "02T09:40:00Z"})});
  EXPECT_EQ(run.started, At("02T09:40:00Z"));
}

TEST(RunLog, TheEarliestStartIsNeverLaterThanAFinishOfThatRun) {
  const auto run = FoldOf({Seen("02T10:00:00Z", Outcome::kSucceeded, {.finished = "02T10:00:00Z"}),
                           Seen("02T10:05:00Z", Outcome::kRunning, {.started = "02T10:04:00Z"})});
  EXPECT_EQ(run.earliest_start, At("02T10:00:00Z"));
}

struct Tie { std::vector<Sight> sights; Outcome outcome; std::string finished; };

TEST(RunLog, OnEqualTimesASuccessWinsThenTheFinishedOneThenTheLaterFinish) {
  const std::string now = "02T10:00:00Z", early = "02T09:00:00Z", late = "02T09:30:00Z";
  for (const auto& [sights, outcome, finished] :
       std::vector<Tie>{{{Seen(now, Outcome::kSucceeded, {.finished = early}), Seen(now, Outcome::kFailed, {.finished = late})}, Outcome::kSucceeded, early},
                        {{Seen(now, Outcome::kFailed, {.finished = early}), Seen(now, Outcome::kRunning)}, Outcome::kFailed, early},
                        {{Seen(now, Outcome::kFailed, {.finished = early}), Seen(now, Outcome::kFailed, {.finished = late})}, Outcome::kFailed, late},
                        {{Seen(now, Outcome::kSucceeded, {.finished = early}), Seen(now, Outcome::kSucceeded, {.finished = late})}, Outcome::kSucceeded, late}}) {
    for (const bool turned : {false, true}) {
      std::vector<Sight> order = sights;
      if (turned) std::reverse(order.begin(), order.end());
      const auto run = FoldOf(order);
      EXPECT_EQ(run.outcome, outcome);
      EXPECT_EQ(run.finished, At(finished));
    }
  }
}

TEST(RunLog, ASightSaidAgainIsNewerThanWhatCameBetween) {
  const Sight success = Seen("02T10:00:00Z", Outcome::kSucceeded, {.finished = "02T09:00:00Z"});
  Sight again = success;
  again.observed = At("02T10:02:00Z");
  const Sight going = Seen("02T10:01:00Z", Outcome::kRunning);
  EXPECT_EQ(FoldOf({success, again, going}).newest_outcome, Outcome::kSucceeded);
  EXPECT_EQ(FoldOf({success, going, again}).newest_outcome, Outcome::kSucceeded);
}

TEST(RunLog, SayingTheSameOverAndOverTakesNoRoom) {
  RunLog log;
  Sight sight = Seen("02T10:00:00Z", Outcome::kRunning, {.started = "02T09:00:00Z"});
  for (int i = 0; i < 100; ++i, sight.observed += seconds{30}) log.Add(sight);
  EXPECT_LE(log.Sights().size(), 2u);
}

TEST(RunLog, TrimmingDropsASightThatSaysNothingBeyondTheNextOne) {
  RunLog log;
  log.Add(Seen("02T10:00:00Z", Outcome::kRunning, {.scheduled = "02T09:00:00Z"}));
  log.Add(Seen("02T10:01:00Z", Outcome::kRunning, {.scheduled = "02T09:00:00Z", .started = "02T10:00:30Z"}));
  log.Add(Seen("02T10:05:00Z", Outcome::kFailed, {.scheduled = "02T09:00:00Z", .started = "02T10:00:30Z", .finished = "02T10:04:00Z"}));
  EXPECT_EQ(log.Sights().size(), 3u);
  log.Trim(TimePoint::min(), 32, AllCount);
  EXPECT_EQ(log.Sights().size(), 1u);
}

TEST(RunLog, ASuccessThatIsToldLateHasWhatWasSaidBeforeIt) {
  const Sight first = Seen("02T10:00:00Z", Outcome::kRunning, {.scheduled = "02T09:00:00Z"});
  const Sight next = Seen("02T10:02:00Z", Outcome::kRunning, {.scheduled = "02T09:30:00Z"});
  const Sight success = Seen("02T10:01:00Z", Outcome::kSucceeded, {.finished = "02T10:00:30Z"});
  EXPECT_EQ(FoldOf({first, next, success}).scheduled, At("02T09:00:00Z"));
  EXPECT_EQ(FoldOf({first, success, next}).scheduled, At("02T09:00:00Z"));
}

TEST(RunLog, CountsEachCompletedRunOnce) {
  RunLog log;
  EXPECT_EQ(log.Add(Seen("02T10:00:00Z", Outcome::kRunning)), RunLog::Change::kNone);
  EXPECT_EQ(log.Add(Seen("02T10:01:00Z", Outcome::kFailed)), RunLog::Change::kFailed);
  EXPECT_EQ(log.Add(Seen("02T10:01:00Z", Outcome::kFailed)), RunLog::Change::kNone);
  EXPECT_EQ(log.Add(Seen("02T10:02:00Z", Outcome::kSucceeded)), RunLog::Change::kNone);
  Sight other = Seen("02T10:02:00Z", Outcome::kSucceeded);
  other.run_id = "s";
  EXPECT_EQ(log.Add(other), RunLog::Change::kCompleted);
}

Sight Ended(int number, Outcome outcome) {
  Sight sight = Seen("02T10:00:00Z", outcome);
  sight.run_id = "r" + std::to_string(1000 + number);
  sight.observed += minutes{number};
  sight.finished = sight.observed;
  return sight;
}

TEST(RunLog, FailuresInARowAreCountedOverWhatWasTrimmed) {
  RunLog whole, trimmed;
  std::uint32_t expected = 0;
  for (int i = 0; i < 400; ++i) {
    const bool good = i == 3 || i == 250;
    expected = good ? 0 : expected + 1;
    for (RunLog* log : {&whole, &trimmed}) log->Add(Ended(i, good ? Outcome::kSucceeded : Outcome::kFailed));
    if (i % 7 == 0) trimmed.Trim(TimePoint::max(), 4, AllCount);
    ASSERT_EQ(whole.FailuresInARow(whole.Fold()), expected) << i;
    ASSERT_EQ(trimmed.FailuresInARow(trimmed.Fold()), expected) << i;
  }
}

TEST(RunLog, ARunThatIsToldAgainAfterItWasTrimmedIsCountedOnce) {
  RunLog log;
  for (int i = 0; i < 9; ++i) log.Add(Ended(i, Outcome::kFailed));
  log.Trim(TimePoint::max(), 4, AllCount);
  for (int i = 0; i < 9; ++i) {  // a relist
    Sight again = Ended(i, Outcome::kFailed);
    again.observed += hours{1};
    EXPECT_EQ(log.Add(again), RunLog::Change::kNone) << i;
  }
  EXPECT_EQ(log.FailuresInARow(log.Fold()), 9u);
  log.Trim(TimePoint::max(), 4, AllCount);
  EXPECT_EQ(log.FailuresInARow(log.Fold()), 9u);
}

// An end of a clock that is ahead is taken as its observation; once that time has come, it is told as it is.
TEST(RunLog, ARunOfAClockThatIsAheadIsCountedOnce) {
  RunLog log;
  const auto told = [](int i, Duration later) {
    Sight sight = Ended(i, Outcome::kSucceeded);
    sight.finished = sight.observed + minutes{10};
    sight.observed += later;
    return sight;
  };
  for (int i = 0; i < 9; ++i) log.Add(told(i, {}));
  log.Trim(TimePoint::max(), 4, AllCount, minutes{10});
  for (int i = 0; i < 9; ++i) EXPECT_EQ(log.Add(told(i, hours{1})), RunLog::Change::kNone) << i;
}

TEST(RunLog, TrimmingKeepsTheNewestTheRunningAndTheRecent) {
  RunLog log;
  for (int i = 0; i < 10; ++i) {
    Sight sight = Seen("02T10:00:00Z", i == 0 ? Outcome::kRunning : Outcome::kFailed);
    sight.run_id = std::to_string(i);
    sight.observed += minutes{i};
    log.Add(sight);
  }
  log.Trim(At("02T10:07:00Z"), 2, AllCount);
  std::string kept;
  for (const auto& run : log.Fold()) kept += run.id;
  EXPECT_EQ(kept, "0789");
}

// ---- properties ----

Sight AnySight() {
  Sight sight = Seen("02T10:00:00Z", static_cast<Outcome>(*rc::gen::inRange(0, 5)), {}, static_cast<Trigger>(*rc::gen::inRange(0, 4)));
  sight.run_id = "r" + std::to_string(*rc::gen::inRange(0, 3));
  sight.observed += seconds{*rc::gen::inRange(0, 5)};
  for (auto field : {&Sight::scheduled, &Sight::created, &Sight::started, &Sight::finished}) {
    if (*rc::gen::arbitrary<bool>()) sight.*field = sight.observed - seconds{*rc::gen::inRange(-2, 6)};
  }
  return sight;
}

bool SameRun(const Run& a, const Run& b) {
  const auto all = [](const Run& r) {
    return std::tuple(r.id, r.scheduled, r.created, r.started, r.finished, r.outcome, r.trigger, r.observed, r.newest_outcome, r.newest_started,
                      r.newest_finished, r.newest_observed, r.earliest_start);
  };
  return all(a) == all(b);
}

// More than fit into one piece; of every third run two sights, far from each other.
std::vector<Sight> ManySights(int runs) {
  std::vector<Sight> sights;
  for (int i = 0; i < runs; ++i) {
    Sight sight = Seen("02T10:00:00Z", Outcome::kRunning);
    sight.run_id = "r" + std::to_string(i * 7919 % 100'003);
    sight.observed += seconds{i};
    sight.started = sight.observed;
    sights.push_back(sight);
    if (i % 3 != 0) continue;
    sight.observed += hours{1};
    sight.outcome = i % 2 == 0 ? Outcome::kSucceeded : Outcome::kFailed;
    sights.push_back(sight);
  }
  return sights;
}

TEST(RunLog, ManyRunsAreKeptAsFewAre) {
  std::vector<Sight> sights = ManySights(1000);
  RunLog in_order, shuffled;
  for (const Sight& sight : sights) in_order.Add(sight);
  std::reverse(sights.begin(), sights.end());
  std::rotate(sights.begin(), sights.begin() + 421, sights.end());
  int completed = 0, failed = 0;
  for (const Sight& sight : sights) {
    const auto change = shuffled.Add(sight);
    completed += change == RunLog::Change::kCompleted;
    failed += change == RunLog::Change::kFailed;
    EXPECT_EQ(shuffled.Add(sight), RunLog::Change::kNone);
  }
  EXPECT_EQ(completed, 167);
  EXPECT_EQ(failed, 167);
  EXPECT_EQ(shuffled.Sights(), in_order.Sights());
  EXPECT_EQ(shuffled.Sights().size(), sights.size());
  const auto runs = shuffled.Fold();
  EXPECT_EQ(runs.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a.id < b.id; }));
  EXPECT_LT(shuffled.Bytes(), sights.size() * 40);
}

TEST(RunLog, ManySightsOfOneRunStayTogether) {
  RunLog log;
  for (int i = 0; i < 500; ++i) {
    Sight sight = Seen("02T10:00:00Z", i % 2 == 0 ? Outcome::kRunning : Outcome::kCancelled);
    sight.run_id = i % 50 == 0 ? "other" + std::to_string(i) : "r";
    sight.observed += seconds{i};
    log.Add(sight);
  }
  EXPECT_EQ(log.Fold().size(), 11u);
  log.Trim(TimePoint::min(), 32, AllCount);
  EXPECT_EQ(log.Fold().size(), 11u);
}

// Who knows a job's token may tell of one run for ever, each time of another start or end.
TEST(RunLog, WhatIsToldOfOneRunWithoutEndTakesNoMoreRoom) {
  for (const Outcome outcome : {Outcome::kRunning, Outcome::kFailed, Outcome::kSucceeded}) {
    RunLog log;
    int completed = 0;
    for (int i = 0; i < 2000; ++i) {
      Sight sight = Seen("02T10:00:00Z", i < 200 ? Outcome::kRunning : outcome);
      sight.observed += seconds{i};
      (i < 200 ? sight.started : sight.finished) = sight.observed - seconds{i % 7};
      completed += log.Add(sight) != RunLog::Change::kNone;
    }
    EXPECT_LE(log.Sights().size(), 100u);
    EXPECT_EQ(completed, IsCompleted(outcome) ? 1 : 0);
  }
}

TEST(RunLog, OfManyThatNeverEndTheOldestAndTheNewestStay) {
  RunLog log;
  std::vector<Sight> sights = ManySights(4500);
  std::erase_if(sights, [](const Sight& sight) { return sight.outcome != Outcome::kRunning; });
  for (const Sight& sight : sights) log.Add(sight);
  log.Trim(TimePoint::max(), 32, AllCount);
  const auto runs = log.Fold();
  ASSERT_EQ(runs.size(), 1000u);
  const auto has = [&](std::size_t at) { return std::any_of(runs.begin(), runs.end(), [&](const auto& run) { return run.id == sights[at].run_id; }); };
  for (const std::size_t at : {0u, 499u, 4000u, 4499u}) EXPECT_TRUE(has(at)) << at;
  for (const std::size_t at : {500u, 3999u}) EXPECT_FALSE(has(at)) << at;
}

RC_GTEST_PROP(RunLogProperties, OrderAndRepetitionDoNotMatter, ()) {
  std::vector<Sight> sights;
  for (int i = *rc::gen::inRange(1, 8); i > 0; --i) sights.push_back(AnySight());
  std::vector<Sight> shuffled = sights;
  for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
  shuffled.insert(shuffled.end(), sights.begin(), sights.end());
  RunLog in_order, otherwise;
  for (const Sight& sight : sights) in_order.Add(sight);
  for (const Sight& sight : shuffled) otherwise.Add(sight);
  const auto a = in_order.Fold(), b = otherwise.Fold();
  RC_ASSERT(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) RC_ASSERT(SameRun(a[i], b[i]));
}

RC_GTEST_PROP(RunLogProperties, EverySightComesBackAsItWas, ()) {
  RunLog log;
  std::vector<Sight> sights;
  for (int i = *rc::gen::inRange(1, 8); i > 0; --i) {
    Sight sight = AnySight();
    for (char& letter : sight.run_id = *rc::gen::arbitrary<std::string>()) letter = *rc::gen::element('a', '9', '/', '-', 'A', '\n', '\xff', letter);
    sight.observed += microseconds{*rc::gen::inRange(0, 3)};
    sights.push_back(MadeWhole(sight));
    log.Add(sight);
  }
  const auto kept = log.Sights();
  for (const Sight& sight : kept) RC_ASSERT(std::count(sights.begin(), sights.end(), sight) > 0);
  for (const Sight& sight : sights) RC_ASSERT(std::any_of(kept.begin(), kept.end(), [&](const Sight& k) { return k.run_id == sight.run_id; }));
}

RC_GTEST_PROP(RunLogProperties, WhatItKeepsFoldsAsAllThatWasSaid, ()) {
  std::vector<Sight> sights;
  for (int i = *rc::gen::inRange(1, 8); i > 0; --i) sights.push_back(AnySight());
  RunLog log;
  for (const Sight& sight : sights) log.Add(sight);
  if (*rc::gen::arbitrary<bool>()) log.Trim(TimePoint::min(), 0, AllCount);
  for (const auto& run : log.Fold()) {
    std::vector<Sight> own;
    for (const Sight& sight : sights) {
      if (sight.run_id == run.id) own.push_back(MadeWhole(sight));
    }
    std::sort(own.begin(), own.end(), Before);
    RC_ASSERT(SameRun(run, FoldSights(own.data(), own.data() + own.size())));
  }
}

RC_GTEST_PROP(RunLogProperties, TooManySightsOfARunFoldAsAllOfThem, ()) {
  RunLog log;
  std::vector<Sight> sights;
  const int first_success = *rc::gen::inRange(0, 200);
  for (int i = 0; i < 150; ++i) {
    Sight sight = AnySight();
    sight.run_id = "r";
    sight.observed += seconds{10 * i};
    for (auto field : {&Sight::scheduled, &Sight::created, &Sight::started, &Sight::finished}) {
      if (sight.*field) *(sight.*field) += seconds{*rc::gen::inRange(0, 10) * i};
    }
    if (i < first_success && sight.outcome == Outcome::kSucceeded) sight.outcome = Outcome::kFailed;
    sights.push_back(MadeWhole(sight));
    log.Add(sight);
  }
  RC_ASSERT(log.Sights().size() <= 100u);
  RC_ASSERT(SameRun(log.Fold().at(0), FoldSights(sights.data(), sights.data() + sights.size())));
}

}  // namespace
}  // namespace batchslo
