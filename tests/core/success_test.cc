// Runs, outputs, any, all: what a success is, and which absence proves that there was none.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

Subject Of(SuccessMode mode, With with = With::kBoth) { return {.rule = DailyAt10(Duration{hours{2}}), .with = with, .success = mode}; }

Facts RunsSeen() { return Join(EachMinute("02T07:00:00Z", "02T10:02:00Z"), {Job("02T07:00:00Z")}); }
Fact GoodRun() { return RunOf("02T09:40:00Z", "r", Outcome::kSucceeded, {"02T09:00:00Z", "02T09:00:05Z", "02T09:30:00Z"}); }
Facts OutputSeen(const std::string& updated, const std::string& output = "t") {
  return {Moved("02T07:00:00Z", "01T09:20:00Z", {}, output), Moved("02T10:00:02Z", updated, {}, output)};
}
const std::string kOld = "01T09:20:00Z", kInTime = "02T09:29:00Z";

struct Row { SuccessMode mode; bool run, output; std::string verdict; };

TEST(SuccessMode, AsksForTheProofsOfItsName) {
  for (const Row& row : std::vector<Row>{{SuccessMode::kAll, true, true, "met"},
                                         {SuccessMode::kAll, true, false, "missed"},
                                         {SuccessMode::kAll, false, true, "missed"},
                                         {SuccessMode::kAny, true, false, "met"},
                                         {SuccessMode::kAny, false, true, "met"},
                                         {SuccessMode::kAny, false, false, "missed"},
                                         {SuccessMode::kRuns, true, false, "met"},
                                         {SuccessMode::kRuns, false, true, "missed"},
                                         {SuccessMode::kOutputs, true, false, "missed"},
                                         {SuccessMode::kOutputs, false, true, "met"}}) {
    Facts facts = Join(RunsSeen(), OutputSeen(row.output ? kInTime : kOld));
    if (row.run) facts.push_back(GoodRun());
    EXPECT_EQ(VerdictAt(Of(row.mode), facts, "02T10:01:00Z"), row.verdict) << static_cast<int>(row.mode) << row.run << row.output;
  }
}

TEST(SuccessMode, OneCoveredProofIsEnoughForAMissButNotOfAny) {
  for (const auto& [mode, runs_dark, output_dark] : std::vector<std::tuple<SuccessMode, std::string, std::string>>{
           {SuccessMode::kAll, "missed", "missed"}, {SuccessMode::kAny, "unknown", "unknown"},
           {SuccessMode::kRuns, "unknown", "missed"}, {SuccessMode::kOutputs, "missed", "unknown"}}) {
    EXPECT_EQ(VerdictAt(Of(mode), Join({Job("02T07:00:00Z")}, OutputSeen(kOld)), "02T10:01:00Z"), runs_dark) << static_cast<int>(mode);
    EXPECT_EQ(VerdictAt(Of(mode), RunsSeen(), "02T10:01:00Z"), output_dark) << static_cast<int>(mode);
  }
}

TEST(SuccessMode, ACoveredProofWithASuccessOfItsOwnProvesNothing) {
  // The run is there; the output's source is dark: the pair may be whole.
  EXPECT_EQ(VerdictAt(Of(SuccessMode::kAll), Join(RunsSeen(), {GoodRun()}), "02T10:01:00Z"), "unknown");
  // The output is there, the runs' source is dark.
  EXPECT_EQ(VerdictAt(Of(SuccessMode::kAll), Join({Job("02T07:00:00Z")}, OutputSeen(kInTime)), "02T10:01:00Z"), "unknown");
}

TEST(SuccessMode, WithinAMissNeedsAllOfRunsAndOutputsCovered) {
  const Subject both{.rule = Within{hours{2}}, .with = With::kBoth}, outputs{.rule = Within{hours{2}}, .with = With::kTwoOutputs};
  EXPECT_EQ(VerdictAt(both, RunsSeen(), "02T10:01:00Z"), "unknown");
  EXPECT_EQ(VerdictAt(both, Join(RunsSeen(), OutputSeen(kOld)), "02T10:01:00Z"), "missed");
  EXPECT_EQ(VerdictAt(outputs, OutputSeen(kOld), "02T10:01:00Z"), "missed");  // of outputs alone one is enough
}

// ---- pairs ----

TEST(Pair, ARunTakesTheEarliestMoveSinceItWasMade) {
  for (const auto& [moved, verdict] : Timeline{{"02T08:59:59.999999Z", "unknown"}, {"02T09:00:00Z", "met"}, {"02T09:59:00Z", "met"}}) {
    const Fact run = RunOf("02T09:40:00Z", "r", Outcome::kSucceeded,
                           {.scheduled = "02T08:30:00Z", .started = "02T09:10:00Z", .finished = "02T09:30:00Z", .created = "02T09:00:00Z"});
    EXPECT_EQ(VerdictAt(Of(SuccessMode::kAll), Join(Join(RunsSeen(), {run}), OutputSeen(moved)), "02T10:01:00Z"), verdict) << moved;
  }
}

