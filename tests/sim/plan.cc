#include "tests/sim/plan.h"

#include <algorithm>

#include "tests/sim/plan_scenes.h"
#include "tests/sim/random.h"

namespace sim {
namespace {

using namespace oracle;

// What is drawn for one seed. The order of the draws is the seed's meaning: a change of it changes all seeds.
class Making {
 public:
  explicit Making(std::uint64_t seed) : random_(seed) { plan_.seed = seed; }

  Plan Make() {
    DrawFrame();
    const auto jobs = random_.Between(1, 3);
    for (Instant i = 0; i < jobs; ++i) AddJob(static_cast<std::size_t>(i));
    for (std::size_t job = 0; job < plan_.jobs.size(); ++job) AddRuns(job);
    AddTroubles();
    AddLives();
    AddLooks();
    return std::move(plan_);
  }

 private:
  bool Has(System system) const {
    return std::any_of(plan_.jobs.begin(), plan_.jobs.end(), [&](const JobPlan& job) { return job.system == system; });
  }

  void DrawFrame() {
    // Near a change of clocks in one of the zones, half of the time.
    static const std::vector<Instant> kChanges = {MidnightOf(2026, 3, 8), MidnightOf(2026, 3, 29), MidnightOf(2026, 10, 25), MidnightOf(2026, 11, 1)};
    const Instant day = random_.Chance(50) ? random_.Of(kChanges) - random_.Between(1, 6) * kDay : MidnightOf(2026, 1, 1) + random_.Between(0, 364) * kDay;
    plan_.start = day + random_.Between(0, 24 * 60 - 1) * kMinute + random_.Between(0, kMinute - 1);
    watches_ = random_.Chance(25);  // a cluster tells something every minute: its runs are short
    plan_.end = plan_.start + (watches_ ? random_.Between(8, 30) * kHour : random_.Between(4, 14) * kDay);
    plan_.poll_interval = random_.Of<Instant>({2, 5, 10}) * (watches_ ? 1 : 3) * kMinute;
    if (watches_ && random_.Chance(20)) plan_.cluster_skew = random_.Of<Instant>({-10, 10, -3, 3}) * kMinute + random_.Between(-20, 20) * kSecond;
    plan_.page_size = random_.Of<int>({500, 2, 3});
    if (random_.Chance(50)) plan_.event_lag = random_.Between(0, 6) * kSecond;
  }

  // ---- jobs ----

  void AddJob(std::size_t index) {
    JobPlan job;
    const bool watches = watches_ && random_.Chance(index == 0 ? 100 : 60);
    job.system = watches ? System::kCluster : random_.Chance(60) ? System::kPush : System::kTable;
    DrawTimetable(job);
    job.name = job.system == System::kCluster ? "batch/job" + std::to_string(index) : "job" + std::to_string(index);
    job.begins = random_.Chance(20) ? plan_.start + (plan_.end - plan_.start) / 4 : 0;
    job.counts_manual = random_.Chance(80);
    if (job.system == System::kCluster) {
      job.is_discovered = random_.Chance(25);
      job.kept = random_.Of<Instant>({100 * kDay, 2 * kHour, kMinute});
      job.tells_last_success = random_.Chance(70);
    }
    if (job.system == System::kTable) job.least_rows = random_.Chance(50) ? 1000 : 0;
    if (job.is_discovered) job.begins = 0, job.counts_manual = true;
    if (!job.counts_manual) job.tells_last_success = false;  // that does not say who began what succeeded
    AddRules(job);
    plan_.jobs.push_back(std::move(job));
  }

