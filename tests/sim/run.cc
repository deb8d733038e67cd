#include "tests/sim/run.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "exporter/cli/facts_json.h"
#include "exporter/sql/database.h"
#include "tests/sim/process.h"
#include "tests/sim/random.h"

namespace sim {
namespace {

using namespace oracle;
using batchslo::Fact;
using batchslo::JobState;

std::string Text(Instant at) { return batchslo::FormatRfc3339(batchslo::TimePoint{batchslo::Duration{at}}); }

Instant Micros(batchslo::TimePoint time) { return time.time_since_epoch().count(); }

// The tables of a database, as the plan moves them.
class Tables {
 public:
  Tables(const Plan& plan, const std::string& path) {
    const bool any = std::any_of(plan.jobs.begin(), plan.jobs.end(), [](const JobPlan& job) { return job.system == System::kTable; });
    batchslo::DatabaseOptions options;
    options.url = "sqlite://" + path;
    options.writes = true;
    session_ = std::move(batchslo::Session::Open(options)).Value();
    if (!any) return;
    Do("PRAGMA synchronous=OFF");
    for (std::size_t job = 0; job < plan.jobs.size(); ++job) {
      if (plan.jobs[job].system == System::kTable) tables_.push_back(job);
    }
    for (const std::size_t job : tables_) Do("CREATE TABLE t" + std::to_string(job) + " (moved_at TEXT, n INTEGER)");
  }

  void Move(std::size_t job, const Run& move) {
    char time[32];
    std::snprintf(time, sizeof time, "%lld.%06lld", static_cast<long long>(move.end / kSecond), static_cast<long long>(move.end % kSecond));
    const std::string table = (missing_ ? "x" : "t") + std::to_string(job);
    Do("DELETE FROM " + table);
    Do("INSERT INTO " + table + " VALUES ('" + time + "', " + std::to_string(move.rows) + ")");
  }

  void SetMissing(int by) {
    const bool was = missing_ > 0;
    missing_ += by;
    if (was == (missing_ > 0)) return;
    for (const std::size_t job : tables_) {
      const std::string name = std::to_string(job);
      Do("ALTER TABLE " + std::string(was ? "x" : "t") + name + " RENAME TO " + (was ? "t" : "x") + name);
    }
  }

 private:
  void Do(const std::string& sql) { static_cast<void>(session_->Execute({sql, {}, 0}).Ok()); }
  std::unique_ptr<batchslo::Session> session_;
  std::vector<std::size_t> tables_;
  int missing_ = 0;
};

class Universe {
 public:
  Universe(const Plan& plan, const std::string& directory, Telling telling)
      : plan_(plan), directory_(directory), telling_(telling), truths_(TruthOf(plan)), cluster_(plan), fibers_(plan.start), network_(plan, cluster_, fibers_),
        tables_(plan, directory + "/tables.db"), random_(plan.seed ^ 0x5eed) {
    setenv("SIM_TOKEN", "0123456789abcdef", 1);
    FillAgenda();
  }

  Outcome Run() {
    Begin();
    while (!agenda_.empty() && agenda_.begin()->first <= plan_.end && out_.findings.empty()) {
      const Instant at = agenda_.begin()->first;
      fibers_.Run(at, [this] { JudgeIfDue(); });
      auto item = agenda_.extract(agenda_.begin());
      item.mapped()();
    }
    if (process_ && out_.findings.empty()) CheckLedger();
    process_.reset();
    return std::move(out_);
  }

 private:
  // ---- what will happen ----

  void FillAgenda() {
    for (const Instant at : plan_.looks) At(at, [this, at] { LookAt(at); });
    for (std::size_t i = 0; i < plan_.runs.size(); ++i) PlanRun(i);
    for (const TroublePlan& trouble : plan_.troubles) {
      if (trouble.system != System::kTable) continue;
      At(trouble.span.from, [this] { tables_.SetMissing(1); });
      At(trouble.span.to, [this] { tables_.SetMissing(-1); });
    }
    for (const TroublePlan& trouble : plan_.troubles) {
      Note(trouble.span.from, std::string(NameOf(trouble.system)) + ": " + NameOf(trouble.trouble));
      Note(trouble.span.to, std::string(NameOf(trouble.system)) + ": well again");
    }
    for (const PausePlan& pause : plan_.pauses) Note(pause.span.from, plan_.jobs[pause.job].name + ": paused until " + Text(pause.span.to));
    for (const PausePlan& gone : plan_.deletions) Note(gone.span.from, plan_.jobs[gone.job].name + ": deleted until " + Text(gone.span.to));
    for (const LifePlan& life : plan_.lives) {
      At(life.at, [this, life] { Live(life); });
    }
    for (const JobPlan& job : plan_.jobs) {
      if (job.begins > plan_.start) At(job.begins, [this] { Reload(); });
    }
  }

