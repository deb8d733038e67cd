// Tested by tests/wrapper/signals_test.py.
#include "exporter/wrapper/job.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>

#include "exporter/wrapper/process.h"

namespace batchslo {
namespace {

// The terminal sends these to its whole foreground group, so the job has them already.
bool CameToTheJobToo(const siginfo_t& signal) {
  if (signal.si_code != SI_KERNEL) return false;
  switch (signal.si_signo) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGWINCH:
    case SIGCONT:
      return true;
    case SIGHUP:
      return getsid(0) != getpid();  // on a hangup it goes to the leader of the session only
    default:
      return false;
  }
}

void Forward(pid_t job, const siginfo_t& signal) {
  if (CameToTheJobToo(signal)) return;
  if (signal.si_code == SI_QUEUE) {
    sigqueue(job, signal.si_signo, signal.si_value);
  } else {
    kill(job, signal.si_signo);
  }
}

bool StopsJobs(int signal) { return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU; }

void Unblock(int how, int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  sigprocmask(how, &one, nullptr);
}

// Stops with the job, so that the shell sees the job as stopped. Returns when continued.
void StopLike(int signal) {
  kill(getpid(), signal);
  Unblock(SIG_UNBLOCK, signal);
  Unblock(SIG_BLOCK, signal);
}

}  // namespace

Signals::Signals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before_);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;  // when ignored, a child's status would be lost
  sigaction(SIGCHLD, &standard, &child_before_);
}

void Signals::RestoreForJob() const {
  sigaction(SIGCHLD, &child_before_, nullptr);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int Become(const JobSetup& setup, const Signals& signals) {
  unsetenv("BATCHSLO_TOKEN");
  setenv("BATCHSLO_JOB", setup.name.c_str(), 1);
  setenv("BATCHSLO_RUN_ID", setup.run_id.c_str(), 1);
  std::vector<char*> words;
  for (const auto& word : setup.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  if (setup.stderr_fd >= 0 && dup2(setup.stderr_fd, STDERR_FILENO) < 0) return errno;
  signals.RestoreForJob();
  execvp(words[0], words.data());
  return errno;
}

Started StartJob(const JobSetup& setup, const Signals& signals) {
  auto [mine, its] = MakeChannel();  // closed by a successful exec
  if (!mine) return {};
  const pid_t pid = fork();
  if (pid == 0) {
    mine.Close();
    const int fault = Become(setup, signals);
    const ssize_t sent = write(its.Get(), &fault, sizeof fault);
    _exit(sent == sizeof fault ? 127 : 126);
  }
  its.Close();
  int fault = 0;
  ssize_t n = -1;
  while (pid > 0 && (n = read(mine.Get(), &fault, sizeof fault)) < 0 && errno == EINTR) {
  }
  if (n == sizeof fault) waitpid(pid, nullptr, 0);
  return {pid, n == sizeof fault ? fault : 0};
}

int WaitForJob(pid_t job) {
  sigset_t all;
  sigfillset(&all);
  int status = 0, stop_signal = 0;
  bool job_stopped = false;
  for (;;) {
    siginfo_t signal;
    if (sigwaitinfo(&all, &signal) < 0) continue;
    if (signal.si_signo != SIGCHLD) Forward(job, signal);
    if (StopsJobs(signal.si_signo)) stop_signal = signal.si_signo;
    if (signal.si_signo == SIGCONT) stop_signal = 0;
    while (waitpid(job, &status, WNOHANG | WUNTRACED | WCONTINUED) > 0) {
      if (WIFEXITED(status) || WIFSIGNALED(status)) return status;
      job_stopped = WIFSTOPPED(status);
    }
    // A job that somebody else stopped doesn't stop the wrapper: nobody might continue it.
    if (!job_stopped || stop_signal == 0) continue;
    StopLike(stop_signal);
    job_stopped = false;
    stop_signal = 0;
  }
}

void DieLike(int status) {
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  std::signal(signal, SIG_DFL);
  kill(getpid(), signal);
  Unblock(SIG_UNBLOCK, signal);
  _exit(128 + signal);  // process 1 does not die of it
}

}  // namespace batchslo
