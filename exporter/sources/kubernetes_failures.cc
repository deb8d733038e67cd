#include "exporter/sources/kubernetes_failures.h"

#include <algorithm>

#include "exporter/core/log_text.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetween{200}, kBeforeRetry{2000};
constexpr std::chrono::seconds kTimeout{10}, kIdle{5};
constexpr std::chrono::minutes kDeniedFor{15};
constexpr std::size_t kMostItems = 10'000, kMostEarly = 500, kMostBody = 8u << 20;
constexpr int kMostTries = 3;

// The beginning and the end of a log that may be of any length.
class LogEnds {
 public:
  void Add(std::string_view bytes) {
    const std::size_t to_head = std::min(bytes.size(), kLogHead - head_.size());
    head_ += bytes.substr(0, to_head);
    tail_ += bytes.substr(to_head);
    if (tail_.size() <= 2 * kLogTail) return;
    tail_.erase(0, tail_.size() - kLogTail);
    is_cut_ = true;
  }
  std::string Text() && { return std::move(head_) + (is_cut_ ? "\n" + std::string(kLogCut) + "\n" : "") + tail_; }

 private:
  std::string head_, tail_;
  bool is_cut_ = false;
};

std::string PodsPath(const KubeFailure& failure) {
  return "/api/v1/namespaces/" + UrlEncode(failure.ns) + "/pods?limit=50&labelSelector=controller-uid%3D" + UrlEncode(failure.uid);
}

std::string EventsPath(const std::string& ns, const std::string& kind, const std::string& name) {
  return "/api/v1/namespaces/" + UrlEncode(ns) + "/events?limit=100&fieldSelector=involvedObject.kind%3D" + kind + "%2CinvolvedObject.name%3D" + UrlEncode(name);
}

// Lines are counted from the end and bytes from there on: a limit of bytes alone that is too small would cut the end.
std::string LogPath(const std::string& ns, const KubeCause& cause) {
  return "/api/v1/namespaces/" + UrlEncode(ns) + "/pods/" + UrlEncode(cause.pod) + "/log?container=" + UrlEncode(cause.container) +
         "&tailLines=2000&limitBytes=33554432" + (cause.previous ? "&previous=true" : "");
}

// What can't be read says nothing.
template <class T>
T Parsed(Result<T> (*parse)(std::string_view), const std::string& body) {
  auto parsed = parse(body);
  return parsed ? std::move(parsed).Value() : T{};
}

bool IsTransient(long status) { return status == 401 || status == 429 || status >= 500; }

}  // namespace

KubeFailures::KubeFailures(const SourceConfig& config, const SourceServices& services, KubeCredentials& credentials)
    : name_(config.name), logs_(config.options.String("logs") == "on_failure"), services_(services), credentials_(credentials) {}

void KubeFailures::Ask(KubeFailure failure) {
  {
    const std::lock_guard lock(mutex_);
    const auto is_older = [](const KubeFailure& a, const KubeFailure& b) { return a.run.job == b.run.job && a.is_final && b.is_final && a.run.finished < b.run.finished; };
    if (std::any_of(items_.begin(), items_.end(), [&](const Item& item) { return is_older(failure, item.failure); })) return;
    std::erase_if(items_, [&](const Item& item) {
      return is_older(item.failure, failure) || (item.failure.uid == failure.uid && item.failure.run.job == failure.run.job);
    });
    if (items_.size() >= kMostItems) items_.pop_front();
    items_.push_back({std::move(failure), 0});
  }
  waiting_.notify_one();
}

void KubeFailures::Again(Item item) {
  const std::lock_guard lock(mutex_);
  const bool came_again = std::any_of(items_.begin(), items_.end(), [&](const Item& other) { return other.failure.uid == item.failure.uid; });
  if (!came_again) items_.push_back(std::move(item));
}

bool KubeFailures::Next(Item& item) {
  const std::lock_guard lock(mutex_);
  if (items_.empty()) return false;
  item = std::move(items_.front());
  items_.pop_front();
  return true;
}

void KubeFailures::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      waiting_.wait(lock, stop, [&] { return !items_.empty(); });
    }
    if (!stop.stop_requested()) Step(stop);
    services_.clock.WaitFor(std::max(kBetween, std::exchange(pause_, milliseconds{0})), stop);
  }
}

bool KubeFailures::Step(const std::stop_token& stop) {
  Item item;
  if (!Next(item)) return false;
  auto found = Find(item.failure, stop);
  if (stop.stop_requested()) return false;
  if (!found && ++item.tries < kMostTries) {
    pause_ = std::max(pause_, kBeforeRetry);
    Again(std::move(item));
    return true;
  }
  const KubeFailure& failure = item.failure;
  Found best = found ? std::move(found).Value() : Found{};
  if (!failure.is_final) {
    if (early_.size() >= kMostEarly) early_.erase(early_.begin());
    if (!best.reason.empty()) early_[failure.uid] = std::move(best);
    return true;
  }
  const auto early = early_.extract(failure.uid);
  if (!early.empty() && !best.has_log && (early.mapped().has_log || best.reason.empty())) best = early.mapped();
  if (!Tell(failure, best)) {
    pause_ = std::max(pause_, kBeforeRetry);
    early_[failure.uid] = std::move(best);
    Again(std::move(item));
  }
  return true;
}

