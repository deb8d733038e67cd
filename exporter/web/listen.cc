// Tested by tests/web/server_test.cc.
#include "exporter/web/listen.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace batchslo {
namespace {

constexpr int kBacklog = 1024;

struct Address {
  std::string host, port;
};

Result<Address> ParseAddress(const std::string& text) {
  const Error bad{"\"" + text + "\" is no address to listen on; write HOST:PORT, [::1]:PORT or :PORT"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad;
  Address address{text.substr(0, colon), text.substr(colon + 1)};
  const bool digits = !address.port.empty() && address.port.size() <= 5 && std::all_of(address.port.begin(), address.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || std::stoi(address.port) > 65535) return bad;
  const bool bracketed = address.host.starts_with('[') && address.host.ends_with(']');
  if (bracketed) address.host = address.host.substr(1, address.host.size() - 2);
  if (!bracketed && address.host.find(':') != std::string::npos) return bad;
  return address;
}

std::uint16_t PortOf(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&name)->sin6_port);
  return name.ss_family == AF_INET ? ntohs(reinterpret_cast<sockaddr_in*>(&name)->sin_port) : std::uint16_t{0};
}

// "127.0.0.1", "[::1]"; "unix" for what has no address of a network.
std::string HostOf(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
  if (name.ss_family != AF_INET && name.ss_family != AF_INET6) return "unix";
  char host[NI_MAXHOST] = "";
  getnameinfo(reinterpret_cast<sockaddr*>(&name), size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return name.ss_family == AF_INET6 ? "[" + std::string(host) + "]" : host;
}

// -1: not possible, errno says why.
int Bind(const addrinfo& info) {
  const int fd = socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1, off = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (info.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(fd, info.ai_addr, info.ai_addrlen) == 0 && listen(fd, kBacklog) == 0) return fd;
  const int why = errno;
  close(fd);
  errno = why;
  return -1;
}

}  // namespace

Listener::Listener(int fd, const std::string& host) : fd_(fd), address_(host + ":" + std::to_string(PortOf(fd))) {}

Listener::Listener(Listener&& other) noexcept : fd_(std::exchange(other.fd_, -1)), address_(std::move(other.address_)) {}

Listener::~Listener() {
  if (fd_ >= 0) close(fd_);
}

std::uint16_t Listener::Port() const { return PortOf(fd_); }

Result<Listener> Listener::Adopt(int fd) {
  int listens = 0, kind = 0;
  socklen_t size = sizeof listens, kind_size = sizeof kind;
  const bool is_socket = getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &kind_size) == 0;
  if (!is_socket || listens == 0 || kind != SOCK_STREAM) return Error{"descriptor " + std::to_string(fd) + " is no socket that listens; the socket unit wants ListenStream= and Accept=no"};
  fcntl(fd, F_SETFD, fcntl(fd, F_GETFD) | FD_CLOEXEC);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return Listener(fd, HostOf(fd));
}

Result<Listener> Listener::Open(const std::string& text) {
  const auto address = ParseAddress(text);
  if (!address) return address.GetError();
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  const bool all = address->host.empty();
  const int failed = getaddrinfo(all ? nullptr : address->host.c_str(), address->port.c_str(), &hints, &found);
  if (failed != 0) return Error{"can't listen on " + text + ": " + gai_strerror(failed) + "; name an address of this machine with --web.listen-address"};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  // All addresses are one IPv6 socket where there is IPv6; a name like localhost means its IPv4 address first.
  const int first = all ? AF_INET6 : AF_INET;
  int fd = -1;
  for (const bool preferred : {true, false}) {
    for (const addrinfo* info = found; info && fd < 0; info = info->ai_next) {
      if ((info->ai_family == first) == preferred) fd = Bind(*info);
    }
  }
  if (fd >= 0) return Listener(fd, text.substr(0, text.rfind(':')));
  return Error{"can't listen on " + text + ": " + std::strerror(errno) + "; choose another address with --web.listen-address"};
}

}  // namespace batchslo
