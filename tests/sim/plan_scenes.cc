// Scenes that are rare where all is drawn by itself: one seed of four has one. They are drawn from a stream of their own,
// so that the others keep their stories.
#include <algorithm>

#include "tests/sim/plan_scenes.h"
#include "tests/sim/random.h"

namespace sim {
namespace {

using namespace oracle;

constexpr Instant kApart = 20 * kMinute;  // from one of our own troubles to the next

class Scenes {
 public:
  explicit Scenes(Plan& plan) : plan_(plan), random_(plan.seed ^ 0x5ce9e) {}

  void Add() {
    if (!random_.Chance(25)) return;
    const bool has_cluster = std::any_of(plan_.jobs.begin(), plan_.jobs.end(), [](const JobPlan& job) { return job.system == System::kCluster; });
    const auto draw = random_.Between(0, 3);
    if (draw == 0) return FillDiskAsARunEnds(has_cluster ? System::kCluster : System::kPush);
    if (draw == 1) return has_cluster ? HideASuccess() : HideAMove();
    if (draw == 2) return has_cluster ? DeleteARunThatGoes() : JumpAtTheEndOfAMiss();
    has_cluster ? HideARunThatIsTooLong() : FailBeforeASuccess();
  }

 private:
  RunPlan* PickRun(System system) {
    std::vector<RunPlan*> fit;
    for (RunPlan& run : plan_.runs) {
      if (plan_.jobs[run.job].system == system && run.run.start > plan_.start + kHour && run.run.end < plan_.end - 2 * kHour) fit.push_back(&run);
    }
    return fit.empty() ? nullptr : random_.Of(fit);
  }

  bool IsCalm(Span span) const {
    return std::none_of(plan_.lives.begin(), plan_.lives.end(), [&](const LifePlan& life) { return span.Meets(life.at - kApart, life.at + life.lasts + kApart); });
  }
  void Live(LifePlan life) {
    if (!IsCalm({life.at, life.at + life.lasts})) return;
    plan_.lives.push_back(life);
    std::sort(plan_.lives.begin(), plan_.lives.end(), [](const LifePlan& a, const LifePlan& b) { return a.at < b.at; });
  }
  void LookFrom(Instant first, Instant until) {
    for (Instant at = first; at < until; at += random_.Between(kMinute, 10 * kMinute)) plan_.looks.push_back(at);
    std::sort(plan_.looks.begin(), plan_.looks.end());
  }

  // As brief as that views join over it: only what is told later says what came meanwhile.
  void FillDiskAsARunEnds(System system) {
    const RunPlan* const run = PickRun(system);
    if (run) Live({Life::kLedgerFull, run->run.end - random_.Between(1, 30) * kSecond, random_.Between(35, 100) * kSecond, 0});
  }

  // The rule of a job about how long its runs may take; null: nobody can give it one.
  const Rule* MaxRuntimeOf(std::size_t index) {
    JobPlan& job = plan_.jobs[index];
    const auto has = std::find_if(job.rules.begin(), job.rules.end(), [](const RulePlan& rule) { return rule.rule.kind == Kind::kMaxRuntime; });
    if (has != job.rules.end()) return &has->rule;
    if (job.is_discovered) return nullptr;
    RulePlan plan;
    plan.rule = {Kind::kMaxRuntime, "max_runtime", std::max(job.timetable.ShortestGap() / 4 / kMinute, Instant{1}) * kMinute, 0, {}};
    plan.lines = {"max_runtime: " + std::to_string(plan.rule.length / kSecond) + "s"};
    job.rules.push_back(std::move(plan));
    return &job.rules.back().rule;
  }

  // By hand, as its watch is there or away.
  void DeleteARunThatGoes() {
    RunPlan* const run = PickRun(System::kCluster);
    const Rule* const rule = run ? MaxRuntimeOf(run->job) : nullptr;
    if (!rule || run->run.end - run->run.start < 10 * kSecond) return;
    const Instant at = random_.Between(run->run.start + 5 * kSecond, run->run.end - kSecond);
    run->run.end = kNever;
    run->run.succeeded = false;
    run->run.vanished = at;
    LookFrom(at, at + 2 * rule->length + kHour);
    const Span away{at - random_.Between(5, 90) * kSecond, at + random_.Between(5, 400) * kSecond};
    const auto draw = random_.Between(0, 3);
    if (draw == 0) plan_.troubles.push_back({System::kCluster, Trouble::kExpired, away});
    if (draw == 1 && plan_.cluster_skew == 0) Live({random_.Chance(50) ? Life::kKill : Life::kRestart, away.from, away.to - away.from, 0});
  }

  void HideARunThatIsTooLong() {
    RunPlan* const run = PickRun(System::kCluster);
    const Rule* const rule = run ? MaxRuntimeOf(run->job) : nullptr;
    if (!rule) return;
    const Instant owed = rule->length + rule->grace;
    run->run.end = run->run.start + owed + random_.Between(15, 60) * kMinute;
    const Instant from = run->run.start + random_.Between(2 * kMinute + owed / 4, 2 * kMinute + owed / 2);
    const auto trouble = random_.Of<Trouble>({Trouble::kRefused, Trouble::kServerError, Trouble::kForbidden, Trouble::kHangs, Trouble::kUnauthorized});
    plan_.troubles.push_back({System::kCluster, trouble, {from, run->run.end + random_.Between(1, 10) * kMinute}});
    LookFrom(run->run.start + owed + kMinute, run->run.end);
  }

