#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "exporter/app/evaluation.h"
#include "exporter/app/poller.h"
#include "exporter/sources/kubernetes_watch.h"
#include "tests/sim/fibers.h"
#include "tests/sim/network.h"

namespace sim {

// The ledger on a disk that may be full. What nobody waits for is written with what comes next: most of the time would go
// into waiting for the disk.
class FickleLedger : public batchslo::Ledger {
 public:
  explicit FickleLedger(std::unique_ptr<batchslo::Ledger> ledger) : ledger_(std::move(ledger)) {}
  ~FickleLedger() override { Flush(); }

  batchslo::Result<void> Append(const batchslo::Report& report) override;
  batchslo::Result<void> ForEach(const std::function<void(const batchslo::Fact&)>& visit) override { return Flush(), ledger_->ForEach(visit); }
  batchslo::Result<std::vector<batchslo::RunTotals>> Totals() override { return Flush(), ledger_->Totals(); }
  batchslo::Result<void> Remember(const std::vector<Memory>& changed) override { return is_full ? Full() : ledger_->Remember(changed); }
  batchslo::Result<std::vector<Memory>> Recall() override { return ledger_->Recall(); }
  batchslo::Result<void> KeepTallies(const std::vector<batchslo::StoredTally>& changed) override { return is_full ? Full() : ledger_->KeepTallies(changed); }
  batchslo::Result<std::vector<batchslo::StoredTally>> Tallies() override { return ledger_->Tallies(); }
  batchslo::Result<void> KeepSkews(const Skews& changed) override { return is_full ? Full() : ledger_->KeepSkews(changed); }
  batchslo::Result<Skews> LoadSkews() override { return ledger_->LoadSkews(); }
  batchslo::Result<void> KeepRegistry(const RegistryCopy& copy) override { return is_full ? Full() : ledger_->KeepRegistry(copy); }
  batchslo::Result<std::vector<RegistryCopy>> Registries() override { return ledger_->Registries(); }
  batchslo::Result<void> PutRight(const batchslo::ClockError& error, batchslo::Span unseen) override { return Flush(), is_full ? Full() : ledger_->PutRight(error, unseen); }
  batchslo::Result<void> Forget(const std::vector<std::string>& jobs) override { return Flush(), is_full ? Full() : ledger_->Forget(jobs); }
  batchslo::Result<void> Prune(batchslo::TimePoint now) override { return Flush(), is_full ? Full() : ledger_->Prune(now); }
  batchslo::StoreState State() override { return ledger_->State(); }
  std::string Notice() const override { return ledger_->Notice(); }
  void Flush();

  bool is_full = false;

 private:
  static batchslo::Result<void> Full() { return batchslo::Error{"ledger: the disk is full"}; }
  std::unique_ptr<batchslo::Ledger> ledger_;
  batchslo::Report waiting_;
};

// What runs of the daemon in one process of it, on the virtual world: all but its threads, signals and sockets.
class Process {
 public:
  struct World {
    Fibers& fibers;
    SimClock& clock;
    Network& network;
    std::function<void(const batchslo::Report&)> on_stored;  // what became durable
  };
  // An error is told by Broken().
  Process(const World& world, const std::string& ledger, std::string config);
  ~Process();

  const std::string& Broken() const { return broken_; }
  void Reload(std::string config);
  // As the daemon answers a heartbeat.
  int Push(const batchslo::PushRequest& request);
  void Store(batchslo::Report report) { static_cast<void>(Sink(std::move(report))); }
  void Judge();
  bool HasNews() const { return has_news_; }
  // Since the last call, no source but the poison has done anything.
  bool TakeOnlyPoisoned() { return std::exchange(only_poisoned_, false); }
  std::shared_ptr<const batchslo::Snapshot> Told() const { return evaluation_->Current(); }
  FickleLedger& Ledger() { return *ledger_; }

 private:
  struct Driven;
  void Adopt(const batchslo::Fleet& before);
  void TellJobs();
  void Run();
  void Drive(const batchslo::SourceConfig& source);
  void DrivePolled(Driven& driven, const batchslo::SourceKind& kind);
  void DriveCluster(Driven& driven);
  void End(Driven& driven);
  batchslo::SourceServices ServicesOf(const std::string& source);
  batchslo::Result<void> Sink(batchslo::Report report);
  std::vector<batchslo::SourceState> Health();

  World world_;
  std::string broken_;
  std::unique_ptr<batchslo::LiveConfig> config_;
  std::unique_ptr<FickleLedger> ledger_;
  std::unique_ptr<batchslo::Inbox> inbox_;
  std::unique_ptr<batchslo::Evaluation> evaluation_;
  std::map<std::string, std::unique_ptr<Driven>> sources_;
  bool has_news_ = false;  // beside views
  bool only_poisoned_ = false;
  std::vector<std::shared_ptr<const batchslo::JobDef>> untold_;  // jobs that the ledger has not taken
};

}  // namespace sim
