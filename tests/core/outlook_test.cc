// At risk, and trends: exporter/core/outlook.cc and tracker_outlook.cc.
#include "exporter/core/outlook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

bool Up(const std::string&, const std::string&) { return true; }

const char* Name(Risk risk) {
  static constexpr const char* kNames[] = {"not known", "none", "running", "not running", "upstream"};
  return kNames[static_cast<std::size_t>(risk)];
}

Fact Went(const std::string& id, const std::string& started, const std::string& finished) {
  return RunOf(finished, id, Outcome::kSucceeded, {.started = started, .finished = finished});
}
Fact Going(const std::string& id, const std::string& started, Trigger trigger = Trigger::kScheduled) {
  return RunOf(started, id, Outcome::kRunning, {.started = started}, trigger);
}

// Six mornings at 08:30, of 30 to 35 minutes.
Facts Usual() {
  return {Job("01T00:00:00Z", {.schedule = "30 8 * * *"}), Went("a", "01T08:30:00Z", "01T09:00:00Z"), Went("b", "02T08:30:00Z", "02T09:01:00Z"), Went("c", "03T08:30:00Z", "03T09:02:00Z"),
          Went("d", "04T08:30:00Z", "04T09:03:00Z"), Went("e", "05T08:30:00Z", "05T09:04:00Z"), Went("f", "06T08:30:00Z", "06T09:05:00Z")};
}

struct Seen {
  Tracker tracker;
  Facts facts;
  TimePoint told = TimePoint::min();

  Seen(const Fleet& fleet, Facts all, Foresight foresight = Foresight::kOn) : facts(std::move(all)) {
    tracker.SetForesight(foresight);
    tracker.SetFleet(fleet);
  }
  std::shared_ptr<const JobState> At(const std::string& now) {
    const TimePoint at = batchslo::At(now);
    Tell(tracker, facts, told, at);
    told = at;
    return tracker.Evaluate(at, Up).at(0);
  }
  std::string RiskAt(const std::string& now) {
    const auto state = At(now);
    return state->outlooks ? Name(state->outlooks->at(0).risk) : "no outlook";
  }
};

// ---- how long runs take ----

TEST(RuntimeP95, IsOfTheNewestSuccessfulRuns) {
  struct Row {
    const char* what;
    int count;
    std::optional<Duration> p95;
  };
  for (const Row& row : {Row{"four are too few", 4, {}}, Row{"the longest of five", 5, minutes{5}}, Row{"the longest of 19", 19, minutes{19}}, Row{"all but one of 20", 20, minutes{19}},
                         Row{"of the newest 32 the 31st", 40, minutes{39}}}) {
    Evidence evidence;
    const JobDef def;
    evidence.def = &def;
    for (int i = 1; i <= row.count; ++i) {
      batchslo::Run run;
      run.outcome = Outcome::kSucceeded;
      run.started = At("02T00:00:00Z") + hours{i};
      run.finished = *run.started + minutes{i};
      evidence.runs.push_back(run);
      run.outcome = Outcome::kFailed;
      run.finished = *run.started + hours{5};
      evidence.runs.push_back(run);
    }
    EXPECT_EQ(RuntimeP95(evidence), row.p95) << row.what;
  }
}

// ---- at risk ----

struct RiskRow {
  const char* what;
  Subject subject;
  Facts more;  // after Usual()
  std::vector<std::pair<std::string, std::string>> risks;
};

