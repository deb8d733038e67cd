// Tested by tests/web/router_test.cc and tests/web/server_test.cc.
#include "exporter/web/router.h"

#include <algorithm>

#include "exporter/web/api.h"
#include "exporter/web/escape.h"
#include "exporter/web/gzip_rendering.h"
#include "exporter/web/html.h"
#include "exporter/web/icon.h"
#include "exporter/web/place.h"
#include "exporter/web/runbooks.h"

namespace batchslo {
namespace {

constexpr int kMostPushing = 256;            // heartbeats; fewer than connections: a scrape always finds one
constexpr int kMostExplaining = 4;           // each takes a processor for a while, and a heartbeat must not wait for it
constexpr int kMostMaking = 16;              // large bodies
constexpr days kMostAhead{400};              // that can be explained
constexpr std::size_t kWorthGzip = 1 << 10;  // bytes
constexpr std::string_view kJson = "application/json", kHtml = "text/html; charset=utf-8";

WebReply Of(std::string_view type, std::string body, int status = 200) { return {status, std::string(type), std::move(body), {}, {}}; }

WebReply JsonError(int status, std::string_view type, std::string_view message) { return Of(kJson, RenderError(type, message), status); }

bool IsApi(const std::string& path) { return path.starts_with("/api/"); }

// How far up the root is, as the browser sees the address: pages work below any path that a proxy takes off.
std::string RootOf(const WebRequest& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  std::string root;
  for (auto depth = std::count(path.begin(), path.end(), '/'); depth > 1; --depth) root += "../";
  return root.empty() ? "./" : root;
}

std::size_t PageNumber(const WebRequest& request) {
  std::size_t number = 0;
  for (const char c : request.Query("page").substr(0, 6)) {
    if (c < '0' || c > '9') return 1;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return std::max<std::size_t>(number, 1);
}

WebReply TryAgain(const WebRequest& request) {
  const std::string message = "too many ask for this at once; try again";
  WebReply reply = IsApi(request.target) ? JsonError(503, "unavailable", message) : Of("text/plain; charset=utf-8", message + "\n", 503);
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

WebReply NotFound(const WebRequest& request) {
  if (IsApi(request.target)) return JsonError(404, "not_found", "there is nothing at this address");
  return Of(kHtml, RenderMissingPage("There is nothing at this address.", RootOf(request)), 404);
}

WebReply WrongMethod(const WebRequest& request, const std::vector<std::string>& methods) {
  std::string allowed;
  for (const std::string& method : methods) allowed += (allowed.empty() ? "" : ", ") + method + (method == "GET" ? ", HEAD" : "");
  const std::string message = "this address takes " + allowed;
  WebReply reply = IsApi(request.target) ? JsonError(405, "bad_method", message) : Of("text/plain; charset=utf-8", message + "\n", 405);
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

bool Has(const Pairs& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; });
}

// `own`: headers that take the place of ours.
void Secure(WebReply& reply, const Pairs& own) {
  static const Pairs kHeaders = {
      {"X-Content-Type-Options", "nosniff"},
      {"Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  std::copy_if(kHeaders.begin(), kHeaders.end(), std::back_inserter(reply.headers), [&](const auto& header) { return !Has(own, header.first); });
  reply.headers.insert(reply.headers.end(), own.begin(), own.end());
  if (!Has(reply.headers, "Cache-Control")) reply.headers.emplace_back("Cache-Control", "no-store");
}

void Compress(const WebRequest& request, WebReply& reply) {
  if (!reply.pieces && reply.body.size() < kWorthGzip) return;
  reply.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  if (!AcceptsGzip(request.Header("Accept-Encoding"))) return;
  reply.headers.emplace_back("Content-Encoding", "gzip");
  if (reply.pieces) {
    reply.pieces = reply.gzip_pieces ? reply.gzip_pieces() : GzipPieces(std::move(reply.pieces));
  } else {
    reply.body = Gzip(reply.body);
  }
}

}  // namespace

Router::Router(ServerOptions options, PublicAddress address, Handlers handlers, prometheus::Registry& registry)
    : options_(std::move(options)), address_(std::move(address)), handlers_(std::move(handlers)), registry_(registry), counters_(registry), routes_{
          {options_.telemetry_path, "metrics", {"GET"}, &Router::Metrics},
          {"/", "page", {"GET"}, &Router::StatusPage, Cost::kLarge},
          {"/jobs/", "job_page", {"GET"}, &Router::JobPage, Cost::kPage},
          {"/runbooks", "runbooks", {"GET"}, &Router::RunbooksPage, Cost::kPage},
          {"/runbooks/", "runbooks", {"GET"}, &Router::RunbookPage, Cost::kPage},
          {"/static/style.css", "static", {"GET"}, &Router::Style},
          {"/favicon.svg", "static", {"GET"}, &Router::Icon},
          {"/-/healthy", "healthy", {"GET"}, &Router::Healthy},
          {"/-/ready", "ready", {"GET"}, &Router::Ready},
          {"/-/reload", "reload", {"PUT", "POST"}, &Router::Reload},
          {"/api/v1/jobs", "api_jobs", {"GET"}, &Router::ApiJobs},
          {"/api/v1/jobs/", "api_job", {"GET"}, &Router::ApiJob, Cost::kPage},
          {"/api/v1/explain/", "api_explain", {"GET"}, &Router::ApiExplain},
          {"/api/v1/sources", "api_sources", {"GET"}, &Router::ApiSources, Cost::kLarge},
          {"/api/v1/registries", "api_registries", {"GET"}, &Router::ApiRegistries, Cost::kLarge},
          {"/api/v1/status/buildinfo", "api_buildinfo", {"GET"}, &Router::ApiBuildInfo},
          {"/api/v1/status/config", "api_config", {"GET"}, &Router::ApiConfig, Cost::kLarge},
          {"/api/v1/status/flags", "api_flags", {"GET"}, &Router::ApiFlags},
          {"/api/v1/heartbeat/", "heartbeat", {"POST"}, &Router::Heartbeat},
      } {}

const Router::Route* Router::Find(const std::string& path) const {
  const auto at = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) {
    const bool below = route.path.size() > 1 && route.path.ends_with('/');
    return below ? path.size() > route.path.size() && path.starts_with(route.path) : path == route.path;
  });
  return at == routes_.end() ? nullptr : &*at;
}

// A browser must not be made to change our state by another site's page, nor by one whose name was given our address
// (DNS rebinding): only an address, "localhost" and the name that we were told are ours.
bool Router::IsFromElsewhere(const WebRequest& request) const {
  const std::string origin(request.Header("Origin")), host(request.Header("Host"));
  const std::string_view site = request.Header("Sec-Fetch-Site");
  if (site == "none" || (site.empty() && origin.empty())) return false;
  if (!site.empty() && site != "same-origin") return true;
  if (!origin.empty() && origin == address_.origin) return false;
  const bool is_own = origin.empty() || origin == "http://" + host || origin == "https://" + host;
  return !is_own || !IsAddress(host);
}

WebReply Router::Dispatch(const WebRequest& request, std::string& name) {
  const Route* route = Find(request.path);
  if (!route) return NotFound(request);
  name = route->name;
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  if (std::find(route->methods.begin(), route->methods.end(), method) == route->methods.end()) return WrongMethod(request, route->methods);
  // Who knows a heartbeat's token is no browser that was lured; a user's password is what a browser sends by itself.
  const bool has_token = route->handler == &Router::Heartbeat && request.Header("Authorization").starts_with("Bearer ");
  if (method != "GET" && !has_token && IsFromElsewhere(request)) return JsonError(403, "forbidden", "this can't be asked for by another site's page");
  const auto handle = [&] { return (this->*route->handler)(request, request.path.substr(std::min(route->path.size(), request.path.size()))); };
  if (route->cost == Cost::kSmall) return handle();
  const auto in_turn = [&] {
    const std::lock_guard lock(turn_);
    return handle();
  };
  if (route->cost == Cost::kPage) return in_turn();
  const Place place{making_};
  return place.before < kMostMaking ? in_turn() : TryAgain(request);
}

// A heartbeat has a token of its own, where the password would stand.
std::optional<WebReply> Router::Stop(const WebRequest& request, const Guard& guard) const {
  const Route* route = Find(request.path);
  const bool has_token = route && route->handler == &Router::Heartbeat && request.method == "POST";
  return has_token ? std::nullopt : guard.Stop(request);
}

std::optional<WebRequest> Router::WithoutPrefix(const WebRequest& request) const {
  const std::string& prefix = address_.prefix;
  if (!request.target.starts_with(prefix + "/")) return std::nullopt;
  WebRequest below = request;
  below.target.erase(0, prefix.size());
  below.path.erase(0, std::min(prefix.size(), below.path.size()));  // plain letters: decoded they are the same
  return below;
}

// Relative, as all links: a proxy may have taken off a path before ours.
WebReply Router::BesidePrefix(const WebRequest& request, std::string&) {
  const std::string& prefix = address_.prefix;
  if (request.path != "/" && request.path != prefix) return Of(kHtml, RenderMissingPage("There is nothing at this address.", RootOf(request) + prefix.substr(1) + "/"), 404);
  const std::string query = request.target.substr(std::min(request.target.find('?'), request.target.size()));
  WebReply reply = Of("text/plain; charset=utf-8", "it is at " + prefix + "/\n", 302);
  reply.headers.emplace_back("Location", (request.path == "/" ? prefix.substr(1) : prefix.substr(prefix.rfind('/') + 1)) + "/" + query);
  return reply;
}

WebReply Router::Answer(const WebRequest& request) {
  if (address_.prefix.empty()) return AnswerBy(&Router::Dispatch, request);
  const auto below = WithoutPrefix(request);
  return below ? AnswerBy(&Router::Dispatch, *below) : AnswerBy(&Router::BesidePrefix, request);
}

WebReply Router::AnswerBy(WebReply (Router::*dispatch)(const WebRequest&, std::string&), const WebRequest& request) {
  std::string name = "none";
  WebReply reply;
  const auto guard = handlers_.guard ? handlers_.guard() : nullptr;
  try {
    const bool is_below = dispatch == &Router::Dispatch;
    auto stopped = !guard ? std::nullopt : is_below ? Stop(request, *guard) : guard->Stop(request);
    if (stopped) {
      reply = *std::move(stopped);
    } else {
      reply = request.path.empty() ? JsonError(400, "bad_data", "the address is not well percent-encoded") : (this->*dispatch)(request, name);
    }
  } catch (const std::exception&) {  // what it says is for nobody outside
    reply = JsonError(500, "internal", "this request could not be answered");
  }
  Secure(reply, guard ? guard->headers : Pairs{});
  {
    const auto turn = reply.body.size() >= kWorthGzip ? std::unique_lock(turn_) : std::unique_lock<std::mutex>();
    Compress(request, reply);
  }
  counters_.Request(name, reply.status);
  return reply;
}

// ---- metrics ----

std::shared_ptr<const Page> Router::PageOf(std::shared_ptr<const Snapshot> snapshot) {
  std::shared_ptr<const Page> before;
  {
    const std::lock_guard lock(mutex_);
    if (page_ && &page_->Of() == snapshot.get()) return page_;
    before = page_;
  }
  std::shared_ptr<const Page> fresh = std::make_shared<const Page>(std::move(snapshot), options_.groups_off, &registry_, before.get(), options_.attainment_days), kept = fresh;
  const std::lock_guard lock(mutex_);
  page_.swap(kept);
  return fresh;
}

void Router::Show(std::shared_ptr<const Snapshot> snapshot) {
  PageOf(std::move(snapshot));
  const std::lock_guard lock(mutex_);
  is_shown_ = true;
}

std::shared_ptr<const Page> Router::NewestPage() {
  {
    const std::lock_guard lock(mutex_);
    if (is_shown_) return page_;
  }
  return PageOf(handlers_.snapshot());
}

WebReply Router::Metrics(const WebRequest& request, const std::string&) {
  const Format format = Negotiate(request.Header("Accept"));
  WebReply reply;
  reply.type = ContentType(format);
  const auto page = NewestPage();
  const TimePoint now = handlers_.now();
  reply.pieces = [rendering = std::make_shared<Rendering>(page, format, now)] { return rendering->Next(); };
  reply.gzip_pieces = [page, format, now]() -> Pieces {
    return [rendering = std::make_shared<GzipRendering>(page, format, now)] { return rendering->Next(); };
  };
  return reply;
}

// ---- pages ----

WebReply Router::StatusPage(const WebRequest& request, const std::string&) {
  PageView view;
  view.state = request.Query("state");
  view.team = request.Query("team");
  view.notice = handlers_.notice;
  view.root = RootOf(request);
  view.telemetry_path = options_.telemetry_path;
  view.page = PageNumber(request);
  return Of(kHtml, RenderPage(*handlers_.snapshot(), handlers_.now(), view));
}

WebReply Router::JobPage(const WebRequest& request, const std::string& name) {
  const auto snapshot = handlers_.snapshot();
  const JobState* job = FindJob(*snapshot, name);
  if (job) return Of(kHtml, RenderJobPage(*job, *snapshot, handlers_.now(), RootOf(request)));
  return Of(kHtml, RenderMissingPage("No job is named \"" + name + "\".", RootOf(request)), 404);
}

WebReply Router::RunbooksPage(const WebRequest& request, const std::string&) { return Of(kHtml, RenderRunbooksPage(Runbooks(), RootOf(request))); }

WebReply Router::RunbookPage(const WebRequest& request, const std::string& name) {
  const Runbook* runbook = FindRunbook(name);
  if (runbook) return Of(kHtml, RenderRunbookPage(*runbook, RootOf(request)));
  return Of(kHtml, RenderMissingPage("No alert is named \"" + name + "\".", RootOf(request)), 404);
}

WebReply Router::Style(const WebRequest&, const std::string&) {
  WebReply reply = Of("text/css; charset=utf-8", std::string(StyleSheet()));
  reply.headers.emplace_back("Cache-Control", "public, max-age=86400");  // pages name it by version
  return reply;
}

WebReply Router::Icon(const WebRequest&, const std::string&) { return Of("image/svg+xml", RenderIcon(*handlers_.snapshot())); }

WebReply Router::Healthy(const WebRequest&, const std::string&) { return Of("text/plain; charset=utf-8", "batchslo_exporter is healthy.\n"); }

WebReply Router::Ready(const WebRequest&, const std::string&) {
  if (handlers_.ready()) return Of("text/plain; charset=utf-8", "batchslo_exporter is ready.\n");
  return Of("text/plain; charset=utf-8", "not yet: no source has been tried.\n", 503);
}

// ---- API ----

// Of all that are being sent one piece is made at a time.
Pieces Router::InTurn(Pieces pieces) {
  return [this, pieces = std::move(pieces)] {
    const std::lock_guard lock(turn_);
    return pieces();
  };
}

WebReply Router::ApiJobs(const WebRequest& request, const std::string&) {
  const std::string_view state = request.Query("state");
  if (!state.empty() && !IsState(state)) return JsonError(400, "bad_data", "no state is named \"" + std::string(state) + "\"; there are met, missed, unknown, pending, paused, gone");
  WebReply reply = Of(kJson, "");
  reply.pieces = InTurn(JobsPieces(handlers_.snapshot(), handlers_.now(), std::string(state), std::string(request.Query("team"))));
  return reply;
}

WebReply Router::ApiJob(const WebRequest&, const std::string& name) {
  const auto snapshot = handlers_.snapshot();
  const JobState* job = FindJob(*snapshot, name);
  return job ? Of(kJson, RenderJob(*job, handlers_.now())) : JsonError(404, "not_found", "no job is named \"" + name + "\"");
}

WebReply Router::ApiExplain(const WebRequest& request, const std::string& name) {
  const std::string_view said = request.Query("at");
  const auto at = said.empty() ? Result<TimePoint>(TimePoint{}) : ParseRfc3339(said);
  if (!at) return JsonError(400, "bad_data", "at: " + at.Message());
  if (*at > handlers_.now() + kMostAhead) return JsonError(400, "bad_data", "at: " + FormatRfc3339(*at) + " is too far ahead; ask for at most 400 days from now");
  const Place place{explaining_};
  if (place.before >= kMostExplaining) return TryAgain(request);
  const ExplainOut out = handlers_.explain(name, said.empty() ? std::nullopt : std::optional(*at));
  if (out.status == 200) return Of(kJson, RenderJson(out.text));
  return JsonError(out.status, out.status == 404 ? "not_found" : "unavailable", out.text);
}

WebReply Router::ApiRegistries(const WebRequest&, const std::string&) { return Of(kJson, RenderRegistries(*handlers_.snapshot())); }
WebReply Router::ApiSources(const WebRequest&, const std::string&) { return Of(kJson, RenderSources(*handlers_.snapshot())); }
WebReply Router::ApiBuildInfo(const WebRequest&, const std::string&) { return Of(kJson, RenderBuildInfo()); }
WebReply Router::ApiConfig(const WebRequest&, const std::string&) { return Of(kJson, RenderConfigStatus(*handlers_.snapshot(), *handlers_.config_text())); }

WebReply Router::ApiFlags(const WebRequest&, const std::string&) {
  Pairs flags = options_.flags;
  for (const std::string& address : options_.listen) flags.emplace_back("web.listen-address", address);
  flags.emplace_back("web.telemetry-path", options_.telemetry_path);
  flags.emplace_back("web.external-url", options_.external_url);
  flags.emplace_back("web.route-prefix", address_.prefix.empty() ? "/" : address_.prefix);
  flags.emplace_back("web.enable-lifecycle", options_.enable_lifecycle ? "true" : "false");
  std::string spans;
  for (const int span : options_.attainment_days) spans += (spans.empty() ? "" : ",") + std::to_string(span) + "d";
  flags.emplace_back("budget.windows", spans);
  for (const char* group : {"runs", "budget", "trend", "self"}) flags.emplace_back(std::string("collector.") + group, options_.groups_off.contains(group) ? "false" : "true");
  return Of(kJson, RenderFlags(flags));
}

// ---- what changes something ----

WebReply Router::Heartbeat(const WebRequest& request, const std::string& job) {
  const Place place{pushing_};
  PushOut out{503, "too many heartbeats at once; try again", 1};
  if (place.before < kMostPushing) {
    out = handlers_.heartbeat({job, std::string(request.Header("Authorization")), std::string(request.Header("Content-Type")), request.body, request.query});
  }
  counters_.Heartbeat(out.status == 200 ? "stored" : out.status == 503 ? "unavailable" : "refused");
  const std::string_view type = out.status == 404 ? "not_found" : out.status == 503 ? "unavailable" : "bad_data";
  WebReply reply = out.status == 200 ? Of(kJson, RenderData("run_id", out.message)) : JsonError(out.status, type, out.message);
  if (out.retry_after_seconds > 0) reply.headers.emplace_back("Retry-After", std::to_string(out.retry_after_seconds));
  return reply;
}

WebReply Router::Reload(const WebRequest&, const std::string&) {
  if (!options_.enable_lifecycle) return JsonError(403, "forbidden", "reloading over HTTP is off; start with --web.enable-lifecycle, or send SIGHUP");
  const ReloadOut out = handlers_.reload();
  return Of("text/plain; charset=utf-8", out.message, out.good ? 200 : 400);
}

}  // namespace batchslo
