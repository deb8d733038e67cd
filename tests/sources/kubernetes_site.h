#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "exporter/sources/kubernetes_watch.h"
#include "tests/fakes/fake_http.h"
#include "tests/sources/kubernetes_objects.h"

namespace batchslo::kube {

using std::chrono::milliseconds;
using Answer = FakeHttp::Answer;
using Kind = KubeShared::Kind;

// An API server that answers as written, request by request, and a reflector that talks to it until the script ends.
class Site {
 public:
  explicit Site(Reflector::Target target = {Kind::kJobs, "", "", ""}, KubeAccess access = {}, SourceConfig config = Config())
      : http(clock), credentials(WithServer(std::move(access)), clock),
        shared(config, {http, clock, [this](LogLevel, std::string_view text) { log.emplace_back(text); }, [this](Report report) { return Sink(std::move(report)); }, {}, {}, [this](TimePoint now) { return due > now ? due : TimePoint::max(); }}) {
    http.answer = [this](const HttpRequest& request) { return Next(request); };
    Add(std::move(target));
  }

  void Add(Reflector::Target target) { reflectors_.push_back(std::make_unique<Reflector>(std::move(target), shared, credentials)); }

  // The next request is one for a URL with this in it, and is answered so.
  void Then(std::string part, Answer answer) { script_.emplace_back(std::move(part), std::move(answer)); }
  void Run(std::size_t reflector = 0) {
    stop_ = std::stop_source();
    reflectors_[reflector]->Run(stop_.get_token());
    EXPECT_TRUE(script_.empty()) << "not asked for: " << script_.front().first;
  }

  std::vector<TimePoint> Views() const {
    std::vector<TimePoint> views;
    for (const auto& [when, fact] : sunk) {
      if (std::holds_alternative<ViewFact>(fact.what)) views.push_back(fact.observed);
    }
    return views;
  }
  template <class T>
  std::vector<T> Facts() const {
    std::vector<T> found;
    for (const auto& [when, fact] : sunk) {
      if (const T* what = std::get_if<T>(&fact.what)) found.push_back(*what);
    }
    return found;
  }
  double Metric(const std::string& name, const std::string& label = "") {
    for (const auto& extra : shared.Health().extras) {
      if (extra.metric == name && (label.empty() || extra.labels.at(0).second == label)) return extra.value;
    }
    return 0;
  }

  FakeClock clock{kNow};
  FakeHttp http;
  KubeCredentials credentials;
  std::vector<HttpRequest> requests;
  std::vector<std::pair<TimePoint, Fact>> sunk;  // when, what
  std::vector<std::string> log;
  int refuse_stores = 0;  // so many times the ledger says no
  TimePoint due;           // a window of its jobs closes
  seconds slow_stores{0};  // how long it takes for each report
  KubeShared shared;

 private:
  static KubeAccess WithServer(KubeAccess access) {
    access.server = "https://api:6443";
    return access;
  }
  Result<void> Sink(Report report) {
    clock.Advance(slow_stores);
    if (refuse_stores > 0) return --refuse_stores, Error{"disk full"};
    for (Fact& fact : report) sunk.emplace_back(clock.Now(), std::move(fact));
    return {};
  }
  Answer Next(const HttpRequest& request) {
    if (script_.empty()) {
      stop_.request_stop();
      return {};
    }
    requests.push_back(request);
    auto [part, answer] = std::move(script_.front());
    script_.pop_front();
    EXPECT_NE(request.url.find(part), std::string::npos) << "asked for " << request.url << " instead of " << part;
    return answer;
  }

  std::deque<std::pair<std::string, Answer>> script_;
  std::stop_source stop_;
  std::vector<std::unique_ptr<Reflector>> reflectors_;
};

// The other kind has always been seen up to now: what is told is up to the one that is tried.
struct JobsSite : Site {
  using Site::Site;
  explicit JobsSite(KubeAccess access) : Site({Kind::kJobs, "", "", ""}, std::move(access)) {}
  void Run() {
    shared.Viewed("", Kind::kCronJobs, At("2999-01-01T00:00:00Z"));
    Site::Run();
  }
};

// ---- what the server says ----

inline std::string JobJson(const std::string& uid, const std::string& version, const std::string& status = "{}") {
  return R"({"metadata":{"name":"good-29534760","namespace":"batch-a","uid":")" + uid + R"(","resourceVersion":")" + version +
         R"(","creationTimestamp":"2026-03-01T10:00:00Z","ownerReferences":[{"apiVersion":"batch/v1","kind":"CronJob","name":"good","uid":"c"}]},"status":)" + status + "}";
}
inline Answer Page(const std::string& version, const std::string& items = "", const std::string& token = "") {
  return {200, R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" + token + R"("},"items":[)" + items + "]}"};
}
inline std::string Event(const std::string& type, const std::string& object) { return R"({"type":")" + type + R"(","object":)" + object + "}\n"; }
inline std::string Bookmark(const std::string& version) { return Event("BOOKMARK", R"({"metadata":{"resourceVersion":")" + version + R"("}})"); }
inline std::string StatusJson(int code, const std::string& message = "no") {
  return R"({"kind":"Status","status":"Failure","message":")" + message + R"(","code":)" + std::to_string(code) + "}";
}
inline Answer Refusal(int code, const std::string& message = "no") { return {code, StatusJson(code, message)}; }
inline Answer Refused() { return {0, "", {}, {}, "api: no connection", false}; }
// A watch that brings these, then stays quiet for a while, and ends as agreed.
inline Answer Stream(std::string bytes, milliseconds then_quiet = milliseconds{80'000}) { return {200, std::move(bytes), {}, {{then_quiet, ""}}}; }

// ---- what it is asked ----

inline constexpr const char* kList = "/apis/batch/v1/jobs?limit=500&resourceVersion=";
// A Job's status.
inline const std::string kDone = R"({"succeeded":1,"completionTime":"2026-03-01T10:00:40Z","conditions":[{"type":"Complete","status":"True"}]})";
inline std::string WatchFrom(const std::string& version) { return "watch=1&allowWatchBookmarks=true&resourceVersion=" + version + "&timeoutSeconds="; }

}  // namespace batchslo::kube