std::vector<RiskRow> RiskRows() {
  const Facts views = EachMinute("07T07:00:00Z", "07T12:00:00Z");
  const Subject by{.rule = DailyAt10()};
  return {
      {"a run that began in time for its p95", by, Join(views, {Going("g", "07T09:25:00Z")}), {{"07T09:25:00Z", "none"}, {"07T09:59:00Z", "none"}}},
      {"a run that began too late", by, Join(views, {Going("g", "07T09:25:01Z")}), {{"07T09:25:00Z", "none"}, {"07T09:25:01Z", "running"}, {"07T10:00:00Z", "running"}, {"07T10:00:01Z", "none"}}},
      {"with grace it has more time", {.rule = DailyAt10(), .grace = minutes{5}}, Join(views, {Going("g", "07T09:30:00Z")}), {{"07T09:31:00Z", "none"}}},
      {"that run succeeds", by, Join(views, {Going("g", "07T09:26:00Z"), Went("g", "07T09:26:00Z", "07T09:50:00Z")}), {{"07T09:49:00Z", "running"}, {"07T09:50:00Z", "none"}}},
      {"no run, until one that began at once would be too late", by, views, {{"07T09:25:00Z", "none"}, {"07T09:25:01Z", "not running"}, {"07T10:00:01Z", "none"}}},
      {"the window has not begun: its deadline is the day after", by, Join(views, {Went("g", "07T08:30:00Z", "07T09:05:00Z")}), {{"07T09:55:00Z", "none"}}},
      {"a run from days ago that never ended is not the current one", by, Join(views, {Going("old", "06T12:00:00Z"), Going("g", "07T09:30:00Z")}), {{"07T09:31:00Z", "running"}}},
      {"a backfill is not the current one", by, Join(views, {Going("g", "07T09:00:00Z"), Going("h", "07T09:30:00Z", Trigger::kBackfill)}), {{"07T09:31:00Z", "none"}}},
      {"its source is not seen of late", by, Join(EachMinute("07T07:00:00Z", "07T09:30:00Z"), {Going("g", "07T09:26:00Z")}),
       {{"07T09:33:00Z", "running"}, {"07T09:33:01Z", "not known"}}},
      {"it is seen again", by, Join(Join(EachMinute("07T07:00:00Z", "07T09:30:00Z"), EachMinute("07T09:40:00Z", "07T09:59:00Z")), {Going("g", "07T09:26:00Z")}),
       {{"07T09:39:00Z", "not known"}, {"07T09:40:00Z", "running"}}},
      {"paused", by, Join(views, {Paused("07T09:30:00Z", true)}), {{"07T09:29:00Z", "not running"}, {"07T09:31:00Z", "no outlook"}}},
      {"gone", by, Join(views, {Gone("07T09:30:00Z")}), {{"07T09:31:00Z", "no outlook"}}},
      {"within", {.rule = Within{hours{25}}}, Join(views, {Going("g", "07T09:31:00Z")}), {{"07T09:29:00Z", "none"}, {"07T09:30:01Z", "not running"}, {"07T09:31:00Z", "running"}}},
      {"every run, by its tick", {.rule = EveryRun{0, hours{1}}}, Join(views, {Going("g", "07T08:50:00Z")}), {{"07T08:49:00Z", "none"}, {"07T08:54:00Z", "none"}}},
      {"every run, too late", {.rule = EveryRun{0, hours{1}}}, Join(views, {Going("g", "07T08:56:00Z")}), {{"07T08:55:00Z", "none"}, {"07T08:55:01Z", "not running"}, {"07T08:56:00Z", "running"}}},
      {"every run, shorter than a run: not before its tick", {.rule = EveryRun{0, minutes{30}}}, views, {{"07T08:29:59Z", "none"}, {"07T08:30:00Z", "not running"}}},
      {"a start has no run time", {.rule = StartBy{minutes{15}}}, views, {{"07T08:35:00Z", "not known"}}},
      {"how long a run is going is what max_runtime says", {.rule = MaxRuntime{minutes{10}}}, Join(views, {Going("g", "07T09:00:00Z")}), {{"07T09:05:00Z", "not known"}}},
      {"outputs may move while their run goes on", {.rule = DailyAt10(), .with = With::kBoth, .success = SuccessMode::kOutputs}, views, {{"07T09:50:00Z", "not known"}}},
      {"any proof is enough", {.rule = DailyAt10(), .with = With::kBoth, .success = SuccessMode::kAny}, views, {{"07T09:50:00Z", "not known"}}},
      {"runs and outputs", {.rule = DailyAt10(), .with = With::kBoth}, views, {{"07T09:50:00Z", "not running"}}},
  };
}

TEST(AtRisk, OfOpenWindows) {
  for (const RiskRow& row : RiskRows()) {
    Seen seen(FleetOf(row.subject), Join(Usual(), row.more));
    for (const auto& [now, risk] : row.risks) EXPECT_EQ(seen.RiskAt(now), risk) << row.what << ", " << now;
  }
}

TEST(AtRisk, FewRunsSayNothing) {
  Facts facts = Join(Usual(), EachMinute("07T07:00:00Z", "07T10:00:00Z"));
  facts.erase(facts.begin() + 1, facts.begin() + 3);
  EXPECT_EQ(Seen(FleetOf({.rule = DailyAt10()}), facts).RiskAt("07T09:50:00Z"), "not known");
}

TEST(AtRisk, NobodyAskedForIt) {
  EXPECT_EQ(Seen(FleetOf({.rule = DailyAt10()}), Join(Usual(), EachMinute("07T07:00:00Z", "07T10:00:00Z")), Foresight::kOff).RiskAt("07T09:50:00Z"), "no outlook");
}

TEST(AtRisk, SaysByWhat) {
  Seen seen(FleetOf({.rule = DailyAt10()}), Join(Join(Usual(), EachMinute("07T07:00:00Z", "07T10:00:00Z")), {Going("g", "07T09:40:00Z")}));
  const Outlook outlook = seen.At("07T09:45:00Z")->outlooks->at(0);
  EXPECT_EQ(outlook.began, At("07T09:40:00Z"));
  EXPECT_EQ(outlook.runtime_p95, minutes{35});
}

