#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "exporter/app/fleet.h"
#include "exporter/app/inbox.h"
#include "exporter/app/live_config.h"
#include "exporter/core/clock.h"
#include "exporter/core/clock_error.h"
#include "exporter/core/tracker.h"
#include "exporter/sources/source.h"
#include "exporter/store/ledger.h"

namespace batchslo {

// Judges all jobs by what is in the ledger and the inbox, and publishes the result. The main thread's, but where said.
class Evaluation {
 public:
  Evaluation(Ledger& ledger, Inbox& inbox, const LiveConfig& config, Clock& clock, Log log, Foresight foresight = Foresight::kOff)
      : ledger_(ledger), inbox_(inbox), config_(config), clock_(clock), log_(std::move(log)) {
    tracker_.SetForesight(foresight);
  }

  // The configuration in force has changed, or is the first. What the ledger holds of jobs and sources that were not
  // followed before is judged by again.
  void Adopt();
  void JudgeAnew() { tracker_.JudgeAnew(); }
  // Applies what came since the last time.
  void Apply();
  // Applies what came, judges, publishes, and remembers what verdicts rest on beyond the facts.
  void Run(std::vector<SourceState> sources, std::vector<RegistryState> registries, std::optional<ConfigState> web_config);
  // Forgets and prunes, once an hour, and not in the first minute.
  void Housekeep();

  Known KnownOf(const std::string& source) const { return batchslo::KnownOf(tracker_, source); }

  Tracker Alone(const std::string& job) const { return tracker_.Alone(job); }

  // Any thread.
  std::shared_ptr<const Snapshot> Current() const;
  // When the next window of a job with an output in this source closes; max(): none. Any thread.
  TimePoint NextDue(const std::string& source, TimePoint now) const;

 private:
  // Applies again what the ledger holds of these sources and jobs.
  void Load(const std::set<std::string>& sources, const std::set<std::string>& jobs);
  void PutRight(TimePoint now, Duration back, Duration since_last_look);
  void PutRightLate(Report& report);
  void HeedClocks(TimePoint now, SteadyPoint steady, const std::vector<SourceState>& sources);
  void HeedSkews(const std::vector<SourceState>& sources);
  void LoadSkews();
  void LoadTallies();
  void KeepTallies();
  void NoteThoseThatLeft();
  void Remember(const std::vector<Ledger::Memory>& changed);

  Ledger& ledger_;
  Inbox& inbox_;
  const LiveConfig& config_;
  Clock& clock_;
  Log log_;
  Tracker tracker_;
  std::set<std::string> sources_;  // that are followed
  bool has_fleet_ = false;
  Ledger::Skews skews_;  // as the ledger has them
  std::map<std::pair<std::string, std::uint64_t>, StoredTally> unwritten_;  // by job and rule
  TimePoint pruned_{};
  std::optional<Duration> ahead_;  // our clock, of the steady one, at the last look
  SteadyPoint looked_{};
  ClockErrors clock_errors_;
  Duration went_back_{0};  // our clock, the last time that it did after it had jumped ahead
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<Snapshot>();  // guarded by mutex_
};

}  // namespace batchslo
