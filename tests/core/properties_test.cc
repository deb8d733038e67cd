// What holds in every world: a random life of a job, told in full and in part, in order and out of it, in one process
// and over restarts.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "exporter/core/what_if.h"
#include "tests/core/story.h"

namespace batchslo {
namespace {

const TimePoint kStart = At("02T00:00:00Z"), kEnd = At("02T12:00:00Z");

TimePoint AnyTime() { return kStart + minutes{*rc::gen::inRange(0, 720)} + Duration{*rc::gen::element(0, 0, 1, -1)}; }

Fact AnyRun(int hour) {
  const TimePoint tick = kStart + hours{hour};
  RunFact run;
  run.job = "j";
  run.run_id = "r" + std::to_string(hour);
  if (*rc::gen::inRange(0, 4) != 0) run.scheduled = tick;
  if (*rc::gen::inRange(0, 3) != 0) run.started = tick + seconds{*rc::gen::inRange(-40, 900)};
  run.outcome = *rc::gen::element(Outcome::kSucceeded, Outcome::kSucceeded, Outcome::kFailed, Outcome::kRunning, Outcome::kCancelled);
  const TimePoint seen = std::max(tick, run.started.value_or(tick)) + minutes{*rc::gen::inRange(0, 100)};
  if (run.outcome != Outcome::kRunning) run.finished = seen;
  return {"k8s", seen + seconds{*rc::gen::inRange(0, 60)}, run};
}

Fact AnyMove() {
  ObservationFact look;
  look.job = "j";
  look.output = "t";
  const TimePoint observed = AnyTime();
  look.updated = observed - minutes{*rc::gen::inRange(0, 120)};
  return {"dwh", observed, look};
}

// Hourly runs of all kinds, moves of a table, views with gaps, a pause now and then.
Facts AnyLife() {
  Facts facts = {Job("02T00:00:00Z")};
  for (int hour = 1; hour < 11; ++hour) {
    if (*rc::gen::inRange(0, 4) != 0) facts.push_back(AnyRun(hour));
  }
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) facts.push_back(AnyMove());
  for (TimePoint at = kStart; at < kEnd; at += minutes{2}) {
    if (*rc::gen::inRange(0, 40) != 0) facts.push_back({"k8s", at, ViewFact{}});
  }
  if (*rc::gen::inRange(0, 4) == 0) {
    const TimePoint from = AnyTime();
    JobFact paused, again;
    paused.job = again.job = "j";
    paused.paused = true;
    again.paused = false;
    facts.push_back({"k8s", from + seconds{7}, paused});
    facts.push_back({"k8s", from + minutes{*rc::gen::inRange(1, 300)} + seconds{7}, again});
  }
  return facts;
}

// Of the 2nd, a Monday.
CalendarRef AnyCalendar() {
  Calendar calendar;
  if (*rc::gen::inRange(0, 2) == 0) calendar.hours = {{hours{*rc::gen::inRange(0, 4)}, hours{*rc::gen::inRange(5, 12)}}};
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    const TimePoint from = AnyTime();
    calendar.maintenance.push_back({from, from + minutes{*rc::gen::inRange(0, 200)}, "maintenance"});
  }
  if (*rc::gen::inRange(0, 4) == 0) calendar.recurring = {{ParseDeadline("30 * * * *", Zone{}).Value(), minutes{*rc::gen::inRange(1, 50)}, "maintenance"}};
  Seal(calendar);
  return CalendarRef(std::move(calendar));
}

Subject AnySubject() {
  const std::vector<Rule> rules = {Within{minutes{*rc::gen::inRange(30, 200)}},
                                   EveryRun{*rc::gen::inRange(0, 3), std::nullopt, false},
                                   EveryRun{0, Duration{minutes{*rc::gen::inRange(1, 60)}}, false},
                                   StartBy{minutes{*rc::gen::inRange(1, 30)}},
                                   By{ParseDeadline("1:30,5:00,9:15", Zone{}).Value(), Duration{hours{3}}},
                                   By{ParseDeadline("1:30,5:00,9:15", Zone{}).Value(), {}},
                                   MaxRuntime{minutes{*rc::gen::inRange(1, 90)}}};
  const bool runs_only = *rc::gen::arbitrary<bool>();
  return {.rule = rules[*rc::gen::inRange<std::size_t>(0, rules.size())],
          .with = runs_only ? With::kRuns : With::kBoth,
          .grace = minutes{*rc::gen::element(0, 0, 5)},
          .success = runs_only ? SuccessMode::kRuns : *rc::gen::element(SuccessMode::kAll, SuccessMode::kAny, SuccessMode::kOutputs),
          .calendar = *rc::gen::arbitrary<bool>() ? AnyCalendar() : CalendarRef()};
}

