#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

#include "exporter/core/fact.h"
#include "exporter/core/snapshot.h"
#include "exporter/sql/database.h"
#include "exporter/store/file.h"

namespace batchslo {

// The one connection and the one thread that drives it. Reports that wait together are committed together.
class LedgerWriter {
 public:
  using Reports = std::span<const Report* const>;
  using Store = std::function<Result<void>(Session&, Reports)>;  // inside a transaction
  using Work = std::function<Result<void>(Session&)>;
  LedgerWriter(std::unique_ptr<Session> session, const std::string& path, Store store);
  ~LedgerWriter();  // after all that waits

  // All block until the writer has answered; any thread but the writer's own.
  Result<void> Append(const Report& report);  // Errors: overload; what the commit says
  Result<void> Change(Work work);             // in a transaction of its own
  Result<void> Read(Work work);

  StoreState State();  // any thread, at once

 private:
  struct Ticket;

  Result<void> Wait(Ticket& ticket);
  void Run(std::stop_token stop);
  bool Take(std::stop_token stop, std::deque<Ticket*>& batch);
  Result<void> CommitReports(const std::deque<Ticket*>& batch);
  Result<void> Commit(const Work& work);
  void Told(const Result<void>& done);
  void Answer(const std::deque<Ticket*>& batch);

  std::unique_ptr<Session> session_;  // the thread's
  const FileIdentity identity_;
  const std::string path_;
  const Store store_;
  std::mutex mutex_;
  std::condition_variable waiting_, answered_;
  std::deque<Ticket*> queue_;            // guarded by mutex_
  std::size_t reports_ = 0, bytes_ = 0;  // of the queue; guarded by mutex_
  bool stopped_ = false;                 // guarded by mutex_
  StoreState state_;                     // guarded by mutex_
  std::jthread thread_;
};

}  // namespace batchslo
