// Tested by tests/web/server_test.cc, tests/web/crowd_test.cc and tests/web/tls_test.cc.
#include "exporter/web/front.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <system_error>
#include <thread>

#include "exporter/web/connection.h"
#include "exporter/web/workers.h"

namespace batchslo {
namespace {

using Steady = std::chrono::steady_clock;
using Time = Connection::Time;
using Stage = Connection::Stage;
constexpr int kMostAccepts = 64, kMostEvents = 256;  // in one turn
constexpr std::chrono::milliseconds kPatientTime{1};
constexpr std::chrono::milliseconds kSweep{10}, kNoDescriptors{50};
constexpr std::uint64_t kWake = 0, kPatient = 1, kListeners = 2;  // what epoll tells of; above the listeners the peers

bool Watch(int epoll, int action, int fd, std::uint64_t id, std::uint32_t events) {
  epoll_event event{events, {}};
  event.data.u64 = id;
  return epoll_ctl(epoll, action, fd, &event) == 0;
}

// Sources and the ledger need some, too.
FrontLimits WithinDescriptors(FrontLimits limits) {
  rlimit most{};
  if (getrlimit(RLIMIT_NOFILE, &most) == 0) limits.connections = std::min<std::size_t>(limits.connections, most.rlim_cur / 2);
  return limits;
}

// Peers that send are watched by `prompt_`, as all else is. Peers whose turns are dear, since they take replies or shake
// hands, are watched by `patient_`: they get a millisecond, or one turn, between two of all others.
class SocketFront : public Front {
 public:
  SocketFront(std::vector<Listener> listeners, const FrontLimits& limits, Answers answers, FrontTold told, TlsInForce tls)
      : listeners_(std::move(listeners)), limits_(WithinDescriptors(limits)), at_once_(std::move(answers.at_once)), told_(std::move(told)), tls_(std::move(tls)),
        workers_(std::make_unique<Workers>(std::move(answers.answer), [this] { Wake(); })) {
    const bool is_ready = Watch(prompt_, EPOLL_CTL_ADD, wake_, kWake, EPOLLIN) && Watch(prompt_, EPOLL_CTL_ADD, patient_, kPatient, EPOLLIN);
    if (!is_ready) throw std::system_error(errno, std::generic_category(), "epoll");
    for (std::size_t i = 0; i < listeners_.size(); ++i) Watch(prompt_, EPOLL_CTL_ADD, listeners_[i].Fd(), kListeners + i, EPOLLIN);
    thread_ = std::jthread([this](const std::stop_token& stop) { RunUntil(stop); });
  }

  ~SocketFront() override {
    thread_.request_stop();
    Wake();
    thread_.join();
    workers_.reset();  // the last that wakes it
    for (const int fd : {wake_, prompt_, patient_}) close(fd);
  }

  const std::vector<Listener>& Listeners() const override { return listeners_; }

 private:
  struct Peer {
    Peer(int fd, const SocketFront& front, Time now) : connection(fd, front.limits_, front.told_, front.tls_, now) {}
    Connection connection;
    int epoll = -1;  // where it waits, and for what
    short events = 0;
  };
  using Peers = std::map<std::uint64_t, Peer>;

  void Wake() const;
  void RunUntil(const std::stop_token& stop);
  int Patience(Time now) const;
  void Handle(const epoll_event& event);
  void TurnPatient();
  void Collect(Time now);
  void Listen(std::uint32_t events) const;
  void Accept(const Listener& listener, Time now);
  void Admit(int fd, Time now);
  bool MakeRoom(Time now);
  template <class Act>
  void With(Peers::iterator at, Time now, const Act& act);
  void Ask(std::uint64_t id, Connection& connection, Time now);
  bool Arm(std::uint64_t id, Peer& peer) const;
  void Remove(Peers::iterator at);
  void Sweep(Time now);

