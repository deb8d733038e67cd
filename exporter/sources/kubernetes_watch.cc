#include "exporter/sources/kubernetes_watch.h"

#include <algorithm>

#include "exporter/sources/kubernetes_targets.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstBackoff{800}, kLongestBackoff{30'000}, kBetweenLooks{100};
constexpr std::chrono::seconds kListTimeout{60}, kWatchSlack{30}, kIdle{85};  // bookmarks come about once a minute
constexpr std::chrono::hours kRelistAfter{6};
constexpr std::size_t kLongestLine = 16u << 20;
constexpr int kMostWatchFailures = 7;  // about a minute of them: then a list says what the server thinks
constexpr const char* kNotStored = "what it said could not be stored";
// A view of an instant is told when this much later all that came has been taken: one kind's events may lag behind
// another's. Events that gathered while we were away have all come once a bookmark says so, or nothing has for as long: a
// busy server is slow to send them.
constexpr std::chrono::seconds kDeliveryLag{10};
constexpr std::chrono::milliseconds kQuiet{900};
constexpr std::chrono::seconds kBlind{60};

std::string HelpFor(long status, const Reflector::Target& target, const std::string& text) {
  const std::string where = target.scope.empty() ? "in all namespaces" : "in namespace " + target.scope;
  switch (status) {
    case 401: return "401: " + text + " (the credentials were refused: is the token current?)";
    case 403: return "403: " + text + " (grant list and watch on " + KubeKindName(target.kind) + " " + where + ")";
    default: return std::to_string(status) + ": " + text;
  }
}

const char* ResultOf(long status) { return status == 200 ? "ok" : status == 403 || status == 401 ? "denied" : status == 410 ? "expired" : "error"; }

}  // namespace

Reflector::Reflector(Target target, KubeShared& shared, KubeCredentials& credentials)
    : target_(std::move(target)), shared_(shared), credentials_(credentials), http_(shared.Services().http), clock_(shared.Services().clock),
      random_(static_cast<unsigned>(std::hash<std::string>{}(target_.scope + target_.selector) + static_cast<unsigned>(target_.kind))) {
  shared_.Expect(Scope());
}

