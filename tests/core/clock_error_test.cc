#include "exporter/core/clock_error.h"

#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

const ClockError kTwoHours{At("02T12:00:00Z"), hours{2}};

TEST(ClockError, MovesWhatTheClockSaidSinceItJumped) {
  RunFact run;
  run.job = "j", run.run_id = "r";
  run.scheduled = At("02T12:30:00Z");
  run.created = At("02T11:59:59Z"), run.started = At("02T12:00:00Z"), run.finished = At("02T12:10:00Z");
  RunFact right = run;
  right.started = At("02T10:00:00Z"), right.finished = At("02T10:10:00Z");
  EXPECT_EQ(PutRight({"k8s", At("02T12:11:00Z"), run}, kTwoHours), (Fact{"k8s", At("02T10:11:00Z"), right}));
  EXPECT_EQ(PutRight({"dwh", At("02T12:11:00Z"), ObservationFact{"j", "o", At("02T09:00:00Z"), {}, {}, {}, {}}}, kTwoHours),
            (Fact{"dwh", At("02T10:11:00Z"), ObservationFact{"j", "o", At("02T09:00:00Z"), {}, {}, {}, {}}}));
  EXPECT_EQ(PutRight({"k8s", At("02T12:11:00Z"), LastSuccessFact{"j", At("02T12:10:00Z")}}, kTwoHours),
            (Fact{"k8s", At("02T10:11:00Z"), LastSuccessFact{"j", At("02T10:10:00Z")}}));
  const Fact before{"k8s", At("02T11:59:59Z"), ViewFact{{}, true, At("02T09:00:00Z")}};
  EXPECT_EQ(PutRight(before, kTwoHours), before);
}

std::string Text(const std::optional<ClockError>& error) { return error ? FormatRfc3339(error->from) + " " + FormatDuration(error->by) : "none"; }

TEST(ClockErrors, WhatJumpedAheadIsTakenBack) {
  ClockErrors errors;
  errors.Ahead(At("02T12:00:00Z"), hours{2});
  EXPECT_EQ(Text(errors.Back(At("02T11:00:00Z"), hours{2} + seconds{20})), "2026-03-02T12:00:00Z 2h");
  EXPECT_EQ(Text(errors.Back(At("02T09:00:00Z"), hours{2})), "none") << "it is right already";
}

TEST(ClockErrors, AlsoIfTheMachineSleptMeanwhile) {
  ClockErrors errors;
  errors.Ahead(At("02T12:00:00Z"), hours{2});
  errors.Ahead(At("02T15:00:00Z"), hours{1});
  EXPECT_EQ(Text(errors.Back(At("02T13:30:00Z"), hours{2})), "2026-03-02T12:00:00Z 2h");
  EXPECT_EQ(Text(errors.Back(At("02T12:40:00Z"), hours{1})), "2026-03-02T13:00:00Z 1h") << "no sleep, then";
}

TEST(ClockErrors, OfAClockThatMayBeWrongOnlyNowNothingIsSaid) {
  ClockErrors errors;
  EXPECT_EQ(Text(errors.Back(At("02T12:00:00Z"), hours{2})), "none");
  errors.Ahead(At("02T14:00:00Z"), hours{2});  // put right again
  EXPECT_EQ(Text(errors.Back(At("02T12:30:00Z"), hours{4})), "none") << "something else";
  EXPECT_EQ(Text(errors.Back(At("03T12:00:01Z"), hours{2})), "none") << "a day later what it says is taken for right";
}

}  // namespace
}  // namespace batchslo
