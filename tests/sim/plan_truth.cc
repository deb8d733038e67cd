// What a plan makes true, and the configuration that it is told by.
#include <algorithm>

#include "tests/sim/plan.h"

namespace sim {
namespace {

using namespace oracle;

Instant StalenessOf(const Plan& plan, System system) {
  return system == System::kCluster ? 180 * kSecond : std::max(3 * plan.poll_interval, kMinute);
}

// Until all is seen again: what was missed is asked for, and what is pushed again has come.
Instant CatchUp(const Plan& plan, System system) {
  const Instant poll = plan.poll_interval * 11 / 10 + 15 * kSecond;
  return system == System::kCluster ? 100 * kSecond : system == System::kPush ? 2 * kMinute + poll : poll;
}

std::vector<Span> DarkOf(const Plan& plan, System system) {
  const Instant again = CatchUp(plan, system);
  std::vector<Span> dark = {{-kNever, plan.start + again}};
  for (const TroublePlan& trouble : plan.troubles) {
    if (trouble.system == system) dark.push_back({trouble.span.from, trouble.span.to + again + (trouble.trouble == Trouble::kSilent || trouble.trouble == Trouble::kHangs ? 90 * kSecond : 0)});
  }
  for (const LifePlan& life : plan.lives) {
    const bool harmless = life.life == Life::kReload || life.life == Life::kTwin || (life.life == Life::kRestart && life.lasts == 0);
    if (harmless) continue;
    const Instant jump = life.life == Life::kClockJump ? (life.by < 0 ? -life.by : life.by) + StalenessOf(plan, system) : 0;
    dark.push_back({life.at - jump, life.at + life.lasts + again + jump});
  }
  return dark;
}

bool WasClockWrong(const Plan& plan, Instant at) {
  return std::any_of(plan.lives.begin(), plan.lives.end(), [&](const LifePlan& life) {
    return life.life == Life::kClockJump && life.at - 15 * kSecond <= at && at <= life.at + life.lasts + 15 * kSecond;
  });
}

// Since when a complete view shows it: at once, if it is still there when all can be seen.
Instant ShownAt(const Truth& truth, const Plan& plan, const Instant happened, Instant kept_until) {
  if (happened >= kNever || WasClockWrong(plan, happened)) return kNever;
  Instant at = happened;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Span& dark : truth.dark) {
      if (dark.from <= at && at <= dark.to) at = dark.to + 1, moved = true;
    }
  }
  return at < kept_until ? happened : kNever;
}

// In which nothing is seen, for longer than looks may be apart.
std::vector<Span> BlindOf(const Plan& plan, System system) {
  std::vector<Span> blind;
  const auto add = [&](const Span& span) {
    if (span.to - span.from > StalenessOf(plan, system) + 30 * kSecond) blind.push_back(span);
  };
  std::vector<Span> lit;  // of two troubles at once the first is there
  for (const TroublePlan& trouble : plan.troubles) {
    if (trouble.system != system) continue;
    const bool lists = trouble.trouble == Trouble::kCutStream || trouble.trouble == Trouble::kSecondPage || trouble.trouble == Trouble::kExpired || trouble.trouble == Trouble::kJobsForbidden;
    const bool is_lit = std::any_of(lit.begin(), lit.end(), [&](const Span& span) { return span.Meets(trouble.span.from, trouble.span.to); });
    if (lists) lit.push_back(trouble.span);
    if (!lists && !is_lit) add(trouble.span);
  }
  for (const LifePlan& life : plan.lives) {
    if (life.life == Life::kKill || life.life == Life::kRestart) add({life.at, life.at + life.lasts});
  }
  return blind;
}

// A table shows its newest move alone.
Instant NextMove(const Plan& plan, const RunPlan& move) {
  Instant next = kNever;
  for (const RunPlan& run : plan.runs) {
    if (run.job == move.job && run.run.end > move.run.end) next = std::min(next, run.run.end);
  }
  return next;
}

}  // namespace

