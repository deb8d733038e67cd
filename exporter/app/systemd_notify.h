#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "exporter/core/clock.h"
#include "exporter/core/result.h"

namespace batchslo {

// Tells systemd how the service is (sd_notify(3), Type=notify). Where nobody asked for that, it does nothing.
class SystemdNotify {
 public:
  // By $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, which no child inherits. Before there are threads.
  static Result<SystemdNotify> Take();

  void Ready() const { Send("READY=1"); }  // also after a reload
  void Reloading(SteadyPoint now) const;
  void Stopping() const { Send("STOPPING=1"); }
  void Alive() const;
  // How often Alive is to be called at least: half of the time after which systemd takes the service for stuck. Very
  // long where it does not look.
  std::chrono::milliseconds AliveEvery() const { return alive_every_; }

 private:
  static constexpr std::chrono::milliseconds kNever = std::chrono::hours{24 * 365};

  void Send(std::string_view state) const;

  std::shared_ptr<const int> socket_;  // null: nobody listens
  std::chrono::milliseconds alive_every_ = kNever;
};

}  // namespace batchslo