// What killed the pods of a run that took too long is the deadline, unless they never ran.
bool KubeFailures::Tell(const KubeFailure& failure, const Found& found) {
  RunFact run = failure.run;
  const bool was_stopped = run.reason == "DeadlineExceeded" && found.reason.starts_with("exit code ");
  if (!found.reason.empty() && !was_stopped) run.reason = found.reason;
  run.excerpt = found.text.empty() ? failure.message : found.text;
  if (run.excerpt.empty()) run.excerpt = run.reason;
  const auto stored = services_.sink({{name_, services_.clock.Now(), std::move(run)}});
  if (!stored) services_.log(LogLevel::kError, "source " + name_ + ": " + stored.Message());
  return stored.Ok();
}

Result<KubeFailures::Found> KubeFailures::Find(const KubeFailure& failure, const std::stop_token& stop) {
  const auto body = Get(Right::kPods, failure.ns, PodsPath(failure), stop);
  if (!body) return body.GetError();
  const KubeCause cause = CauseOf(Parsed(ParseKubePods, *body));
  Found found{cause.reason, cause.text, false};
  if (cause.pod.empty()) {
    auto events = FindEvents(failure, stop);
    if (!events) return events;
    if (found.reason.empty()) found.reason = events->reason;
    found.text += (found.text.empty() || events->text.empty() ? "" : "\n") + events->text;
    return found;
  }
  if (!logs_) return found;
  auto log = Log(failure.ns, cause, stop);
  if (!log) return log.GetError();
  found.has_log = !log->empty();
  if (found.has_log) found.text = std::move(log).Value();
  return found;
}

// Of pods that were removed a Job's events still name the last.
Result<KubeFailures::Found> KubeFailures::FindEvents(const KubeFailure& failure, const std::stop_token& stop) {
  const auto of_job = Get(Right::kEvents, failure.ns, EventsPath(failure.ns, "Job", failure.name), stop);
  if (!of_job) return of_job.GetError();
  const KubeEvents job = Parsed(ParseKubeEvents, *of_job);
  if (job.pods.empty()) return Found{"", job.text, false};
  const auto of_pod = Get(Right::kEvents, failure.ns, EventsPath(failure.ns, "Pod", job.pods.back()), stop);
  if (!of_pod) return of_pod.GetError();
  const KubeEvents pod = Parsed(ParseKubeEvents, *of_pod);
  return Found{pod.reason, pod.text.empty() ? job.text : pod.text, false};
}

// "": it may not be asked, or is not there; an Error is worth another try.
Result<std::string> KubeFailures::Get(Right right, const std::string& ns, const std::string& path, const std::stop_token& stop) {
  if (IsDenied(right, ns)) return std::string();
  auto request = credentials_.Request(path, stop);
  if (!request) return request.GetError();
  request->max_body_bytes = kMostBody;
  auto reply = services_.http.Send(*request, services_.clock.Steady() + kTimeout, stop);
  if (!reply) return reply.GetError();
  if (reply->status == 200) return std::move(reply->body);
  if (reply->status == 401) credentials_.Refuse();
  if (reply->status == 403) Deny(right, ns);
  if (const auto after = RetryAfter(*reply, services_.clock.Now())) pause_ = std::min<milliseconds>(*after, std::chrono::minutes{1});
  if (IsTransient(reply->status)) return Error{std::to_string(reply->status)};
  return std::string();
}

// What came until the time was over is better than nothing.
Result<std::string> KubeFailures::Log(const std::string& ns, const KubeCause& cause, const std::stop_token& stop) {
  if (IsDenied(Right::kLogs, ns)) return std::string();
  const auto request = credentials_.Request(LogPath(ns, cause), stop);
  if (!request) return request.GetError();
  long status = 0;
  LogEnds log;
  const auto done = services_.http.Stream(
      *request, [&](const HttpReply& head) { return status = head.status, head.status == 200; },
      [&](std::string_view bytes) { return log.Add(bytes), true; }, services_.clock.Steady() + kTimeout, kIdle, stop);
  if (status == 0 && !done) return done.GetError();
  if (status == 401) credentials_.Refuse();
  if (status == 403) Deny(Right::kLogs, ns);
  if (IsTransient(status)) return Error{std::to_string(status)};
  std::string text = std::move(log).Text();
  HideCredentials(text, *request);
  return status == 200 ? text : std::string();
}

// Nothing is wrong with the source: it goes without.
void KubeFailures::Deny(Right right, const std::string& ns) {
  static constexpr const char* kNames[] = {"list pods", "list events", "get pods/log"};
  const bool is_news = denied_.insert_or_assign({right, ns}, services_.clock.Steady() + kDeniedFor).second;
  if (!is_news) return;
  services_.log(LogLevel::kInfo, "source " + name_ + ", namespace " + ns + ": it may not " + kNames[static_cast<int>(right)] + ": failures are shown without what that would tell");
}

bool KubeFailures::IsDenied(Right right, const std::string& ns) {
  const auto at = denied_.find({right, ns});
  return at != denied_.end() && services_.clock.Steady() < at->second;
}

}  // namespace batchslo
