#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exporter/web/exchange.h"
#include "exporter/web/listen.h"
#include "exporter/web/tls.h"

namespace batchslo {

// What one client may take.
struct FrontLimits {
  std::chrono::milliseconds request{5'000};   // from the first byte of a request to its last; of a handshake too
  std::chrono::milliseconds idle{60'000};     // between requests
  std::chrono::milliseconds write{10'000};    // without any progress
  std::chrono::milliseconds reply{120'000};   // for all of a reply
  std::chrono::milliseconds crowded{5'000};   // the same, where a newcomer finds no room
  std::chrono::milliseconds rest{100};        // replies with less between them are taken as one, where it is crowded
  std::chrono::milliseconds fresh{1'000};     // who has waited for less is about to ask, and makes room last
  std::size_t connections = 512;
};

// What the front tells of itself; called from any of its threads.
struct FrontTold {
  std::function<void(int change)> connections;
  std::function<void(std::string_view reason)> refused;
};

// The TLS of a new connection. The function may be null, and what it gives: plain.
using TlsInForce = std::function<std::shared_ptr<const Tls>()>;

// Sockets: reads whole, bounded requests, each connection on a thread of its own, and has them answered. At its limit of
// connections it closes the one that has been waiting for a request longest, else the one that has been taking its reply
// longest, and too long, else one that only just came; where there is none it says 503.
// A connection whose TLS is in force no more answers what it is being asked and ends. In TLS SIGPIPE must be ignored.
class Front {
 public:
  static std::unique_ptr<Front> Start(std::vector<Listener> listeners, const FrontLimits& limits, Answer answer, FrontTold told, TlsInForce tls = {});
  virtual ~Front() = default;  // closes all connections; waits only for handlers that are at work
  virtual const std::vector<Listener>& Listeners() const = 0;
};

}  // namespace batchslo
