#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

namespace batchslo {

// All signals are blocked in the wrapper and taken one by one; the job starts with what the caller had set.
class Signals {
 public:
  Signals();
  void RestoreForJob() const;

 private:
  sigset_t before_;
  struct sigaction child_before_ {};
};

// What the job gets besides what the wrapper got.
struct JobSetup {
  std::vector<std::string> command;
  std::string name, run_id;
  int stderr_fd = -1;  // -1: the wrapper's own
};

struct Started {
  pid_t pid = -1;      // -1: no process could be made; then Become() runs the job without us
  int exec_errno = 0;  // 0: it runs
};

// Returns when the command runs or can't.
Started StartJob(const JobSetup& setup, const Signals& signals);

// Turns this process into the job. Returns only when that is impossible, with errno.
int Become(const JobSetup& setup, const Signals& signals);

// Passes signals on until the job ends; returns its status, as of waitpid.
int WaitForJob(pid_t job);

// Ends this process as the job ended.
[[noreturn]] void DieLike(int status);

}  // namespace batchslo