  void At(Instant at, std::function<void()> what) { agenda_.emplace(at, std::move(what)); }

  void PlanRun(std::size_t index) {
    const RunPlan& run = plan_.runs[index];
    const System system = plan_.jobs[run.job].system;
    if (system == System::kTable) {
      const bool before = run.run.end < plan_.start;
      if (before) tables_.Move(run.job, run.run);
      if (!before) At(run.run.end, [this, &run] { tables_.Move(run.job, run.run); });
    }
    NoteRun(run);
    if (system != System::kPush) return;
    At(run.start_comes_last ? run.run.end + kSecond : run.run.start, [this, index] { Push(index, Message::kStart); });
    At(run.run.end, [this, index] { Push(index, Message::kEnd); });
    if (run.run.failed_first < kNever) At(run.run.failed_first, [this, index] { Push(index, Message::kFailure); });
    if (run.start_again > 0) At(run.run.start + run.start_again, [this, index] { PushAgain(index, Message::kStart); });
    if (run.end_again > 0) At(run.run.end + run.end_again, [this, index] { PushAgain(index, Message::kEnd); });
  }

  // ---- pushes ----

  enum class Message { kStart, kFailure, kEnd };

  batchslo::PushRequest RequestOf(const RunPlan& run, Message message) const {
    const Instant at = message == Message::kStart ? run.run.start : message == Message::kEnd ? run.run.end : run.run.failed_first;
    batchslo::PushRequest request;
    request.job = plan_.jobs[run.job].name;
    request.authorization = "Bearer 0123456789abcdef";
    request.content_type = "application/json";
    const std::string status = message == Message::kStart ? "start" : message == Message::kEnd && run.run.succeeded ? "success" : "failure";
    request.body = R"({"status":")" + status + R"(","run_id":")" + run.run.id + R"(","at":")" + Text(at) + "\"}";
    return request;
  }

  // As the wrapper does it: until it is told that it is durable.
  void Push(std::size_t index, Message message) {
    const RunPlan& run = plan_.runs[index];
    const int status = process_ && !asleep_ ? process_->Push(RequestOf(run, message)) : 0;
    if (status == 200) {
      Acknowledged(index, message);
    } else {
      At(fibers_.Now() + random_.Between(10 * kSecond, 35 * kSecond), [this, index, message] { Push(index, message); });
    }
    JudgeIfDue();
  }

  void PushAgain(std::size_t index, Message message) {
    if (!process_ || asleep_ || !acknowledged_.contains({index, message})) return;
    process_->Push(RequestOf(plan_.runs[index], message));
    JudgeIfDue();
  }

  void Acknowledged(std::size_t index, Message message) {
    acknowledged_.insert({index, message});
    const RunPlan& plan = plan_.runs[index];
    auto& runs = truths_[plan.job].runs;
    const auto run = std::find_if(runs.begin(), runs.end(), [&](const oracle::Run& r) { return r.id == plan.run.id; });
    run->taken_back = std::max(run->taken_back, -clock_.error);
    if (clock_.error != 0) return;  // what it is told for is not sure
    if (message == Message::kFailure) return;  // the end says more
    const bool has_ended = acknowledged_.contains({index, Message::kEnd}) || acknowledged_.contains({index, Message::kFailure});
    if (message == Message::kStart && has_ended) return;  // it says nothing any more
    (message == Message::kStart ? run->start_shown : run->shown) = fibers_.Now();
  }

  // ---- our life ----

  Process::World World() {
    return {fibers_, clock_, network_, [this](const batchslo::Report& report) { Stored(report); }};
  }

  std::string LedgerPath() const { return directory_ + "/ledger-" + std::to_string(ledger_) + ".db"; }

  void Begin() {
    out_.config = ConfigOf(plan_, fibers_.Now(), directory_ + "/tables.db");
    process_ = std::make_unique<Process>(World(), LedgerPath(), out_.config);
    if (!process_->Broken().empty()) return Found({Broken::kLost, "", "", "it does not start: " + process_->Broken()});
    process_->Ledger().is_full = is_full_;
    CheckLedger();
    Judge();
  }