  std::vector<Listener> listeners_;
  const FrontLimits limits_;
  const decltype(Answers::at_once) at_once_;
  const FrontTold told_;
  const TlsInForce tls_;
  const int wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), prompt_ = epoll_create1(EPOLL_CLOEXEC), patient_ = epoll_create1(EPOLL_CLOEXEC);
  Peers peers_;  // the thread's own, as all below but the workers
  std::uint64_t next_id_ = kListeners + listeners_.size();
  Time sweep_at_ = Time::max(), deaf_until_ = Time::max();  // the least of all their times; no newcomers until then
  std::unique_ptr<Workers> workers_;
  std::jthread thread_;
};

void SocketFront::Wake() const {
  const std::uint64_t one = 1;
  static_cast<void>(!write(wake_, &one, sizeof one));
}

void SocketFront::RunUntil(const std::stop_token& stop) {
  std::array<epoll_event, kMostEvents> ready{};
  while (!stop.stop_requested()) {
    const int count = epoll_wait(prompt_, ready.data(), kMostEvents, Patience(Steady::now()));
    for (int i = 0; i < count; ++i) Handle(ready[static_cast<std::size_t>(i)]);
    Sweep(Steady::now());
  }
  peers_.clear();
}

// For how many milliseconds nobody's time is over; -1: for ever.
int SocketFront::Patience(Time now) const {
  if (sweep_at_ == Time::max()) return -1;
  return static_cast<int>(std::max(std::chrono::ceil<std::chrono::milliseconds>(sweep_at_ - now).count(), std::chrono::milliseconds::rep{0}));
}

// A peer that is being answered has no turn, but it may be lost.
void SocketFront::Handle(const epoll_event& event) {
  const Time now = Steady::now();
  const std::uint64_t id = event.data.u64;
  if (id == kWake) return Collect(now);
  if (id == kPatient) return TurnPatient();
  if (id < kListeners + listeners_.size()) return Accept(listeners_[id - kListeners], now);
  const auto at = peers_.find(id);
  if (at == peers_.end()) return;
  const bool is_lost = at->second.connection.At() == Stage::kAnswering && (event.events & (EPOLLHUP | EPOLLERR)) != 0;
  With(at, now, [&](Connection& connection) { is_lost ? connection.End() : connection.Turn(now); });
}

// One turn, and as many more as there is time for; who had his goes to the end of the line.
void SocketFront::TurnPatient() {
  const Time until = Steady::now() + kPatientTime;
  epoll_event one{};
  while (epoll_wait(patient_, &one, 1, 0) == 1) {
    Handle(one);
    if (Steady::now() >= until) return;
  }
}

void SocketFront::Collect(Time now) {
  std::uint64_t count = 0;
  static_cast<void>(!read(wake_, &count, sizeof count));
  for (Workers::Work& work : workers_->Finished()) {
    const auto at = peers_.find(work.id);
    if (at == peers_.end()) continue;  // it is gone
    With(at, now, [&](Connection& connection) { work.reply ? connection.Take(*std::move(work.reply), now) : connection.End(); });
  }
}

// Whatever goes wrong with one peer, it ends that one alone.
template <class Act>
void SocketFront::With(Peers::iterator at, Time now, const Act& act) {
  Connection& connection = at->second.connection;
  try {
    act(connection);
    Ask(at->first, connection, now);
  } catch (const std::exception&) {
    connection.End();
  }
  if (connection.At() == Stage::kEnded || !Arm(at->first, at->second)) return Remove(at);
  sweep_at_ = std::min(sweep_at_, connection.Until());
}

void SocketFront::Ask(std::uint64_t id, Connection& connection, Time now) {
  auto question = connection.Ask();
  if (!question) return;
  if (auto reply = at_once_(question->head)) return connection.Take(Exchange(*std::move(question), [&](const WebRequest&) { return *std::move(reply); }), now);
  if (workers_->Take(id, *std::move(question))) return;
  told_.refused("full");
  connection.Take({std::string(kComeAgain)}, now);
}

bool SocketFront::Arm(std::uint64_t id, Peer& peer) const {
  const short events = peer.connection.Awaits();
  const int epoll = peer.connection.IsPatient() ? patient_ : prompt_;
  if (epoll == peer.epoll && events == peer.events) return true;
  const int action = epoll == peer.epoll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (action == EPOLL_CTL_ADD && peer.epoll >= 0) Watch(peer.epoll, EPOLL_CTL_DEL, peer.connection.Fd(), id, 0);
  peer.epoll = epoll;
  peer.events = events;
  return Watch(epoll, action, peer.connection.Fd(), id, static_cast<std::uint32_t>(events));
}

// A child that is being started may still hold the descriptor: closing it would not end what epoll tells of it.
void SocketFront::Remove(Peers::iterator at) {
  Watch(at->second.epoll, EPOLL_CTL_DEL, at->second.connection.Fd(), at->first, 0);
  peers_.erase(at);
  told_.connections(-1);
}

// Ends the connection that has been waiting longest, else the one that has been taking its reply longest, and too long.
// False: there is none.
bool SocketFront::MakeRoom(Time now) {
  const auto rank = [&](const Peers::value_type& peer) {
    const Connection& one = peer.second.connection;
    if (one.At() != Stage::kSending && one.At() != Stage::kAnswering) return std::pair(0, one.Since());
    return std::pair(one.At() == Stage::kSending && one.Since() <= now - limits_.crowded ? 1 : 2, one.Since());
  };
  const auto leaves = std::min_element(peers_.begin(), peers_.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  if (leaves == peers_.end() || rank(*leaves).first == 2) return false;
  told_.refused("evicted");
  Remove(leaves);
  return true;
}

void SocketFront::Admit(int fd, Time now) {
  if (peers_.size() < limits_.connections || MakeRoom(now)) {
    Peers::iterator at;
    try {
      at = peers_.try_emplace(next_id_++, fd, *this, now).first;
    } catch (const std::exception&) {  // no memory
      return static_cast<void>(close(fd));
    }
    told_.connections(1);
    return With(at, now, [](Connection&) {});
  }
  if (!tls_ || !tls_()) static_cast<void>(send(fd, kComeAgain.data(), kComeAgain.size(), MSG_NOSIGNAL));  // TLS would take it for a fault
  told_.refused("full");
  close(fd);
}

void SocketFront::Listen(std::uint32_t events) const {
  for (std::size_t i = 0; i < listeners_.size(); ++i) Watch(prompt_, EPOLL_CTL_MOD, listeners_[i].Fd(), kListeners + i, events);
}

// Without descriptors somebody must go first; where nobody can, newcomers wait a while.
void SocketFront::Accept(const Listener& listener, Time now) {
  for (int count = 0; count < kMostAccepts; ++count) {
    const int fd = accept4(listener.Fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      Admit(fd, now);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return;
    const bool is_ours = errno == EMFILE;
    if (MakeRoom(now) && is_ours) continue;
    Listen(0);
    deaf_until_ = now + kNoDescriptors;
    sweep_at_ = std::min(sweep_at_, deaf_until_);
    return;
  }
}

void SocketFront::Sweep(Time now) {
  if (now < sweep_at_) return;
  if (now >= deaf_until_) {
    Listen(EPOLLIN);
    deaf_until_ = Time::max();
  }
  sweep_at_ = deaf_until_;
  for (auto at = peers_.begin(); at != peers_.end();) {
    const auto each = at++;
    if (each->second.connection.Until() <= now) {
      With(each, now, [&](Connection& connection) { connection.Expire(now); });
    } else {
      sweep_at_ = std::min(sweep_at_, each->second.connection.Until());
    }
  }
  sweep_at_ = std::max(sweep_at_, now + kSweep);
}

}  // namespace

std::unique_ptr<Front> Front::Start(std::vector<Listener> listeners, const FrontLimits& limits, Answers answers, FrontTold told, TlsInForce tls) {
  return std::make_unique<SocketFront>(std::move(listeners), limits, std::move(answers), std::move(told), std::move(tls));
}

}  // namespace batchslo