  void DrawTimetable(JobPlan& job) {
    using Shape = Timetable::Shape;
    Timetable& table = job.timetable;
    const bool is_short = watches_;
    table.shape = random_.Of<Shape>(is_short ? std::vector<Shape>{Shape::kEveryMinutes, Shape::kEveryMinutes, Shape::kHourly, Shape::kEverySixHours, Shape::kDaily}
                                             : std::vector<Shape>{Shape::kHourly, Shape::kEverySixHours, Shape::kEverySixHours, Shape::kDaily, Shape::kDaily, Shape::kWeekdays, Shape::kWeekly});
    table.every = random_.Of<int>({10, 15, 20, 30});
    table.minute = static_cast<int>(random_.Between(0, 59));
    table.hour = static_cast<int>(random_.Between(5, 15));
    table.weekday = static_cast<int>(random_.Between(0, 6));
    const bool fixed = !table.IsDaily() && table.shape != Shape::kWeekly;
    table.zone = random_.Of<std::string>(fixed ? std::vector<std::string>{"UTC", "UTC", "Asia/Tokyo", "Asia/Kolkata"} : std::vector<std::string>{"UTC", "Asia/Tokyo", "Europe/Berlin", "Europe/Berlin", "America/New_York"});
    job.dialect = job.system == System::kCluster ? "kubernetes" : random_.Of<std::string>({"vixie", "kubernetes", "airflow", "jenkins", "systemd", "eventbridge", "gcp"});
  }

  Instant From() const { return plan_.start - 30 * kDay; }
  Instant To() const { return plan_.end + 15 * kDay; }

  Instant DrawGrace(Instant gap) {
    return random_.Of<Instant>({0, 0, kMinute, 5 * kMinute, std::min(10 * kMinute, gap / 4)});
  }

  static std::string Seconds(Instant length) { return std::to_string(length / kSecond) + "s"; }

  void AddRule(JobPlan& job, RulePlan plan) {
    const bool same = std::any_of(job.rules.begin(), job.rules.end(), [&](const RulePlan& other) { return other.rule.kind == plan.rule.kind; });
    if (same) return;
    if (plan.rule.grace > 0) plan.lines.push_back("grace: " + Seconds(plan.rule.grace));
    job.rules.push_back(std::move(plan));
  }

  void AddRules(JobPlan& job) {
    if (job.is_discovered) return AddDerived(job);
    const auto rules = random_.Between(1, 2);
    for (Instant i = 0; i < rules; ++i) {
      const auto draw = random_.Between(0, 99);
      if (job.system == System::kTable) {
        draw < 45 || !job.timetable.IsDaily() ? AddWithin(job) : AddBy(job);
      } else if (draw < 25) {
        AddWithin(job);
      } else if (draw < 50 && job.timetable.IsDaily()) {
        AddBy(job);
      } else if (draw < 75) {
        AddEveryRun(job);
      } else if (draw < 88) {
        AddStartBy(job);
      } else {
        AddMaxRuntime(job);
      }
    }
    if (job.least_rows > 0) {
      RulePlan checks;
      checks.rule = {Kind::kChecks, "checks", 0, 0, {}};
      AddRule(job, std::move(checks));
    }
  }

  void AddWithin(JobPlan& job) {
    const Instant gap = job.timetable.ShortestGap(), grace = DrawGrace(gap);
    RulePlan plan;
    plan.rule = {Kind::kWithin, "within", gap + random_.Between(gap / 10, gap) / kMinute * kMinute, grace, {}};
    if (job.timetable.shape == Timetable::Shape::kWeekdays) plan.rule.length += 2 * kDay;
    plan.lines = {"within: " + Seconds(plan.rule.length)};
    AddRule(job, std::move(plan));
  }

