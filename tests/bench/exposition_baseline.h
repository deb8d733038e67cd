#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <memory>

#include "exporter/core/snapshot.h"

namespace batchslo::bench {

// The contract page by prometheus-cpp's own means, written as its documentation shows: families of ClientMetric, made
// anew at each scrape. Without the figures of the process itself, which move.
class Baseline : public prometheus::Collectable {
 public:
  Baseline(std::shared_ptr<const Snapshot> snapshot, TimePoint now) : snapshot_(std::move(snapshot)), now_(now) {}
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  TimePoint now_;
};

}  // namespace batchslo::bench