  void Reload() {
    if (!process_) return;
    process_->Reload(out_.config = ConfigOf(plan_, fibers_.Now(), directory_ + "/tables.db"));
    if (!process_->Broken().empty()) Found({Broken::kLost, "", "", "it does not reload: " + process_->Broken()});
    Judge();
  }

  void Live(const LifePlan& life) {
    Note(life.at, std::string("we: ") + NameOf(life.life) + (life.lasts > 0 ? " for " + std::to_string(life.lasts / kSecond) + " s" : "") + (life.by != 0 ? " by " + std::to_string(life.by / kSecond) + " s" : ""));
    switch (life.life) {
      case Life::kKill: return Kill(life.lasts);
      case Life::kRestart: return life.lasts > 0 ? Down(life.lasts) : RestartAtOnce();
      case Life::kSleep: return Sleep(life.lasts);
      case Life::kReload: return Reload();
      case Life::kLedgerFull: return FillDisk(life.lasts);
      case Life::kClockJump: return Jump(life);
      case Life::kTwin: return TellAgain();
    }
  }

  void Down(Instant lasts) {
    process_.reset();
    At(fibers_.Now() + std::max(lasts, kSecond), [this] { Begin(); });
  }

  // What is in the files at that instant is all that is left.
  void Kill(Instant lasts) {
    const std::string before = LedgerPath();
    ++ledger_;
    if (process_) process_->Ledger().Flush();
    for (const char* suffix : {"", "-wal"}) {
      std::error_code ignored;
      std::filesystem::copy_file(before + suffix, LedgerPath() + suffix, ignored);
    }
    is_dead_ = true;
    process_.reset();
    is_dead_ = false;
    At(fibers_.Now() + std::max(lasts, kSecond), [this] { Begin(); });
  }

  void RestartAtOnce() {
    if (!process_ || is_full_) return;
    Judge();
    const auto before = VerdictsOf(*process_->Told(), Which::kAll);
    process_.reset();
    Begin();
    if (!process_) return;
    const auto after = VerdictsOf(*process_->Told(), Which::kAll);
    const bool is_told_on = jumped_;  // after a jump, what was told stands as long as the process does
    if (before != after && !is_told_on) Found({Broken::kLost, "", "", "I8: a restart changes what is told:\n" + before + "became\n" + after});
  }

  void Sleep(Instant lasts) {
    fibers_.Sleep(lasts);
    asleep_ = true;  // what would have reached us meanwhile is behind us on the agenda
    while (!agenda_.empty() && agenda_.begin()->first < fibers_.Now()) {
      auto item = agenda_.extract(agenda_.begin());
      item.mapped()();
    }
    asleep_ = false;
  }

  void FillDisk(Instant lasts) {
    is_full_ = true;
    if (process_) process_->Ledger().is_full = true;
    At(fibers_.Now() + lasts, [this] {
      is_full_ = false;
      if (process_) process_->Ledger().is_full = false;
    });
  }

  void Jump(const LifePlan& life) {
    clock_.error = life.by;
    jumped_ = true;
    Judge();
    At(life.at + life.lasts, [this] {
      clock_.error = 0;
      Judge();
    });
  }

  // An old replica tells what it saw in the last hours, in an order of its own.
  void TellAgain() {
    if (!process_) return;
    const std::vector<Fact> told(recent_.rbegin(), recent_.rend());
    for (const Fact& fact : told) process_->Store({fact});
    Judge();
  }

  // ---- what became of it ----

  void Stored(const batchslo::Report& report) {
    if (is_dead_) return;
    for (const Fact& fact : report) {
      const std::string& about = batchslo::JobOf(fact);
      const bool view = std::holds_alternative<batchslo::ViewFact>(fact.what), look = std::holds_alternative<batchslo::ObservationFact>(fact.what);
      const bool is_last = std::holds_alternative<batchslo::LastSuccessFact>(fact.what);
      Instant& newest = is_last ? newest_last_[about] : newest_view_[view ? fact.source : about];
      if (view || look || is_last) newest = std::max(newest, TrulyAt(Micros(fact.observed)));
      if (!view && !std::holds_alternative<batchslo::JobFact>(fact.what) && !std::holds_alternative<batchslo::GoneFact>(fact.what)) recent_.push_back(fact);
      if (recent_.size() > 60) recent_.erase(recent_.begin(), recent_.begin() + 30);
      if (telling_ == Telling::kAll) out_.facts.push_back(batchslo::FactLine(fact));
    }
    has_stored_ = true;
  }

