// Tested by tests/wrapper/delay_test.py.
#include "exporter/wrapper/stream.h"

#include <netdb.h>
#include <nss.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "exporter/wrapper/process.h"

namespace batchslo {
namespace {

using std::chrono::steady_clock;

// Empty: connected.
std::string ConnectOne(const addrinfo& address, SteadyTime deadline, Fd& socket_out) {
  Fd made(socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) return std::strerror(errno);
  if (connect(made.Get(), address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS)
    return std::strerror(errno);
  if (!WaitFor(made.Get(), POLLOUT, deadline)) return "no answer in time";
  int fault = 0;
  socklen_t size = sizeof fault;
  getsockopt(made.Get(), SOL_SOCKET, SO_ERROR, &fault, &size);
  if (fault != 0) return std::strerror(fault);
  socket_out = std::move(made);
  return {};
}

class PlainStream : public Stream {
 public:
  explicit PlainStream(Fd socket) : socket_(std::move(socket)) {}

  bool WriteAll(std::string_view bytes, SteadyTime deadline, std::string& fault) override {
    while (!bytes.empty()) {
      const ssize_t n = send(socket_.Get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(n));
      } else if (!Again(POLLOUT, deadline, fault)) {
        return false;
      }
    }
    return true;
  }

  bool ReadSome(std::string& bytes, SteadyTime deadline, std::string& fault) override {
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t n = recv(socket_.Get(), buffer.data(), buffer.size(), 0);
      if (n >= 0) {
        bytes.append(buffer.data(), static_cast<std::size_t>(n));
        return n > 0;
      }
      if (!Again(POLLIN, deadline, fault)) return false;
    }
  }

 private:
  // After a call that failed: whether it is worth another.
  bool Again(short events, SteadyTime deadline, std::string& fault) const {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) {
      fault = std::strerror(errno);
      return false;
    }
    if (WaitFor(socket_.Get(), events, deadline)) return true;
    fault = "no answer in time";
    return false;
  }

  Fd socket_;
};

}  // namespace

// Each address has its share of the time, so that one that swallows packets leaves some to the next.
Fd Connect(const Url& url, SteadyTime deadline, std::string& fault) {
  // Other services would load libraries of the system's glibc into a static binary.
  __nss_configure_lookup("hosts", "files dns");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found); error != 0) {
    fault = std::string("can't resolve the host: ") + gai_strerror(error);
    return {};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  int left = 0;
  for (const addrinfo* address = found; address; address = address->ai_next) ++left;
  Fd socket;
  for (const addrinfo* address = found; address && !socket; address = address->ai_next, --left) {
    const auto now = steady_clock::now();
    fault = ConnectOne(*address, now + (deadline - now) / left, socket);
  }
  return socket;
}

std::unique_ptr<Stream> MakePlain(Fd socket) { return std::make_unique<PlainStream>(std::move(socket)); }

}  // namespace batchslo