  void AddBy(JobPlan& job) {
    RulePlan plan;
    plan.rule = {Kind::kBy, "by", 0, DrawGrace(6 * kHour), {}};
    Timetable deadline = job.timetable;
    deadline.hour += static_cast<int>(random_.Between(1, 6));
    const std::string days = deadline.shape == Timetable::Shape::kWeekdays ? " mon-fri" : "";
    plan.lines = {"by: \"" + deadline.Clock() + days + "\"", "timezone: " + deadline.zone};
    const bool by_schedule = job.system != System::kTable && random_.Chance(50);
    Timetable opening = job.timetable;
    const Instant length = random_.Between(2, 9) * kHour;
    const bool by_clock = random_.Chance(50);
    if (!by_schedule && by_clock) {
      opening.hour -= static_cast<int>(random_.Between(0, 4));
      plan.lines.push_back("since: \"" + opening.Clock() + days + "\"");
    } else if (!by_schedule) {
      plan.lines.push_back("since: " + Seconds(length));
    }
    const auto opens = opening.Ticks(From(), To());
    for (const Instant due : deadline.Ticks(From() + 10 * kDay, To())) {
      const Instant at = by_schedule || by_clock ? *std::prev(std::lower_bound(opens.begin(), opens.end(), due)) : due - length;
      plan.rule.windows.push_back({at, due, at, due, due + plan.rule.grace});
    }
    AddRule(job, std::move(plan));
  }

  void AddEveryRun(JobPlan& job) {
    const Instant gap = job.timetable.ShortestGap();
    RulePlan plan;
    const auto tolerate = static_cast<int>(random_.Of<Instant>({0, 0, 1, 2}));
    const bool until_next = random_.Chance(30);
    plan.rule = {Kind::kEveryRun, "every_run", until_next ? 0 : random_.Between(gap / 4, gap) / kMinute * kMinute, DrawGrace(gap), {}};
    plan.lines = {"every_run: {tolerate: " + std::to_string(tolerate) + (until_next ? "" : ", finish_within: " + Seconds(plan.rule.length)) + "}"};
    PutTicks(job, plan.rule, tolerate);
    AddRule(job, std::move(plan));
  }

  void AddDerived(JobPlan& job) {
    const Instant gap = job.timetable.ShortestGap();
    RulePlan plan;
    plan.rule = {Kind::kEveryRun, "every_run", 0, 0, {}};
    PutTicks(job, plan.rule, gap <= 15 * kMinute ? 5 : gap <= kHour ? 2 : gap <= 12 * kHour ? 1 : 0);
    AddRule(job, std::move(plan));
  }

  // Without a length: until the next tick.
  void PutTicks(const JobPlan& job, Rule& rule, int tolerate) {
    const auto ticks = job.timetable.Ticks(From(), To());
    for (std::size_t i = static_cast<std::size_t>(tolerate); i + 1 < ticks.size(); ++i) {
      const Instant first = ticks[i - static_cast<std::size_t>(tolerate)];
      rule.windows.push_back({first, rule.length > 0 ? ticks[i] + rule.length : ticks[i + 1], first, ticks[i + 1], ticks[i + 1] - 1});
    }
  }

  void AddStartBy(JobPlan& job) {
    const Instant gap = job.timetable.ShortestGap();
    RulePlan plan;
    plan.rule = {Kind::kStartBy, "start_by", std::min(gap / 3, random_.Of<Instant>({5, 15, 60}) * kMinute) / kMinute * kMinute, DrawGrace(gap), {}};
    plan.lines = {"start_by: " + Seconds(plan.rule.length)};
    PutTicks(job, plan.rule, 0);
    AddRule(job, std::move(plan));
  }

  void AddMaxRuntime(JobPlan& job) {
    const Instant gap = job.timetable.ShortestGap();
    RulePlan plan;
    plan.rule = {Kind::kMaxRuntime, "max_runtime", random_.Between(gap / 4, gap) / kMinute * kMinute, DrawGrace(gap), {}};
    plan.lines = {"max_runtime: " + Seconds(plan.rule.length)};
    AddRule(job, std::move(plan));
  }

  // ---- what really happens ----

  bool IsAway(std::size_t job, Instant at) const {
    const auto away = [&](const PausePlan& plan) { return plan.job == job && plan.span.Meets(at, at); };
    return std::any_of(plan_.pauses.begin(), plan_.pauses.end(), away) || std::any_of(plan_.deletions.begin(), plan_.deletions.end(), away);
  }

  Span DrawSpan(Instant least, Instant most) {
    const Instant from = random_.Between(plan_.start + kHour, plan_.end - kHour);
    return {from, from + random_.Between(least, most)};
  }

