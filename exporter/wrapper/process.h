#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <utility>

#include "exporter/wrapper/fd.h"
#include "exporter/wrapper/limits.h"

namespace batchslo {

// A file descriptor that is out of the way of 0, 1 and 2, which may be closed and must stay as they are for the job.
Fd OutOfTheWay(Fd fd);

// Two ends of a channel of messages (SOCK_SEQPACKET), closed on exec. Both empty when there can be none.
std::pair<Fd, Fd> MakeChannel();

// Makes this process one that nobody waits for: a session of its own, in /, with no file open but `keep` (ascending).
// Of 0, 1 and 2 what is not kept is /dev/null.
void Detach(const char* name, std::initializer_list<int> keep);

// Closes what the caller left open for the job, but `keep` (ascending) and stderr: other processes may wait for it.
void LetGoOfFiles(std::initializer_list<int> keep);

// Waits for `events` (as in poll); false at the deadline.
bool WaitFor(int fd, short events, SteadyTime deadline);

// Takes note of a child's end, if it comes by the deadline: not every process 1 collects the dead.
void Reap(pid_t child, SteadyTime deadline);

Micros Now();

}  // namespace batchslo
