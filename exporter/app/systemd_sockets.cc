// Tested by tests/app/systemd_sockets_test.cc and tests/daemon/systemd_socket_test.py.
#include "exporter/app/systemd_sockets.h"

#include <stdlib.h>
#include <unistd.h>

#include <charconv>
#include <numeric>
#include <string_view>

namespace batchslo {
namespace {

constexpr int kFirst = 3, kMost = 100;

// 0: it is no number that could be meant.
int Number(const char* variable) {
  const std::string_view text = getenv(variable) ? getenv(variable) : "";
  int number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size() ? number : 0;
}

}  // namespace

Result<std::vector<int>> TakeSystemdSockets() {
  const int pid = Number("LISTEN_PID"), count = Number("LISTEN_FDS");
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(variable);
  if (pid != getpid() || count < 1 || count > kMost) return Error{"systemd handed over no socket; --web.systemd-socket wants a socket unit that starts this service"};
  std::vector<int> sockets(static_cast<std::size_t>(count));
  std::iota(sockets.begin(), sockets.end(), kFirst);
  return sockets;
}

}  // namespace batchslo