  // Nobody may be told that it was missed before it was: by a clock that is ahead, the window is over.
  void JumpAtTheEndOfAMiss() {
    std::size_t index = static_cast<std::size_t>(random_.Between(0, static_cast<Instant>(plan_.jobs.size()) - 1));
    const JobPlan& job = plan_.jobs[index];
    const Rule& rule = random_.Of(job.rules).rule;
    std::vector<Window> fit;
    for (const Window& window : rule.windows) {
      if (window.opens > std::max(plan_.start, job.begins) + kHour && window.due + rule.grace < plan_.end - kHour) fit.push_back(window);
    }
    if (fit.empty()) return;
    const Window window = random_.Of(fit);
    const Instant end = window.due + rule.grace;
    LifePlan jump{Life::kClockJump, end - random_.Between(1, 110) * kSecond, random_.Between(25, 45) * kSecond, 2 * kMinute};
    if (!IsCalm({jump.at, jump.at + jump.lasts})) return;
    std::erase_if(plan_.runs, [&](const RunPlan& run) { return run.job == index && run.run.end >= window.opens && run.run.start <= end + 2 * kMinute; });
    Live(jump);
    for (const Instant at : {jump.at + jump.lasts / 2, jump.at + jump.lasts - kSecond}) plan_.looks.push_back(at);
    std::sort(plan_.looks.begin(), plan_.looks.end());
  }

  // It is tried again, as the same run; and what of that is in the ledger is looked for.
  void FailBeforeASuccess() {
    RunPlan* const run = PickRun(System::kPush);
    const bool fits = run && run->run.succeeded && !run->start_comes_last && run->run.end - run->run.start > 2 * kMinute;
    const auto& rules = run ? plan_.jobs[run->job].rules : plan_.jobs[0].rules;
    if (!fits || std::any_of(rules.begin(), rules.end(), [](const RulePlan& rule) { return rule.rule.kind == Kind::kMaxRuntime; })) return;
    run->run.failed_first = random_.Between(run->run.start + kSecond, run->run.end - kMinute);
    Live({Life::kRestart, run->run.end + random_.Between(1, 20) * kMinute, 0, 0});
  }

  // It ends while nobody can look, and nothing of it is left when somebody can: it is cleaned up soon, or goes with its
  // CronJob, of which another is made.
  void HideASuccess() {
    RunPlan* const run = PickRun(System::kCluster);
    if (!run || !run->run.succeeded || run->is_manual) return;
    const std::size_t job = run->job;
    const Instant end = run->run.end;
    plan_.jobs[job].tells_last_success = random_.Chance(50);
    if (plan_.jobs[job].tells_last_success) {
      const Span gone{end + random_.Between(5, 20) * kSecond, end + random_.Between(40, 120) * kSecond};
      plan_.deletions.push_back({job, gone});
      std::erase_if(plan_.runs, [&](const RunPlan& other) { return other.job == job && gone.Meets(other.created, other.created); });
    } else {
      plan_.jobs[job].kept = kMinute;
    }
    const Span away{end - random_.Between(60, 150) * kSecond, end + random_.Between(160, 240) * kSecond};
    for (const Trouble trouble : {Trouble::kRefused, Trouble::kExpired}) plan_.troubles.push_back({System::kCluster, trouble, away});  // nor do events tell of it afterwards
  }

  // The table moves once more before somebody can look: too late for the window that it had met.
  void HideAMove() {
    for (std::size_t index = 0; index < plan_.jobs.size(); ++index) {
      const auto& rules = plan_.jobs[index].rules;
      const auto by = std::find_if(rules.begin(), rules.end(), [](const RulePlan& rule) { return rule.rule.kind == Kind::kBy; });
      if (plan_.jobs[index].system != System::kTable || by == rules.end()) continue;
      const auto move = std::find_if(plan_.runs.begin(), plan_.runs.end(), [&](const RunPlan& run) { return run.job == index && run.run.end > plan_.start + kDay; });
      const auto window = std::find_if(by->rule.windows.begin(), by->rule.windows.end(), [&](const Window& w) { return move != plan_.runs.end() && w.due > move->run.end; });
      if (window == by->rule.windows.end() || window->opens > move->run.end) continue;
      RunPlan again = *move;
      again.run.id += "-again";
      again.run.start = again.run.end = window->due + by->rule.grace + random_.Between(2, 60) * kMinute;
      again.run.rows = 5000;
      const Instant from = move->run.end - random_.Between(5, 30) * kMinute;
      plan_.troubles.push_back({System::kTable, Trouble::kTableMissing, {from, std::max(again.run.end, from + 3 * plan_.poll_interval) + 2 * kMinute}});
      const auto later = std::find_if(move, plan_.runs.end(), [&](const RunPlan& run) { return run.job == index && run.run.end > again.run.end; });
      plan_.runs.insert(later, std::move(again));
      return;
    }
  }

  Plan& plan_;
  Random random_;
};

}  // namespace

void AddScenes(Plan& plan) { Scenes(plan).Add(); }

}  // namespace sim
