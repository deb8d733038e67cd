#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "exporter/config/registry_get.h"
#include "exporter/config/registry_table.h"
#include "exporter/sources/source.h"
#include "exporter/store/ledger.h"

namespace batchslo {

// The services of a runner. All safe from any thread, all outlive it.
struct RegistryServices {
  HttpClient& http;
  Clock& clock;
  Log log;
  std::function<Result<void>(const Ledger::RegistryCopy&)> keep;
  std::function<void()> wake;  // another table is there
};

// Reads one registry on a thread of its own, on its interval, and has its last good table. The destructor stops it.
class RegistryRunner {
 public:
  // `stored`: what an earlier process read; of another place, or none, it counts for nothing. What lies on this machine is
  // read before the constructor ends.
  RegistryRunner(RegistryDef registry, const std::optional<Ledger::RegistryCopy>& stored, const RegistryServices& services);
  ~RegistryRunner();

  void RequestStop() { thread_.request_stop(); }  // and does not wait
  const RegistryDef& Registry() const { return registry_; }
  std::shared_ptr<const RegistryTable> Table() const;  // null: no good one was read yet
  RegistryState Health() const;                        // but for what its rows came to

 private:
  void Restore(const Ledger::RegistryCopy& stored);
  void Look(const std::stop_token& stop);
  Result<void> Take(std::optional<std::string> text, TimePoint now);
  void Tell(const Result<void>& how, TimePoint now);
  void Run(const std::stop_token& stop);

  const RegistryDef registry_;
  const RegistryServices services_;
  const GetRegistry get_;
  std::string text_, unread_;  // what was read last, and why nothing can be said of it; the thread's
  bool is_kept_ = false;       // the ledger's copy is that text; the thread's
  mutable std::mutex mutex_;
  std::shared_ptr<const RegistryTable> table_;  // guarded by mutex_
  RegistryState state_;                         // guarded by mutex_
  std::jthread thread_;
};

}  // namespace batchslo
