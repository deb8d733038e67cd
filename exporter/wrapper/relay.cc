// Tested by tests/wrapper/streams_test.py.
#include "exporter/wrapper/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "exporter/wrapper/process.h"

namespace batchslo {
namespace {

// In packet mode each write comes out as one read, so lines that several processes write stay whole.
bool MakePipe(Fd& output, Fd& input) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_DIRECT) != 0 && pipe2(ends, O_CLOEXEC) != 0) return false;
  output = OutOfTheWay(Fd(ends[0]));
  input = OutOfTheWay(Fd(ends[1]));
  if (output) fcntl(output.Get(), F_SETPIPE_SZ, 1 << 20);  // a packet takes a page, however small
  return output && input;
}

// False: nobody reads any more. Any other fault (a full disk) loses bytes, as it would without us.
bool PassOn(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(STDERR_FILENO, bytes.data(), bytes.size());
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd one{STDERR_FILENO, POLLOUT, 0};
      poll(&one, 1, -1);
    } else if (errno != EINTR) {
      return errno != EPIPE;
    }
  }
  return true;
}

class Relaying {
 public:
  Relaying(Fd output, Fd channel) : output_(std::move(output)), channel_(std::move(channel)) {}

  void Run() {
    while (output_ || channel_) {
      pollfd both[] = {{output_.Get(), POLLIN, 0}, {channel_.Get(), POLLIN, 0}};
      poll(both, 2, -1);
      if (both[1].revents != 0)
        Answer();
      else if (both[0].revents != 0)
        PassOne();
    }
  }

 private:
  // Returns how many bytes there were. The job gets SIGPIPE when its output is closed, as from a reader that went.
  std::size_t PassOne() {
    std::array<char, 65536> buffer;
    const ssize_t n = read(output_.Get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) return 0;
    const std::string_view bytes(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    if (bytes.empty() || !PassOn(bytes)) output_.Close();
    tail_ += bytes;
    if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
    return bytes.size();
  }

  // What others write while this drains doesn't count: they may never stop.
  void Answer() {
    char request = 0;
    int there = 0;
    const bool asked = recv(channel_.Get(), &request, 1, MSG_DONTWAIT) == 1;
    if (asked && output_) ioctl(output_.Get(), FIONREAD, &there);
    for (auto left = static_cast<std::ptrdiff_t>(there); left > 0 && output_;)
      left -= static_cast<std::ptrdiff_t>(PassOne());
    const std::string_view end = std::string_view(tail_).substr(tail_.size() - std::min(tail_.size(), kTailBytes));
    if (asked) send(channel_.Get(), end.data(), end.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    channel_.Close();
  }

  Fd output_, channel_;
  std::string tail_;
};

}  // namespace

std::optional<Relay> Relay::Make() {
  if (isatty(STDERR_FILENO) || fcntl(STDERR_FILENO, F_GETFD) < 0) return std::nullopt;
  Fd output, input;
  auto [mine, its] = MakeChannel();
  if (!mine || !MakePipe(output, input)) return std::nullopt;
  const pid_t pid = fork();
  if (pid < 0) return std::nullopt;
  if (pid > 0) return Relay(std::move(input), std::move(mine), pid);
  mine.Close();
  input.Close();
  // Two descriptors of unknown order.
  const int low = std::min(output.Get(), its.Get()), high = std::max(output.Get(), its.Get());
  Detach("batchslo-stderr", {STDERR_FILENO, low, high});
  Relaying(std::move(output), std::move(its)).Run();
  _exit(0);
}

std::string Relay::Drain(SteadyTime deadline) {
  std::string tail(kTailBytes, '\0');
  send(channel_.Get(), "?", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (!WaitFor(channel_.Get(), POLLIN, deadline)) return {};
  const ssize_t n = recv(channel_.Get(), tail.data(), tail.size(), MSG_DONTWAIT);
  tail.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return tail;
}

}  // namespace batchslo
