#include "exporter/web/server.h"

#include <httplib.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <zlib.h>

#include <algorithm>
#include <thread>

#include "exporter/web/api.h"
#include "exporter/web/exposition.h"
#include "exporter/web/html.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostBody = 1 << 20, kThreads = 64;

std::string Gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Address {
  std::string host;
  int port = 0;
};

Result<Address> ParseAddress(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const Error bad{"\"" + text + "\" is no address to listen on; write HOST:PORT, [::1]:PORT or :PORT"};
  if (colon == std::string::npos || colon + 1 == text.size() || text.size() - colon > 6) return bad;
  const std::string digits = text.substr(colon + 1);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return bad;
  Address address{text.substr(0, colon), std::stoi(digits)};
  if (address.port > 65535) return bad;
  if (address.host.starts_with('[') && address.host.ends_with(']')) address.host = address.host.substr(1, address.host.size() - 2);
  if (address.host.empty()) address.host = "0.0.0.0";
  return address;
}

using httplib::Request;
using httplib::Response;

class HttpServer : public Server {
 public:
  HttpServer(ServerOptions options, Handlers handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)),
        requests_(prometheus::BuildCounter().Name("batchslo_http_requests_total").Help("Requests answered, by handler and code.").Register(registry_)),
        heartbeats_(prometheus::BuildCounter().Name("batchslo_heartbeats_total").Help("Heartbeats answered, by result.").Register(registry_)) {}

  ~HttpServer() override {
    for (auto& server : servers_) server->stop();
  }

  Result<void> Listen() {
    for (const std::string& text : options_.listen) {
      const auto address = ParseAddress(text);
      if (!address) return address.GetError();
      auto server = std::make_unique<httplib::Server>();
      Route(*server);
      const bool any_port = address->port == 0;
      const int port = any_port ? server->bind_to_any_port(address->host) : address->port;
      if (port < 0 || (!any_port && !server->bind_to_port(address->host, port))) {
        return Error{"can't listen on " + text + "; is something else listening there? Choose another with --web.listen-address"};
      }
      ports_.push_back(static_cast<std::uint16_t>(port));
      servers_.push_back(std::move(server));
    }
    for (auto& server : servers_) threads_.emplace_back([&server] { server->listen_after_bind(); });
    return {};
  }

  std::vector<std::uint16_t> Ports() const override { return ports_; }

 private:
  using Handler = void (HttpServer::*)(const Request&, Response&);

  void Route(httplib::Server& server) {
    server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server.set_payload_max_length(kMostBody);
    server.set_read_timeout(5);
    server.set_write_timeout(10);
    server.set_keep_alive_max_count(100);
    server.set_keep_alive_timeout(2);
    server.set_exception_handler([](const Request&, Response& reply, std::exception_ptr) {
      reply.status = 500;
      reply.set_content(RenderError("internal", "this request could not be answered"), "application/json");
    });
    const auto get = [&](const std::string& path, const char* name, Handler handler) { server.Get(path, Counted(name, handler)); };
    get(options_.telemetry_path, "metrics", &HttpServer::Metrics);
    get("/", "page", &HttpServer::StatusPage);
    get("/jobs/.+", "job_page", &HttpServer::JobPage);
    get("/static/style.css", "static", &HttpServer::Style);
    get("/-/healthy", "healthy", &HttpServer::Healthy);
    get("/-/ready", "ready", &HttpServer::Ready);
    get("/api/v1/jobs", "api_jobs", &HttpServer::ApiJobs);
    get("/api/v1/jobs/.+", "api_job", &HttpServer::ApiJob);
    get("/api/v1/sources", "api_sources", &HttpServer::ApiSources);
    get("/api/v1/status/buildinfo", "api_buildinfo", &HttpServer::ApiBuildInfo);
    get("/api/v1/status/config", "api_config", &HttpServer::ApiConfig);
    server.Post("/api/v1/heartbeat/.+", Counted("heartbeat", &HttpServer::Heartbeat));
    server.Post("/-/reload", Counted("reload", &HttpServer::Reload));
    server.Put("/-/reload", Counted("reload", &HttpServer::Reload));
    // The library would wait for the end of a body that is not announced; curl -X POST announces none.
    server.set_pre_routing_handler([this](const Request& request, Response& reply) {
      const bool sends = request.method == "POST" || request.method == "PUT";
      if (!sends || request.has_header("Content-Length") || request.has_header("Transfer-Encoding")) return httplib::Server::HandlerResponse::Unhandled;
      if (request.method == "POST" && request.path.starts_with("/api/v1/heartbeat/")) {
        Counted("heartbeat", &HttpServer::Heartbeat)(request, reply);
      } else if (request.path == "/-/reload") {
        Counted("reload", &HttpServer::Reload)(request, reply);
      } else {
        reply.status = 404;
        Missing(request, reply);
      }
      return httplib::Server::HandlerResponse::Handled;
    });
    server.set_error_handler([this](const Request& request, Response& reply) { Missing(request, reply); });
  }

  httplib::Server::Handler Counted(const char* name, Handler handler) {
    return [this, name, handler](const Request& request, Response& reply) {
      reply.status = 200;
      reply.set_header("X-Content-Type-Options", "nosniff");
      reply.set_header("Cache-Control", "no-store");
      reply.set_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
      (this->*handler)(request, reply);
      requests_.Add({{"handler", name}, {"code", std::to_string(reply.status)}}).Increment();
    };
  }

  void Metrics(const Request& request, Response& reply) {
    const Format format = Negotiate(request.get_header_value("Accept"));
    std::string out;
    PageOf(handlers_.snapshot())->Render(format, handlers_.now(), out);
    if (request.get_header_value("Accept-Encoding").find("gzip") != std::string::npos) {
      out = Gzip(out);
      reply.set_header("Content-Encoding", "gzip");
    }
    reply.set_header("Vary", "Accept, Accept-Encoding");
    reply.set_content(std::move(out), std::string(ContentType(format)).c_str());
  }

  // The page of the newest snapshot, made by the first scrape that sees it.
  std::shared_ptr<const Page> PageOf(std::shared_ptr<const Snapshot> snapshot) {
    const auto held = std::atomic_load(&page_);
    if (held && &held->Of() == snapshot.get()) return held;
    auto fresh = std::make_shared<const Page>(std::move(snapshot), options_.groups_off, &registry_);
    std::atomic_store(&page_, std::shared_ptr<const Page>(fresh));
    return fresh;
  }

  static void Html(std::string text, Response& reply) { reply.set_content(std::move(text), "text/html; charset=utf-8"); }
  static void Json(std::string text, Response& reply) { reply.set_content(std::move(text), "application/json"); }

  void StatusPage(const Request& request, Response& reply) {
    Html(RenderPage(*handlers_.snapshot(), handlers_.now(), {request.get_param_value("state"), request.get_param_value("team"), handlers_.notice}), reply);
  }
  void JobPage(const Request& request, Response& reply) {
    const auto snapshot = handlers_.snapshot();
    const std::string name = request.path.substr(std::string_view("/jobs/").size());
    const JobState* job = FindJob(*snapshot, name);
    if (job) return Html(RenderJobPage(*job, *snapshot, handlers_.now()), reply);
    reply.status = 404;
    Html(RenderMissingPage("No job is named \"" + name + "\"."), reply);
  }
  void Style(const Request&, Response& reply) { reply.set_content(std::string(StyleSheet()), "text/css"); }
  void Healthy(const Request&, Response& reply) { reply.set_content("batchslo_exporter is healthy.\n", "text/plain"); }
  void Ready(const Request&, Response& reply) {
    const bool ready = handlers_.ready();
    reply.status = ready ? 200 : 503;
    reply.set_content(ready ? "batchslo_exporter is ready.\n" : "not yet: no source has been tried.\n", "text/plain");
  }
  void ApiJobs(const Request& request, Response& reply) {
    Json(RenderJobs(*handlers_.snapshot(), handlers_.now(), request.get_param_value("state"), request.get_param_value("team")), reply);
  }
  void ApiJob(const Request& request, Response& reply) {
    const auto snapshot = handlers_.snapshot();
    const std::string name = request.path.substr(std::string_view("/api/v1/jobs/").size());
    const JobState* job = FindJob(*snapshot, name);
    if (job) return Json(RenderJob(*job, handlers_.now()), reply);
    reply.status = 404;
    Json(RenderError("not_found", "no job is named \"" + name + "\""), reply);
  }
  void ApiSources(const Request&, Response& reply) { Json(RenderSources(*handlers_.snapshot()), reply); }
  void ApiBuildInfo(const Request&, Response& reply) { Json(RenderBuildInfo(), reply); }
  void ApiConfig(const Request&, Response& reply) { Json(RenderConfigStatus(*handlers_.snapshot(), handlers_.config_text()), reply); }

  // A browser must not be made to change our state by another site's page.
  static bool FromElsewhere(const Request& request) {
    const std::string site = request.get_header_value("Sec-Fetch-Site");
    if (!site.empty()) return site != "same-origin" && site != "none";
    const std::string origin = request.get_header_value("Origin");
    return !origin.empty() && origin != "http://" + request.get_header_value("Host") && origin != "https://" + request.get_header_value("Host");
  }

  void Heartbeat(const Request& request, Response& reply) {
    if (FromElsewhere(request)) return Refuse(403, "forbidden", "a heartbeat can't be sent from another site's page", reply);
    PushIn in;
    in.job = request.path.substr(std::string_view("/api/v1/heartbeat/").size());
    in.authorization = request.get_header_value("Authorization");
    in.content_type = request.get_header_value("Content-Type");
    in.body = request.body;
    const bool form = in.content_type.starts_with("application/x-www-form-urlencoded");
    for (const auto& [key, value] : request.params) {
      if (!form || request.target.find('?') != std::string::npos) in.query.emplace_back(key, value);
    }
    const PushOut out = handlers_.heartbeat(in);
    heartbeats_.Add({{"result", out.status == 200 ? "stored" : out.status == 503 ? "unavailable" : "refused"}}).Increment();
    reply.status = out.status;
    if (out.retry_after_seconds > 0) reply.set_header("Retry-After", std::to_string(out.retry_after_seconds));
    static constexpr std::pair<int, std::string_view> kTypes[] = {{400, "bad_data"}, {404, "not_found"}, {503, "unavailable"}};
    std::string_view type = "bad_data";
    for (const auto& [code, name] : kTypes) {
      if (code == out.status) type = name;
    }
    Json(out.status == 200 ? RenderData("run_id", out.message) : RenderError(type, out.message), reply);
  }

  void Reload(const Request& request, Response& reply) {
    if (!options_.enable_lifecycle) return Refuse(403, "forbidden", "reloading over HTTP is off; start with --web.enable-lifecycle, or send SIGHUP", reply);
    if (FromElsewhere(request)) return Refuse(403, "forbidden", "a reload can't be asked for by another site's page", reply);
    const ReloadOut out = handlers_.reload();
    reply.status = out.good ? 200 : 400;
    reply.set_content(out.message, "text/plain; charset=utf-8");
  }

  static void Refuse(int status, std::string_view type, std::string_view message, Response& reply) {
    reply.status = status;
    Json(RenderError(type, message), reply);
  }

  void Missing(const Request& request, Response& reply) {
    if (!reply.body.empty()) return;
    reply.set_header("X-Content-Type-Options", "nosniff");
    requests_.Add({{"handler", "none"}, {"code", std::to_string(reply.status)}}).Increment();
    const bool missing = reply.status == 404;
    if (request.path.starts_with("/api/")) {
      return Json(missing ? RenderError("not_found", "there is nothing at this address and method") : RenderError("bad_data", "this request could not be read"), reply);
    }
    reply.set_content(missing ? "There is nothing here. The status page is at /, the metrics at /metrics.\n" : "This request could not be answered.\n", "text/plain");
  }

  ServerOptions options_;
  Handlers handlers_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Counter>& heartbeats_;
  std::shared_ptr<const Page> page_;  // swapped whole
  std::vector<std::uint16_t> ports_;
  std::vector<std::unique_ptr<httplib::Server>> servers_;
  std::vector<std::jthread> threads_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handlers handlers) {
  auto server = std::make_unique<HttpServer>(std::move(options), std::move(handlers));
  const auto listening = server->Listen();
  if (!listening) return listening.GetError();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace batchslo
