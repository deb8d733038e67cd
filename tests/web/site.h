#pragma once
// A server on a free port of loopback, for tests of the server.

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "exporter/web/server.h"
#include "tests/web/parse.h"
#include "tests/web/peer.h"
#include "tests/web/sample.h"

namespace batchslo {

// What a heartbeat said is kept.
struct ServedSite {
  explicit ServedSite(const FrontLimits& limits = {}, std::shared_ptr<const Snapshot> snapshot = sample::Mixed()) {
    ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    options.limits = limits;
    Handlers handlers;
    handlers.snapshot = [snapshot] { return snapshot; };
    handlers.now = [] { return sample::kNow; };
    handlers.ready = [] { return true; };
    handlers.heartbeat = [this](const PushIn& in) { return push(in); };
    handlers.reload = [] { return ReloadOut{}; };
    handlers.config_text = [] { return std::string(); };
    auto started = Server::Start(options, handlers);
    if (!started) return;
    server = std::move(started).Value();
    server->Show(snapshot);
  }
  std::uint16_t Port() const { return server->Ports().at(0); }
  std::optional<double> Metric(const std::string& name, const std::map<std::string, std::string>& labels) const {
    return ParsePage(Peer(Port()).Ask("GET", "/metrics").body).Find(name, labels);
  }
  // Whoever counts may be a moment behind the peers.
  bool HasMetric(const std::string& name, const std::map<std::string, std::string>& labels, double value) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (std::chrono::steady_clock::now() < until) {
      if (Metric(name, labels) == value) return true;
    }
    return false;
  }

  std::function<PushOut(const PushIn&)> push = [](const PushIn& in) { return PushOut{200, in.job + "|" + in.authorization + "|" + in.content_type + "|" + in.body, 0}; };
  std::unique_ptr<Server> server;
};

// Handlers that stay until they are let go.
class Gate {
 public:
  PushOut Enter() {
    std::unique_lock lock(mutex_);
    ++entered_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_open_; });
    return {200, "late", 0};
  }
  bool WaitUntilEntered(int count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return entered_ >= count; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int entered_ = 0;        // guarded by mutex_
  bool is_open_ = false;   // guarded by mutex_
};

}  // namespace batchslo
