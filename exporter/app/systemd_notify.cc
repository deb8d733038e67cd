// Tested by tests/app/systemd_notify_test.cc and tests/daemon/systemd_notify_test.py.
#include "exporter/app/systemd_notify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "exporter/app/systemd_environment.h"

namespace batchslo {
namespace {

// An abstract name begins with "@", which stands for a NUL.
Result<std::shared_ptr<const int>> ConnectTo(const std::string& path) {
  sockaddr_un address{AF_UNIX, ""};
  const Error fault{"systemd is told nothing: $NOTIFY_SOCKET is \"" + path + "\", where nobody listens"};
  if (!path.starts_with('/') && !path.starts_with('@')) return fault;
  if (path.size() < 2 || path.size() >= sizeof address.sun_path) return fault;
  std::copy(path.begin(), path.end(), address.sun_path);
  if (path.front() == '@') address.sun_path[0] = '\0';
  const std::shared_ptr<const int> fd(new int(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)), [](const int* each) {
    close(*each);
    delete each;
  });
  const timeval most{1, 0};  // systemd that hangs holds nobody up
  setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (connect(*fd, reinterpret_cast<const sockaddr*>(&address), length) != 0) return fault;
  return fd;
}

}  // namespace

Result<SystemdNotify> SystemdNotify::Take() {
  SystemdNotify notify;
  const std::string path = getenv("NOTIFY_SOCKET") ? getenv("NOTIFY_SOCKET") : "";
  const auto pid = EnvironmentNumber("WATCHDOG_PID");
  const std::chrono::microseconds watchdog{EnvironmentNumber("WATCHDOG_USEC")};
  for (const char* variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(variable);
  if (path.empty()) return notify;
  auto socket = ConnectTo(path);
  if (!socket) return socket.GetError();
  notify.socket_ = std::move(socket).Value();
  const bool is_for_us = pid == 0 || pid == getpid();
  if (is_for_us && watchdog.count() > 0) notify.alive_every_ = std::chrono::duration_cast<std::chrono::milliseconds>(watchdog) / 2;
  return notify;
}

void SystemdNotify::Reloading(SteadyPoint now) const {
  const auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  Send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(since_boot.count()));
}

void SystemdNotify::Alive() const {
  if (alive_every_ != kNever) Send("WATCHDOG=1");
}

void SystemdNotify::Send(std::string_view state) const {
  if (socket_) static_cast<void>(!send(*socket_, state.data(), state.size(), MSG_NOSIGNAL));
}

}  // namespace batchslo
