#pragma once

#include <chrono>
#include <mutex>
#include <random>

#include "exporter/sources/source.h"

namespace batchslo {

// Polls one source, sinks what it brings and keeps its health. Who drives it waits for Pause() between two polls.
class Poller {
 public:
  // `seed`: of the jitter; two replicas should not have the same.
  Poller(const SourceConfig& config, batchslo::Poll poll, const SourceServices& services, unsigned seed);

  // Both of one thread.
  void Poll();
  // Until the next poll: the interval with a tenth of jitter, or until just after the next due instant.
  std::chrono::milliseconds Pause();

  // Any thread.
  SourceState Health();
  bool Tried();

 private:
  const SourceConfig& config_;
  const batchslo::Poll poll_;
  const SourceServices& services_;
  std::minstd_rand random_;
  std::mutex mutex_;
  SourceState state_;   // guarded by mutex_
  bool tried_ = false;  // guarded by mutex_
};

}  // namespace batchslo