  // When something was observed that is told now; where our clock was set in between, it may have been earlier than that.
  Instant TrulyAt(Instant observed) const {
    const Instant at = observed - clock_.error;
    return at <= fibers_.Now() ? at : observed <= fibers_.Now() ? observed : 0;
  }

  // The daemon judges when facts came, and every five seconds; where only views came, that makes no difference. A poison
  // must not change when that is: then what is told beside it is to be the same to the letter.
  void JudgeIfDue() {
    if (!process_ || !out_.findings.empty() || process_->TakeOnlyPoisoned()) return;
    const bool due = process_->HasNews() || (has_stored_ && fibers_.Steady() - judged_ >= 20 * kSecond);
    if (due) Judge();
  }

  void LookAt(Instant at) {
    if (!process_ || fibers_.Now() != at) return;
    Judge();
    out_.verdicts.push_back(Text(at) + "\n" + VerdictsOf(*process_->Told(), Which::kSeen));
  }

  void Judge() {
    if (!process_ || !out_.findings.empty()) return;
    process_->Judge();
    has_stored_ = false;
    judged_ = fibers_.Steady();
    ++out_.looks;
    Check(*process_->Told());
  }

  void Check(const batchslo::Snapshot& snapshot) {
    for (const auto& state : snapshot.jobs) {
      const auto truth = std::find_if(truths_.begin(), truths_.end(), [&](const Truth& t) { return t.name == state->def->name; });
      if (truth == truths_.end()) continue;
      const Told told = ToldOf(*state, *truth);
      for (Fault& fault : oracle::Judge(*truth, told)) Found(std::move(fault));
      if (telling_ == Telling::kAll) NoteTold(*state);
    }
  }

  Told ToldOf(const JobState& state, const Truth& truth) const {
    Told told;
    told.now = fibers_.Now();
    told.clock = told.now + clock_.error;
    for (const std::string& about : {truth.name, std::string(state.runs_source.Or(""))}) {
      const auto view = newest_view_.find(about);
      if (view != newest_view_.end() && view->second > 0) told.newest_view = std::max(told.newest_view.value_or(0), view->second);
    }
    const auto last = newest_last_.find(truth.name);
    if (last != newest_last_.end()) told.newest_last = last->second;
    told.state = batchslo::StateName(state.state);
    for (std::size_t i = 0; i < state.objectives.size(); ++i) {
      const auto& objective = state.objectives[i];
      Claim claim{*state.def->objectives[i].name, std::string(batchslo::VerdictName(objective.verdict)), objective.late, {}, {}, {}};
      if (objective.tally) claim.counted = objective.tally->windows, claim.counted_missed = objective.tally->missed;
      if (objective.window) claim.due = Micros(objective.window->due);
      told.claims.push_back(std::move(claim));
    }
    if (state.runs) told.completed = state.runs->completed, told.failed = state.runs->failed;
    return told;
  }

  enum class Which { kAll, kSeen };  // seen: where all is seen, and it does not matter when exactly it was
  bool IsSeen(const std::string& job) const {
    const auto truth = std::find_if(truths_.begin(), truths_.end(), [&](const Truth& t) { return t.name == job; });
    return truth != truths_.end() && std::none_of(truth->dark.begin(), truth->dark.end(), [&](const Span& dark) { return dark.Meets(fibers_.Now() - truth->staleness, fibers_.Now()); });
  }

  std::string VerdictsOf(const batchslo::Snapshot& snapshot, Which which) const {
    std::string text;
    for (const auto& state : snapshot.jobs) {
      if (state->def->name == "poisoned" || (which == Which::kSeen && !IsSeen(state->def->name))) continue;
      text += state->def->name + " " + std::string(batchslo::StateName(state->state));
      for (const auto& objective : state->objectives) {
        text += " " + std::string(batchslo::VerdictName(objective.verdict)) + (objective.late ? "(late)" : "") + (objective.window ? "@" + Text(Micros(objective.window->due)) : "");
        if (objective.tally) text += "[" + std::to_string(objective.tally->windows) + "/" + std::to_string(objective.tally->missed) + "/" + std::to_string(objective.tally->unknown) + "]";
      }
      if (state->runs) text += " runs " + std::to_string(state->runs->completed) + "/" + std::to_string(state->runs->failed);
      text += "\n";
    }
    return text;
  }

