// Tested by tests/wrapper/delay_test.py.
#include "exporter/wrapper/attempt.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "exporter/wrapper/process.h"

namespace batchslo {
namespace {

// The message that the process ends with.
struct Report {
  Outcome::Kind kind = Outcome::Kind::kLater;
  int retry_after = 0;
  std::array<char, 400> detail{};
};

}  // namespace

Attempt::Attempt(const Target& target, std::string_view job, std::string_view body, SteadyTime deadline) {
  auto [mine, its] = MakeChannel();
  const pid_t parent = getpid();
  pid_ = mine ? fork() : -1;
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    mine.Close();
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    const Outcome outcome = Exchange(target, job, body, deadline);
    Report report{outcome.kind, outcome.retry_after, {}};
    outcome.detail.copy(report.detail.data(), report.detail.size() - 1);
    const ssize_t sent = send(its.Get(), &report, sizeof report, MSG_NOSIGNAL);
    _exit(sent == sizeof report ? 0 : 1);
  }
  if (pid_ > 0) result_ = std::move(mine);
}

Attempt::~Attempt() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Outcome Attempt::Result() {
  Report report;
  if (pid_ <= 0) return {Outcome::Kind::kLater, 0, "no process could be started to tell it"};
  const ssize_t n = recv(result_.Get(), &report, sizeof report, 0);
  if (n != sizeof report) return {Outcome::Kind::kLater, 0, "the process that was to tell it died"};
  return {report.kind, report.retry_after, report.detail.data()};
}

}  // namespace batchslo
