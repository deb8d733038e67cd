#include "exporter/sources/heartbeat.h"

#include <openssl/sha.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "exporter/net/secret.h"
#include "exporter/sources/heartbeat_inquiry.h"
#include "exporter/sources/heartbeat_parse.h"

namespace batchslo {
namespace {

constexpr Duration kTokenAge = seconds{60};
constexpr std::size_t kEndedKept = 64;  // of a job: as many may come together after an outage

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest DigestOf(std::string_view text) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

bool SameDigest(const Digest& a, const Digest& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

class HeartbeatSource : public std::enable_shared_from_this<HeartbeatSource> {
 public:
  HeartbeatSource(const SourceConfig& config, const SourceServices& services) : name_(config.name), token_(*config.options.Secret("token")) {
    for (const auto& target : config.runs) jobs_.insert(target.job);
    if (!services.known) return;
    const Known known = services.known();
    for (const auto& run : known.running) open_[run.job] = run.run_id;
    for (const auto& run : known.ended) NoteEnd(run.job, run.run_id);
  }

  // Being asked, the listener is up: a ping that does not come is not sent.
  PollResult Poll(TimePoint now) {
    PollResult result;
    const auto token = Token(now);
    if (!token) {
      result.error = token.Message();
      result.reason = "auth";
      return result;
    }
    result.facts.push_back({name_, now, ViewFact{}});
    return result;
  }

  PushReply Receive(const PushRequest& request, TimePoint now) {
    const auto token = Token(now);
    if (!token) return {503, "heartbeats can't be told from forgeries: the token can't be read; the status page says why", {}};
    constexpr std::string_view kBearer = "bearer ";  // in any case: RFC 7235, section 2.1
    const std::string_view given = request.authorization;
    const bool is_bearer = strncasecmp(request.authorization.c_str(), kBearer.data(), kBearer.size()) == 0;
    const bool right = SameDigest(*token, DigestOf(is_bearer ? given.substr(kBearer.size()) : std::string_view{}));
    if (!right || !jobs_.contains(request.job)) return {404, "no such job, or the wrong token", {}};
    const auto beat = ParseHeartbeat(request);
    if (!beat) return {400, beat.Message(), {}};
    RunFact run = ToRun(*beat, request.job, now);
    const std::string id = run.run_id;
    if (beat->status == Heartbeat::Status::kStart && HasEnded(request.job, id)) return {200, id, {}};
    // A reload may let go of us before the report is on disk.
    return {200, id, {{name_, now, std::move(run)}}, [self = shared_from_this(), status = beat->status, job = request.job, id] { self->Stored(status, job, id); }};
  }

 private:
  // The token's digest; the file is read again once a minute. Of one that is gone, or no longer good, the token before it is
  // good no more: perhaps that was taken away because somebody else knows it.
  Result<Digest> Token(TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (digest_ && now - digest_read_ < kTokenAge && now >= digest_read_) return *digest_;
    digest_.reset();
    const auto token = ReadSecret(token_);
    if (!token) return token.GetError();
    if (token->size() < kLeastTokenBytes) return Error{"the token of source \"" + name_ + "\" is shorter than 16 bytes; make one with: openssl rand -hex 16"};
    digest_ = DigestOf(*token);
    digest_read_ = now;
    return *digest_;
  }

  // Beats without a run id are paired here: a start opens a run, the next end closes it.
  std::string RunId(const Heartbeat& beat, const std::string& job, TimePoint at) {
    const std::lock_guard lock(mutex_);
    const bool starts = beat.status == Heartbeat::Status::kStart;
    const auto open = open_.find(job);
    std::string id = beat.run_id;
    if (id.empty() && !starts && open != open_.end()) id = open->second;
    if (id.empty()) id = FormatRfc3339(at);
    return id;
  }

  // Only what the ledger took counts: a beat that was refused comes again, and must find the same run.
  void Stored(Heartbeat::Status status, const std::string& job, const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (status == Heartbeat::Status::kStart) {
      open_[job] = id;
      return;
    }
    NoteEnd(job, id);
    if (const auto open = open_.find(job); open != open_.end() && open->second == id) open_.erase(open);
  }

  void NoteEnd(const std::string& job, const std::string& id) {
    auto& ended = ended_[job];
    ended.push_back(id);
    if (ended.size() > kEndedKept) ended.pop_front();
  }

  // A start that is delivered after the end, once more or because it was held up, would let the run go on for ever.
  bool HasEnded(const std::string& job, const std::string& id) {
    const std::lock_guard lock(mutex_);
    const auto ended = ended_.find(job);
    return ended != ended_.end() && std::find(ended->second.begin(), ended->second.end(), id) != ended->second.end();
  }

  RunFact ToRun(const Heartbeat& beat, const std::string& job, TimePoint now) {
    const TimePoint at = std::min(beat.at.value_or(now), now);  // nothing has happened before it is told
    RunFact run;
    run.job = job;
    run.run_id = RunId(beat, job, at);
    if (beat.status == Heartbeat::Status::kStart) {
      run.started = at;
      return run;
    }
    run.finished = at;
    run.outcome = beat.status == Heartbeat::Status::kSuccess ? Outcome::kSucceeded : Outcome::kFailed;
    if (run.outcome == Outcome::kSucceeded) return run;
    run.reason = beat.exit_code ? "exit code " + std::to_string(*beat.exit_code) : "failed";
    run.excerpt = beat.message;
    return run;
  }

  const std::string name_;
  const SecretRef token_;
  std::set<std::string> jobs_;
  std::mutex mutex_;
  std::map<std::string, std::string> open_;  // job -> run that began without an id; guarded by mutex_
  std::map<std::string, std::deque<std::string>> ended_;  // job -> runs that ended last; guarded by mutex_
  std::optional<Digest> digest_;             // guarded by mutex_
  TimePoint digest_read_{};                  // guarded by mutex_
};

Result<Source> Make(const SourceConfig& config, const SourceServices& services) {
  auto source = std::make_shared<HeartbeatSource>(config, services);
  Source made;
  made.poll = [source](TimePoint now, Deadline) { return source->Poll(now); };
  made.receive = [source](const PushRequest& request, TimePoint now) { return source->Receive(request, now); };
  return made;
}

}  // namespace

SourceKind HeartbeatKind() {
  using enum OptionType;
  SourceSpec spec;
  spec.kind = "heartbeat";
  spec.summary = "Jobs that tell of themselves over HTTP: plain cron, anything else";
  spec.options = {{"token", kSecret, "What a heartbeat must bring as Authorization: Bearer, at least 16 bytes", "{env: HEARTBEAT_TOKEN}", "", true}};
  spec.has_runs = true;
  spec.poll_interval = seconds{15};
  spec.spool_allowance = minutes{2};
  spec.dialect = "vixie";
  return {std::move(spec), Make, CheckHeartbeat, DiscoverHeartbeat};
}

}  // namespace batchslo
