#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exporter/core/snapshot.h"
#include "exporter/web/front.h"
#include "exporter/web/guard.h"

namespace batchslo {

struct ServerOptions {
  std::vector<std::string> listen = {"127.0.0.1:10510"};  // "HOST:PORT", "[::1]:PORT", ":PORT" (all addresses)
  std::vector<int> sockets;  // that a service manager opened, instead of `listen`; ours from the start on
  std::string telemetry_path = "/metrics";   // below the prefix
  std::string external_url, route_prefix;    // see public_address.h
  bool enable_lifecycle = false;
  std::set<std::string> groups_off = {"trend"};  // of metrics: "runs", "budget", "trend", "self"
  std::vector<int> attainment_days = {kShownDays};  // some of kAttainmentDays
  std::vector<std::pair<std::string, std::string>> flags;  // what the daemon was started with, to be shown; no secrets
  FrontLimits limits;
};

// One heartbeat as it came, and what is answered to it.
struct PushIn {
  std::string job, authorization, content_type, body;
  std::vector<std::pair<std::string, std::string>> query;
};
struct PushOut {
  int status = 200;
  std::string message;  // of a 200: the run id
  int retry_after_seconds = 0;
};

struct ReloadOut {
  bool good = true;
  std::string message;  // the text of `check config`
};

// Why a job is what it is: JSON, or why there is none.
struct ExplainOut {
  int status = 200;
  std::string text;
};

// What the faces need; plain functions, each safe from any thread. Only `heartbeat`, `reload` and `explain` may
// block; no other request waits for them.
struct Handlers {
  std::function<std::shared_ptr<const Snapshot>()> snapshot;
  std::function<TimePoint()> now;
  std::function<bool()> ready;
  std::function<PushOut(const PushIn&)> heartbeat;
  std::function<ReloadOut()> reload;
  std::function<ExplainOut(const std::string& job, std::optional<TimePoint> at)> explain;  // none: as of now
  std::function<std::shared_ptr<const std::string>()> config_text;  // with secrets masked
  std::string notice;                        // shown on the page; empty: none
  GuardInForce guard;                        // null: all may come, without TLS
};

// Serves the pages from threads of its own; the destructor ends them within two seconds, unless a handler blocks longer.
class Server {
 public:
  // Errors: an address that can't be had; a telemetry path that does not begin with "/"; a public address that is none.
  static Result<std::unique_ptr<Server>> Start(ServerOptions options, Handlers handlers);
  virtual ~Server() = default;
  // Makes the page of /metrics of a snapshot: scrapes find it made, instead of each making its own. From one thread; until
  // it is called, `Handlers::snapshot` is what they show.
  virtual void Show(std::shared_ptr<const Snapshot> snapshot) = 0;
  virtual std::vector<std::uint16_t> Ports() const = 0;
  virtual std::vector<std::string> Addresses() const = 0;  // "127.0.0.1:10510"
};

}  // namespace batchslo
