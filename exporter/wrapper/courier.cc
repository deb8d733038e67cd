// The life of a courier:
//
//   running    tells the start as soon as it can, then what other runs left in the spool
//   ended      the wrapper waits: until kNetworkBudget tells what is left, in order, and spools what can't be told
//   reported   the wrapper is gone: tries again with growing pauses until all is told or kRetryLimit is over
//
// A wrapper that goes without a word (SIGKILL) ends the running phase too; of the end there is nothing to tell then.
// Tested by tests/wrapper/spool_test.py.
#include "exporter/wrapper/courier.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "exporter/wrapper/attempt.h"
#include "exporter/wrapper/flush.h"
#include "exporter/wrapper/target.h"
#include "exporter/wrapper/text.h"

namespace batchslo {
namespace {

using std::chrono::steady_clock;

// The courier outlives the job now, and must go when the system says so.
void ListenToSignals() {
  std::signal(SIGTERM, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

Courier::Courier(const Arguments& arguments, Micros started, Fd channel)
    : arguments_(arguments),
      started_(started),
      channel_(std::move(channel)),
      spool_(arguments.spool_dir),
      pause_(kLeastPause) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of the job's: a write fails instead
  std::signal(SIGCHLD, SIG_DFL);
  Queue({Event::Status::kStart, arguments.run_id, started, std::nullopt, {}});
  std::string fault;
  if (!ReadTarget(arguments, target_, fault)) refusals_.insert(fault);
}

void Courier::Queue(const Event& event) {
  own_.push_back({SpoolName(started_, arguments_.job, arguments_.run_id, queued_++), RenderBody(event), std::nullopt});
}

bool Courier::IsOver() const {
  return phase_ == Phase::kReported && (own_.empty() || steady_clock::now() >= exited_ + kRetryLimit);
}

void Courier::Run() {
  while (!IsOver()) {
    DeliverOwn();
    if (phase_ == Phase::kEnded) ReportDone();
    if (own_.empty() && others_ == Others::kWaiting) FlushOthers();
    if (phase_ != Phase::kEnded && !IsOver()) Pause();
  }
}

// The end of the job, or of the wrapper.
void Courier::Receive() {
  std::string bytes(sizeof(EndNote) + kTailBytes + 1024, '\0');
  const ssize_t n = recv(channel_.Get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  exited_ = steady_clock::now();
  phase_ = Phase::kEnded;
  pause_ = kLeastPause;
  if (n < static_cast<ssize_t>(sizeof(EndNote))) {
    channel_.Close();
    return;
  }
  EndNote note;
  std::memcpy(&note, bytes.data(), sizeof note);
  exited_ = note.exited;
  const auto status = note.exit_code == 0 ? Event::Status::kSuccess : Event::Status::kFailure;
  const std::string_view tail = std::string_view(bytes).substr(sizeof note, static_cast<std::size_t>(n) - sizeof note);
  Queue({status, arguments_.run_id, note.at, note.exit_code, note.exit_code == 0 ? "" : MessageOf(tail)});
}

void Courier::DeliverOwn() {
  while (!own_.empty()) {
    const bool possible = !target_.token.empty();
    const Outcome outcome = possible ? Try(arguments_.job, own_.front().body) : Outcome{Outcome::Kind::kRefused, 0, {}};
    if (outcome.kind == Outcome::Kind::kLater) {
      away_ = outcome.detail;
      retry_after_ = outcome.retry_after;
      return SpoolOwn();
    }
    if (!outcome.detail.empty()) refusals_.insert(outcome.detail);
    if (own_.front().file) Spool::Remove(std::move(*own_.front().file));
    own_.pop_front();
  }
}

void Courier::SpoolOwn() {
  spool_fault_.clear();
  for (Own& own : own_) {
    Held held;
    if (own.file) continue;
    if (!spool_.Add(own.name, {arguments_.url, arguments_.job, own.body}, held, spool_fault_)) return;
    own.file = std::move(held);
  }
}

void Courier::ReportDone() {
  const auto say = [&](const std::string& text) {
    return send(channel_.Get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  };
  for (const auto& refusal : refusals_) say(kWarning + refusal);
  const std::string away = kWarning + arguments_.url + ": " + away_;
  if (!own_.empty() && spool_fault_.empty())
    say(away + "; spooled in " + arguments_.spool_dir + ", told when the exporter is back");
  if (!own_.empty() && !spool_fault_.empty()) {
    say(away + "; and not spooled in \"" + arguments_.spool_dir + "\": " + spool_fault_ +
        "; tried again for two minutes, then lost");
  }
  if (own_.empty() && spool_.List("").empty()) others_ = Others::kFlushed;
  say(std::string(1, own_.empty() && others_ == Others::kFlushed ? kGone : kDone));
  channel_.Close();
  phase_ = Phase::kReported;
  ListenToSignals();
}

// Only once, and only after the exporter was there for our own.
void Courier::FlushOthers() {
  others_ = Others::kFlushed;
  if (target_.token.empty()) return;
  const auto began = steady_clock::now();
  int tries = 0;
  const auto send = [&](const SpoolEntry& entry) { return Try(entry.job, entry.body); };
  const auto go_on = [&] {
    return phase_ != Phase::kEnded && ++tries <= kFlushMost && steady_clock::now() < began + kFlushLimit;
  };
  const FlushResult result = Flush(spool_, arguments_.url, arguments_.job, send, go_on);
  if (phase_ == Phase::kEnded && result.left > 0) others_ = Others::kWaiting;  // the job's end came between
}

// Until it's time for another try, or the job ends.
void Courier::Pause() {
  const auto wish =
      std::clamp<milliseconds>(std::max<seconds>(pause_, seconds(retry_after_)), kLeastPause, kRetryLimit);
  const auto jitter = milliseconds(steady_clock::now().time_since_epoch().count() / 1000 % 250);
  pause_ = std::min(pause_ * 2, kMostPause);
  pollfd one{channel_.Get(), POLLIN, 0};
  const int ready = poll(&one, 1, own_.empty() ? -1 : static_cast<int>((wish + jitter).count()));
  if (ready > 0) Receive();
}

SteadyTime Courier::Limit(SteadyTime attempt_started) const {
  return phase_ == Phase::kEnded ? exited_ + kNetworkBudget : attempt_started + kAttemptLimit;
}

Outcome Courier::Try(const std::string& job, const std::string& body) {
  const auto began = steady_clock::now();
  if (Limit(began) <= began) return {Outcome::Kind::kLater, 0, away_.empty() ? "no answer in time" : away_};
  Attempt attempt(target_, job, body, Limit(began));
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(Limit(began) - steady_clock::now()).count();
    if (left <= -20) return {Outcome::Kind::kLater, 0, "no answer in time"};  // it had 20 ms to say so itself
    pollfd both[] = {{attempt.Ready(), POLLIN, 0}, {phase_ == Phase::kRunning ? channel_.Get() : -1, POLLIN, 0}};
    if (attempt.Ready() < 0) return attempt.Result();
    poll(both, 2, static_cast<int>(std::max<std::int64_t>(left + 20, 0)));
    if (both[0].revents != 0) return attempt.Result();
    if (both[1].revents != 0) Receive();
  }
}

}  // namespace batchslo