TEST(AtRisk, AJobWhoseUpstreamIsMissed) {
  Fleet fleet = FleetOf({.rule = DailyAt10(hours{2})});
  auto needing = std::make_shared<JobDef>(*fleet.jobs[0]);
  needing->needs = SharedValue<JobNames>({"z"});
  auto upstream = std::make_shared<JobDef>(*fleet.jobs[0]);
  upstream->name = "z";
  upstream->objectives[0].rule = Within{hours{1}};
  fleet.jobs = {needing, upstream};
  Fact job = Job("07T00:00:00Z");
  std::get<JobFact>(job.what).job = "z";
  Fact success = Ran("s", "", "07T09:00:00Z");
  std::get<RunFact>(success.what).job = "z";
  Seen seen(fleet, Join(EachMinute("07T00:00:00Z", "07T12:00:00Z"), {Job("07T00:00:00Z"), job, success}));
  for (const auto& [now, risk] : {std::pair("07T07:59:00Z", "not known"), {"07T08:00:00Z", "upstream"}, {"07T08:59:00Z", "upstream"}, {"07T09:00:00Z", "not known"}, {"07T10:00:01Z", "not known"}}) {
    EXPECT_EQ(seen.RiskAt(now), risk) << now;
  }
}

// ---- trends ----

// A run each night at 02:00 that takes three minutes longer than the one before, and views each half hour.
Facts Growing(int nights, With with) {
  Facts facts = {Job("01T00:00:00Z", {.schedule = "0 2 * * *"})};
  for (int night = 0; night < nights; ++night) {
    const TimePoint began = At("01T02:00:00Z") + days{night}, ended = began + minutes{60} + minutes{3 * night};
    RunFact run;
    run.job = "j";
    run.run_id = std::to_string(night);
    run.outcome = Outcome::kSucceeded;
    run.scheduled = run.started = began;
    run.finished = ended;
    if (with == With::kRuns) facts.push_back({"k8s", ended, run});
    if (with == With::kOutput) facts.push_back({"dwh", ended, ObservationFact{"j", "t", ended, {}, {}, {}, {}}});
  }
  return facts;
}

By DailyAt(const char* clock) { return By{ParseDeadline(clock, Zone{}).Value(), hours{6}}; }

TEST(Trend, OfTheWindowsOfAJob) {
  struct Row {
    const char* what;
    Subject subject;
    int nights;
    std::optional<TimePoint> predicted;
  };
  const Row rows[] = {
      {"runs", {.rule = DailyAt("05:00")}, 30, At("01T05:00:00Z") + days{40}},
      {"an output", {.rule = DailyAt("05:00"), .with = With::kOutput, .success = SuccessMode::kOutputs}, 30, At("01T05:00:00Z") + days{40}},
      {"with grace", {.rule = DailyAt("05:00"), .grace = minutes{15}}, 30, At("01T05:00:00Z") + days{45}},
      {"every run", {.rule = EveryRun{0, hours{3}}}, 30, At("01T05:00:00Z") + days{40}},
      {"far from it", {.rule = DailyAt("08:00")}, 30, {}},
      {"three weeks are too few", {.rule = DailyAt("05:00")}, 21, {}},
      {"within has no windows", {.rule = Within{hours{26}}}, 30, {}},
  };
  for (const Row& row : rows) {
    Seen seen(FleetOf(row.subject), Growing(row.nights, row.subject.with));
    const std::string now = FormatRfc3339(At("01T07:00:00Z") + days{row.nights - 1}).substr(8);
    const Outlook outlook = seen.At(now)->outlooks->at(0);
    EXPECT_EQ(std::optional<TimePoint>(outlook.predicted_miss), row.predicted) << row.what;
    if (row.predicted) {
      EXPECT_NEAR(outlook.margin_lost.value_or(0), 180.0 / 86400, 1e-6) << row.what;
    }
  }
}

TEST(Trend, IsLeftByATrim) {
  for (const With with : {With::kRuns, With::kOutput}) {
    const SuccessMode success = with == With::kOutput ? SuccessMode::kOutputs : SuccessMode::kAll;
    Seen seen(FleetOf({.rule = DailyAt("05:00"), .with = with, .success = success}), Growing(30, with));
    const std::string now = "30T07:00:00Z";
    seen.At(now);
    seen.tracker.Trim(At(now));
    EXPECT_GT(seen.tracker.CaseOf("j", At(now)).horizon, At("20T00:00:00Z"));
    seen.facts.push_back(Job("30T07:00:01Z", {.schedule = "0 2 * * *"}));
    EXPECT_TRUE(seen.At("30T07:00:01Z")->outlooks->at(0).predicted_miss);
  }
}

