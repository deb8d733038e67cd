#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "exporter/app/desk.h"
#include "exporter/app/live_config.h"
#include "exporter/core/explain.h"
#include "exporter/store/ledger.h"
#include "exporter/web/server.h"

namespace batchslo {

// The main thread takes the job out of the fleet (Tracker::Alone); who asks explains it.
using AloneDesk = Desk<std::string, Tracker>;

// Explains jobs to the web's threads: as of now by what was judged by last, of the past by what the ledger still holds.
class Explainer {
 public:
  Explainer(AloneDesk& desk, Ledger& ledger, const LiveConfig& config) : desk_(desk), ledger_(ledger), config_(config) {}

  // Any thread but the main one.
  ExplainOut Explain(const std::string& job, std::optional<TimePoint> at, const Snapshot& snapshot, TimePoint now);

 private:
  ExplainOut ExplainPast(const JobCase& job, TimePoint at);

  AloneDesk& desk_;
  Ledger& ledger_;
  const LiveConfig& config_;
  std::mutex past_;  // one at a time reads the whole ledger
};

}  // namespace batchslo
