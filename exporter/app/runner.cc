#include "exporter/app/runner.h"

#include <random>

namespace batchslo {

SourceRunner::SourceRunner(SourceConfig config, Source source, const SourceServices& services)
    : config_(std::move(config)), source_(std::move(source)), services_(services), poller_(config_, source_.poll, services_, std::random_device{}()) {
  thread_ = std::jthread([this](std::stop_token stop) { source_.poll ? PollLoop(stop) : source_.follower->Run(stop); });
}

SourceRunner::~SourceRunner() {
  RequestStop();
  thread_.join();
}

void SourceRunner::RequestStop() {
  thread_.request_stop();
  if (source_.stop) source_.stop();
}

SourceState SourceRunner::Health() { return source_.follower ? source_.follower->Health() : poller_.Health(); }

bool SourceRunner::Tried() {
  if (!source_.follower) return poller_.Tried();
  const SourceState health = source_.follower->Health();
  return health.up || !health.error.empty();
}

void SourceRunner::PollLoop(std::stop_token stop) {
  while (!stop.stop_requested()) {
    poller_.Poll();
    services_.clock.WaitFor(poller_.Pause(), stop);
  }
}

}  // namespace batchslo
