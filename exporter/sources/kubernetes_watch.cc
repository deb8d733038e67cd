#include "exporter/sources/kubernetes_watch.h"

#include <algorithm>
#include <charconv>

namespace batchslo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackoff{800}, kLongestBackoff{30'000}, kBetweenLooks{100};
constexpr std::chrono::seconds kListTimeout{60}, kWatchSlack{30}, kIdle{85};  // bookmarks come about once a minute
constexpr std::chrono::hours kRelistAfter{6};
constexpr int kMostWatchFailures = 7;  // about a minute of them: then a list says what the server thinks
constexpr const char* kNotStored = "what it said could not be stored";
// An event may lag behind another that has come already: a view says what was so this much earlier.
constexpr Duration kDeliveryLag = seconds{2};

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
      continue;
    }
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += code;
  }
  return out;
}

const char* KindName(KubeShared::Kind kind) { return kind == KubeShared::Kind::kCronJobs ? "cronjobs" : "jobs"; }

std::string HelpFor(long status, const Reflector::Target& target, const std::string& text) {
  const std::string where = target.scope.empty() ? "in all namespaces" : "in namespace " + target.scope;
  switch (status) {
    case 401: return "401: " + text + " (the credentials were refused: is the token current?)";
    case 403: return "403: " + text + " (grant get, list and watch on " + KindName(target.kind) + " " + where + ")";
    default: return std::to_string(status) + ": " + text;
  }
}

const char* ResultOf(long status) { return status == 200 ? "ok" : status == 403 || status == 401 ? "denied" : status == 410 ? "expired" : "error"; }

}  // namespace

Reflector::Reflector(Target target, KubeShared& shared, KubeCredentials& credentials)
    : target_(std::move(target)), shared_(shared), credentials_(credentials), http_(shared.Services().http), clock_(shared.Services().clock),
      random_(static_cast<unsigned>(std::hash<std::string>{}(target_.scope + target_.selector) + static_cast<unsigned>(target_.kind))) {}

std::string Reflector::Path(const std::string& query) const {
  std::string path = "/apis/batch/v1/";
  if (!target_.scope.empty()) path += "namespaces/" + Escaped(target_.scope) + "/";
  path += std::string(KindName(target_.kind)) + "?" + query;
  if (!target_.selector.empty()) path += "&labelSelector=" + Escaped(target_.selector);
  return path;
}

// One GET; a 401 is tried once more with fresh credentials.
Result<HttpReply> Reflector::Get(const std::string& path) {
  for (int attempt = 0;; ++attempt) {
    const auto request = credentials_.Request(path);
    if (!request) return request.GetError();
    auto reply = http_.Send(*request, clock_.Steady() + kListTimeout);
    if (!reply || reply->status != 401 || attempt > 0) return reply;
    credentials_.Refuse();
  }
}

void Reflector::Failed(const std::string& error) {
  ++failures_;
  shared_.Dark(Scope(), target_.kind, error);
}

// Jobs that were selected without a CronJob answer for themselves alone.
std::string Reflector::Scope() const { return target_.as_job.empty() ? target_.scope : target_.scope + "?" + target_.selector; }

void Reflector::Viewed(TimePoint at) {
  if (!untold_.empty() && !Tell([](KubeFacts&, TimePoint, Report&) {})) return Failed(kNotStored);
  shared_.Viewed(Scope(), target_.kind, at);
  if (!target_.as_job.empty()) shared_.Viewed(Scope(), KubeShared::Kind::kCronJobs, at);
}

