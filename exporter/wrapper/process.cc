// Tested by tests/wrapper/delay_test.py.
#include "exporter/wrapper/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

namespace batchslo {
namespace {

constexpr int kFirstOwn = 10;

void CloseRange(unsigned first, unsigned last) {
  if (first > last || syscall(SYS_close_range, first, last, 0) == 0) return;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const auto most = std::min<rlim_t>(limit.rlim_cur, 65536);
  for (unsigned fd = first; fd <= last && fd < most; ++fd) close(static_cast<int>(fd));
}

void CloseAllBut(std::initializer_list<int> keep) {
  unsigned first = 3;
  for (const int fd : keep) {
    if (fd < 3) continue;
    CloseRange(first, static_cast<unsigned>(fd) - 1);
    first = static_cast<unsigned>(fd) + 1;
  }
  CloseRange(first, ~0u);
}

void ToNull(std::initializer_list<int> fds) {
  const Fd null = OutOfTheWay(Fd(open("/dev/null", O_RDWR | O_CLOEXEC)));
  for (const int fd : fds) {
    if (!null || dup2(null.Get(), fd) < 0) close(fd);
  }
}

}  // namespace

Fd OutOfTheWay(Fd fd) {
  if (!fd || fd.Get() >= kFirstOwn) return fd;
  return Fd(fcntl(fd.Get(), F_DUPFD_CLOEXEC, kFirstOwn));
}

std::pair<Fd, Fd> MakeChannel() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return {};
  Fd first(ends[0]), second(ends[1]);
  first = OutOfTheWay(std::move(first));
  second = OutOfTheWay(std::move(second));
  if (!first || !second) return {};
  return {std::move(first), std::move(second)};
}

void Detach(const char* name, std::initializer_list<int> keep) {
  setsid();
  prctl(PR_SET_NAME, name);
  if (chdir("/") != 0) return;
  for (const int fd : {0, 1, 2}) {
    if (std::find(keep.begin(), keep.end(), fd) == keep.end()) ToNull({fd});
  }
  CloseAllBut(keep);
}

void LetGoOfFiles(std::initializer_list<int> keep) {
  ToNull({0, 1});
  CloseAllBut(keep);
}

bool WaitFor(int fd, short events, SteadyTime deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd one{fd, events, 0};
    const int ready = poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return true;
    if (left <= 0) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

void Reap(pid_t child, SteadyTime deadline) {
  const Fd alive(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  if (alive) WaitFor(alive.Get(), POLLIN, deadline);
  waitpid(child, nullptr, WNOHANG);
}

Micros Now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace batchslo
