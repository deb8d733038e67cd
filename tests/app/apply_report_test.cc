// How a report is applied: ApplyReport of exporter/app/fleet.cc.
#include <gtest/gtest.h>

#include "exporter/app/fleet.h"
#include "tests/core/story.h"

namespace batchslo {
namespace {

State After(Report report, const std::string& now) {
  Tracker tracker = TrackerOf({Within{hours{1}}});
  tracker.Apply(Job("02T09:00:00Z"));
  ApplyReport(tracker, std::move(report));
  return tracker.Evaluate(At(now), [](const std::string&, const std::string&) { return true; }).at(0)->state;
}

// A ledger that takes nothing for hours gets all of it at once.
TEST(ApplyReport, WhatWasMadeAnewIsThere) {
  EXPECT_EQ(After({Gone("02T10:00:00Z")}, "02T10:05:00Z"), State::kGone);
  EXPECT_NE(After({Gone("02T10:00:00Z"), Job("02T10:01:00Z")}, "02T10:05:00Z"), State::kGone);
  EXPECT_EQ(After({Job("02T10:00:00Z"), Gone("02T10:01:00Z")}, "02T10:05:00Z"), State::kGone);
}

// It is missed, by all that was seen before the pause began.
TEST(ApplyReport, AMissBeforeAPauseStands) {
  Report report = EachMinute("02T09:00:00Z", "02T10:01:00Z");
  report.insert(report.begin(), Paused("02T10:01:00Z", true));
  report.push_back(Paused("02T10:02:00Z", false));
  EXPECT_EQ(After(report, "02T10:02:00Z"), State::kMissed);
}

}  // namespace
}  // namespace batchslo
