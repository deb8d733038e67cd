#include "exporter/core/explain.h"

#include <algorithm>

#include "exporter/core/explain_words.h"
#include "exporter/core/local_text.h"
#include "exporter/core/outlook.h"

namespace batchslo {
namespace {

constexpr std::size_t kWindows = 4, kRuns = 5, kTicks = 3;

Zone ZoneNamed(const std::string& name) {
  auto zone = Zone::Find(name);
  return zone ? std::move(zone).Value() : Zone{};
}

const Schedule* ScheduleOf(const JobCase& job) {
  const auto* newest = job.evidence.line.Newest();
  return newest ? newest->schedule.get() : nullptr;
}

Zone ZoneFor(const JobCase& job) {
  for (const Objective& objective : job.judged.state->def->objectives) {
    if (const auto* by = std::get_if<By>(&objective.rule)) return ZoneNamed(by->deadline.ZoneName());
  }
  const Schedule* schedule = ScheduleOf(job);
  return schedule ? schedule->GetZone() : Zone{};
}

class Explaining {
 public:
  Explaining(const Tracker& alone, const JobCase& job, const SourceErrors& errors)
      : alone_(alone), job_(job), state_(*job.judged.state), def_(*state_.def), errors_(errors), now_(job.evidence.now), zone_(ZoneFor(job)) {}

  Explanation All() const {
    Explanation all;
    all.at = now_;
    all.zone = zone_;
    all.state = job_.judged.state;
    all.headline = JobHeadline(job_, zone_);
    for (std::size_t i = 0; i < def_.objectives.size(); ++i) all.objectives.push_back(One(i));
    AddTicks(all);
    AddRuns(all);
    all.newest_view = job_.evidence.newest_view;
    all.notes = Notes(all);
    return all;
  }

 private:
  ExplainedObjective One(std::size_t i) const {
    ExplainedObjective one{def_.objectives[i], state_.objectives[i], RuleText(def_.objectives[i]), Headline(job_, i, zone_), {}, {}, {}, {}, {}};
    if (one.state.verdict != Verdict::kPaused) {
      for (const Because& because : job_.judged.objectives[i].why) one.why.push_back(Sentence(because));
    }
    one.expected = Expected(i);
    one.windows = WindowsOf(job_.Context(i), kWindows, 1);
    AddTheJudged(i, one);
    one.gaps = Gaps(one);
    one.what_if = FindTurns(alone_, def_.name, i, now_, zone_);
    const auto* const every = std::get_if<EveryRun>(&one.objective.rule);
    const ScheduleLine& line = job_.evidence.line;
    if (every && (!every->derived || (line.Newest() && line.Newest()->schedule))) one.tolerate = ToleranceOf(*every, line);
    return one;
  }

  std::vector<std::string> Expected(std::size_t i) const {
    if (state_.objectives[i].verdict == Verdict::kPaused || state_.state == State::kGone) return {};
    const JudgeContext context = job_.Context(i);
    Foreseen seen = Foresee({context, state_.objectives[i], state_.blocked_by, RuntimeP95(job_.evidence)});
    AddTrend(context, state_.objectives[i], nullptr, seen.outlook);
    return ExpectationsOf(seen.outlook, state_.objectives[i], zone_);
  }

  // The window of the verdict may be older than those that are shown.
  void AddTheJudged(std::size_t i, ExplainedObjective& one) const {
    if (!one.state.window || one.windows.empty() || one.windows.front().begin <= one.state.window->opens) return;
    const JobCase before = alone_.CaseOf(def_.name, one.state.window->due);
    for (const WindowSight& sight : WindowsOf(before.Context(i), kWindows, 0)) {
      if (sight.begin != one.state.window->opens || sight.due != one.state.window->due) continue;
      WindowSight judged = sight;
      judged.what = one.state.verdict == Verdict::kMissed ? WindowSight::What::kMissed : sight.what;
      one.windows.insert(one.windows.begin(), judged);
    }
  }

  // Where an undecided window was not seen, and by whom.
  std::vector<ExplainedGap> Gaps(const ExplainedObjective& one) const {
    const bool undecided = one.state.verdict == Verdict::kUnknown || one.state.unproven;
    if (!undecided || !one.state.window) return {};
    const Span owed{one.state.window->opens, std::min(now_, one.state.window->due + one.objective.grace + Duration{1})};
    std::vector<ExplainedGap> gaps;
    const Evidence& evidence = job_.evidence;
    if (std::holds_alternative<StartBy>(one.objective.rule)) {
      AddGaps(gaps, "runs of " + NameOfRuns(), *state_.runs_source, evidence.runs_views, owed);
      return gaps;
    }
    std::size_t output = 0;
    for (const Proof& proof : evidence.proofs) {
      if (proof.is_runs) {
        AddGaps(gaps, "runs of " + NameOfRuns(), *state_.runs_source, proof.covered, owed);
        continue;
      }
      const OutputDef& def = def_.outputs[output++];
      AddGaps(gaps, *def.name + " of " + *def.source, *def.source, proof.covered, owed);
    }
    return gaps;
  }

