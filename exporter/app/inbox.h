#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "exporter/core/fact.h"
#include "exporter/core/failure.h"
#include "exporter/store/ledger.h"

namespace batchslo {

// What came and is durable, until it is judged. What runs say is stored without secrets, of a failure its excerpt.
class Inbox {
 public:
  // `redactor` and `wake` are called from the storing thread, without a lock.
  Inbox(Ledger& ledger, std::function<Redactor()> redactor, std::function<void()> wake)
      : ledger_(ledger), redactor_(std::move(redactor)), wake_(std::move(wake)) {}

  // Any thread; returns when the report is on disk (a Sink).
  Result<void> Store(Report report) {
    if (report.empty()) return {};
    Condense(report);
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
  void Condense(Report& report) const {
    std::optional<Redactor> redactor;
    for (Fact& fact : report) {
      auto* const run = std::get_if<RunFact>(&fact.what);
      if (!run || (run->excerpt.empty() && run->reason.empty())) continue;
      if (!redactor) redactor = redactor_();
      const bool has_log = run->outcome == Outcome::kFailed && !run->excerpt.empty();
      run->excerpt = has_log ? ReadFailure(run->reason, run->excerpt, *redactor).excerpt : redactor->Redact(std::move(run->excerpt));
      run->reason = redactor->Redact(std::move(run->reason));
    }
  }

  Ledger& ledger_;
  std::function<Redactor()> redactor_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<Report> arrived_;  // guarded by mutex_
};

}  // namespace batchslo