TEST(Pair, ItsTimeIsTheLatestOfItsProofs) {
  const Facts facts = Join(Join(RunsSeen(), {GoodRun()}), {Moved("02T07:00:00Z", kOld), Moved("02T10:30:00Z", "02T10:20:00Z")});
  const JudgedJob judged = JudgeAt(Of(SuccessMode::kAll), facts, "02T10:31:00Z");
  EXPECT_EQ(Text(judged.state->objectives[0]), "met late");
  EXPECT_EQ(judged.state->objectives[0].success_at, At("02T10:20:00Z"));
  EXPECT_EQ(judged.state->objectives[0].evidence, "run r and t");
}

TEST(Pair, ALastSuccessTakesAMoveOfTheWindow) {
  const Facts told = {Job("02T07:00:00Z"), LastSuccess("02T10:00:02Z", "02T09:00:00Z")};
  EXPECT_EQ(VerdictAt(Of(SuccessMode::kAll), Join(told, OutputSeen(kInTime)), "02T10:01:00Z"), "met");
  EXPECT_EQ(VerdictAt(Of(SuccessMode::kAll), Join(told, OutputSeen(kOld)), "02T10:01:00Z"), "missed");
}

TEST(Pair, OfEqualTimesTheLowerRunIdIsTheEvidence) {
  const Subject subject{.rule = Within{hours{6}}, .with = With::kBoth};
  const Facts facts = {RunOf("02T03:59:59Z", "r4", Outcome::kSucceeded, {.started = "02T03:59:59Z"}), Moved("02T06:00:00Z", "02T06:00:00Z"),
                       RunOf("02T07:00:00Z", "r3", Outcome::kSucceeded, {})};  // without a time of its own: with the newest move
  EXPECT_EQ(JudgeAt(subject, facts, "02T08:00:00Z").state->objectives[0].evidence, "run r3 and t");
}

TEST(Outputs, AllOfThemMustMove) {
  const Subject two = Of(SuccessMode::kAll, With::kTwoOutputs);
  EXPECT_EQ(VerdictAt(two, Join(OutputSeen(kInTime), OutputSeen(kInTime, "u")), "02T10:01:00Z"), "met");
  EXPECT_EQ(VerdictAt(two, Join(OutputSeen(kInTime), OutputSeen(kOld, "u")), "02T10:01:00Z"), "missed");
  EXPECT_EQ(VerdictAt(two, OutputSeen(kInTime), "02T10:01:00Z"), "unknown");
}

TEST(Outputs, WithinTakesTheOldestOfTheirNewest) {
  const Subject two{.rule = Within{hours{2}}, .with = With::kTwoOutputs};
  const Facts facts = {Moved("02T09:00:00Z", "02T08:00:00Z"), Moved("02T09:00:00Z", "02T07:30:00Z", {}, "u"), Moved("02T09:10:00Z", "02T09:05:00Z")};
  EXPECT_EQ(JudgeAt(two, facts, "02T09:20:00Z").state->last_success, At("02T07:30:00Z"));
}

TEST(Outputs, AnEmptyTableHasNeverMoved) {
  const Subject subject = Of(SuccessMode::kAll, With::kOutput);
  EXPECT_EQ(VerdictAt(subject, {Moved("02T07:00:00Z", ""), Moved("02T10:00:02Z", "")}, "02T10:00:02Z"), "missed");
}

TEST(Outputs, AFailingLookCoversBackToTheOneBeforeWithinTheStalenessBound) {
  const Check check{"rows", RowsCheck{Compare::kGreaterEqual, 1}};
  const Subject subject{.rule = DailyAt10(Duration{seconds{60}}), .with = With::kOutput, .checks = {check}};
  for (const auto& [before, verdict] : Timeline{{"02T09:58:32Z", "missed"}, {"02T09:58:31.999999Z", "unknown"}}) {
    const Facts looks = {Moved(before, "02T09:00:00Z", 5), Moved("02T10:00:02Z", "02T09:59:30Z", 0)};
    EXPECT_EQ(VerdictAt(subject, looks, "02T10:00:02Z"), verdict) << before;
  }
}

// ---- scopes ----

TEST(Scope, AViewOfAnotherScopeDoesNotCover) {
  const Subject subject{EveryRun{0, std::nullopt, false}};
  const Fact job = Job("02T00:30:00Z", {.scope = "ns"});
  for (const auto& [scope, verdict] : std::vector<std::pair<std::optional<std::string>, std::string>>{
           {std::nullopt, "missed"}, {"ns", "missed"}, {"other", "unknown"}}) {
    Facts facts = {job};
    for (const Fact& view : EachMinute("02T00:30:00Z", "02T02:01:00Z")) facts.push_back({"k8s", view.observed, ViewFact{scope, true, {}}});
    EXPECT_EQ(VerdictAt(subject, facts, "02T02:02:00Z"), verdict) << scope.value_or("all");
  }
}

TEST(Scope, AnIncompleteViewCoversNothing) {
  Facts facts = {Job("02T00:30:00Z")};
  for (const Fact& view : EachMinute("02T00:30:00Z", "02T02:01:00Z")) facts.push_back({"k8s", view.observed, ViewFact{{}, false, {}}});
  EXPECT_EQ(VerdictAt({EveryRun{0, std::nullopt, false}}, facts, "02T02:02:00Z"), "unknown");
}

}  // namespace
}  // namespace batchslo