  void AddRuns(std::size_t index) {
    const JobPlan& job = plan_.jobs[index];
    if (job.system == System::kCluster && random_.Chance(20)) plan_.pauses.push_back({index, DrawSpan(20 * kMinute, 10 * kHour)});
    if (job.system == System::kCluster && random_.Chance(15)) plan_.deletions.push_back({index, DrawSpan(20 * kMinute, 10 * kHour)});
    const auto ticks = job.timetable.Ticks(plan_.start - 3 * kDay, plan_.end);
    const Instant gap = job.timetable.ShortestGap();
    Instant calm_until = 0;  // a job that is broken stays so for a while
    for (const Instant tick : ticks) {
      const bool broken = tick < calm_until;
      if (!broken && random_.Chance(7)) calm_until = tick + random_.Between(gap, 4 * gap);
      if (tick < job.begins || IsAway(index, tick) || (tick < plan_.start && job.system == System::kPush)) continue;
      if (random_.Chance(broken ? 40 : 4)) continue;  // it does not start
      AddRun(index, tick, gap, broken);
    }
    const auto manual = job.system == System::kTable ? 0 : random_.Between(0, 3);
    for (Instant i = 0; i < manual; ++i) AddManual(index, ticks, gap);
    KeepMovesApart(index);
  }

  static Instant Whole(Instant time) { return time / kSecond * kSecond; }

  void AddRun(std::size_t index, Instant tick, Instant gap, bool broken) {
    const JobPlan& job = plan_.jobs[index];
    RunPlan plan;
    plan.job = index;
    plan.run.id = "r" + std::to_string(plan_.runs.size());
    plan.run.start = tick + random_.Between(kSecond, 40 * kSecond);
    if (random_.Chance(8)) plan.run.start = tick + random_.Between(kMinute, gap * 3 / 4);
    plan.created = std::max(tick, plan.run.start - random_.Between(kSecond, 20 * kSecond));
    Instant length = random_.Between(gap / 100 + kSecond, gap / 5 + kSecond);
    if (random_.Chance(10)) length = random_.Between(gap / 5, gap * 3 / 2);  // the tail
    plan.run.end = plan.run.start + length;
    plan.run.succeeded = !random_.Chance(broken ? 90 : 5);
    if (random_.Chance(15)) AlignToEdge(index, tick, plan);
    if (job.system == System::kCluster) plan.run.scheduled = tick;
    plan.run.rows = random_.Chance(10) ? random_.Between(0, 999) : random_.Between(1000, 5000);
    Finish(std::move(plan));
  }

  // So that it ends just at, before or after the end of a window.
  void AlignToEdge(std::size_t index, Instant tick, RunPlan& plan) {
    const JobPlan& job = plan_.jobs[index];
    const Rule& rule = random_.Of(job.rules).rule;
    const auto window = std::find_if(rule.windows.begin(), rule.windows.end(), [&](const Window& w) { return w.due > tick; });
    if (window == rule.windows.end()) return;
    const Instant at = window->due + rule.grace + random_.Of<Instant>({-kSecond, 0, 1, kSecond, 30 * kSecond}) * random_.Between(0, 1);
    if (rule.kind == Kind::kStartBy) {
      if (at <= tick + kSecond) return;
      plan.run.end += at - plan.run.start;
      plan.run.start = at;
    } else if (at > plan.run.start + kSecond) {
      plan.run.end = at;
    }
  }

