// P1: wall-clock seconds in which one thread asks 1,000 targets over HTTP, each of which takes 20 ms to answer. The
// least of some rounds; the connections are kept from the second on. One thread plays all targets.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <stdexcept>
#include <thread>

#include "exporter/net/http.h"
#include "tests/bench/measure.h"

namespace batchslo::bench {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t kTargets = 1'000, kAtOnce = 128;
constexpr int kRounds = 5;
constexpr std::chrono::milliseconds kLatency{20};

// Answers each request after kLatency. A request is what comes in one piece, as small ones do on loopback.
class Targets {
 public:
  Targets() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 1024) != 0)
      throw std::runtime_error("no port to be had");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { Serve(stop); });
  }
  ~Targets() {
    thread_.request_stop();
    thread_.join();
    for (const pollfd& one : sockets_) close(one.fd);
  }
  std::string Url(std::size_t target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/" + std::to_string(target);
  }

 private:
  void Serve(const std::stop_token& stop) {
    sockets_.push_back({listener_, POLLIN, 0});
    while (!stop.stop_requested()) {
      const auto next = waiting_.empty()
                            ? kLatency
                            : std::chrono::ceil<std::chrono::milliseconds>(waiting_.front().first - Steady::now());
      poll(sockets_.data(), sockets_.size(), static_cast<int>(std::max<std::int64_t>(0, next.count())));
      Receive();
      Reply();
    }
  }
  void Receive() {
    char buffer[4096];
    for (std::size_t i = sockets_.size(); i-- > 1;) {
      if (sockets_[i].revents == 0) continue;
      if (recv(sockets_[i].fd, buffer, sizeof buffer, 0) > 0) {
        waiting_.emplace_back(Steady::now() + kLatency, sockets_[i].fd);
        continue;
      }
      close(sockets_[i].fd);
      sockets_.erase(sockets_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) sockets_.push_back({fd, POLLIN, 0});
  }
  void Reply() {
    constexpr std::string_view kReply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    for (; !waiting_.empty() && waiting_.front().first <= Steady::now(); waiting_.pop_front())
      static_cast<void>(send(waiting_.front().second, kReply.data(), kReply.size(), MSG_NOSIGNAL));
  }

  const int listener_;
  std::uint16_t port_ = 0;
  std::vector<pollfd> sockets_;
  std::deque<std::pair<Steady::time_point, int>> waiting_;
  std::jthread thread_;
};

}  // namespace

void BenchPolling() {
  const Targets targets;
  const auto client = MakeHttpClient("batchslo-bench/1");
  std::vector<HttpRequest> requests(kTargets);
  for (std::size_t i = 0; i < kTargets; ++i) requests[i].url = targets.Url(i);
  double least = 1e9, cpu = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = Steady::now();
    cpu = std::min(cpu, CpuOf([&] {
                     for (const auto& reply : client->SendAll(requests, kAtOnce, begin + std::chrono::seconds{30})) {
                       if (!reply || reply->body != "{}") throw std::runtime_error("a target was not answered for");
                     }
                   }));
    least = std::min(least, std::chrono::duration<double>(Steady::now() - begin).count());
  }
  Note("%zu targets of %d ms, %zu at a time: %.0f ms, of which %.0f ms CPU; the least possible is %.0f ms", kTargets,
       static_cast<int>(kLatency.count()), kAtOnce, least * 1e3, cpu * 1e3,
       static_cast<double>((kTargets + kAtOnce - 1) / kAtOnce * static_cast<std::size_t>(kLatency.count())));
  Print({"P1", least, "s", 0.25, 1});
}

}  // namespace batchslo::bench