  std::string NameOfRuns() const { return *state_.runs_source + (job_.scope.empty() ? "" : "/" + job_.scope); }

  void AddGaps(std::vector<ExplainedGap>& gaps, const std::string& of, const std::string& source, const Spans& covered, Span owed) const {
    for (const Span& gap : covered.Gaps(owed.from, owed.to)) {
      const bool to_now = covered.Newest().value_or(gap.from) <= gap.from;
      gaps.push_back({of, gap, to_now && errors_.contains(source) ? source + " can't be asked: " + errors_.at(source) : WhyOf(gap, source)});
    }
  }

  std::string WhyOf(const Span& gap, const std::string& source) const {
    if (std::binary_search(job_.evidence.strays.begin(), job_.evidence.strays.end(), gap.from) && gap.to - gap.from <= Duration{1}) return "its scheduler remembers a success then, of a run that nobody saw";
    return gap.from < job_.evidence.first_seen ? "the job was first seen at " + DayText(zone_, job_.evidence.first_seen) : "no complete answer of " + source + " reaches over it";
  }

  void AddTicks(Explanation& all) const {
    const Schedule* schedule = ScheduleOf(job_);
    if (!schedule || !job_.evidence.line.HasTicks()) return;
    all.schedule_zone = schedule->GetZone();
    const ScheduleLine& line = job_.evidence.line;
    const auto add = [&](TimePoint at) { all.ticks.push_back({at, DstNote(*schedule, at)}); };
    for (auto tick = line.Prev(now_ + Duration{1}); tick && all.ticks.size() < kTicks; tick = line.Prev(*tick)) add(*tick);
    std::reverse(all.ticks.begin(), all.ticks.end());
    const std::size_t past = all.ticks.size();
    for (auto tick = line.Next(now_); tick && all.ticks.size() < past + kTicks; tick = line.Next(*tick)) add(*tick);
  }

  void AddRuns(Explanation& all) const {
    all.runs = job_.evidence.runs;
    const auto newest = [](const Run& run) { return run.finished ? *run.finished : run.started ? *run.started : run.newest_observed; };
    std::stable_sort(all.runs.begin(), all.runs.end(), [&](const Run& a, const Run& b) { return newest(a) > newest(b); });
    if (all.runs.size() > kRuns) all.runs.resize(kRuns);
    for (const Run& run : all.runs) {
      if (!Counts(def_, run)) all.runs_not_counted.push_back(run.id);
    }
  }

  std::vector<std::string> Notes(const Explanation& all) const {
    Span shown{now_, now_};
    for (const ExplainedObjective& one : all.objectives) {
      for (const WindowSight& window : one.windows) shown = {std::min(shown.from, window.begin), std::max(shown.to, window.end)};
    }
    for (const ExplainedTick& tick : all.ticks) shown = {std::min(shown.from, tick.at), std::max(shown.to, tick.at)};
    std::vector<std::string> notes;
    std::vector<Zone> zones = {zone_};
    if (!all.ticks.empty() && !(all.schedule_zone == zone_)) zones.push_back(all.schedule_zone);
    for (const Zone& zone : zones) {
      for (const std::string& change : ClockChanges(zone, shown.from, std::min(shown.to, now_ + days{40}))) notes.push_back("in " + zone.Name() + " " + change);
    }
    if (job_.evidence.pause) notes.push_back("it was paused from " + DayText(zone_, job_.evidence.pause->from) + " to " + DayText(zone_, *job_.evidence.pause->to));
    if (now_ >= job_.evidence.first_seen && now_ - job_.evidence.first_seen < days{2}) notes.push_back("it was first seen at " + DayText(zone_, job_.evidence.first_seen) + "; windows that began before count only if they are met");
    AddSkew(notes, *state_.runs_source, job_.evidence.runs_skew);
    for (std::size_t i = 0; i < def_.outputs.size(); ++i) AddSkew(notes, *def_.outputs[i].source, job_.outputs[i].skew);
    for (const auto& [source, error] : errors_) notes.push_back(source + " can't be asked: " + error);
    return notes;
  }

  static void AddSkew(std::vector<std::string>& notes, const std::string& source, Duration skew) {
    if (skew > seconds{30}) notes.push_back("the clock of " + source + " differs from ours by " + FormatDuration(std::chrono::floor<seconds>(skew)) + ": its proofs that nothing came may be held back by as much");
  }

  const Tracker& alone_;
  const JobCase& job_;
  const JobState& state_;
  const JobDef& def_;
  const SourceErrors& errors_;
  const TimePoint now_;
  const Zone zone_;
};

}  // namespace

Explanation Explain(const Tracker& alone, const std::string& name, TimePoint now, const SourceErrors& errors) {
  const JobCase job = alone.CaseOf(name, now);
  return job.judged.state ? Explaining(alone, job, errors).All() : Explanation{now, {}, nullptr, {}, {}, {}, {}, {}, {}, {}, {}};
}

}  // namespace batchslo