  // At an instant that is near no tick, so that what it belongs to is beyond doubt.
  void AddManual(std::size_t index, const std::vector<Instant>& ticks, Instant gap) {
    RunPlan plan;
    plan.job = index;
    plan.is_manual = true;
    plan.run.id = "m" + std::to_string(plan_.runs.size());
    plan.run.start = random_.Between(plan_.start + kHour, plan_.end);
    const auto next = std::lower_bound(ticks.begin(), ticks.end(), plan.run.start);
    if (next != ticks.end() && *next - plan.run.start < 2 * kMinute) return;
    if (plan.run.start < plan_.jobs[index].begins || IsAway(index, plan.run.start)) return;
    plan.created = plan.run.start - kSecond;
    plan.run.end = plan.run.start + random_.Between(kMinute, gap / 3);
    plan.run.succeeded = !random_.Chance(20);
    plan.run.counts = plan_.jobs[index].system == System::kPush || plan_.jobs[index].counts_manual;
    Finish(std::move(plan));
  }

  void Finish(RunPlan plan) {
    const JobPlan& job = plan_.jobs[plan.job];
    if (job.system == System::kCluster) {
      plan.created = Whole(plan.created);
      plan.run.start = std::max(plan.run.start, plan.created + kSecond);
      plan.run.end = std::max(plan.run.end, plan.run.start + kSecond);
    }
    if (job.system == System::kTable) {
      plan.run.start = plan.run.end;
      plan.run.succeeded = true;
    }
    if (job.system == System::kPush) {
      plan.run.start_is_told = !(plan.start_comes_last = random_.Chance(4));
      if (random_.Chance(12)) plan.end_again = random_.Between(kSecond, 3 * kHour);
      if (random_.Chance(6)) plan.start_again = random_.Between(kSecond, 30 * kMinute);
    }
    plan_.runs.push_back(std::move(plan));
  }

  // Of two moves between two looks only the second is seen: where that fails its checks, the rules take it for all.
  void KeepMovesApart(std::size_t index) {
    if (plan_.jobs[index].system != System::kTable) return;
    std::stable_sort(plan_.runs.begin(), plan_.runs.end(), [](const RunPlan& a, const RunPlan& b) { return a.run.end < b.run.end; });
    Instant last = 0;
    std::erase_if(plan_.runs, [&](const RunPlan& plan) {
      if (plan.job != index) return false;
      const bool near = plan.run.end - last < 4 * plan_.poll_interval;
      if (!near) last = plan.run.end;
      return near;
    });
  }

  // ---- troubles ----

  void AddTroubles() {
    for (const System system : {System::kCluster, System::kTable}) {
      if (!Has(system) || random_.Chance(35)) continue;
      const auto count = random_.Between(1, 4);
      for (Instant i = 0; i < count; ++i) {
        TroublePlan plan;
        plan.system = system;
        plan.trouble = system == System::kTable ? Trouble::kTableMissing
                                                : static_cast<Trouble>(random_.Between(0, static_cast<Instant>(Trouble::kJobsForbidden)));
        plan.span = DrawSpan(kMinute, random_.Chance(70) ? kHour : 9 * kHour);
        plan_.troubles.push_back(plan);
      }
    }
  }

  // Not long before a window closes, if there is one soon.
  Instant NearAnEnd(Instant at) {
    const Rule& rule = random_.Of(random_.Of(plan_.jobs).rules).rule;
    const auto window = std::find_if(rule.windows.begin(), rule.windows.end(), [&](const Window& w) { return w.due + rule.grace > at + 2 * kMinute; });
    return window == rule.windows.end() || window->due + rule.grace > plan_.end ? at : window->due + rule.grace - random_.Between(kSecond, 2 * kMinute);
  }