std::string Told(const Subject& subject, const Facts& facts, TimePoint now) {
  std::string text = std::string(KindName(subject.rule)) + " of " + std::to_string(static_cast<int>(subject.with)) + ", success " +
                     std::to_string(static_cast<int>(subject.success)) + ", at " + FormatRfc3339(now) + "\n";
  for (const Fact& fact : facts) {
    text += FormatRfc3339(fact.observed) + " " + std::to_string(fact.what.index());
    if (const auto* run = std::get_if<RunFact>(&fact.what)) {
      text += " " + run->run_id + " " + std::to_string(static_cast<int>(run->outcome));
      for (const auto& at : {run->scheduled, run->started, run->finished}) text += at ? " " + FormatRfc3339(*at) : " -";
    }
    if (const auto* job = std::get_if<JobFact>(&fact.what); job && job->paused) text += *job->paused ? " paused" : " goes on";
    if (const auto* look = std::get_if<ObservationFact>(&fact.what)) text += " " + FormatRfc3339(*look->updated);
    text += "\n";
  }
  return text;
}

ObjectiveState StateOf(const Subject& subject, const Facts& facts, TimePoint now) {
  Tracker tracker = TrackerOf(subject);
  Tell(tracker, facts, TimePoint::min(), now);
  return tracker.Judge("j", now).state->objectives[0];
}

// Whether `after` is at least as good; late is as good as met.
bool NoWorse(Verdict before, Verdict after) {
  if (before == Verdict::kMet) return after == Verdict::kMet;
  return before == Verdict::kMissed || after != Verdict::kMissed;
}

RC_GTEST_PROP(Properties, AnAddedSuccessNeverWorsensAVerdict, ()) {
  const Facts facts = AnyLife();
  const Subject subject = AnySubject();
  RunFact run;
  run.job = "j";
  run.run_id = "added";
  run.outcome = Outcome::kSucceeded;
  run.finished = AnyTime();
  run.started = *run.finished - minutes{*rc::gen::inRange(0, 10)};
  run.scheduled = *run.started;
  ObservationFact look;
  look.job = "j";
  look.output = "t";
  look.updated = *run.finished;
  const TimePoint now = AnyTime();
  // Not a move for `within` with runs and outputs: a run is paired with the earliest since it began, so one that comes to
  // be known in between makes the pair older than it seemed.
  const bool older_pair = std::holds_alternative<Within>(subject.rule) && subject.success == SuccessMode::kAll;
  const bool moved = subject.with == With::kBoth && !older_pair && *rc::gen::arbitrary<bool>();
  const Fact added = moved ? Fact{"dwh", *run.finished, look} : Fact{"k8s", *run.finished, run};
  RC_LOG() << Told(subject, Join(facts, {added}), now);
  RC_ASSERT(NoWorse(StateOf(subject, facts, now).verdict, StateOf(subject, Join(facts, {added}), now).verdict));
}

// Of within, by and every_run; of the others a run that fails says when it began, or that it goes on no more.
RC_GTEST_PROP(Properties, AnAddedFailureChangesNoVerdictThatRestsOnSuccess, ()) {
  const Facts facts = AnyLife();
  const Subject subject = AnySubject();
  const bool by_success = !std::holds_alternative<StartBy>(subject.rule) && !std::holds_alternative<MaxRuntime>(subject.rule);
  RC_PRE(by_success);
  RunFact run;
  run.job = "j";
  run.run_id = "added";
  run.outcome = *rc::gen::element(Outcome::kFailed, Outcome::kCancelled, Outcome::kSkipped);
  run.finished = std::max(AnyTime(), kStart);  // not before it was first seen
  if (*rc::gen::arbitrary<bool>()) run.started = *run.finished - minutes{*rc::gen::inRange(0, 10)};
  if (*rc::gen::arbitrary<bool>()) run.scheduled = run.started;
  const TimePoint now = AnyTime();
  const Fact added{"k8s", *run.finished, run};
  RC_LOG() << Told(subject, Join(facts, {added}), now);
  RC_ASSERT(StateOf(subject, facts, now) == StateOf(subject, Join(facts, {added}), now));
}

