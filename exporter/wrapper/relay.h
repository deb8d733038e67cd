#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "exporter/wrapper/fd.h"
#include "exporter/wrapper/limits.h"

namespace batchslo {

// Stands between the job's stderr and the caller's, passes every write on as it is and remembers the end. It is a
// process of its own, so what the job leaves behind may go on writing when the wrapper is gone; it ends with the last
// writer.
class Relay {
 public:
  // None: stderr is a terminal, where a person reads it, or closed, or nothing could be started. The job's stderr is
  // the wrapper's then.
  static std::optional<Relay> Make();

  int Input() const { return input_.Get(); }  // to be the job's stderr
  int Channel() const { return channel_.Get(); }
  pid_t Process() const { return process_; }
  void CloseInput() { input_.Close(); }

  // Waits until what was written so far is passed on. Returns its end (at most kTailBytes); at the deadline nothing.
  std::string Drain(SteadyTime deadline);

 private:
  Relay(Fd input, Fd channel, pid_t process)
      : input_(std::move(input)), channel_(std::move(channel)), process_(process) {}
  Fd input_, channel_;
  pid_t process_;
};

}  // namespace batchslo