  void AddLives() {
    if (random_.Chance(35)) return;
    static const std::vector<Life> kLives = {Life::kKill, Life::kKill, Life::kRestart, Life::kRestart, Life::kSleep, Life::kReload, Life::kLedgerFull, Life::kClockJump, Life::kTwin};
    const auto count = random_.Between(1, 5);
    for (Instant i = 0; i < count; ++i) {
      LifePlan plan;
      plan.life = random_.Of(kLives);
      const Span span = DrawSpan(kSecond, random_.Chance(60) ? 40 * kMinute : 8 * kHour);
      plan.at = span.from;
      plan.lasts = plan.life == Life::kRestart && random_.Chance(60) ? 0 : span.to - span.from;
      if (plan.life == Life::kClockJump) {
        plan.by = random_.Of<Instant>({-2 * kHour, -5 * kMinute, 2 * kMinute, kHour, kDay});
        plan.lasts = random_.Between(5, 45) * kSecond;
        plan.at = NearAnEnd(plan.at);
      }
      if (plan.life == Life::kReload || plan.life == Life::kTwin) plan.lasts = 0;
      plan_.lives.push_back(plan);
    }
    // What was measured of a source's clock is forgotten with the process.
    if (plan_.cluster_skew != 0) std::erase_if(plan_.lives, [](const LifePlan& plan) { return plan.life == Life::kKill || plan.life == Life::kRestart; });
    std::sort(plan_.lives.begin(), plan_.lives.end(), [](const LifePlan& a, const LifePlan& b) { return a.at < b.at; });
    Instant busy = 0;  // one at a time
    std::erase_if(plan_.lives, [&](const LifePlan& plan) {
      if (plan.at < busy) return true;
      busy = plan.at + plan.lasts + 20 * kMinute;
      return false;
    });
  }

  void AddLooksAfterSuccesses(Instant owed) {
    for (const RunPlan& run : plan_.runs) {
      const Instant end = run.run.end + owed;
      if (run.run.end < kNever && end > plan_.start && end < plan_.end && random_.Chance(30)) plan_.looks.insert(plan_.looks.end(), {end - 1, end, end + 1});
    }
  }

  void AddLooks() {
    for (const JobPlan& job : plan_.jobs) {
      for (const RulePlan& rule : job.rules) {
        for (const Window& window : rule.rule.windows) {
          const Instant end = window.due + rule.rule.grace;
          if (end < plan_.start || end > plan_.end) continue;
          for (const Instant at : {end, end + 1, end + 2 * kSecond, end + random_.Between(kSecond, 20 * kMinute)}) plan_.looks.push_back(at);
        }
        if (rule.rule.kind == Kind::kWithin) AddLooksAfterSuccesses(rule.rule.length + rule.rule.grace);
      }
    }
    const auto more = random_.Between(10, 40);
    for (Instant i = 0; i < more; ++i) plan_.looks.push_back(random_.Between(plan_.start, plan_.end));
    std::sort(plan_.looks.begin(), plan_.looks.end());
    constexpr std::size_t kMost = 400;
    while (plan_.looks.size() > kMost) plan_.looks.erase(plan_.looks.begin() + static_cast<std::ptrdiff_t>(random_.Next() % plan_.looks.size()));
  }

  Random random_;
  Plan plan_;
  bool watches_ = false;
};

// Runs that were cut off have no end.
void CutOff(Plan& plan) {
  for (RunPlan& run : plan.runs) {
    for (const PausePlan& deletion : plan.deletions) {
      const bool cut = deletion.job == run.job && run.created <= deletion.span.from && run.run.end >= deletion.span.from;
      if (!cut) continue;
      run.run.end = kNever;
      run.run.succeeded = false;
      run.run.vanished = deletion.span.from;
    }
  }
}

}  // namespace

const char* NameOf(System system) {
  static const char* const kNames[] = {"push", "cluster", "tables"};
  return kNames[static_cast<std::size_t>(system)];
}

const char* NameOf(Trouble trouble) {
  static const char* const kNames[] = {"refused", "server error", "forbidden", "login page", "empty body", "second page fails", "stream is cut", "expired", "hangs", "silent", "unauthorized", "jobs are forbidden", "table is missing"};
  return kNames[static_cast<std::size_t>(trouble)];
}

const char* NameOf(Life life) {
  static const char* const kNames[] = {"kill -9", "restart", "machine sleeps", "reload", "ledger is full", "clock jumps", "old facts once more"};
  return kNames[static_cast<std::size_t>(life)];
}

Plan MakePlan(std::uint64_t seed) {
  Plan plan = Making(seed).Make();
  AddScenes(plan);
  CutOff(plan);
  return plan;
}

}  // namespace sim
