#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace batchslo {

// Answers each connection on a free loopback port as the test says, one at a time, and keeps the heads of the requests.
class TinyServer {
 public:
  // One connection, as seen from the server. Ends with the peer, or when the server does.
  class Peer {
   public:
    Peer(int fd, const std::stop_token& stop) : fd_(fd), stop_(stop) {}
    bool Say(const std::string& bytes) { return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()); }
    // False: the peer has gone, or the test is over.
    bool Wait(std::chrono::milliseconds time) {
      for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
        pollfd hang_up{fd_, POLLRDHUP, 0};
        if (stop_.stop_requested() || poll(&hang_up, 1, 5) > 0) return false;
      }
      return true;
    }

   private:
    int fd_;
    std::stop_token stop_;
  };
  using Handler = std::function<void(Peer&, const std::string& head)>;

  explicit TinyServer(Handler handler) : handler_(std::move(handler)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 16);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { Accept(stop); });
  }
  ~TinyServer() {
    thread_.request_stop();
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  std::string Url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::vector<std::string> Heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

 private:
  void Accept(const std::stop_token& stop) {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      std::string head;
      for (char c; head.find("\r\n\r\n") == std::string::npos && recv(fd, &c, 1, 0) == 1;) head.push_back(c);
      {
        const std::lock_guard lock(mutex_);
        heads_.push_back(head);
      }
      Peer peer(fd, stop);
      handler_(peer, head);
      close(fd);
    }
  }

  Handler handler_;
  int listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> heads_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace batchslo
