// Tests exporter/web/server.cc, front.cc, exchange.cc, listen.cc and message.cc over real sockets on loopback.
#include "exporter/web/server.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <semaphore>
#include <thread>

#include "tests/web/gunzip.h"
#include "tests/web/parse.h"
#include "tests/web/peer.h"
#include "tests/web/sample.h"

namespace batchslo {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

// A server on a free port; what a heartbeat said is kept.
struct Site {
  explicit Site(const FrontLimits& limits = {}, std::shared_ptr<const Snapshot> snapshot = sample::Mixed()) {
    ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    options.limits = limits;
    Handlers handlers;
    handlers.snapshot = [snapshot] { return snapshot; };
    handlers.now = [] { return sample::kNow; };
    handlers.ready = [] { return true; };
    handlers.heartbeat = [this](const PushIn& in) { return push(in); };
    handlers.reload = [] { return ReloadOut{}; };
    handlers.config_text = [] { return std::make_shared<const std::string>(); };
    auto started = Server::Start(options, handlers);
    if (started) server = std::move(started).Value();
  }
  std::uint16_t Port() const { return server->Ports().at(0); }

  std::function<PushOut(const PushIn&)> push = [](const PushIn& in) { return PushOut{200, in.job + "|" + in.authorization + "|" + in.content_type + "|" + in.body, 0}; };
  std::unique_ptr<Server> server;
};

// A handler that stays until it is let go.
class Gate {
 public:
  PushOut Enter() {
    entered_.set_value();
    opened_.get_future().wait();
    return {200, "late", 0};
  }
  bool WaitUntilEntered() { return entered_.get_future().wait_for(std::chrono::seconds{10}) == std::future_status::ready; }
  void Open() { opened_.set_value(); }

 private:
  std::promise<void> entered_, opened_;
};

// A front alone, whose replies are the test's.
std::unique_ptr<Front> Alone(const FrontLimits& limits, Answer answer) {
  std::vector<Listener> listeners;
  listeners.push_back(Listener::Open("127.0.0.1:0").Value());
  return Front::Start(std::move(listeners), limits, std::move(answer), {[](int) {}, [](std::string_view) {}});
}

std::optional<double> Metric(std::uint16_t port, const std::string& name, const std::map<std::string, std::string>& labels) {
  return ParsePage(Peer(port).Ask("GET", "/metrics").body).Find(name, labels);
}

TEST(Server, AConnectionIsKept) {
  const Site site;
  Peer peer(site.Port());
  for (int i = 0; i < 3; ++i) {
    const PeerReply reply = peer.Ask("GET", "/-/healthy");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "batchslo_exporter is healthy.\n");
    EXPECT_TRUE(reply.whole);
  }
}

TEST(Server, ItTellsWhereLinksToItBegin) {
  const Site site;
  const std::string page = Peer(site.Port()).Ask("GET", "/metrics").body;
  const std::size_t at = page.find("batchslo_web_info{external_url=\"http://");
  ASSERT_NE(at, std::string::npos);
  const std::string line = page.substr(at, page.find('\n', at) - at);
  EXPECT_TRUE(line.ends_with(":" + std::to_string(site.Port()) + "\"} 1")) << line;
}

