#include "tests/bench/load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace batchslo::bench {
namespace {

using Steady = std::chrono::steady_clock;

double SecondsSince(Steady::time_point begin) { return std::chrono::duration<double>(Steady::now() - begin).count(); }

struct Peer {
  int fd = -1;
  std::size_t number = 0;
  Steady::time_point sent;
  std::string received;
};

// The length of the whole reply; 0: not all of it is there.
std::size_t WholeReply(const std::string& text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  const std::size_t length = text.find("Content-Length: ");
  const std::size_t body = length < end ? std::strtoul(text.c_str() + length + 16, nullptr, 10) : 0;
  return text.size() >= end + 4 + body ? end + 4 + body : 0;
}

class Generator {
 public:
  Generator(std::uint16_t port, std::size_t peers, std::size_t first, const std::function<std::string(std::size_t)>& request)
      : port_(port), next_(first), request_(request), epoll_(epoll_create1(EPOLL_CLOEXEC)), peers_(peers) {
    for (Peer& peer : peers_) Connect(peer);
  }
  ~Generator() {
    for (Peer& peer : peers_) close(peer.fd);
    close(epoll_);
  }

  Load Run(double seconds) {
    const auto begin = Steady::now();
    for (Peer& peer : peers_) Ask(peer);
    for (open_ = peers_.size(); open_ > 0;) {
      epoll_event events[64];
      const int count = epoll_wait(epoll_, events, 64, 10'000);
      if (count <= 0) throw std::runtime_error("the daemon answers nobody for ten seconds");
      asking_ = SecondsSince(begin) < seconds;
      for (int i = 0; i < count; ++i) Receive(*static_cast<Peer*>(events[i].data.ptr));
    }
    load_.seconds = SecondsSince(begin);
    std::sort(load_.latencies.begin(), load_.latencies.end());
    return std::move(load_);
  }

 private:
  void Connect(Peer& peer) {
    if (peer.fd >= 0) close(peer.fd);
    peer.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(peer.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("the daemon takes no connection");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &peer;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.fd, &event);
  }

  void Ask(Peer& peer) {
    const std::string text = request_(peer.number = next_++);
    peer.sent = Steady::now();
    if (send(peer.fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) throw std::runtime_error("a request could not be sent");
  }

  void Receive(Peer& peer) {
    char buffer[4096];
    const ssize_t count = recv(peer.fd, buffer, sizeof buffer, 0);
    if (count > 0) peer.received.append(buffer, static_cast<std::size_t>(count));
    const std::size_t whole = WholeReply(peer.received);
    if (whole == 0 && count > 0) return;
    Count(peer);
    const bool closes = count <= 0 || peer.received.find("Connection: close") != std::string::npos;
    peer.received.erase(0, whole);
    if (closes && asking_) Connect(peer);
    if (asking_) return Ask(peer);
    epoll_ctl(epoll_, EPOLL_CTL_DEL, peer.fd, nullptr);
    --open_;
  }

  void Count(const Peer& peer) {
    if (peer.received.starts_with("HTTP/1.1 200 ")) {
      load_.latencies.push_back(SecondsSince(peer.sent));
      load_.acknowledged.push_back(peer.number);
    } else if (peer.received.starts_with("HTTP/1.1 503 ") && peer.received.find("Retry-After: ") != std::string::npos) {
      ++load_.refused;
    } else {
      ++load_.wrong;
    }
  }

  const std::uint16_t port_;
  std::size_t next_, open_ = 0;
  const std::function<std::string(std::size_t)>& request_;
  const int epoll_;
  bool asking_ = true;
  std::vector<Peer> peers_;
  Load load_;
};

}  // namespace

Load MakeLoad(std::uint16_t port, std::size_t peers, double seconds, std::size_t first, const std::function<std::string(std::size_t)>& request) {
  return Generator(port, peers, first, request).Run(seconds);
}

}  // namespace batchslo::bench