void Reflector::NoteRetryAfter(const HttpReply& reply) {
  const auto after = ParseDuration(std::string(reply.Header("retry-after")) + "s");
  if (after) retry_after_ = std::clamp(std::chrono::duration_cast<milliseconds>(*after), milliseconds{1000}, milliseconds{600'000});
}

// Exponential with jitter; Retry-After is kept between a second and ten minutes.
void Reflector::BackOff(std::stop_token stop, milliseconds at_least) {
  const int doublings = std::clamp(failures_ - 1, 0, 6);
  milliseconds wait = std::min(kFirstBackoff * (1 << doublings), kLongestBackoff);
  wait += wait * static_cast<int>(random_() % 50) / 100;
  clock_.WaitFor(std::max(wait, at_least), std::move(stop));
  retry_after_ = milliseconds{0};
}

bool Reflector::See(const KubeObject& object, bool deleted) {
  return Tell([&](KubeFacts& facts, TimePoint now, Report& out) {
    if (target_.kind == KubeShared::Kind::kCronJobs) {
      deleted ? facts.DeletedCronJob(object, now, out) : facts.SawCronJob(object, now, out);
    } else {
      deleted ? facts.DeletedJob(object, target_.as_job, now, out) : facts.SawJob(object, target_.as_job, now, out);
    }
  });
}

// Pages to the end. What a page shows is told at once (it exists); only the whole list says what does not.
Result<void> Reflector::ListPages(bool& expired, std::stop_token stop) {
  std::string token;
  listed_ = 0;
  do {
    if (stop.stop_requested()) return Error{"stopped"};
    const auto reply = Get(Path("limit=500&resourceVersion=" + std::string(token.empty() ? "" : "&continue=" + Escaped(token))));
    if (!reply) return reply.GetError();
    shared_.Count("batchslo_kubernetes_list_total", "result", ResultOf(reply->status));
    shared_.Clock(reply->date, clock_.Now());
    std::string body = reply->body;
    if (reply->status != 200) {
      expired = reply->status == 410 && !token.empty();
      NoteRetryAfter(*reply);
      return Error{HelpFor(reply->status, target_, KubeErrorText(body))};
    }
    std::vector<KubeObject> objects;
    const auto page = ParseKubePage(body, [&](KubeObject&& object) { objects.push_back(std::move(object)); });
    if (!page) return page.GetError();
    const bool told = Tell([&](KubeFacts& facts, TimePoint now, Report& out) {
      for (const KubeObject& object : objects) {
        target_.kind == KubeShared::Kind::kCronJobs ? facts.SawCronJob(object, now, out) : facts.SawJob(object, target_.as_job, now, out);
      }
    });
    if (!told) return Error{kNotStored};
    listed_ += page->items;
    token = page->continue_token;
    version_ = page->resource_version;
  } while (!token.empty());
  return {};
}

// With a label selector a Job counts only when its CronJob was listed: those come first.
bool Reflector::MayList() {
  const bool waits = target_.kind == KubeShared::Kind::kJobs && target_.as_job.empty() && shared_.Config().options.Has("label_selector");
  return !waits || shared_.HasListed(target_.scope, KubeShared::Kind::kCronJobs);
}

// A namespace that is not there answers with an empty list: a typo must not look like "no jobs".
bool Reflector::NamespaceExists(std::string& error) {
  const auto reply = Get("/api/v1/namespaces/" + Escaped(target_.scope));
  if (!reply) return error = reply.Message(), false;
  if (reply->status == 200) return true;
  if (reply->status == 404) return error = "there is no namespace \"" + target_.scope + "\"; is it spelt right?", false;
  error = "nothing is listed in namespace \"" + target_.scope + "\", and whether it exists can't be told (" + std::to_string(reply->status) +
          "): grant get on namespaces, or check its name";
  return false;
}

bool Reflector::List(std::stop_token stop) {
  const TimePoint began = clock_.Now();
  std::uint64_t generation = 0;
  Tell([&](KubeFacts& facts, TimePoint, Report&) { generation = facts.BeginList(); });
  bool expired = false;
  auto done = ListPages(expired, stop);
  if (!done && expired) done = ListPages(expired, stop);
  std::string error = done ? "" : done.Message();
  if (done && listed_ == 0 && !target_.scope.empty() && !NamespaceExists(error)) done = Error{error};
  if (!done) {
    if (!stop.stop_requested()) Failed(error);
    return false;
  }
  const bool told = Tell([&](KubeFacts& facts, TimePoint now, Report& out) {
    if (target_.kind == KubeShared::Kind::kCronJobs) facts.ListedCronJobs(target_.scope, generation, now, out);
    if (target_.kind == KubeShared::Kind::kJobs) facts.ListedJobs(target_.scope, target_.as_job, generation, now, out);
    if (!target_.as_job.empty()) facts.SelectedJob(target_.as_job, Scope(), now, out);
  });
  if (!told) return Failed(kNotStored), false;
  failures_ = 0;
  listed_at_ = clock_.Steady();
  Viewed(began);
  return true;
}

Reflector::Next Reflector::Handle(std::string& line) {
  auto event = ParseKubeEvent(line);
  if (!event) {
    Failed(event.Message());
    return Next::kRelist;
  }
  if (event->type == KubeEvent::Type::kError) {
    Failed(std::to_string(event->code) + ": " + event->message);
    if (event->code == 410) failures_ = 0;
    const bool again = event->code == 429 || (event->code >= 500 && failures_ < kMostWatchFailures);
    return again ? Next::kWatch : Next::kRelist;
  }
  const bool told = event->type == KubeEvent::Type::kBookmark || See(event->object, event->type == KubeEvent::Type::kDeleted);
  if (!event->resource_version.empty()) version_ = event->resource_version;
  if (!told) return Failed(kNotStored), Next::kWatch;
  failures_ = 0;
  Viewed(clock_.Now() - kDeliveryLag);
  return Next::kWatch;
}

Reflector::Next Reflector::Watch(std::stop_token stop) {
  const int lasts = 300 + static_cast<int>(random_() % 300);
  const auto request = credentials_.Request(
      Path("watch=1&allowWatchBookmarks=true&resourceVersion=" + Escaped(version_) + "&timeoutSeconds=" + std::to_string(lasts)));
  if (!request) return Failed(request.Message()), Next::kWatch;
  long status = 0;
  std::string line, error_body;
  Next next = Next::kWatch;
  const TimePoint began = clock_.Now();
  const auto on_head = [&](const HttpReply& head) {
    status = head.status;
    shared_.Clock(head.date, clock_.Now());
    if (status == 200) Viewed(began - kDeliveryLag);
    if (status != 200) NoteRetryAfter(head);
    return true;
  };
  const auto on_chunk = [&](std::string_view bytes) {
    if (status != 200) return error_body.size() < 4096 && (error_body += bytes, true);
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t end = bytes.find('\n', at);
      line.append(bytes.substr(at, end == std::string_view::npos ? end : end - at));
      if (line.size() > (16u << 20)) return next = Next::kRelist, false;
      if (end == std::string_view::npos) break;
      at = end + 1;
      if (line.find_first_not_of(" \r\t") != std::string::npos) next = Handle(line);
      line.clear();
      if (next != Next::kWatch) return false;
    }
    return true;
  };
  const int failures_before = failures_;
  const auto done = http_.Stream(*request, on_head, on_chunk, clock_.Steady() + std::chrono::seconds(lasts) + kWatchSlack, kIdle, stop);
  if (stop.stop_requested()) return Next::kStop;
  shared_.Count("batchslo_kubernetes_watch_total", "result", status == 0 ? "error" : ResultOf(status));
  if (status == 401) credentials_.Refuse();
  if (status != 0 && status != 200) Failed(HelpFor(status, target_, KubeErrorText(error_body)));
  if (status == 410) return Next::kRelist;
  if (status >= 500 && failures_ >= kMostWatchFailures) return Next::kRelist;
  if (!done && next == Next::kWatch && failures_ == failures_before && status == 0) Failed(done.Message());
  return next;
}

void Reflector::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (!MayList()) {
      clock_.WaitFor(kBetweenLooks, stop);
      continue;
    }
    if (!List(stop)) {
      BackOff(stop, retry_after_);
      continue;
    }
    for (Next next = Next::kWatch; next == Next::kWatch && !stop.stop_requested();) {
      const auto limit = kRelistAfter + std::chrono::minutes(random_() % 30);
      if (clock_.Steady() - listed_at_ > limit) break;
      const SteadyPoint began = clock_.Steady();
      next = Watch(stop);
      const bool at_once = next == Next::kWatch && clock_.Steady() - began < kFirstBackoff;  // a proxy that cuts each watch
      if (failures_ > 0 || at_once) BackOff(stop, retry_after_);
    }
    if (!stop.stop_requested()) shared_.Count("batchslo_kubernetes_relist_total", "reason", clock_.Steady() - listed_at_ > kRelistAfter ? "periodic" : "expired");
  }
}

}  // namespace batchslo