// One GET; a 401 is tried once more with fresh credentials.
Result<HttpReply> Reflector::Get(const std::string& path, const std::stop_token& stop) {
  for (int attempt = 0;; ++attempt) {
    const auto request = credentials_.Request(path, stop);
    if (!request) return request.GetError();
    auto reply = http_.Send(*request, clock_.Steady() + kListTimeout, stop);
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

// False: what belongs to it could not be stored; it is to be tried again.
bool Reflector::Viewed(TimePoint at) {
  if (!untold_.empty() && !Tell([](KubeFacts&, TimePoint, Report&) {})) return Failed(kNotStored), false;
  shared_.Viewed(Scope(), target_.kind, at);
  viewed_ = clock_.Steady();
  viewed_until_ = at;
  if (!target_.as_job.empty()) shared_.Viewed(Scope(), KubeShared::Kind::kCronJobs, at);
  return true;
}

void Reflector::NoteRetryAfter(const HttpReply& reply) {
  const auto after = RetryAfter(reply, clock_.Now());
  if (after) retry_after_ = std::clamp(milliseconds{*after}, milliseconds{1000}, milliseconds{600'000});
}

// Exponential with jitter, and no less than the server asked for.
void Reflector::BackOff(std::stop_token stop) {
  const int doublings = std::clamp(failures_ - 1, 0, 6);
  milliseconds wait = std::min(kFirstBackoff * (1 << doublings), kLongestBackoff);
  wait += wait * static_cast<int>(random_() % 50) / 100;
  clock_.WaitFor(std::max(wait, retry_after_), std::move(stop));
  retry_after_ = milliseconds{0};
}

bool Reflector::See(const KubeObject& object, bool deleted) {
  return Tell([&](KubeFacts& facts, TimePoint now, Report& out) {
    if (target_.kind == KubeShared::Kind::kCronJobs) {
      deleted ? facts.DeletedCronJob(object, now, out) : facts.SawCronJob(object, std::nullopt, now, out);
    } else {
      deleted ? facts.DeletedJob(object, target_.as_job, now, out) : facts.SawJob(object, target_.as_job, now, out);
    }
  });
}

// What a page shows is told at once (it exists); only the whole list says what does not.
Result<void> Reflector::TellPage(std::string body, std::string& token) {
  std::vector<KubeObject> objects;
  const auto page = ParseKubePage(body, [&](KubeObject&& object) { objects.push_back(std::move(object)); });
  if (!page) return page.GetError();
  const bool told = Tell([&](KubeFacts& facts, TimePoint now, Report& out) {
    const std::size_t before = out.size();
    for (const KubeObject& object : objects) {
      target_.kind == KubeShared::Kind::kCronJobs ? facts.SawCronJob(object, list_began_, now, out) : facts.SawJob(object, target_.as_job, now, out);
    }
    news_ += out.size() - before;
  });
  if (!told) return Error{kNotStored};
  listed_ += page->items;
  token = page->continue_token;
  version_ = page->resource_version;
  return {};
}

// From the first page, as a generation of its own: what a list showed that has expired since may be gone.
Result<void> Reflector::ListPages(std::uint64_t& generation, bool& expired, std::stop_token stop) {
  Tell([&](KubeFacts& facts, TimePoint, Report&) { generation = facts.BeginList(); });
  std::string token;
  listed_ = news_ = 0;
  do {
    if (stop.stop_requested()) return Error{"stopped"};
    const auto reply = Get(KubePath(target_, "limit=500&resourceVersion=" + std::string(token.empty() ? "" : "&continue=" + UrlEncode(token))), stop);
    if (!reply && stop.stop_requested()) return reply.GetError();
    const auto count = [&](std::string_view result) { shared_.Count("batchslo_kubernetes_list_total", "result", std::string(result)); };
    if (!reply) return count("error"), reply.GetError();
    shared_.Clock(reply->date, clock_.Now());
    if (reply->status != 200) {
      count(ResultOf(reply->status));
      expired = reply->status == 410 && !token.empty();
      NoteRetryAfter(*reply);
      return Error{HelpFor(reply->status, target_, KubeErrorText(reply->body))};
    }
    const auto told = TellPage(reply->body, token);
    count(told ? "ok" : "error");
    if (!told) return told;
  } while (!token.empty());
  return {};
}

// With a label selector a Job counts only when its CronJob is known: those come first.
bool Reflector::MayList() {
  const bool waits = target_.kind == KubeShared::Kind::kJobs && target_.as_job.empty() && shared_.Config().options.Has("label_selector");
  return !waits || shared_.HasListed(target_.scope, KubeShared::Kind::kCronJobs);
}

// A namespace that is not there answers with an empty list: a typo must not look like "no jobs".
bool Reflector::NamespaceExists(std::string& error, const std::stop_token& stop) {
  if (listed_ > 0) shared_.Exists(target_.scope);
  if (target_.scope.empty() || shared_.IsKnownToExist(target_.scope)) return true;
  const auto reply = Get("/api/v1/namespaces/" + UrlEncode(target_.scope), stop);
  if (!reply) return error = reply.Message(), false;
  if (reply->status == 200) return true;
  if (reply->status == 404) return error = "there is no namespace \"" + target_.scope + "\"; is it spelt right?", false;
  error = "nothing is listed in namespace \"" + target_.scope + "\", and whether it exists can't be told (" + std::to_string(reply->status) +
          "): grant get on namespaces, or check its name";
  return false;
}

Result<void> Reflector::ListAll(std::stop_token stop) {
  std::uint64_t generation = 0;
  bool expired = false;
  auto done = ListPages(generation, expired, stop);
  if (!done && expired) done = ListPages(generation, expired, stop);
  if (!done) return done;
  std::string error;
  if (!NamespaceExists(error, stop)) return Error{error};
  return TellAbsence(generation);
}

Result<void> Reflector::TellAbsence(std::uint64_t generation) {
  std::size_t vanished = 0;
  const bool told = Tell([&](KubeFacts& facts, TimePoint now, Report& out) {
    if (target_.kind == KubeShared::Kind::kCronJobs) vanished = facts.ListedCronJobs(target_.scope, generation, now, out);
    if (target_.kind == KubeShared::Kind::kJobs) vanished = facts.ListedJobs(target_.scope, target_.as_job, generation, now, out);
    if (!target_.as_job.empty()) facts.SelectedJob(target_.as_job, Scope(), now, out);
  });
  if (!told) return Error{kNotStored};
  if (why_ == Why::kPeriodic) shared_.Drifted(news_ + vanished);
  return {};
}

bool Reflector::List(std::stop_token stop) {
  const TimePoint began = list_began_ = clock_.Now();
  const auto done = ListAll(stop);
  if (!done && !stop.stop_requested()) {
    why_ = Why::kGap;
    Failed(done.Message());
  }
  if (!done) return false;
  listed_at_ = clock_.Steady();
  Viewed(began);
  return true;
}

Reflector::Next Reflector::Handle(Stream& stream) {
  HideCredentials(stream.line, stream.request);
  auto event = ParseKubeEvent(stream.line);
  stream.failed = !event || event->type == KubeEvent::Type::kError;
  if (!event) return Failed(event.Message()), Next::kBroken;
  ++stream.lines;
  if (event->type == KubeEvent::Type::kError && event->code == 410) return Expired();
  if (event->type == KubeEvent::Type::kError) {
    Failed(std::to_string(event->code) + ": " + event->message);
    const bool again = event->code == 429 || (event->code >= 500 && failures_ < kMostWatchFailures);
    return again ? Next::kWatch : Next::kBroken;
  }
  const bool told = event->type == KubeEvent::Type::kBookmark || See(event->object, event->type == KubeEvent::Type::kDeleted);
  if (!event->resource_version.empty()) version_ = event->resource_version;
  if (event->type == KubeEvent::Type::kBookmark) stream.settled = stream.caught_up = true;
  Heard(stream, clock_.Now());
  Recovered();
  if (!told) Failed(kNotStored);
  return Next::kWatch;
}

// Who says so is there: that it was away before does not hold up the list. That it says so at once again does.
Reflector::Next Reflector::Expired() {
  failures_ = expired_ ? failures_ + 1 : 1;
  expired_ = true;
  return Next::kExpired;
}

void Reflector::Recovered() {
  failures_ = 0;
  expired_ = false;
}

void Reflector::Heard(Stream& stream, TimePoint at) {
  if (stream.heard) return;
  stream.heard = at;
  stream.heard_at = clock_.Steady();
}

bool Reflector::OnHead(Stream& stream, const HttpReply& head, TimePoint began) {
  stream.status = head.status;
  stream.last_byte = clock_.Steady();
  shared_.Clock(head.date, clock_.Now());
  if (head.status == 200) Heard(stream, began);
  if (head.status != 200) NoteRetryAfter(head);
  return true;
}

// Whole lines are events. What was heard is a view once the lag has passed and all that came has been taken: while we are
// slower than the server, as with a ledger that is slow, what lies waiting may be older.
bool Reflector::OnBytes(Stream& stream, std::string_view bytes) {
  if (stream.status != 200) return stream.error_body.size() < 4096 && (stream.error_body += bytes, true);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = bytes.find('\n', at);
    stream.line.append(bytes.substr(at, end == std::string_view::npos ? end : end - at));
    if (stream.line.size() > kLongestLine) return Failed("a watch event is longer than 16 MiB"), stream.failed = true, stream.next = Next::kBroken, false;
    if (end == std::string_view::npos) break;
    at = end + 1;
    if (stream.line.find_first_not_of(" \r\t") != std::string::npos) stream.next = Handle(stream);
    stream.line.clear();
    if (stream.next != Next::kWatch) return false;
  }
  const SteadyPoint now = clock_.Steady();
  if (!bytes.empty()) return stream.last_byte = now, true;
  if (now - stream.last_byte >= kQuiet && !stream.settled) {
    stream.settled = true;
    Recovered();
  }
  if (MustAskAnew(stream)) return false;
  stream.caught_up = stream.caught_up || now - stream.last_byte >= kDeliveryLag;
  const bool is_whole = stream.line.empty();  // else an event is on its way
  if (!stream.caught_up || !is_whole || !stream.heard || now - stream.heard_at < kDeliveryLag) return true;
  if (Viewed(*stream.heard)) stream.heard.reset();
  return true;
}

// What closes next is asked for when something has closed, and now and then, for jobs come and go. Afterwards no snapshot knows.
void Reflector::NoteClosed() {
  const auto& next_due = shared_.Services().next_due;
  const SteadyPoint steady = clock_.Steady();
  const TimePoint now = clock_.Now();
  const bool has_closed = closes_ && *closes_ <= now;
  if (!next_due || (!has_closed && steady - asked_due_ < std::chrono::seconds{5})) return;
  asked_due_ = steady;
  if (has_closed) closed_ = *closes_;
  closes_ = next_due(has_closed ? *closes_ : now);
}

// A window has closed while the watch was silent, and the next bookmark may be a minute away: a new watch is a view at once.
// One poll interval after the last at the earliest; where events come, they are views themselves.
bool Reflector::MustAskAnew(const Stream& stream) {
  NoteClosed();
  const SteadyPoint now = clock_.Steady();
  const bool is_silent = now - stream.last_byte >= kDeliveryLag && now - stream.began >= shared_.Config().poll_interval;
  const bool is_due = closed_ && clock_.Now() >= *closed_ + kAfterDue && viewed_until_ <= *closed_;
  const bool is_coming = closed_ && stream.heard && *stream.heard > *closed_;
  return is_silent && is_due && !is_coming;
}

Reflector::Next Reflector::Watch(std::stop_token stop) {
  const int lasts = 300 + static_cast<int>(random_() % 300);
  const auto request = credentials_.Request(
      KubePath(target_, "watch=1&allowWatchBookmarks=true&resourceVersion=" + UrlEncode(version_) + "&timeoutSeconds=" + std::to_string(lasts)), stop);
  if (!request) return Failed(request.Message()), Next::kWatch;
  Stream stream(*request);
  const TimePoint began = clock_.Now();
  stream.began = clock_.Steady();
  const auto done = http_.Stream(
      *request, [&](const HttpReply& head) { return OnHead(stream, head, began); }, [&](std::string_view bytes) { return OnBytes(stream, bytes); },
      clock_.Steady() + std::chrono::seconds(lasts) + kWatchSlack, kIdle, stop);
  if (stop.stop_requested()) return Next::kStop;
  HideCredentials(stream.error_body, *request);
  shared_.Count("batchslo_kubernetes_watch_total", "result", stream.status == 0 ? "error" : ResultOf(stream.status));
  return stream.failed ? stream.next : Ended(stream, done);
}

// What the end of a watch means that told no failure itself. Quiet ends are normal.
Reflector::Next Reflector::Ended(const Stream& stream, const Result<void>& done) {
  if (stream.status == 401) credentials_.Refuse();
  if (stream.status == 410) return Expired();
  if (stream.status != 0 && stream.status != 200) {
    Failed(HelpFor(stream.status, target_, KubeErrorText(stream.error_body)));
    return stream.status >= 500 && failures_ >= kMostWatchFailures ? Next::kBroken : Next::kWatch;
  }
  const bool is_foreign = !stream.line.empty() && stream.line.front() != '{';
  if (stream.status == 0) Failed(done ? "its watch ended without an answer" : done.Message());
  if (is_foreign) Failed("its watch answers with no JSON (a login page?)");
  if (stream.status == 200 && !is_foreign && !stream.settled && stream.lines == 0) Failed("its watch ends as soon as it begins" + (done ? std::string() : ": " + done.Message()));
  // Each is cut, by a proxy, before it has brought all: then a list says what is there.
  const bool is_blind = stream.status == 200 && !stream.caught_up && clock_.Steady() - viewed_ > kBlind;
  return is_blind ? Next::kBroken : Next::kWatch;
}

// Watches until a list is needed, and says why.
const char* Reflector::Follow(std::stop_token stop) {
  const auto relist_after = kRelistAfter + std::chrono::minutes(random_() % 30);
  for (;;) {
    if (clock_.Steady() - listed_at_ > relist_after) return why_ = Why::kPeriodic, "periodic";
    const SteadyPoint began = clock_.Steady();
    const Next next = Watch(stop);
    if (stop.stop_requested()) return "stopped";
    const bool cut = next == Next::kWatch && clock_.Steady() - began < kFirstBackoff;  // a proxy that cuts each watch
    const bool first_expiry = next == Next::kExpired && failures_ == 1;
    if ((failures_ > 0 && !first_expiry) || cut) BackOff(stop);
    if (next == Next::kWatch) continue;
    why_ = Why::kGap;
    return next == Next::kExpired ? "expired" : "broken";
  }
}

void Reflector::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (!MayList()) {
      clock_.WaitFor(kBetweenLooks, stop);
      continue;
    }
    if (!List(stop)) {
      BackOff(stop);
      continue;
    }
    const char* reason = Follow(stop);
    if (!stop.stop_requested()) shared_.Count("batchslo_kubernetes_relist_total", "reason", reason);
  }
}

}  // namespace batchslo