void Shift(std::optional<TimePoint>& time, Duration by) {
  if (time) *time += by;
}
void Shift(Maybe<TimePoint>& time, Duration by) {
  if (time) *time += by;
}

Fact Shifted(Fact fact, Duration by) {
  fact.observed += by;
  if (auto* run = std::get_if<RunFact>(&fact.what)) {
    for (auto* time : {&run->scheduled, &run->created, &run->started, &run->finished}) Shift(*time, by);
  }
  if (auto* look = std::get_if<ObservationFact>(&fact.what)) Shift(look->updated, by);
  if (auto* view = std::get_if<ViewFact>(&fact.what)) Shift(view->since, by);
  return fact;
}

// In a zone that never changes its clocks one day is as good as another.
RC_GTEST_PROP(Properties, WhatIsTrueOnOneDayIsTrueOnAnother, ()) {
  const Facts facts = AnyLife();
  Subject subject = AnySubject();
  subject.calendar = {};
  const Duration by = hours{24 * *rc::gen::inRange(-4000, 4000)};
  Facts later;
  for (const Fact& fact : facts) later.push_back(Shifted(fact, by));
  const TimePoint now = AnyTime();
  ObjectiveState expected = StateOf(subject, facts, now);
  if (expected.window) expected.window = Window{expected.window->opens + by, expected.window->due + by};
  Shift(expected.next_due, by);
  Shift(expected.success_at, by);
  RC_LOG() << Told(subject, facts, now);
  RC_ASSERT(StateOf(subject, later, now + by) == expected);
}

RC_GTEST_PROP(Properties, ACalendarNeverTurnsAVerdictToMissed, ()) {
  const Facts facts = AnyLife();
  Subject with = AnySubject(), without = with;
  with.calendar = AnyCalendar();
  without.calendar = {};
  const TimePoint now = AnyTime();
  const Verdict before = StateOf(without, facts, now).verdict, after = StateOf(with, facts, now).verdict;
  RC_LOG() << Told(with, facts, now);
  RC_ASSERT(after != Verdict::kMissed || before == Verdict::kMissed);
  RC_ASSERT(after != Verdict::kMet || before == Verdict::kMet || before == Verdict::kMissed || before == Verdict::kUnknown);
}

RC_GTEST_PROP(Properties, RemovedViewsProveNothing, ()) {
  const Facts facts = AnyLife();
  Facts fewer;
  for (const Fact& fact : facts) {
    if (!std::holds_alternative<ViewFact>(fact.what) || *rc::gen::inRange(0, 3) != 0) fewer.push_back(fact);
  }
  const Subject subject = AnySubject();
  const TimePoint now = AnyTime();
  const ObjectiveState all = StateOf(subject, facts, now), some = StateOf(subject, fewer, now);
  const bool no_more_known = all.verdict == some.verdict || some.verdict == Verdict::kUnknown || some.verdict == Verdict::kPending;
  // A newer window that was missed may be undecided then, and an older one speak for it: only where nothing is missed
  // anywhere, or one is missed still.
  const bool older_speaks = all.verdict == Verdict::kMissed && some.verdict == Verdict::kMet;
  RC_ASSERT(no_more_known || older_speaks);
  if (all.verdict == Verdict::kUnknown || all.verdict == Verdict::kPending) RC_ASSERT(some.verdict != Verdict::kMissed);
}

RC_GTEST_PROP(Properties, OrderAndRepetitionDoNotMatter, ()) {
  const Facts facts = AnyLife();
  const Subject subject = AnySubject();
  const TimePoint now = AnyTime();
  const bool pauses = std::any_of(facts.begin() + 1, facts.end(), [](const Fact& fact) { return std::holds_alternative<JobFact>(fact.what); });
  Facts shuffled;
  for (const Fact& fact : facts) {
    if (fact.observed <= now) shuffled.insert(shuffled.end(), static_cast<std::size_t>(*rc::gen::inRange(1, 3)), fact);
  }
  for (std::size_t i = shuffled.size(); !pauses && i > 1; --i) std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
  Tracker tracker = TrackerOf(subject);
  if (pauses) {  // these come by time, but may come again
    Tell(tracker, shuffled, TimePoint::min(), now);
  } else {
    for (const Fact& fact : shuffled) tracker.Apply(fact);
  }
  RC_ASSERT(tracker.Judge("j", now).state->objectives[0] == StateOf(subject, facts, now));
}

