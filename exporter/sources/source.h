#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/core/fact.h"
#include "exporter/core/snapshot.h"
#include "exporter/core/source.h"
#include "exporter/net/http.h"
#include "exporter/net/kube_access.h"

namespace batchslo {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
using Log = std::function<void(LogLevel, std::string_view message)>;

// What the ledger knew of a source when it starts: without it a source that was restarted could not say "gone".
struct Known {
  struct Job { std::string job, scope; };          // not gone
  struct Running { std::string job, run_id, scope; std::optional<TimePoint> started; };  // runs without an end
  struct Ended { std::string job, run_id; };      // where reports may come late; the newest of each job, by their end
  std::vector<Job> jobs;
  struct Explained { std::string job, run_id; };  // the newest failed run, where it is known why
  std::vector<Running> running;
  std::vector<Ended> ended;
  std::vector<Explained> explained;
};

// The services that a source may use. All safe from any thread, all outlive the source.
struct SourceServices {
  HttpClient& http;
  Clock& clock;
  Log log;
  Sink sink;  // durable when it returns ok
  std::function<Known()> known;
  // Reads a kubeconfig (YAML is the configuration's business): file ("" = $KUBECONFIG, ~/.kube/config), context ("" = current).
  std::function<Result<KubeAccess>(const std::string& file, const std::string& context)> read_kubeconfig;
  // The next instant after `now` at which a window of the source's jobs closes (max(): none): what is asked right after it
  // proves what came by then. May be empty.
  std::function<TimePoint(TimePoint now)> next_due = nullptr;
};
// So much after a due instant all that came by it is there, and a last value that is asked then proves it.
inline constexpr std::chrono::milliseconds kAfterDue{1500};

// A source is one of two: asked on a schedule, or running by itself.

// What one poll brought. Deadlines, jitter, backoff, metrics and logging belong to the poller (app/), written once.
struct PollResult {
  Report facts;                            // of all that could be read
  std::vector<SourceState::Scope> scopes;  // each scope that was asked; one that failed darkens only its own jobs
  std::string error;                       // set when nothing could be read
  std::string reason;                      // of the error, bounded, for a label: "timeout", "auth", "refused", "reply"
  std::optional<TimePoint> server_time;
  std::vector<SourceState::Extra> extras;
};
// Of those that are asked one after the other until `deadline`, the time of the next one, with `left` still to ask: its
// share of what is left, at least 200 ms, and that much beyond the deadline at the most.
inline Deadline ShareOf(Deadline deadline, std::size_t left) {
  constexpr std::chrono::milliseconds kLeast{200};
  const auto now = std::chrono::steady_clock::now();
  return std::min(now + std::max<Deadline::duration>((deadline - now) / static_cast<int>(left), kLeast), deadline + kLeast);
}

using Poll = std::function<PollResult(TimePoint now, Deadline deadline)>;

// Watches and receivers: run until stopped (within 1 s), sink by themselves, and keep their health to be asked for.
class Follower {
 public:
  virtual ~Follower() = default;
  virtual void Run(std::stop_token stop) = 0;       // on a thread of its own
  virtual SourceState Health() = 0;                  // any thread, at once
};

// One request that somebody pushed to us. Pure: the receiver understands, app/ stores and answers.
struct PushRequest {
  std::string job;            // the rest of the path, percent-decoded
  std::string authorization;  // the header, as it came
  std::string content_type, body;
  std::vector<std::pair<std::string, std::string>> query;
};
struct PushReply {
  int status = 200;     // 200, or why not: 400, 404 (also for a wrong token: nobody can probe for names)
  std::string message;  // for a person; of a 200: the run id
  Report facts;         // of a 200: to be made durable before it is answered
  std::function<void()> stored = nullptr;  // of a 200: called as soon as they are; may be empty
};
using Receive = std::function<PushReply(const PushRequest& request, TimePoint now)>;

struct Source {
  Poll poll;                           // one of the two is set
  std::unique_ptr<Follower> follower;
  std::function<void()> stop;          // any thread: a poll under way ends within half a second; may be empty
  Receive receive;                     // push: beside `poll`, which then says that the listener is up
};

struct Inquiry;
struct CheckRow;
struct Discovery;

// A row of the registry: what the configuration needs, and the maker. An Error is a fault of the configuration that
// only the source itself can see ("kubeconfig: no context named 'prod'").
struct SourceKind {
  SourceSpec spec;
  Result<Source> (*make)(const SourceConfig& config, const SourceServices& services);
  // For people, before a daemon runs (sources/inquiry.h). Both block, until the inquiry's deadline at the most.
  // What it needs, each tried by the smallest call, in the order in which to mend it.
  std::vector<CheckRow> (*check)(const Inquiry& inquiry);
  // What it knows, bounded; reads only.
  Result<Discovery> (*discover)(const Inquiry& inquiry);
};

}  // namespace batchslo
