// Tested by tests/web/server_test.cc and tests/web/tls_test.cc, fuzzed by tests/fuzz/connection_fuzz.cc.
#include "exporter/web/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace batchslo {
namespace {

constexpr int kMostRequests = 1000;  // on one connection
constexpr std::size_t kMostRead = 16 << 10;  // each record of TLS fits, so nothing is left where poll does not see it
constexpr std::chrono::milliseconds kLinger{500};
constexpr Refusal kSlow{408, "slow", "the request took too long"}, kPlain{400, "tls", "this address speaks TLS: begin it with https://"};

}  // namespace

Connection::Connection(int fd, const FrontLimits& limits, const FrontTold& told, const TlsInForce& tls, Time now)
    : fd_(fd), limits_(limits), told_(told), tls_(tls), channel_(fd, tls ? tls() : nullptr), since_(now), until_(now + limits.idle), reply_until_(until_) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!channel_.Of()) stage_ = Stage::kReading;
}

Connection::~Connection() {
  channel_.End();
  close(fd_);
}

void Connection::Turn(Time now) {
  if (!Flush(now)) return;
  switch (stage_) {
    case Stage::kOpening: return Open(now);
    case Stage::kGreeting: return Greet(now);
    case Stage::kReading: return Read(now);
    case Stage::kSending: return Send(now);
    case Stage::kLeaving: return Shut();
    case Stage::kLingering: return Linger();
    case Stage::kAnswering: case Stage::kEnded: return;
  }
}

// A handshake has the time of one request, from its first byte.
void Connection::Open(Time now) {
  constexpr char kHandshake = 0x16;
  char first = 0;
  const ssize_t count = recv(fd_, &first, 1, MSG_PEEK);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count != 1) return End();
  stage_ = Stage::kGreeting;
  until_ = now + limits_.request;
  if (first == kHandshake) return;
  channel_.TurnPlain();
  Refuse(kPlain, now);
}

void Connection::Greet(Time now) {
  const Moved moved = channel_.Greet();
  awaits_ = moved.wait;
  if (moved.bytes > 0) return Await(now);
  if (moved.wait == 0) Expire(now);
}

// Of what is here already no socket tells: it goes on when the peer has taken what came before.
void Connection::Await(Time now) {
  stage_ = Stage::kReading;
  since_ = now;
  until_ = now + (reader_.HasBegun() ? limits_.request : limits_.idle);
  awaits_ = reader_.HasBegun() ? POLLOUT : POLLIN;
}

void Connection::Read(Time now) {
  FindRequest(now);
  if (stage_ != Stage::kReading || !unsent_.empty()) return;
  char buffer[kMostRead];
  const Moved moved = channel_.Receive(buffer, sizeof buffer);
  awaits_ = moved.wait != 0 ? moved.wait : short{POLLIN};
  if (moved.bytes == 0) return moved.wait == 0 ? Expire(now) : void();
  if (!reader_.HasBegun()) until_ = now + limits_.request;
  reader_.Add({buffer, moved.bytes});
  FindRequest(now);
}

void Connection::FindRequest(Time now) {
  auto next = reader_.Next();
  if (const auto* refusal = std::get_if<Refusal>(&next)) return Refuse(*refusal, now);
  if (const auto* unfinished = std::get_if<RequestReader::Unfinished>(&next)) {
    if (!unfinished->wants_go_ahead) return;
    Say("HTTP/1.1 100 Continue\r\n\r\n");
    return Flush(now) ? FindRequest(now) : void();
  }
  auto& request = std::get<RequestReader::Request>(next);
  const bool is_last = ++requests_ == kMostRequests || (tls_ && tls_().get() != channel_.Of());
  question_ = Question{std::move(request.head), std::move(request.body), is_last ? Then::kClose : Then::kKeep};
  stage_ = Stage::kAnswering;
  until_ = Time::max();
  awaits_ = 0;
}

void Connection::Say(std::string bytes) {
  said_ = std::string(unsent_) + std::move(bytes);
  unsent_ = said_;
}

// True: the peer has taken all that was to be sent.
bool Connection::Flush(Time now) {
  while (!unsent_.empty()) {
    const Moved moved = channel_.Send(unsent_.data(), unsent_.size());
    if (moved.bytes == 0) {
      awaits_ = moved.wait;
      return moved.wait == 0 ? End() : void(), false;
    }
    unsent_.remove_prefix(moved.bytes);
    if (stage_ == Stage::kSending) until_ = std::min(now + limits_.write, reply_until_);
  }
  said_ = {};
  return true;
}

void Connection::Take(Reply reply, Time now) {
  stage_ = Stage::kSending;
  since_ = now;
  reply_until_ = now + limits_.reply;
  until_ = std::min(now + limits_.write, reply_until_);
  then_ = reply.then;
  pieces_ = std::move(reply.pieces);
  Say(std::move(reply.bytes));
  if (!pieces_) return Turn(now);
  if (Flush(now)) awaits_ = POLLOUT;
}

// One piece a turn.
void Connection::Send(Time now) {
  if (pieces_) {
    awaits_ = POLLOUT;
    unsent_ = pieces_();
    if (!unsent_.empty()) return static_cast<void>(Flush(now));
    pieces_ = nullptr;
  }
  then_ == Then::kKeep ? Await(now) : Leave(now);
}

void Connection::Refuse(const Refusal& refusal, Time now) {
  told_.refused(refusal.reason);
  Say(Written(refusal));
  Leave(now);
}

void Connection::Leave(Time now) {
  stage_ = Stage::kLeaving;
  until_ = now + kLinger;
  if (Flush(now)) Shut();
}

// The peer may still be sending: closing at once would make its system throw away what we said last.
void Connection::Shut() {
  channel_.End();
  shutdown(fd_, SHUT_WR);
  stage_ = Stage::kLingering;
  awaits_ = POLLIN;
}

void Connection::Linger() {
  char ignored[kMostRead];
  const ssize_t count = recv(fd_, ignored, sizeof ignored, 0);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) End();
}

void Connection::Expire(Time now) {
  if (stage_ == Stage::kReading && reader_.HasBegun()) return Refuse(kSlow, now);
  if (stage_ != Stage::kGreeting) return End();
  told_.refused("tls");
  Leave(now);
}

void Connection::End() {
  stage_ = Stage::kEnded;
  awaits_ = 0;
  unsent_ = {};
}

}  // namespace batchslo
