#pragma once
// A client on a loopback socket, for tests of the server: sends any bytes, reads replies strictly, never waits for ever.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace batchslo {

struct PeerReply {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;
  bool whole = false;  // read to its end, as its head told
};

class Peer {
 public:
  explicit Peer(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  virtual ~Peer() { close(fd_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  bool IsConnected() const { return connected_; }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = Put(bytes.data(), bytes.size());
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // `method`: decides whether a body follows.
  PeerReply Read(std::string_view method = "GET") {
    PeerReply reply;
    if (!ReadHead(reply)) return reply;
    if (method == "HEAD" || reply.status == 100) {
      reply.whole = true;
    } else if (reply.headers.contains("transfer-encoding")) {
      reply.whole = ReadChunks(reply.body);
    } else {
      const auto length = reply.headers.find("content-length");
      if (length != reply.headers.end()) reply.whole = Take(std::strtoul(length->second.c_str(), nullptr, 10), reply.body);
    }
    return reply;
  }

  PeerReply Ask(std::string_view method, const std::string& target, const std::string& headers = "", const std::string& body = "") {
    Send(std::string(method) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body);
    return Read(method);
  }

  // Whether the other side ends the connection in time, and what came before.
  bool IsClosed(std::string* before = nullptr) {
    while (Receive()) {
    }
    if (before) *before = received_;
    return ended_;
  }

 protected:
  virtual ssize_t Put(const char* bytes, std::size_t size) { return send(fd_, bytes, size, MSG_NOSIGNAL); }
  virtual ssize_t Get(char* to, std::size_t size) { return recv(fd_, to, size, 0); }
  int Fd() const { return fd_; }

 private:
  static constexpr std::chrono::seconds kPatience{10};

  bool Receive() {
    pollfd entry{fd_, POLLIN, 0};
    if (ended_ || poll(&entry, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) <= 0) return false;
    char buffer[16 << 10];
    const ssize_t count = Get(buffer, sizeof buffer);
    ended_ = count <= 0;
    if (!ended_) received_.append(buffer, static_cast<std::size_t>(count));
    return !ended_;
  }

  std::optional<std::string> Line() {
    std::size_t at = 0;
    while ((at = received_.find("\r\n")) == std::string::npos) {
      if (!Receive()) return std::nullopt;
    }
    std::string line = received_.substr(0, at);
    received_.erase(0, at + 2);
    return line;
  }

  bool Take(std::size_t bytes, std::string& into) {
    while (received_.size() < bytes) {
      if (!Receive()) return false;
    }
    into.append(received_, 0, bytes);
    received_.erase(0, bytes);
    return true;
  }

  bool ReadHead(PeerReply& reply) {
    auto line = Line();
    if (!line || !line->starts_with("HTTP/1.1 ")) return false;
    reply.status = std::atoi(line->c_str() + 9);
    while ((line = Line()) && !line->empty()) {
      const std::size_t colon = line->find(": ");
      std::string name = line->substr(0, colon);
      for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
      reply.headers[name] = colon == std::string::npos ? "" : line->substr(colon + 2);
    }
    return line.has_value();
  }

  bool ReadChunks(std::string& body) {
    for (;;) {
      const auto size = Line();
      if (!size) return false;
      const std::size_t bytes = std::strtoul(size->c_str(), nullptr, 16);
      if (!Take(bytes, body)) return false;
      const auto end = Line();
      if (!end || !end->empty()) return false;
      if (bytes == 0) return true;
    }
  }

  const int fd_;
  bool connected_ = false, ended_ = false;
  std::string received_;
};

}  // namespace batchslo
