#include "exporter/sources/heartbeat.h"

#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "exporter/net/secret.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostMessage = 8192, kMostRunId = 200, kLeastToken = 16;
constexpr Duration kTokenAge = seconds{60};

using Fields = std::map<std::string, std::string>;

// Only flat JSON of texts and whole numbers, so nothing can nest.
Result<Fields> FieldsOfJson(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return Error{"the body is no JSON object"};
  Fields fields;
  for (const auto& [key, value] : json.items()) {
    if (value.is_string()) {
      fields[key] = value.get<std::string>();
    } else if (value.is_number_integer()) {
      fields[key] = value.dump();
    } else {
      return Error{"\"" + key.substr(0, 50) + "\" must be a text or a whole number"};
    }
  }
  return fields;
}

std::string FormValue(std::string_view text) {
  const auto hex = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2]));
    out.push_back(escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i] == '+' ? ' ' : text[i]);
    if (escape) i += 2;
  }
  return out;
}

Fields FieldsOfForm(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(pair.size() + 1, body.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    fields[FormValue(pair.substr(0, equals))] = FormValue(pair.substr(std::min(equals + 1, pair.size())));
  }
  return fields;
}

// A JSON body is parsed only after its depth is known to be small.
bool IsShallow(std::string_view body) {
  int depth = 0, deepest = 0;
  for (const char c : body) {
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    deepest = std::max(deepest, depth);
  }
  return deepest <= 64;
}

Result<Fields> FieldsOf(const PushRequest& request) {
  Fields fields;
  for (const auto& [key, value] : request.query) fields[key] = value;
  if (request.body.empty()) return fields;
  Fields more;
  if (request.content_type.starts_with("application/json")) {
    if (!IsShallow(request.body)) return Error{"the body is nested too deeply"};
    auto json = FieldsOfJson(request.body);
    if (!json) return json.GetError();
    more = std::move(json).Value();
  } else if (request.content_type.starts_with("application/x-www-form-urlencoded")) {
    more = FieldsOfForm(request.body);
  } else {
    more["message"] = request.body;
  }
  fields.merge(more);
  return fields;
}

Result<std::int64_t> WholeNumber(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault == std::errc{} && end == text.data() + text.size() && value >= -1'000'000 && value <= 1'000'000) return value;
  return Error{"exit_code must be a whole number"};
}

bool IsPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// Valid UTF-8 and no NUL: what is stored can be shown.
std::string Cleaned(std::string text) {
  if (text.size() > kMostMessage) text.erase(0, text.size() - kMostMessage);
  std::replace(text.begin(), text.end(), '\0', ' ');
  const std::string json = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return nlohmann::json::parse(json).get<std::string>();
}

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

}  // namespace

Result<Heartbeat> ParseHeartbeat(const PushRequest& request) {
  static constexpr std::string_view kKnown[] = {"status", "run_id", "at", "exit_code", "message"};
  auto fields = FieldsOf(request);
  if (!fields) return fields.GetError();
  for (const auto& [key, value] : *fields) {
    if (std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown)) {
      return Error{"unknown key \"" + key.substr(0, 50) + "\"; allowed: status, run_id, at, exit_code, message"};
    }
  }
  Heartbeat beat;
  if (const auto code = fields->find("exit_code"); code != fields->end()) {
    const auto number = WholeNumber(code->second);
    if (!number) return number.GetError();
    beat.exit_code = *number;
    if (*number != 0) beat.status = Heartbeat::Status::kFailure;
  }
  if (const auto status = fields->find("status"); status != fields->end()) {
    if (status->second != "start" && status->second != "success" && status->second != "failure") {
      return Error{"status must be start, success or failure"};
    }
    beat.status = status->second == "start" ? Heartbeat::Status::kStart : status->second == "success" ? Heartbeat::Status::kSuccess : Heartbeat::Status::kFailure;
  }
  if (const auto at = fields->find("at"); at != fields->end()) {
    const auto time = ParseRfc3339(at->second);
    if (!time) return Error{"at: " + time.Message()};
    beat.at = *time;
  }
  beat.run_id = (*fields)["run_id"];
  if (beat.run_id.size() > kMostRunId || !IsPrintable(beat.run_id) || Cleaned(beat.run_id) != beat.run_id) return Error{"run_id must be at most 200 printable bytes"};
  beat.message = Cleaned((*fields)["message"]);
  return beat;
}

namespace {

class HeartbeatSource {
 public:
  HeartbeatSource(const SourceConfig& config, const SourceServices& services) : config_(config), services_(services) {
    for (const auto& target : config.runs) jobs_.insert(target.job);
    if (!services_.known) return;
    for (const auto& run : services_.known().running) open_[run.job] = run.run_id;
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
    result.facts.push_back({config_.name, now, ViewFact{}});
    return result;
  }

  PushReply Receive(const PushRequest& request, TimePoint now) {
    const auto token = Token(now);
    if (!token) return {503, token.Message(), {}};
    constexpr std::string_view kBearer = "Bearer ";
    const std::string_view given = request.authorization;
    const bool right = SameDigest(*token, DigestOf(given.substr(0, kBearer.size()) == kBearer ? given.substr(kBearer.size()) : std::string_view{}));
    if (!right || !jobs_.contains(request.job)) return {404, "no such job, or the wrong token", {}};
    const auto beat = ParseHeartbeat(request);
    if (!beat) return {400, beat.Message(), {}};
    RunFact run = ToRun(*beat, request.job, now);
    const std::string id = run.run_id;
    return {200, id, {{config_.name, now, std::move(run)}}, [this, status = beat->status, job = request.job, id] { Stored(status, job, id); }};
  }

 private:
  // The token's digest; the file is read again once a minute.
  Result<Digest> Token(TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (digest_ && now - digest_read_ < kTokenAge && now >= digest_read_) return *digest_;
    const auto token = ReadSecret(*config_.options.Secret("token"));
    if (token && token->size() >= kLeastToken) {
      digest_ = DigestOf(*token);
      digest_read_ = now;
    }
    if (digest_) return *digest_;
    if (!token) return token.GetError();
    return Error{"the token of source \"" + config_.name + "\" is shorter than 16 bytes; make one with: openssl rand -hex 16"};
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
    } else if (const auto open = open_.find(job); open != open_.end() && open->second == id) {
      open_.erase(open);
    }
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

  SourceConfig config_;
  SourceServices services_;
  std::set<std::string> jobs_;
  std::mutex mutex_;
  std::map<std::string, std::string> open_;  // job -> run that began without an id; guarded by mutex_
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
  return {std::move(spec), Make};
}

}  // namespace batchslo
