#include "exporter/app/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace batchslo {

Signals::Signals() {
  sigset_t mask;
  sigemptyset(&mask);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, signal);
  pthread_sigmask(SIG_BLOCK, &mask, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a ledger that may not grow is an error like a full disk
  fd_ = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
}

Signals::~Signals() { close(fd_); }

Signals::Asked Signals::Take() const {
  Asked asked;
  signalfd_siginfo info{};
  while (read(fd_, &info, sizeof info) == sizeof info) {
    (info.ssi_signo == SIGHUP ? asked.reload : asked.end) = true;
  }
  return asked;
}

}  // namespace batchslo