// Of an hourly job 32 windows are not three weeks.
TEST(Trend, WindowsThatComeOftenHaveNone) {
  Facts facts = {Job("01T00:00:00Z", {.schedule = "0 * * * *"})};
  for (int hour = 0; hour < 24 * 28; ++hour) {
    const TimePoint began = At("01T00:00:00Z") + hours{hour};
    const std::string ended = FormatRfc3339(began + minutes{5} + seconds{hour * 4}).substr(8);
    facts.push_back(RunOf(ended, std::to_string(hour), Outcome::kSucceeded, {.scheduled = FormatRfc3339(began).substr(8), .finished = ended}));
  }
  Seen seen(FleetOf({.rule = EveryRun{0, minutes{55}}}), facts);
  EXPECT_EQ(seen.At("28T23:59:00Z")->outlooks->at(0).margin_lost, std::nullopt);
}

// Nights of a run or a look each, which take longer and longer; some are missing, a day late, or told days later.
Facts AnyNights(bool of_runs, bool of_outputs) {
  Facts facts = {Job("01T00:00:00Z", {.schedule = "0 2 * * *"})};
  for (int night = 0; night < 36; ++night) {
    if (*rc::gen::inRange(0, 3) == 0) continue;
    const TimePoint tick = At("01T02:00:00Z") + days{night}, began = tick + seconds{*rc::gen::inRange(-40, 900)};
    const TimePoint ended = began + minutes{60 + 3 * night + *rc::gen::inRange(0, 20)} + (*rc::gen::inRange(0, 15) == 0 ? days{1} : days{0});
    const TimePoint seen = ended + (*rc::gen::inRange(0, 3) == 0 ? hours{*rc::gen::inRange(0, 120)} : hours{0});
    RunFact run;
    run.job = "j";
    run.run_id = std::to_string(night);
    run.outcome = *rc::gen::inRange(0, 8) == 0 ? Outcome::kFailed : Outcome::kSucceeded;
    if (*rc::gen::inRange(0, 4) != 0) run.scheduled = tick;
    run.started = began;
    run.finished = ended;
    if (of_runs) facts.push_back({"k8s", seen, run});
    if (of_outputs) facts.push_back({"dwh", seen, ObservationFact{"j", "t", ended + minutes{1}, {}, {}, {}, {}}});
  }
  std::stable_sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) { return a.observed < b.observed; });
  return facts;
}

RC_GTEST_PROP(Trend, IsTheSameForWhoLookedOften, ()) {
  const With with = *rc::gen::element(With::kRuns, With::kOutput, With::kBoth);
  const Rule rule = *rc::gen::element<Rule>(DailyAt("05:00"), EveryRun{0, hours{3}}, EveryRun{2, hours{3}}, EveryRun{0, {}}, StartBy{minutes{5}});
  const Subject subject{.rule = rule, .with = with, .grace = minutes{*rc::gen::element(0, 15)}, .success = with == With::kOutput ? SuccessMode::kOutputs : SuccessMode::kAll};
  const Facts facts = AnyNights(with != With::kOutput, with != With::kRuns);
  Seen often(FleetOf(subject), facts);
  for (TimePoint now = At("20T00:00:00Z"); now < At("31T12:00:00Z") + days{5}; now += minutes{*rc::gen::element(60, 240, 2880)}) {
    Seen once(FleetOf(subject), facts);
    Tell(often.tracker, facts, often.told, now);
    Tell(once.tracker, facts, once.told, now);
    often.told = now;
    const auto by_both = std::pair(often.tracker.Evaluate(now, Up).at(0), once.tracker.Evaluate(now, Up).at(0));
    const Outlook &one = by_both.first->outlooks->at(0), &other = by_both.second->outlooks->at(0);
    RC_ASSERT(one.margin_lost == other.margin_lost && one.predicted_miss == other.predicted_miss && one.risk == other.risk);
  }
}

// ---- thresholds ----

TEST(Threshold, OfEachKind) {
  const std::pair<Rule, std::optional<Duration>> rows[] = {
      {Within{minutes{30}}, minutes{35}}, {DailyAt10(), {}},          {EveryRun{1, hours{1}}, minutes{65}}, {EveryRun{}, {}},
      {StartBy{minutes{15}}, minutes{20}}, {MaxRuntime{hours{3}}, minutes{185}}, {Checks{}, {}}};
  for (const auto& [rule, threshold] : rows) EXPECT_EQ(ThresholdOf({"o", rule, minutes{5}, "critical"}), threshold) << KindName(rule);
}

}  // namespace
}  // namespace batchslo
