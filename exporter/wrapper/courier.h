#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>

#include "exporter/wrapper/arguments.h"
#include "exporter/wrapper/event.h"
#include "exporter/wrapper/fd.h"
#include "exporter/wrapper/http.h"
#include "exporter/wrapper/spool.h"

namespace batchslo {

// How a job ended. On the channel to the courier the message's bytes follow it.
struct EndNote {
  Micros at = 0;
  SteadyTime exited{};
  int exit_code = 0;
};

// What the courier sends back: any number of warnings, then that it has done what it could in time.
constexpr char kWarning = 'w', kDone = 'd', kGone = 'g';  // gone: done, and it ends at once

// Tells the exporter of one run, and what other runs left in the spool. Lives in a process of its own, where it may
// block on network and disk: from before the job's start until all is told, at most kRetryLimit after the job's end.
// One thread.
class Courier {
 public:
  Courier(const Arguments& arguments, Micros started, Fd channel);
  void Run();

 private:
  struct Own {
    std::string name, body;
    std::optional<Held> file;
  };

  void Queue(const Event& event);
  bool IsOver() const;
  void Receive();
  void DeliverOwn();
  void SpoolOwn();
  void ReportDone();
  void FlushOthers();
  void Pause();
  SteadyTime Limit(SteadyTime attempt_started) const;
  Outcome Try(const std::string& job, const std::string& body);

  const Arguments& arguments_;
  const Micros started_;
  Fd channel_;
  Spool spool_;
  Target target_;
  std::deque<Own> own_;  // not told yet, in order
  int queued_ = 0;
  enum class Phase { kRunning, kEnded, kReported } phase_ = Phase::kRunning;
  SteadyTime exited_{};
  std::string away_, spool_fault_;  // why events wait; why they aren't on disk
  std::set<std::string> refusals_;
  seconds pause_;
  int retry_after_ = 0;
  enum class Others { kWaiting, kFlushed } others_ = Others::kWaiting;
};

}  // namespace batchslo