RC_GTEST_PROP(Properties, ARestartChangesNothing, ()) {
  const Facts facts = AnyLife();
  const Subject subject = AnySubject();
  const TimePoint restart = AnyTime(), now = restart + minutes{*rc::gen::inRange(0, 120)};
  const auto up = [](const std::string&, const std::string&) { return true; };
  Tracker lives = TrackerOf(subject);
  Tell(lives, facts, TimePoint::min(), restart);
  lives.Evaluate(restart, up);
  Tracker again = TrackerOf(subject);
  for (const auto& [job, text] : lives.TakeChangedMemory()) again.SetMemory(job, text, restart);
  Tell(again, facts, TimePoint::min(), restart);
  for (Tracker* tracker : {&lives, &again}) Tell(*tracker, facts, restart, now);
  const auto a = lives.Evaluate(now, up).at(0), b = again.Evaluate(now, up).at(0);
  RC_LOG() << "restart at " << FormatRfc3339(restart) << ": " << Text(a->objectives[0]) << ", afresh " << Text(b->objectives[0]) << "\n"
           << Told(subject, facts, now);
  RC_ASSERT(Text(a->objectives[0]) == Text(b->objectives[0]));
  RC_ASSERT(a->objectives[0].window == b->objectives[0].window);
  RC_ASSERT(a->objectives[0].evidence == b->objectives[0].evidence);
  RC_ASSERT(a->state == b->state);
  RC_ASSERT(a->first_seen == b->first_seen);
}

// Told and trimmed step by step, and told as a whole: the verdicts are the same.
void TrimmedSaysTheSame(const Subject& subject, const Facts& facts, TimePoint end, minutes step) {
  Tracker whole = TrackerOf(subject), trimmed = TrackerOf(subject);
  for (TimePoint from = kStart - hours{1}; from < end; from += step) {
    const TimePoint to = from + step;
    for (Tracker* tracker : {&whole, &trimmed}) Tell(*tracker, facts, from, to);
    trimmed.Trim(to);
    const auto a = whole.Judge("j", to).state->objectives[0], b = trimmed.Judge("j", to).state->objectives[0];
    RC_LOG() << KindName(subject.rule) << " with " << static_cast<int>(subject.with) << " at " << FormatRfc3339(to) << ": " << Text(a)
             << ", trimmed " << Text(b) << "\n";
    RC_ASSERT(a.verdict == b.verdict);
    RC_ASSERT(a.late == b.late);
  }
}

RC_GTEST_PROP(Properties, WhatWasTrimmedIsNotMissed, ()) {
  const Facts facts = AnyLife();
  TrimmedSaysTheSame(AnySubject(), facts, kEnd, hours{1});
}

// A table that moves at each look and hardly ever passes its check: only all its looks together prove anything.
RC_GTEST_PROP(Properties, WhatWasTrimmedOfFailingLooksIsNotMissed, ()) {
  Subject subject = AnySubject();
  subject.with = *rc::gen::element(With::kOutput, With::kBoth);
  subject.success = *rc::gen::element(SuccessMode::kAll, SuccessMode::kAny, SuccessMode::kOutputs);
  subject.checks = {{"rows", RowsCheck{Compare::kGreaterEqual, 1000}}};
  Facts facts = AnyLife();
  std::erase_if(facts, [](const Fact& fact) { return std::holds_alternative<ObservationFact>(fact.what); });
  const int good_in = *rc::gen::element(2, 100, 1000000);
  for (TimePoint at = kStart; at < kStart + hours{6}; at += minutes{1}) {
    if (*rc::gen::inRange(0, 150) == 0) at += minutes{5};
    ObservationFact look;
    look.job = "j";
    look.output = "t";
    look.updated = at - seconds{*rc::gen::inRange(1, 50)};
    look.rows = *rc::gen::inRange(0, good_in) == 1 ? 2000 : 5;
    facts.push_back({"dwh", at, look});
  }
  TrimmedSaysTheSame(subject, facts, kStart + hours{7}, minutes{*rc::gen::element(20, 60)});
}

