// Tests exporter/web/router.cc without sockets.
#include "exporter/web/router.h"

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <latch>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <thread>

#include "exporter/web/html.h"
#include "tests/web/gunzip.h"
#include "tests/web/parse.h"
#include "tests/web/sample.h"

namespace batchslo {
namespace {

using nlohmann::json;

struct Site {
  explicit Site(ServerOptions options = {}, const PublicAddress& address = {}) {
    Handlers handlers;
    handlers.snapshot = [this] { return snapshot; };
    handlers.now = [] { return sample::kNow; };
    handlers.ready = [this] { return ready; };
    handlers.heartbeat = [this](const PushIn& in) { return push(in); };
    handlers.reload = [this] { return reload; };
    handlers.explain = [this](const std::string& job, std::optional<TimePoint> at) {
      if (is_slow) entered.release(), opened.wait();
      if (job == "nobody") return ExplainOut{404, "no job is named \"nobody\""};
      if (job == "busy") return ExplainOut{503, "try again"};
      return ExplainOut{200, R"({"job":")" + job + R"(","at":")" + (at ? FormatRfc3339(*at) : "now") + "\"}"};
    };
    handlers.config_text = [this] {
      if (is_slow) entered.release(), opened.wait();
      return std::make_shared<const std::string>("token: <secret>");
    };
    handlers.guard = [this] { return guard; };
    router = std::make_unique<Router>(std::move(options), address, std::move(handlers), registry);
  }

  WebReply Ask(const std::string& method, const std::string& target, const Pairs& headers = {}, const Pairs& query = {}) {
    WebRequest request;
    request.method = method;
    request.target = request.path = target;
    request.headers = headers;
    request.query = query;
    return router->Answer(request);
  }
  WebReply Get(const std::string& target, const Pairs& query = {}) { return Ask("GET", target, {}, query); }