std::vector<Truth> TruthOf(const Plan& plan) {
  std::vector<Truth> truths;
  for (std::size_t index = 0; index < plan.jobs.size(); ++index) {
    const JobPlan& job = plan.jobs[index];
    Truth truth;
    truth.name = job.name;
    truth.first_seen = std::max(plan.start, job.begins);
    for (const RulePlan& rule : job.rules) truth.rules.push_back(rule.rule);
    truth.dark = DarkOf(plan, job.system);
    if (job.begins > 0) truth.dark.push_back({-kNever, job.begins + CatchUp(plan, job.system)});
    for (const PausePlan& pause : plan.pauses) {
      if (pause.job == index) truth.pauses.push_back(pause.span);
    }
    for (const PausePlan& deletion : plan.deletions) {
      if (deletion.job == index) truth.gone.push_back(deletion.span);
    }
    truth.blind = BlindOf(plan, job.system);
    truth.is_table = job.system == System::kTable;
    truth.is_discovered = job.is_discovered;
    truth.tells_last_success = job.system == System::kCluster && job.tells_last_success;
    truth.least_rows = job.least_rows;
    truth.staleness = StalenessOf(plan, job.system);
    truth.coarse = job.system == System::kCluster ? kSecond + plan.event_lag : 0;
    truth.tells_counts = std::none_of(plan.lives.begin(), plan.lives.end(), [](const LifePlan& life) { return life.life == Life::kClockJump; });
    truth.skew = job.system == System::kCluster ? plan.cluster_skew : 0;
    for (const RunPlan& run : plan.runs) {
      if (run.job != index) continue;
      Run told = run.run;
      if (job.system != System::kPush) {
        Instant kept_until = told.end + (job.system == System::kCluster ? job.kept : kNever);
        for (const Span& gone : truth.gone) {
          if (gone.from >= run.created) kept_until = std::min(kept_until, gone.from);
        }
        if (job.system == System::kTable) kept_until = NextMove(plan, run) - plan.poll_interval - 10 * kSecond;
        told.shown = ShownAt(truth, plan, told.end, kept_until);
        told.start_shown = ShownAt(truth, plan, told.start, std::min(told.end, told.vanished));
      }
      truth.runs.push_back(std::move(told));
    }
    truths.push_back(std::move(truth));
  }
  return truths;
}

std::string ConfigOf(const Plan& plan, Instant at, const std::string& database) {
  const std::string every = std::to_string(plan.poll_interval / kSecond) + "s";
  const auto has = [&](System system) { return std::any_of(plan.jobs.begin(), plan.jobs.end(), [&](const JobPlan& job) { return job.system == system; }); };
  std::string text = "sources:\n";
  if (has(System::kPush)) text += "  push: {heartbeat: {token: {env: SIM_TOKEN}}, poll_interval: " + every + "}\n";
  if (has(System::kCluster)) text += "  cluster: {kubernetes: {logs: none}}\n";
  if (has(System::kTable)) text += "  tables: {sql: {url: \"sqlite://" + database + "\"}, poll_interval: " + every + "}\n";
  if (plan.has_poison) text += "  poison: {sql: {url: \"sqlite:///nowhere/at/all.db\", updated_at: t}, poll_interval: " + every + "}\n";
  text += "jobs:\n";
  if (plan.has_poison) text += "  poisoned: {output: poison/t, within: 1h}\n";
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    const JobPlan& job = plan.jobs[i];
    if (job.is_discovered || job.begins > at) continue;
    text += "  " + job.name + ":\n";
    if (job.system == System::kCluster) text += "    runs: {source: cluster, cronjob: " + job.name + "}\n";
    if (job.system == System::kPush) text += "    runs: {source: push}\n    schedule: \"" + job.timetable.In(job.dialect) + "\"\n    timezone: " + job.timetable.zone + "\n    dialect: " + job.dialect + "\n";
    if (job.system == System::kTable) text += "    outputs:\n      moves: {source: tables, query: \"SELECT max(moved_at) AS updated_at, coalesce(max(n), 0) AS rows FROM t" + std::to_string(i) + "\"}\n";
    if (job.least_rows > 0) text += "    rows: \">= " + std::to_string(job.least_rows) + "\"\n";
    if (!job.counts_manual) text += "    count_manual: false\n";
    std::string objectives;
    for (const RulePlan& rule : job.rules) {
      if (rule.lines.empty()) continue;
      objectives += "      " + rule.rule.name + ":\n";
      for (const std::string& line : rule.lines) objectives += "        " + line + "\n";
    }
    if (!objectives.empty()) text += "    objectives:\n" + objectives;
  }
  return text;
}

}  // namespace sim
