// Tested by tests/web/server_test.cc and tests/web/tls_test.cc.
#include "exporter/web/front.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "exporter/web/channel.h"

namespace batchslo {
namespace {

using Steady = std::chrono::steady_clock;
constexpr Steady::time_point kNever = Steady::time_point::max();
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr int kMostRequests = 1000;  // on one connection
constexpr int kMostAccepts = 64;     // in one turn: those that ended are taken away in between
constexpr int kNiceness = 10;        // of the threads of connections, to the one that judges
constexpr std::chrono::milliseconds kLinger{500}, kNoDescriptors{50};

// False: not within the time, or the socket is gone.
bool Await(int fd, short what, Steady::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now());
    if (left.count() <= 0) return false;
    pollfd entry{fd, what, 0};
    const int ready = poll(&entry, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// One peer, on its own thread.
class Connection {
 public:
  Connection(int fd, const FrontLimits& limits, const Answer& answer, const FrontTold& told, const TlsInForce& tls, Held& held)
      : fd_(fd), limits_(limits), answer_(answer), told_(told), tls_(tls), held_(held), channel_(fd, tls ? tls() : nullptr) {}

  void Serve();
  // Any thread: wakes it whatever it waits for.
  void Interrupt() const { shutdown(fd_, SHUT_RDWR); }

  int Fd() const { return fd_; }
  std::atomic<Steady::time_point> waiting_since = Steady::now();  // for a request, or for the rest of one; kNever: it does not
  std::atomic<Steady::time_point> sending_since = kNever;          // a reply, or a row without a rest
  std::atomic<bool> ended = false;

 private:
  bool Greet();
  bool Receive(Steady::time_point until);
  bool ReceiveUntil(std::size_t bytes, Steady::time_point until);
  std::optional<std::size_t> ReceiveHead(Steady::time_point& until);
  Then ServeOne(Then then);
  Then Refuse(const Refusal& refusal);
  bool Send(const char* bytes, std::size_t size, Steady::time_point until);
  void Linger(Steady::time_point until) const;

  const int fd_;
  const FrontLimits& limits_;
  const Answer& answer_;
  const FrontTold& told_;
  const TlsInForce& tls_;
  Held& held_;
  Channel channel_;
  short reads_after_ = POLLIN;
  std::string received_;  // not yet used
  std::optional<Steady::time_point> busy_since_;  // when the first of the replies began that are taken without a rest
};

// The handshake, which has the time of one request. False: there was none, or it failed.
bool Connection::Greet() {
  if (!channel_.Of()) return true;
  if (!Await(fd_, POLLIN, Steady::now() + limits_.idle)) return false;
  constexpr char kHandshake = 0x16;
  char first = 0;
  if (recv(fd_, &first, 1, MSG_PEEK) != 1) return false;
  if (first != kHandshake) {
    channel_.TurnPlain();
    return Refuse({400, "tls", "this address speaks TLS: begin it with https://"}), false;
  }
  const auto until = Steady::now() + limits_.request;
  Moved moved = channel_.Greet();
  while (moved.bytes == 0 && moved.wait != 0 && Await(fd_, moved.wait, until)) moved = channel_.Greet();
  if (moved.bytes > 0) return true;
  told_.refused("tls");
  Linger(Steady::now() + kLinger);
  return false;
}

// Each record of TLS fits into the buffer, so nothing is left where poll does not see it.
bool Connection::Receive(Steady::time_point until) {
  char buffer[16 << 10];
  if (!Await(fd_, reads_after_, until)) return false;
  const Moved moved = channel_.Receive(buffer, sizeof buffer);
  reads_after_ = moved.wait != 0 ? moved.wait : short{POLLIN};
  received_.append(buffer, moved.bytes);
  return moved.bytes > 0 || moved.wait != 0;
}

bool Connection::ReceiveUntil(std::size_t bytes, Steady::time_point until) {
  while (received_.size() < bytes) {
    if (!Receive(until)) return false;
  }
  return true;
}

// The length of the head; `until` becomes the end of the time for the whole request, which begins with its first byte.
std::optional<std::size_t> Connection::ReceiveHead(Steady::time_point& until) {
  until = Steady::now() + limits_.idle;
  if (received_.empty() && !Receive(until)) return std::nullopt;
  until = Steady::now() + limits_.request;
  for (std::size_t searched = 0;;) {
    const std::size_t at = received_.find(kHeadEnd, searched);
    if (at != std::string::npos) return at + kHeadEnd.size();
    if (received_.size() > kMostHead) return received_.size();
    searched = received_.size() < kHeadEnd.size() ? 0 : received_.size() - kHeadEnd.size() + 1;
    if (!Receive(until)) return std::nullopt;
  }
}

bool Connection::Send(const char* bytes, std::size_t size, Steady::time_point until) {
  while (size > 0) {
    const Moved moved = channel_.Send(bytes, size);
    bytes += moved.bytes;
    size -= moved.bytes;
    if (moved.bytes > 0) continue;
    if (moved.wait == 0 || !Await(fd_, moved.wait, std::min(until, Steady::now() + limits_.write))) return false;
  }
  return true;
}

// The peer may still be sending: closing at once would make its system throw away what we said last.
void Connection::Linger(Steady::time_point until) const {
  char ignored[16 << 10];
  shutdown(fd_, SHUT_WR);
  while (Await(fd_, POLLIN, until) && recv(fd_, ignored, sizeof ignored, 0) > 0) {
  }
}

Then Connection::Refuse(const Refusal& refusal) {
  told_.refused(refusal.reason);
  const std::string body = std::string(refusal.message) + "\n";
  const std::string reply = "HTTP/1.1 " + std::to_string(refusal.status) + " Refused\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n" + body;
  const auto until = Steady::now() + kLinger;
  if (!Send(reply.data(), reply.size(), until)) return Then::kClose;
  channel_.End();
  Linger(until);
  return Then::kClose;
}

Then Connection::ServeOne(Then then) {
  sending_since = kNever;
  if (waiting_since.load() == kNever) waiting_since = Steady::now();  // else since it was taken in
  const Steady::time_point began = waiting_since;
  Steady::time_point until;
  const auto length = ReceiveHead(until);
  if (!length) return received_.empty() ? Then::kClose : Refuse({408, "slow", "the request took too long"});
  auto checked = CheckHead(std::string_view(received_).substr(0, *length));
  if (const auto* refusal = std::get_if<Refusal>(&checked)) return Refuse(*refusal);
  const auto& head = std::get<RequestHead>(checked);
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  if (head.expects_continue && !Send(kContinue.data(), kContinue.size(), until)) return Then::kClose;
  if (!ReceiveUntil(*length + head.body_bytes, until)) return Refuse({408, "slow", "the request took too long"});
  std::string body = received_.substr(*length, head.body_bytes);
  received_.erase(0, *length + head.body_bytes);
  received_.shrink_to_fit();  // what came may have been large, and the next may be long in coming
  waiting_since = kNever;
  if (Steady::now() - began >= limits_.rest) busy_since_.reset();
  if (tls_ && tls_().get() != channel_.Of()) then = Then::kClose;
  std::optional<Steady::time_point> reply_until;  // of the reply, from its first byte
  return Exchange(head, std::move(body), then, answer_, held_, [&](const char* bytes, std::size_t size) {
    if (!reply_until) {
      const auto now = Steady::now();
      reply_until = now + limits_.reply;
      if (!busy_since_) busy_since_ = now;
      sending_since = *busy_since_;
    }
    return Send(bytes, size, *reply_until);
  });
}

void Connection::Serve() {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Then then = Greet() ? Then::kKeep : Then::kClose;
  for (int count = 1; then == Then::kKeep; ++count) then = ServeOne(count == kMostRequests ? Then::kClose : Then::kKeep);
  channel_.End();
  Interrupt();  // the peer sees the end now, the descriptor is closed by who made it
  ended = true;
}

class SocketFront : public Front {
 public:
  SocketFront(std::vector<Listener> listeners, const FrontLimits& limits, Answer answer, FrontTold told, TlsInForce tls)
      : listeners_(std::move(listeners)), limits_(limits), answer_(std::move(answer)), told_(std::move(told)), tls_(std::move(tls)), wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    accepter_ = std::jthread([this](const std::stop_token& stop) { AcceptUntil(stop); });
  }

  ~SocketFront() override {
    accepter_.request_stop();
    Wake();
    accepter_.join();
    close(wake_);
  }

  const std::vector<Listener>& Listeners() const override { return listeners_; }

 private:
  struct Entry {
    Entry(int fd, SocketFront& front) : connection(fd, front.limits_, front.answer_, front.told_, front.tls_, front.held_) {}
    Connection connection;
    bool interrupted = false;  // to make room; no longer counted
    std::jthread thread;
  };

  using Since = std::atomic<Steady::time_point> Connection::*;

  void Wake() const {
    const std::uint64_t one = 1;
    static_cast<void>(!write(wake_, &one, sizeof one));
  }
  void AcceptUntil(const std::stop_token& stop);
  void Accept(const Listener& listener);
  void Admit(int fd);
  void TurnAway(int fd) const;
  bool MakeRoom();
  void Reap();

  std::vector<Listener> listeners_;
  const FrontLimits limits_;
  const Answer answer_;
  const FrontTold told_;
  const TlsInForce tls_;
  const int wake_;
  Held held_;
  std::list<Entry> connections_;  // oldest first; the accepter's
  std::jthread accepter_;
};

void SocketFront::Reap() {
  std::uint64_t count = 0;
  static_cast<void>(!read(wake_, &count, sizeof count));
  connections_.remove_if([&](Entry& entry) {
    if (!entry.connection.ended) return false;
    entry.thread.join();
    close(entry.connection.Fd());
    told_.connections(-1);
    return true;
  });
}

// Interrupts the connection that waits longest; before one that has waited for a moment only, that which has been taking its
// reply longest, and too long. It ends by itself soon. False: there is none.
bool SocketFront::MakeRoom() {
  const auto now = Steady::now();
  const auto since = [](const Entry& entry, Since what) { return entry.interrupted ? kNever : (entry.connection.*what).load(); };
  const auto longest = [&](Since what) {
    return std::min_element(connections_.begin(), connections_.end(), [&](const Entry& a, const Entry& b) { return since(a, what) < since(b, what); });
  };
  if (connections_.empty()) return false;
  auto leaves = longest(&Connection::waiting_since);
  const auto waits_since = since(*leaves, &Connection::waiting_since);
  if (waits_since > now - limits_.fresh) {
    const auto sender = longest(&Connection::sending_since);
    const bool is_slow = since(*sender, &Connection::sending_since) <= now - limits_.crowded;
    if (!is_slow && waits_since == kNever) return false;
    if (is_slow) leaves = sender;
  }
  leaves->interrupted = true;
  leaves->connection.Interrupt();
  told_.refused("evicted");
  return true;
}

void SocketFront::Admit(int fd) {
  const auto count = std::count_if(connections_.begin(), connections_.end(), [](const Entry& entry) { return !entry.interrupted; });
  if (static_cast<std::size_t>(count) >= limits_.connections && !MakeRoom()) return TurnAway(fd);
  Entry& entry = connections_.emplace_back(fd, *this);
  try {
    entry.thread = std::jthread([this, &entry] {
      setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
      entry.connection.Serve();
      Wake();
    });
  } catch (const std::system_error&) {  // no more threads for us
    connections_.pop_back();
    return TurnAway(fd);
  }
  told_.connections(1);
}

void SocketFront::TurnAway(int fd) const {
  static constexpr std::string_view kBusy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
  if (!tls_ || !tls_()) static_cast<void>(send(fd, kBusy.data(), kBusy.size(), MSG_NOSIGNAL));  // TLS would take it for a fault
  told_.refused("full");
  close(fd);
}

// Takes all who wait. Without descriptors somebody must go first: the next turn finds that one gone.
void SocketFront::Accept(const Listener& listener) {
  for (int count = 0; count < kMostAccepts; ++count) {
    const int fd = accept4(listener.Fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      Admit(fd);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return;
    MakeRoom();
    pollfd ended{wake_, POLLIN, 0};
    poll(&ended, 1, static_cast<int>(kNoDescriptors.count()));
    return;
  }
}

void SocketFront::AcceptUntil(const std::stop_token& stop) {
  std::vector<pollfd> entries{{wake_, POLLIN, 0}};
  for (const Listener& listener : listeners_) entries.push_back({listener.Fd(), POLLIN, 0});
  while (!stop.stop_requested()) {
    poll(entries.data(), entries.size(), -1);
    Reap();
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      if (entries[i + 1].revents != 0) Accept(listeners_[i]);
    }
  }
  for (const Entry& entry : connections_) entry.connection.Interrupt();
  for (Entry& entry : connections_) {
    entry.thread.join();
    close(entry.connection.Fd());
  }
}

}  // namespace

std::unique_ptr<Front> Front::Start(std::vector<Listener> listeners, const FrontLimits& limits, Answer answer, FrontTold told, TlsInForce tls) {
  return std::make_unique<SocketFront>(std::move(listeners), limits, std::move(answer), std::move(told), std::move(tls));
}

}  // namespace batchslo