  // I4: what was acknowledged is there.
  void CheckLedger() {
    std::set<std::pair<std::string, std::string>> starts, ends, successes;
    const auto read = process_->Ledger().ForEach([&](const Fact& fact) {
      const auto* run = std::get_if<batchslo::RunFact>(&fact.what);
      if (!run) return;
      (batchslo::IsCompleted(run->outcome) ? ends : starts).insert({run->job, run->run_id});
      if (run->outcome == batchslo::Outcome::kSucceeded) successes.insert({run->job, run->run_id});
    });
    if (!read) return Found({Broken::kLost, "", "", "the ledger can't be read: " + read.Message()});
    for (const auto& [index, message] : acknowledged_) {
      const RunPlan& run = plan_.runs[index];
      const std::pair key(plan_.jobs[run.job].name, run.run.id);
      const bool is_success = message == Message::kEnd && run.run.succeeded;
      const bool there = is_success ? successes.contains(key) : ends.contains(key) || (message == Message::kStart && starts.contains(key));
      if (!there) Found({Broken::kLost, key.first, "", "I4: run " + key.second + " was acknowledged, and is not in the ledger"});
    }
  }

  void Found(Fault fault) { out_.findings.push_back({fibers_.Now(), std::move(fault)}); }

  // ---- the timeline ----

  void Note(Instant at, std::string text) {
    if (telling_ == Telling::kAll) out_.timeline.emplace_back(at, std::move(text));
  }

  void NoteRun(const RunPlan& run) {
    if (telling_ == Telling::kNothing) return;
    const std::string who = plan_.jobs[run.job].name + ": " + run.run.id;
    Note(run.run.start, who + " starts" + (run.run.scheduled ? ", scheduled at " + Text(*run.run.scheduled) : run.is_manual ? ", by hand" : "") + (run.start_comes_last ? " (told after its end)" : ""));
    if (run.run.failed_first < kNever) Note(run.run.failed_first, who + " fails, and is tried again");
    if (run.run.vanished < kNever) Note(run.run.vanished, who + " is deleted");
    if (run.run.end < kNever) Note(run.run.end, who + (run.run.succeeded ? " succeeds" : " fails") + (run.run.rows > 0 ? ", " + std::to_string(run.run.rows) + " rows" : ""));
    if (run.start_again > 0) Note(run.run.start + run.start_again, who + ": its start is told again");
    if (run.end_again > 0) Note(run.run.end + run.end_again, who + ": its end is told again");
  }

  void NoteTold(const JobState& state) {
    std::string text = state.def->name + " is told as " + std::string(batchslo::StateName(state.state)) + ":";
    for (std::size_t i = 0; i < state.objectives.size(); ++i) {
      const auto& objective = state.objectives[i];
      text += " " + *state.def->objectives[i].name + " " + std::string(batchslo::VerdictName(objective.verdict)) + (objective.late ? " (late)" : "") +
              (objective.window ? ", due " + Text(Micros(objective.window->due)) : "") + (objective.evidence.empty() ? "" : ", by " + objective.evidence) + ";";
    }
    if (std::exchange(told_[state.def->name], text) != text) Note(fibers_.Now(), "=> " + text);
  }

  const Plan& plan_;
  const std::string directory_;
  const Telling telling_;
  std::vector<Truth> truths_;
  Cluster cluster_;
  Fibers fibers_;
  SimClock clock_{fibers_};
  Network network_;
  Tables tables_;
  Random random_;
  std::multimap<Instant, std::function<void()>> agenda_;
  std::unique_ptr<Process> process_;
  int ledger_ = 0;
  bool is_full_ = false, is_dead_ = false, jumped_ = false, asleep_ = false, has_stored_ = false;
  Instant judged_ = 0;
  std::map<std::string, Instant> newest_view_;  // by source, and by job of a table
  std::map<std::string, Instant> newest_last_;  // by job
  std::vector<Fact> recent_;
  std::set<std::pair<std::size_t, Message>> acknowledged_;
  std::map<std::string, std::string> told_;
  Outcome out_;
};

}  // namespace

Outcome RunPlanned(const Plan& plan, const std::string& directory, Telling telling) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  std::filesystem::create_directories(directory);
  return Universe(plan, directory, telling).Run();
}

}  // namespace sim