TEST(Server, WhoWantsItClosedGetsItClosed) {
  const Site site;
  Peer peer(site.Port());
  EXPECT_EQ(peer.Ask("GET", "/-/healthy", "Connection: close\r\n").status, 200);
  EXPECT_TRUE(peer.IsClosed());
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
  const Site site;
  Peer peer(site.Port());
  peer.Send("GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\nPOST /api/v1/heartbeat/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /none HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(peer.Read().status, 200);
  EXPECT_NE(peer.Read().body.find("|abc\""), std::string::npos);
  EXPECT_EQ(peer.Read().status, 404);
}

TEST(Server, RequestsMayComeByteByByte) {
  const Site site;
  Peer peer(site.Port());
  for (const char c : "GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n"s) peer.Send({&c, 1});
  EXPECT_EQ(peer.Read().status, 200);
}

TEST(Server, AScrapeIsAWholePage) {
  const Site site({}, sample::Fleet(500));
  Peer peer(site.Port());
  const PeerReply plain = peer.Ask("GET", "/metrics"), zipped = peer.Ask("GET", "/metrics", "Accept-Encoding: gzip\r\nAccept: application/openmetrics-text;version=1.0.0\r\n");
  EXPECT_TRUE(plain.whole && zipped.whole);
  const ParsedPage text = ParsePage(plain.body), open = ParsePage(Gunzip(zipped.body));
  EXPECT_TRUE(text.faults.empty() && open.faults.empty());
  EXPECT_TRUE(open.ended);
  EXPECT_EQ(zipped.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(zipped.headers.at("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(text.Find("batchslo_snapshot_jobs", {}), 500);
}

TEST(Server, OldClientsGetNoChunks) {
  const Site site;
  Peer peer(site.Port());
  peer.Send("GET /metrics HTTP/1.0\r\n\r\n");
  const PeerReply reply = peer.Read();
  EXPECT_TRUE(reply.whole);
  EXPECT_FALSE(reply.headers.contains("transfer-encoding"));
  EXPECT_TRUE(ParsePage(reply.body).faults.empty());
  EXPECT_TRUE(peer.IsClosed());
}

TEST(Server, OldClientsGetNoLargeBodiesAndFewAtOnce) {
  std::counting_semaphore<8> entered(0);
  std::promise<void> opened;
  const auto open = opened.get_future().share();
  const std::string mebibyte(1 << 20, 'x');
  const auto front = Alone({}, [&](const WebRequest& request) {
    WebReply reply;
    const bool is_held = request.path == "/held";
    reply.pieces = [&, is_held, left = request.path == "/large" ? 17 : 1]() mutable -> std::string_view {
      if (is_held && left == 1) entered.release(), open.wait();
      return left-- > 0 ? std::string_view(mebibyte) : std::string_view();
    };
    return reply;
  });
  const auto ask = [&](const char* path, const char* version) {
    auto peer = std::make_unique<Peer>(front->Listeners()[0].Port());
    peer->Send("GET "s + path + " HTTP/" + version + "\r\nHost: h\r\n\r\n");
    return peer;
  };
  std::vector<std::unique_ptr<Peer>> held;
  for (int i = 0; i < 4; ++i) {
    held.push_back(ask("/held", "1.0"));
    ASSERT_TRUE(entered.try_acquire_for(std::chrono::seconds(10)));
  }
  const PeerReply fifth = ask("/small", "1.0")->Read();
  EXPECT_EQ(fifth.status, 503);
  EXPECT_EQ(fifth.headers.at("retry-after"), "1");
  EXPECT_TRUE(ask("/small", "1.1")->Read().whole);
  opened.set_value();
  for (const auto& peer : held) EXPECT_EQ(peer->Read().headers["content-length"], "1048576");
  held.clear();
  const PeerReply large = ask("/large", "1.0")->Read();
  EXPECT_EQ(large.status, 505);
  EXPECT_EQ(large.body, "this is too large for HTTP/1.0; ask by HTTP/1.1\n");
  EXPECT_EQ(ask("/large", "1.1")->Read().body.size(), 17u << 20);
}

TEST(Server, LargeBodiesAreHeldForFewAtOnce) {
  constexpr int kEach = 8 << 20, kMost = 8;
  const auto front = Alone({}, [](const WebRequest& request) {
    WebReply reply;
    reply.body.assign(request.path == "/large" ? kEach : request.path == "/huge" ? 65 << 20 : 100 << 10, 'x');
    return reply;
  });
  const auto ask = [&](const char* path) {
    auto peer = std::make_unique<Peer>(front->Listeners()[0].Port());
    peer->Send("GET "s + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return peer;
  };
  std::vector<std::unique_ptr<Peer>> held;
  for (int i = 0; i < kMost; ++i) {
    held.push_back(ask("/large"));
    ASSERT_EQ(held.back()->Read("HEAD").status, 200);
  }
  const PeerReply refused = ask("/large")->Read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_TRUE(ask("/small")->Read().whole);
  held.clear();
  const auto again = [&](const char* path) {
    PeerReply reply = ask(path)->Read();
    for (int tries = 0; reply.status == 503 && tries < 100; ++tries, reply = ask(path)->Read()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return reply;
  };
  EXPECT_EQ(again("/large").body.size(), std::size_t{kEach});
  EXPECT_EQ(again("/huge").body.size(), 65u << 20) << "alone it may be as large as it is";
}

TEST(Server, HeadIsGetWithoutTheBody) {
  const Site site;
  Peer peer(site.Port());
  for (const char* target : {"/metrics", "/", "/api/v1/jobs", "/-/healthy", "/none"}) {
    PeerReply get = peer.Ask("GET", target), head = peer.Ask("HEAD", target);
    EXPECT_EQ(head.status, get.status) << target;
    EXPECT_EQ(head.headers, get.headers) << target;
  }
}

TEST(Server, APostWithoutALengthIsEmpty) {
  const Site site;
  Peer peer(site.Port());
  const PeerReply reply = peer.Ask("POST", "/api/v1/heartbeat/etl/daily", "Authorization: Bearer t\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find("\"etl/daily|Bearer t||\""), std::string::npos) << reply.body;
  EXPECT_EQ(peer.Ask("GET", "/-/healthy").status, 200) << "the connection is still in step";
}

TEST(Server, HeadersAndBodiesComeAsTheyWereSent) {
  const Site site;
  const PeerReply reply = Peer(site.Port()).Ask("POST", "/api/v1/heartbeat/a%2Fb+c", "Authorization: Bearer a+b%20%41/=\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n", "a=%41+b&");
  EXPECT_NE(reply.body.find("\"a/b+c|Bearer a+b%20%41/=|text/plain|a=%41+b&\""), std::string::npos) << reply.body;
}

TEST(Server, WhoExpectsToBeToldToGoOnIsTold) {
  const Site site;
  Peer peer(site.Port());
  peer.Send("POST /api/v1/heartbeat/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(peer.Read().status, 100);
  peer.Send("abc");
  EXPECT_EQ(peer.Read().status, 200);
}

TEST(Server, WhatIsTooLargeOrAmbiguousIsRefusedAndCloses) {
  const std::pair<std::string, int> rows[] = {
      {"GET /" + std::string(20'000, 'a'), 431},
      {"GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(20'000, 'a'), 431},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", 411},
      {"\x16\x03\x01 hello in TLS\r\n\r\n", 400},
  };
  const Site site;
  for (const auto& [bytes, status] : rows) {
    Peer peer(site.Port());
    peer.Send(bytes);
    const PeerReply reply = peer.Read();
    EXPECT_EQ(reply.status, status) << bytes.substr(0, 60);
    std::string more;
    EXPECT_TRUE(peer.IsClosed(&more));
    EXPECT_EQ(more, "") << "nothing smuggled is answered";
  }
  EXPECT_EQ(Metric(site.Port(), "batchslo_http_refused_total", {{"reason", "head"}}), 3);
  EXPECT_EQ(Metric(site.Port(), "batchslo_http_refused_total", {{"reason", "body"}}), 3);
}

TEST(Server, SlowRequestsAreEnded) {
  FrontLimits limits;
  limits.request = milliseconds{50};
  const Site site(limits);
  for (const char* part : {"GET / HT", "POST /api/v1/heartbeat/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"}) {
    Peer peer(site.Port());
    peer.Send(part);
    EXPECT_EQ(peer.Read().status, 408) << part;
    EXPECT_TRUE(peer.IsClosed());
  }
  EXPECT_EQ(Metric(site.Port(), "batchslo_http_refused_total", {{"reason", "slow"}}), 2);
}

TEST(Server, IdleConnectionsAreEndedInSilence) {
  FrontLimits limits;
  limits.idle = milliseconds{30};
  const Site site(limits);
  Peer peer(site.Port());
  std::string before;
  EXPECT_TRUE(peer.IsClosed(&before));
  EXPECT_EQ(before, "");
}

TEST(Server, ReadersThatDoNotReadAreEnded) {
  FrontLimits limits;
  limits.write = milliseconds{1'000};  // who asks for the metric reads, but this machine may be busy
  const Site site(limits, sample::Fleet(5'000));
  Peer lazy(site.Port());
  for (int i = 0; i < 4; ++i) lazy.Send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto until = Steady::now() + std::chrono::seconds{30};
  bool is_alone = false;
  while (!is_alone && Steady::now() < until) is_alone = Metric(site.Port(), "batchslo_http_connections", {}) == 1;
  EXPECT_TRUE(is_alone) << "only the one that asks";
}

TEST(Server, AtItsLimitTheOldestThatWaitsMakesRoom) {
  FrontLimits limits;
  limits.connections = 3;
  const Site site(limits);
  Peer first(site.Port()), second(site.Port()), third(site.Port());
  // The first asks nothing: whose reply has come waits only when its thread has gone on, and no peer sees when.
  for (Peer* peer : {&second, &third}) ASSERT_EQ(peer->Ask("GET", "/-/healthy").status, 200);
  Peer fourth(site.Port());
  EXPECT_EQ(fourth.Ask("GET", "/-/healthy").status, 200);
  EXPECT_TRUE(first.IsClosed());
  EXPECT_EQ(third.Ask("GET", "/-/healthy").status, 200);
  const ParsedPage page = ParsePage(fourth.Ask("GET", "/metrics").body);
  EXPECT_EQ(page.Find("batchslo_http_refused_total", {{"reason", "evicted"}}), 1);
}

TEST(Server, WhoHasHisAnswerMakesRoomToo) {
  FrontLimits limits;
  limits.connections = 1;
  const Site site(limits);
  Peer first(site.Port());
  ASSERT_EQ(first.Ask("GET", "/-/healthy").status, 200);
  // Turned away until the thread of the first has gone on.
  const auto until = Steady::now() + std::chrono::seconds(10);
  while (Peer(site.Port()).Ask("GET", "/-/healthy").status != 200) ASSERT_LT(Steady::now(), until);
  EXPECT_TRUE(first.IsClosed());
}

TEST(Server, WhoTakesHisReplyTooSlowlyMakesRoomIfNobodyElseDoes) {
  FrontLimits limits;
  limits.connections = 1;
  limits.crowded = milliseconds{0};
  const Site site(limits, sample::Fleet(5'000));
  Peer lazy(site.Port());
  for (int i = 0; i < 4; ++i) lazy.Send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto until = Steady::now() + std::chrono::seconds(10);
  while (Peer(site.Port()).Ask("GET", "/-/healthy").status != 200) ASSERT_LT(Steady::now(), until);
}

// Else newcomers would put each other out before they are heard, and those who fill the place stay.
TEST(Server, WhoOnlyJustCameMakesRoomLast) {
  FrontLimits limits;
  limits.connections = 2;
  limits.crowded = milliseconds{0};
  limits.fresh = std::chrono::hours{1};
  std::promise<void> began, opened;
  const auto open = opened.get_future().share();
  const auto front = Alone(limits, [&](const WebRequest& request) {
    WebReply reply;
    if (request.path != "/held") return reply;
    reply.pieces = [&]() -> std::string_view { return began.set_value(), open.wait(), std::string_view(); };
    return reply;
  });
  const std::uint16_t port = front->Listeners()[0].Port();
  Peer greedy(port);
  greedy.Send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_EQ(began.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  Peer fresh(port), next(port);
  EXPECT_EQ(next.Ask("GET", "/").status, 200);
  EXPECT_EQ(fresh.Ask("GET", "/").status, 200);
  opened.set_value();
}

// Each of them is short enough: who asks for many at once must not stay for ever.
TEST(Server, RepliesWithoutARestBetweenThemAreTakenAsOne) {
  FrontLimits limits;
  limits.connections = 1;
  limits.crowded = milliseconds{200};
  limits.rest = std::chrono::hours{1};
  std::atomic<int> asked = 0;
  std::promise<void> began, opened;
  const auto open = opened.get_future().share();
  const auto front = Alone(limits, [&](const WebRequest&) {
    WebReply reply;
    reply.pieces = [&, number = ++asked]() -> std::string_view {
      if (number == 1) open.wait_for(limits.crowded);
      if (number == 2) began.set_value(), open.wait();
      return {};
    };
    return reply;
  });
  Peer greedy(front->Listeners()[0].Port());
  greedy.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(greedy.Read().whole);
  ASSERT_EQ(began.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(Peer(front->Listeners()[0].Port()).Ask("GET", "/").status, 200);
  opened.set_value();
}

TEST(Server, WhereAllAreBeingAnsweredANewcomerIsToldToComeBack) {
  FrontLimits limits;
  limits.connections = 1;
  Site site(limits);
  Gate gate;
  site.push = [&](const PushIn&) { return gate.Enter(); };
  Peer busy(site.Port());
  busy.Send("POST /api/v1/heartbeat/a HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(gate.WaitUntilEntered());
  Peer newcomer(site.Port());
  const PeerReply reply = newcomer.Read();
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.headers.at("retry-after"), "1");
  gate.Open();
  EXPECT_EQ(busy.Read().status, 200);
}

TEST(Server, AScrapeDoesNotWaitForAHeartbeat) {
  Site site;
  Gate gate;
  site.push = [&](const PushIn&) { return gate.Enter(); };
  Peer blocked(site.Port());
  blocked.Send("POST /api/v1/heartbeat/a HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(gate.WaitUntilEntered());
  Peer peer(site.Port());
  for (const char* target : {"/metrics", "/", "/-/healthy"}) EXPECT_EQ(peer.Ask("GET", target).status, 200) << target;
  gate.Open();
  EXPECT_NE(blocked.Read().body.find("late"), std::string::npos);
}

TEST(Server, WhatAHandlerThrowsIsForNobodyOutside) {
  Site site;
  site.push = [](const PushIn&) -> PushOut { throw std::runtime_error("secret dsn"); };
  Peer peer(site.Port());
  const PeerReply reply = peer.Ask("POST", "/api/v1/heartbeat/a");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("secret"), std::string::npos);
  for (const auto& [name, value] : reply.headers) EXPECT_EQ(value.find("secret"), std::string::npos) << name;
}

TEST(Server, ItStopsAtOnceWhateverIsOpen) {
  Site site({}, sample::Fleet(5'000));
  Peer idle(site.Port()), slow(site.Port()), lazy(site.Port()), kept(site.Port());
  slow.Send("GET / HT");
  lazy.Send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_EQ(kept.Ask("GET", "/-/healthy").status, 200);
  const std::uint16_t port = site.Port();
  const auto before = Steady::now();
  site.server.reset();
  EXPECT_LT(Steady::now() - before, std::chrono::seconds{2});
  EXPECT_TRUE(kept.IsClosed());
  EXPECT_FALSE(Peer(port).IsConnected());
}

TEST(Server, ManyAtOnceAreAllAnswered) {
  const Site site;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 20; ++k) good += Peer(site.Port()).Ask("GET", "/metrics").whole ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 320);
}

TEST(Server, AddressesAreOpenedOrExplained) {
  const Site site;
  const std::pair<std::string, const char*> bad[] = {
      {"127.0.0.1", "write HOST:PORT"},   {"127.0.0.1:", "write HOST:PORT"},      {"127.0.0.1:x", "write HOST:PORT"}, {"127.0.0.1:65536", "write HOST:PORT"},
      {"::1:80", "write HOST:PORT"},      {"127.0.0.1:" + std::to_string(site.Port()), "choose another address"},     {"192.0.2.1:0", "choose another address"},
  };
  for (const auto& [address, words] : bad) {
    ServerOptions options;
    options.listen = {address};
    const auto server = Server::Start(options, {});
    ASSERT_FALSE(server) << address;
    EXPECT_NE(server.GetError().message.find(words), std::string::npos) << server.GetError().message;
    EXPECT_NE(server.GetError().message.find(address), std::string::npos) << server.GetError().message;
  }
  ServerOptions options;
  options.telemetry_path = "metrics";
  EXPECT_FALSE(Server::Start(options, {}));
}

TEST(Server, SeveralAddressesAreOneServer) {
  ServerOptions options;
  options.listen = {"127.0.0.1:0", "localhost:0"};
  Handlers handlers;
  handlers.ready = [] { return false; };
  const auto server = Server::Start(options, handlers);
  ASSERT_TRUE(server);
  ASSERT_EQ((*server)->Ports().size(), 2u);
  for (const std::uint16_t port : (*server)->Ports()) EXPECT_EQ(Peer(port).Ask("GET", "/-/ready").status, 503);
}

}  // namespace
}  // namespace batchslo
