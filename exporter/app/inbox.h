#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "exporter/core/fact.h"
#include "exporter/store/ledger.h"

namespace batchslo {

// What came and is durable, until it is judged.
class Inbox {
 public:
  // `wake` is called from the storing thread, without a lock.
  Inbox(Ledger& ledger, std::function<void()> wake) : ledger_(ledger), wake_(std::move(wake)) {}

  // Any thread; returns when the report is on disk (a Sink).
  Result<void> Store(Report report) {
    if (report.empty()) return {};
    const auto stored = ledger_.Append(report);
    if (!stored) return stored;
    {
      const std::lock_guard lock(mutex_);
      arrived_.push_back(std::move(report));
    }
    wake_();
    return {};
  }

  // All that was stored since the last call, in its order.
  std::vector<Report> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(arrived_, {});
  }

 private:
  Ledger& ledger_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<Report> arrived_;  // guarded by mutex_
};

}  // namespace batchslo
