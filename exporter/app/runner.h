#pragma once

#include <memory>
#include <string>
#include <thread>

#include "exporter/app/poller.h"
#include "exporter/sources/source.h"

namespace batchslo {

// Keeps one source going on a thread of its own: polls it on its interval (jittered, never two at once, once more right
// after each due instant), or lets it follow. Sinks what it brings and keeps its health. The destructor stops it.
class SourceRunner {
 public:
  SourceRunner(SourceConfig config, Source source, const SourceServices& services);
  ~SourceRunner();

  void RequestStop();  // and does not wait
  SourceState Health();
  bool Tried();
  const SourceConfig& Config() const { return config_; }
  const Receive& Receiver() const { return source_.receive; }

 private:
  void PollLoop(std::stop_token stop);

  SourceConfig config_;
  Source source_;
  SourceServices services_;
  Poller poller_;  // of a polled source
  std::jthread thread_;
};

}  // namespace batchslo
