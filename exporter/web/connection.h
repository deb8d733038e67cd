#pragma once

#include <poll.h>

#include "exporter/web/channel.h"
#include "exporter/web/front.h"
#include "exporter/web/request_reader.h"

namespace batchslo {

// One peer: what came of it, what it still gets, and until when. It never waits, and moves a bounded amount in a turn. Who
// has it calls Turn when the socket is ready for what it awaits, and Expire when its time is over. One thread.
class Connection {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Stage { kOpening, kGreeting, kReading, kAnswering, kSending, kLeaving, kLingering, kEnded };

  // The descriptor, which does not block, is its own from here on; the rest outlives it.
  Connection(int fd, const FrontLimits& limits, const FrontTold& told, const TlsInForce& tls, Time now);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  void Turn(Time now);
  // Nothing more is to be expected of it.
  void Expire(Time now);
  // A request that has come, once; it then waits for Take.
  std::optional<Question> Ask() { return std::exchange(question_, std::nullopt); }
  void Take(Reply reply, Time now);
  void End();

  int Fd() const { return fd_; }
  Stage At() const { return stage_; }
  short Awaits() const { return awaits_; }  // POLLIN, POLLOUT; 0: nothing of the socket
  Time Until() const { return until_; }
  Time Since() const { return since_; }  // waits for a request, or takes a reply
  // It may wait behind others: it is sending, or its turn is dear.
  bool IsPatient() const { return awaits_ == POLLOUT || stage_ == Stage::kGreeting; }

 private:
  void Open(Time now);
  void Greet(Time now);
  void Await(Time now);
  void Read(Time now);
  void FindRequest(Time now);
  void Say(std::string bytes);
  bool Flush(Time now);
  void Send(Time now);
  void Refuse(const Refusal& refusal, Time now);
  void Leave(Time now);
  void Shut();
  void Linger();

  const int fd_;
  const FrontLimits& limits_;
  const FrontTold& told_;
  const TlsInForce& tls_;
  Channel channel_;
  Stage stage_ = Stage::kOpening;
  short awaits_ = POLLIN;
  Time since_, until_, reply_until_;
  int requests_ = 0;
  RequestReader reader_;
  std::optional<Question> question_;
  Then then_ = Then::kKeep;
  std::string said_;
  Pieces pieces_;
  std::string_view unsent_;  // of what was said, or of the last piece
};

}  // namespace batchslo