// Whatever was kept by the old rules: what they proved, and what they had no need of any more.
// Without a pause: a miss that was proven within a staleness bound before one is pending then, which invents nothing.
RC_GTEST_PROP(Properties, ARuleThatChangesJudgesAsIfItHadAlwaysHeld, ()) {
  Facts facts = AnyLife();
  facts.erase(std::remove_if(facts.begin() + 1, facts.end(), [](const Fact& fact) { return std::holds_alternative<JobFact>(fact.what); }), facts.end());
  const Subject before = AnySubject(), after = AnySubject();
  const TimePoint change = AnyTime(), now = change + minutes{*rc::gen::inRange(0, 120)};
  const auto up = [](const std::string&, const std::string&) { return true; };
  Tracker tracker = TrackerOf(before);
  tracker.TakeToReload();
  for (TimePoint from = kStart - Duration{1}; from < change; from += hours{1}) {
    Tell(tracker, facts, from, std::min(from + hours{1}, change));
    tracker.Trim(std::min(from + hours{1}, change));
  }
  tracker.Evaluate(change, up);
  const auto memory = tracker.TakeChangedMemory();
  tracker.SetFleet(FleetOf(after));
  Facts again = facts;
  if (tracker.TakeToReload().empty()) again.clear();
  std::erase_if(again, [](const Fact& fact) { return std::holds_alternative<ViewFact>(fact.what); });  // of the source, not the job
  std::stable_sort(again.begin(), again.end(), [](const Fact& a, const Fact& b) { return a.observed < b.observed; });
  for (const Fact& fact : again) {
    if (fact.observed > change) continue;
    tracker.Apply(fact);
    tracker.TrimGrown("j", fact.observed);
  }
  for (const auto& [job, text] : memory) tracker.SetMemory(job, text, change);
  Tell(tracker, facts, change, now);
  RC_LOG() << KindName(before.rule) << ", changed at " << FormatRfc3339(change) << "\n" << Told(after, facts, now);
  RC_ASSERT(Text(tracker.Judge("j", now).state->objectives[0]) == Text(StateOf(after, facts, now)));
}

RC_GTEST_PROP(Properties, AnEvaluationThatIsSkippedWouldHaveSaidTheSame, ()) {
  const Facts facts = AnyLife();
  const Subject subject = AnySubject();
  const auto up = [](const std::string&, const std::string&) { return true; };
  Tracker tracker = TrackerOf(subject);
  TimePoint from = kStart - Duration{1};
  for (TimePoint now = kStart; now < kEnd; now += minutes{17} + Duration{*rc::gen::element(0, 1)}) {
    Tell(tracker, facts, from, now);
    RC_ASSERT(tracker.Evaluate(now, up).at(0)->objectives[0].verdict == tracker.Judge("j", now).state->objectives[0].verdict);
    from = now;
  }
}

// All has been seen, and showed nothing.
Facts SupposedViews(TimePoint from, TimePoint to) { return {{"k8s", to, ViewFact{{}, true, from - days{2}}}}; }

// What an explanation says would change a verdict does, told to who knows nothing but facts; and it says something.
RC_GTEST_PROP(Properties, WhatAnExplanationNamesTurnsTheVerdict, ()) {
  const Facts facts = AnyLife();
  const Subject subject = AnySubject();
  const TimePoint now = AnyTime();
  Facts known = facts;
  std::erase_if(known, [&](const Fact& fact) { return fact.observed > now; });
  Tracker tracker = TrackerOf(subject);
  Tell(tracker, known, TimePoint::min(), now);
  const WhatIf what_if = FindTurns(tracker.Alone("j"), "j", 0, now, Zone{});
  const Verdict before = StateOf(subject, known, now).verdict;
  RC_LOG() << Told(subject, known, now) << VerdictName(before) << "\n";
  RC_ASSERT(!what_if.turns.empty() || what_if.by_itself || what_if.excused_until);
  if (what_if.excused_until) RC_ASSERT(StateOf(subject, Join(known, SupposedViews(now, *what_if.excused_until)), *what_if.excused_until).verdict == before);
  for (const Turn& turn : what_if.turns) {
    RC_LOG() << turn.what << " at " << FormatRfc3339(turn.at) << ": " << VerdictName(turn.verdict) << "\n";
    const ObjectiveState after = StateOf(subject, Join(known, turn.facts), turn.at);
    RC_ASSERT(after.verdict == turn.verdict);
    RC_ASSERT(after.late == turn.late);
    RC_ASSERT(turn.verdict != before);
  }
  if (!what_if.by_itself) return;
  RC_ASSERT(what_if.by_itself->at > now);
  RC_ASSERT(what_if.by_itself->verdict != before);
  RC_ASSERT(StateOf(subject, known, what_if.by_itself->at).verdict == what_if.by_itself->verdict);
  RC_ASSERT(StateOf(subject, known, now + (what_if.by_itself->at - now) / 2).verdict == before);
}

}  // namespace
}  // namespace batchslo
