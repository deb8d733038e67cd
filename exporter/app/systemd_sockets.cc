// Tested by tests/app/systemd_sockets_test.cc and tests/daemon/systemd_socket_test.py.
#include "exporter/app/systemd_sockets.h"

#include <stdlib.h>
#include <unistd.h>

#include <numeric>

#include "exporter/app/systemd_environment.h"

namespace batchslo {
namespace {

constexpr int kFirst = 3, kMost = 100;

}  // namespace

Result<std::vector<int>> TakeSystemdSockets() {
  const auto pid = EnvironmentNumber("LISTEN_PID"), count = EnvironmentNumber("LISTEN_FDS");
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(variable);
  if (pid != getpid() || count < 1 || count > kMost) return Error{"systemd handed over no socket; --web.systemd-socket wants a socket unit that starts this service"};
  std::vector<int> sockets(static_cast<std::size_t>(count));
  std::iota(sockets.begin(), sockets.end(), kFirst);
  return sockets;
}

}  // namespace batchslo