  std::shared_ptr<const Snapshot> snapshot = sample::Mixed();
  bool ready = true;
  std::function<PushOut(const PushIn&)> push = [](const PushIn& in) { return PushOut{200, in.job, 0}; };
  ReloadOut reload{true, "reloaded\n"};
  std::atomic<bool> is_slow = false;       // an explanation or a configuration
  std::counting_semaphore<> entered{0};  // by those that are slow, and wait until it is opened
  std::latch opened{1};
  std::shared_ptr<const Guard> guard;
  prometheus::Registry registry;
  std::unique_ptr<Router> router;
};

std::string Body(const WebReply& reply) {
  if (!reply.pieces) return reply.body;
  std::string whole;
  for (std::string_view piece = reply.pieces(); !piece.empty(); piece = reply.pieces()) whole += piece;
  return whole;
}

std::string Header(const WebReply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(Router, EveryAddressAnswersWhatItIs) {
  struct Row {
    const char *target, *type;
    int status;
    const char* holds;
  };
  const Row rows[] = {
      {"/metrics", "text/plain; version=0.0.4; charset=utf-8", 200, "batchslo_job_slo_met"},
      {"/", "text/html; charset=utf-8", 200, "<h1>Batch SLOs"},
      {"/jobs/ads/import", "text/html; charset=utf-8", 200, "<h1>ads/import"},
      {"/jobs/nobody", "text/html; charset=utf-8", 404, "No job is named"},
      {"/jobs/", "text/html; charset=utf-8", 404, "nothing at this address"},
      {"/static/style.css", "text/css; charset=utf-8", 200, ":root"},
      {"/favicon.svg", "image/svg+xml", 200, "<svg"},
      {"/-/healthy", "text/plain; charset=utf-8", 200, "healthy"},
      {"/-/ready", "text/plain; charset=utf-8", 200, "ready"},
      {"/api/v1/jobs", "application/json", 200, "ads/import"},
      {"/api/v1/jobs/ads/import", "application/json", 200, "\"job\":\"ads/import\""},
      {"/api/v1/jobs/nobody", "application/json", 404, "not_found"},
      {"/api/v1/explain/ads/import", "application/json", 200, "{\"status\":\"success\",\"data\":{\"job\":\"ads/import\",\"at\":\"now\"}}\n"},
      {"/api/v1/explain/nobody", "application/json", 404, "not_found"},
      {"/api/v1/explain/busy", "application/json", 503, "unavailable"},
      {"/api/v1/explain/", "application/json", 404, "not_found"},
      {"/api/v1/sources", "application/json", 200, "connection refused"},
      {"/api/v1/registries", "application/json", 200, "\"data\":[]"},
      {"/api/v1/status/buildinfo", "application/json", 200, "version"},
      {"/api/v1/status/config", "application/json", 200, "token: <secret>"},
      {"/api/v1/status/flags", "application/json", 200, "web.telemetry-path"},
      {"/api/v1/none", "application/json", 404, "not_found"},
      {"/none", "text/html; charset=utf-8", 404, "nothing at this address"},
      {"", "application/json", 400, "percent-encoded"},
  };
  Site site;
  for (const Row& row : rows) {
    const WebReply reply = site.Get(row.target);
    EXPECT_EQ(reply.status, row.status) << row.target;
    EXPECT_EQ(reply.type, row.type) << row.target;
    const std::string body = Body(reply);
    EXPECT_NE(body.find(row.holds), std::string::npos) << row.target << ": " << body.substr(0, 200);
  }
}

TEST(Router, AnExplanationIsOfNowOrOfAnInstant) {
  Site site;
  EXPECT_NE(Body(site.Get("/api/v1/explain/ads/import", {{"at", "2026-03-01T09:00:00+09:00"}})).find("2026-03-01T00:00:00Z"), std::string::npos);
  const WebReply bad = site.Get("/api/v1/explain/ads/import", {{"at", "noon"}});
  EXPECT_EQ(bad.status, 400);
  EXPECT_NE(bad.body.find("at: "), std::string::npos) << bad.body;
  EXPECT_EQ(site.Get("/api/v1/explain/ads/import", {{"at", FormatRfc3339(sample::kNow + days{400})}}).status, 200);
  const WebReply far = site.Get("/api/v1/explain/ads/import", {{"at", FormatRfc3339(sample::kNow + days{400} + seconds{1})}});
  EXPECT_EQ(far.status, 400);
  EXPECT_NE(far.body.find("is too far ahead; ask for at most 400 days from now"), std::string::npos) << far.body;
}

TEST(Router, ExplanationsAreFewAtOnceAndTakeNoPlaceOfHeartbeats) {
  Site site;
  {
    std::vector<std::jthread> asking;
    site.is_slow = true;
    for (int i = 0; i < 4; ++i) asking.emplace_back([&] { EXPECT_EQ(site.Get("/api/v1/explain/ads/import").status, 200); });
    for (int i = 0; i < 4; ++i) site.entered.acquire();
    const WebReply fifth = site.Get("/api/v1/explain/ads/import");
    EXPECT_EQ(fifth.status, 503);
    EXPECT_EQ(Header(fifth, "Retry-After"), "1");
    EXPECT_EQ(site.Ask("POST", "/api/v1/heartbeat/ads/import").status, 200);
    site.opened.count_down();
  }
  EXPECT_EQ(site.Get("/api/v1/explain/ads/import").status, 200);
}

TEST(Router, LargeBodiesAreFewAtOnce) {
  Site site;
  std::counting_semaphore<> refused{0};
  {
    std::vector<std::jthread> asking;
    site.is_slow = true;
    const auto ask = [&] {
      const WebReply reply = site.Get("/api/v1/status/config");
      if (reply.status == 200) return;
      EXPECT_EQ(reply.status, 503);
      EXPECT_EQ(Header(reply, "Retry-After"), "1");
      refused.release();
    };
    for (int i = 0; i < 17; ++i) asking.emplace_back(ask);
    refused.acquire();  // one of them; one is made, and the others wait for it
    for (const char* target : {"/", "/api/v1/sources", "/api/v1/status/config"}) EXPECT_EQ(site.Get(target).status, 503) << target;
    site.opened.count_down();
  }
  EXPECT_FALSE(refused.try_acquire());
  EXPECT_EQ(site.Get("/api/v1/status/config").status, 200);
}

TEST(Router, WhatMachinesAskForDoesNotWaitForPages) {
  Site site;
  {
    site.is_slow = true;
    std::vector<std::jthread> asking;
    for (const char* target : {"/api/v1/status/config", "/", "/jobs/ads/import", "/api/v1/jobs/ads/import"}) asking.emplace_back([&site, target] { EXPECT_EQ(site.Get(target).status, 200) << target; });
    site.entered.acquire();
    for (const char* target : {"/metrics", "/-/healthy", "/-/ready"}) EXPECT_EQ(site.Get(target).status, 200) << target;
    site.opened.count_down();
  }
}

TEST(Router, JsonHasPrometheusEnvelope) {
  Site site;
  for (const char* target : {"/api/v1/jobs", "/api/v1/jobs/ads/import", "/api/v1/sources", "/api/v1/status/config", "/api/v1/status/flags", "/api/v1/status/buildinfo"}) {
    const json reply = json::parse(Body(site.Get(target)));
    EXPECT_EQ(reply.at("status"), "success") << target;
    EXPECT_TRUE(reply.contains("data")) << target;
  }
  const json error = json::parse(Body(site.Get("/api/v1/jobs/nobody")));
  EXPECT_EQ(error, json({{"status", "error"}, {"errorType", "not_found"}, {"error", "no job is named \"nobody\""}}));
}

TEST(Router, OnlyItsMethodsReachAHandler) {
  struct Row {
    const char *method, *target, *allow;
    int status;
  };
  const Row rows[] = {
      {"HEAD", "/metrics", "", 200},   {"HEAD", "/-/healthy", "", 200},           {"HEAD", "/-/ready", "", 200},
      {"POST", "/metrics", "GET, HEAD", 405}, {"DELETE", "/api/v1/jobs", "GET, HEAD", 405}, {"GET", "/api/v1/heartbeat/a", "POST", 405},
      {"GET", "/-/reload", "PUT, POST", 405}, {"OPTIONS", "/", "GET, HEAD", 405},
  };
  Site site;
  for (const Row& row : rows) {
    const WebReply reply = site.Ask(row.method, row.target);
    EXPECT_EQ(reply.status, row.status) << row.method << " " << row.target;
    EXPECT_EQ(Header(reply, "Allow"), row.allow) << row.method << " " << row.target;
  }
}

TEST(Router, EveryReplyIsGuarded) {
  Site site;
  for (const char* target : {"/", "/metrics", "/api/v1/jobs", "/none", "/-/healthy"}) {
    const WebReply reply = site.Get(target);
    EXPECT_EQ(Header(reply, "X-Content-Type-Options"), "nosniff") << target;
    EXPECT_TRUE(Header(reply, "Content-Security-Policy").starts_with("default-src 'none'")) << target;
    EXPECT_EQ(Header(reply, "Cache-Control"), "no-store") << target;
  }
  EXPECT_EQ(Header(site.Get("/static/style.css"), "Cache-Control"), "public, max-age=86400");
}

TEST(Router, WhoTakesGzipGetsIt) {
  Site site;
  for (const char* target : {"/", "/metrics", "/api/v1/jobs"}) {
    const WebReply zipped = site.Ask("GET", target, {{"Accept-Encoding", "gzip"}}), plain = site.Ask("GET", target, {{"Accept-Encoding", "gzip;q=0"}});
    EXPECT_EQ(Header(zipped, "Content-Encoding"), "gzip") << target;
    EXPECT_EQ(Header(zipped, "Vary"), "Accept, Accept-Encoding") << target;
    EXPECT_EQ(Header(plain, "Content-Encoding"), "") << target;
    if (std::string(target) != "/metrics") {
      EXPECT_EQ(Gunzip(Body(zipped)), Body(plain)) << target;
    }
  }
  EXPECT_EQ(Header(site.Ask("GET", "/-/healthy", {{"Accept-Encoding", "gzip"}}), "Content-Encoding"), "") << "not worth it";
}

TEST(Router, TheFormatIsNegotiated) {
  Site site;
  const WebReply reply = site.Ask("GET", "/metrics", {{"Accept", "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5"}});
  EXPECT_EQ(reply.type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(Body(reply).ends_with("# EOF\n"));
}

TEST(Router, APageInRenderingKeepsItsSnapshot) {
  Site site;
  const WebReply reply = site.Get("/metrics");
  site.snapshot = sample::Fleet(3);
  EXPECT_EQ(ParsePage(Body(reply)).Find("batchslo_snapshot_jobs", {}), 7);
  EXPECT_EQ(ParsePage(Body(site.Get("/metrics"))).Find("batchslo_snapshot_jobs", {}), 3);
}

TEST(Router, WhatWasShownIsScrapedUntilTheNextIsShown) {
  Site site;
  site.router->Show(site.snapshot);
  site.snapshot = sample::Fleet(3);  // judged, and its page not made yet
  EXPECT_EQ(ParsePage(Body(site.Get("/metrics"))).Find("batchslo_snapshot_jobs", {}), 7);
  site.router->Show(site.snapshot);
  EXPECT_EQ(ParsePage(Body(site.Get("/metrics"))).Find("batchslo_snapshot_jobs", {}), 3);
}

TEST(Router, JobsAreFiltered) {
  Site site;
  const auto count = [&](const Pairs& query) { return json::parse(Body(site.Get("/api/v1/jobs", query))).at("data").size(); };
  EXPECT_EQ(count({}), 7u);
  EXPECT_EQ(count({{"state", "met"}}), 2u);
  EXPECT_EQ(count({{"team", "recommend"}}), 3u);
  const WebReply wrong = site.Get("/api/v1/jobs", {{"state", "mett"}});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(Body(wrong).find("no state is named"), std::string::npos);
}

TEST(Router, TheRootOfAPageIsAsTheBrowserSeesIt) {
  Site site;
  EXPECT_NE(site.Get("/").body.find("href=\"./static/style.css"), std::string::npos);
  EXPECT_NE(site.Get("/jobs/ads/import").body.find("href=\"../../static/style.css"), std::string::npos);
}

TEST(Router, PagesAreNumbersOrTheFirst) {
  Site site;
  site.snapshot = sample::Fleet(kJobsOnAPage + 1);
  for (const auto& [page, text] : std::map<std::string, std::string>{{"", "page 1 of 2"}, {"0", "page 1 of 2"}, {"2", "page 2 of 2"}, {"x", "page 1 of 2"}, {"99999999999999", "page 2 of 2"}}) {
    EXPECT_NE(site.Get("/", {{"page", page}}).body.find(text), std::string::npos) << page;
  }
}

TEST(Router, NotReadyIsUnavailable) {
  Site site;
  site.ready = false;
  EXPECT_EQ(site.Get("/-/ready").status, 503);
  EXPECT_EQ(site.Get("/-/healthy").status, 200) << "health depends on no source";
}

TEST(Router, HeartbeatsAreAnsweredAndCounted) {
  struct Row {
    PushOut out;
    const char *type, *result;
  };
  const Row rows[] = {{{200, "run-1", 0}, "run_id", "stored"}, {{400, "no", 0}, "bad_data", "refused"}, {{404, "no", 0}, "not_found", "refused"}, {{503, "full", 5}, "unavailable", "unavailable"}};
  Site site;
  for (const Row& row : rows) {
    site.push = [&](const PushIn&) { return row.out; };
    const WebReply reply = site.Ask("POST", "/api/v1/heartbeat/etl/daily");
    EXPECT_EQ(reply.status, row.out.status);
    EXPECT_NE(reply.body.find(row.type), std::string::npos) << reply.body;
    EXPECT_EQ(Header(reply, "Retry-After"), row.out.retry_after_seconds > 0 ? "5" : "");
  }
  const ParsedPage page = ParsePage(Body(site.Get("/metrics")));
  EXPECT_EQ(page.Find("batchslo_heartbeats_total", {{"result", "stored"}}), 1);
  EXPECT_EQ(page.Find("batchslo_heartbeats_total", {{"result", "refused"}}), 2);
  EXPECT_EQ(page.Find("batchslo_http_requests_total", {{"handler", "heartbeat"}, {"code", "503"}}), 1);
}

TEST(Router, AnotherSitesPageChangesNothing) {
  ServerOptions options;
  options.enable_lifecycle = true;
  Site site(options);
  struct Row {
    Pairs headers;
    int status;
  };
  const Row rows[] = {
      {{}, 200},
      {{{"Host", "10.0.0.7:1"}, {"Sec-Fetch-Site", "same-origin"}}, 200},
      {{{"Host", "evil.example:1"}, {"Sec-Fetch-Site", "same-origin"}}, 403},
      {{{"Sec-Fetch-Site", "none"}}, 200},
      {{{"Sec-Fetch-Site", "cross-site"}}, 403},
      {{{"Sec-Fetch-Site", "same-site"}}, 403},
      {{{"Host", "127.0.0.1:1"}, {"Origin", "http://127.0.0.1:1"}}, 200},
      {{{"Host", "localhost:1"}, {"Origin", "https://localhost:1"}}, 200},
      {{{"Host", "[::1]:1"}, {"Origin", "http://[::1]:1"}, {"Sec-Fetch-Site", "same-origin"}}, 200},
      {{{"Host", "evil.example:1"}, {"Origin", "http://evil.example:1"}}, 403},
      {{{"Host", "evil.example:1"}, {"Origin", "http://evil.example:1"}, {"Sec-Fetch-Site", "same-origin"}}, 403},
      {{{"Host", "h:1"}, {"Origin", "http://evil"}}, 403},
      {{{"Host", "h:1"}, {"Origin", "null"}}, 403},
  };
  const Pairs lured = {{"Host", "evil.example:1"}, {"Origin", "http://evil.example:1"}, {"Authorization", "Bearer x"}};
  EXPECT_EQ(site.Ask("POST", "/-/reload", lured).status, 403) << "a page may send any token to its own origin";
  EXPECT_EQ(site.Ask("POST", "/api/v1/heartbeat/a", lured).status, 200) << "where the token is looked at";
  for (const Row& row : rows) {
    for (const char* target : {"/-/reload", "/api/v1/heartbeat/a"}) EXPECT_EQ(site.Ask("POST", target, row.headers).status, row.status) << ::testing::PrintToString(row.headers);
  }
}

TEST(Router, ReloadIsOffUnlessItIsEnabledAndSaysWhatIsWrong) {
  Site off;
  EXPECT_EQ(off.Ask("POST", "/-/reload").status, 403);
  ServerOptions options;
  options.enable_lifecycle = true;
  Site on(options);
  EXPECT_EQ(on.Ask("PUT", "/-/reload").status, 200);
  on.reload = {false, "line 3: unknown key\n"};
  const WebReply refused = on.Ask("POST", "/-/reload");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.body, "line 3: unknown key\n");
}

TEST(Router, TheMetricsMayBeElsewhereAndInParts) {
  ServerOptions options;
  options.telemetry_path = "/probe";
  options.groups_off = {"self"};
  Site site(options);
  EXPECT_EQ(site.Get("/metrics").status, 404);
  const std::string page = Body(site.Get("/probe"));
  EXPECT_NE(page.find("batchslo_job_runs_total"), std::string::npos);
  EXPECT_EQ(page.find("batchslo_http_requests_total"), std::string::npos);
  EXPECT_NE(site.Get("/").body.find("href=\"./probe\""), std::string::npos);
}

TEST(Router, FlagsAreShown) {
  ServerOptions options;
  options.flags = {{"config.file", "/etc/b.yml"}};
  options.groups_off = {"runs"};
  Site site(options);
  const json flags = json::parse(Body(site.Get("/api/v1/status/flags"))).at("data");
  EXPECT_EQ(flags.at("config.file"), "/etc/b.yml");
  EXPECT_EQ(flags.at("web.listen-address"), "127.0.0.1:10510");
  EXPECT_EQ(flags.at("collector.runs"), "false");
  EXPECT_EQ(flags.at("collector.self"), "true");
  EXPECT_EQ(flags.at("collector.budget"), "true");
}

TEST(Router, WhatAHandlerThrowsIsForNobodyOutside) {
  Site site;
  site.push = [](const PushIn&) -> PushOut { throw std::runtime_error("secret dsn"); };
  const WebReply reply = site.Ask("POST", "/api/v1/heartbeat/a");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("secret"), std::string::npos);
}

// ---- behind a proxy ----

TEST(Router, BelowThePrefixAllIsAsWithoutIt) {
  Site site({}, {"", "/a/slo"});
  for (const char* path : {"/metrics", "/", "/jobs/ads/import", "/-/healthy", "/api/v1/jobs", "/static/style.css"}) EXPECT_EQ(site.Get("/a/slo" + std::string(path)).status, 200) << path;
  EXPECT_EQ(site.Ask("POST", "/a/slo/api/v1/heartbeat/etl/daily").status, 200);
  EXPECT_EQ(site.Get("/a/slo/api/none").type, "application/json");
  EXPECT_NE(Body(site.Get("/a/slo/jobs/ads/import")).find("href=\"../../\""), std::string::npos) << "links end at the prefix";
}

TEST(Router, BesideThePrefixThereIsNothingButTheWayThere) {
  Site site({}, {"", "/a/slo"});
  for (const char* path : {"/metrics", "/-/healthy", "/jobs/ads/import", "/a", "/a/slope/metrics", "/a/slometrics"}) EXPECT_EQ(site.Get(path).status, 404) << path;
  EXPECT_NE(Body(site.Get("/b/c")).find("href=\"../a/slo/\""), std::string::npos);
  const WebReply top = site.Get("/"), bare = site.Get("/a/slo");
  EXPECT_EQ(top.status, 302);
  EXPECT_EQ(Header(top, "Location"), "a/slo/");
  EXPECT_EQ(bare.status, 302);
  EXPECT_EQ(Header(bare, "Location"), "slo/") << "from /a/slo";
}

TEST(Router, ThePrefixIsBehindThePasswordToo) {
  Site site({}, {"", "/slo"});
  site.guard = *Guard::Make({{}, {}, {{"u", "$2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxO"}}});
  for (const char* path : {"/", "/slo", "/slo/metrics", "/none"}) EXPECT_EQ(site.Get(path).status, 401) << path;
  EXPECT_EQ(site.Ask("POST", "/slo/api/v1/heartbeat/a").status, 200);
  EXPECT_EQ(site.Ask("POST", "/api/v1/heartbeat/a").status, 401) << "beside the prefix it is no heartbeat";
}

TEST(Router, OurPageComesFromThePublicAddress) {
  ServerOptions options;
  options.enable_lifecycle = true;
  Site site(options, {"https://slo.example", ""});
  EXPECT_EQ(site.Ask("POST", "/-/reload", {{"Host", "10.0.0.7:10510"}, {"Origin", "https://slo.example"}}).status, 200);
  EXPECT_EQ(site.Ask("POST", "/-/reload", {{"Host", "10.0.0.7:10510"}, {"Origin", "https://slo.example.org"}}).status, 403);
}

// ---- users, and headers of the web configuration ----

// "prometheus" with the password "secret".
const Pairs kUser = {{"prometheus", "$2b$04$BB6Vmu4US10/t15nt/FoneUcb/NQoOucNqpeQWlzUMHvXtk0IDQxO"}};
const Pairs kRight = {{"Authorization", "Basic cHJvbWV0aGV1czpzZWNyZXQ="}}, kWrong = {{"Authorization", "Basic cHJvbWV0aGV1czpTZWNyZXQ="}};

TEST(Router, EverythingIsBehindThePassword) {
  Site site;
  site.guard = *Guard::Make({{}, {}, kUser});
  for (const char* target : {"/metrics", "/", "/-/healthy", "/-/ready", "/static/style.css", "/api/v1/jobs", "/none", "/api/v1/heartbeat/a"}) {
    for (const Pairs& headers : {Pairs{}, kWrong}) {
      const WebReply reply = site.Ask("GET", target, headers);
      EXPECT_EQ(reply.status, 401) << target;
      EXPECT_EQ(Header(reply, "WWW-Authenticate"), "Basic realm=\"batchslo\", charset=\"UTF-8\"");
      EXPECT_EQ(Header(reply, "X-Content-Type-Options"), "nosniff");
    }
    EXPECT_NE(site.Ask("GET", target, kRight).status, 401) << target;
  }
  EXPECT_EQ(site.Ask("POST", "/-/reload", {}).status, 401);
}

TEST(Router, AHeartbeatHasATokenInstead) {
  Site site;
  site.guard = *Guard::Make({{}, {}, kUser});
  EXPECT_EQ(site.Ask("POST", "/api/v1/heartbeat/a", {{"Authorization", "Bearer t"}}).status, 200);
  EXPECT_EQ(site.Ask("POST", "/api/v1/heartbeat/", {{"Authorization", "Bearer t"}}).status, 401);
  EXPECT_EQ(site.Ask("POST", "/api/v1/jobs", {{"Authorization", "Bearer t"}}).status, 401);
}

// A browser sends a password that it knows by itself, for whatever page.
TEST(Router, APasswordDoesNotLetAnotherSiteIn) {
  ServerOptions options;
  options.enable_lifecycle = true;
  Site site(options);
  site.guard = *Guard::Make({{}, {}, kUser});
  Pairs headers = kRight;
  EXPECT_EQ(site.Ask("POST", "/-/reload", headers).status, 200);
  headers.emplace_back("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(site.Ask("POST", "/-/reload", headers).status, 403);
}

TEST(Router, HeadersOfTheWebConfigurationTakeThePlaceOfOurs) {
  Site site;
  site.guard = *Guard::Make({{}, {{"Content-Security-Policy", "frame-ancestors 'self'"}, {"Strict-Transport-Security", "max-age=1"}}, {}});
  const WebReply reply = site.Get("/-/healthy");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(Header(reply, "Strict-Transport-Security"), "max-age=1");
  EXPECT_EQ(Header(reply, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(std::count_if(reply.headers.begin(), reply.headers.end(), [](const auto& header) { return header.first == "Content-Security-Policy"; }), 1);
  EXPECT_EQ(Header(reply, "Content-Security-Policy"), "frame-ancestors 'self'");
}

}  // namespace
}  // namespace batchslo
