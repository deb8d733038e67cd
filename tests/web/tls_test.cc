// Tests exporter/web/tls.cc, channel.cc and what front.cc makes of them, over real sockets on loopback.
#include "exporter/web/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <mutex>

#include "exporter/web/channel.h"
#include "exporter/web/server.h"
#include "tests/web/parse.h"
#include "tests/web/sample.h"
#include "tests/web/tls_peer.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;
using testing::HasSubstr;

const Authority kOurs("ours"), kOthers("others");
const Identity kServer = kOurs.Issue("server", "IP:127.0.0.1"), kClient = kOurs.Issue("client", "DNS:prometheus.example,IP:192.0.2.7,URI:spiffe://a/b,email:a@b.example"),
               kStranger = kOthers.Issue("stranger", "DNS:prometheus.example");

TlsAccess Plainest() {
  TlsAccess access;
  access.certificate_pem = kServer.certificate_pem;
  access.key_pem = kServer.key_pem;
  return access;
}

TlsAccess WithClients(ClientCertificate client, std::vector<std::string> sans = {}) {
  TlsAccess access = Plainest();
  access.client = client;
  access.client_sans = std::move(sans);
  access.client_ca_pem = kOurs.CertificatePem();
  return access;
}

// A server whose guard can be swapped.
class Site {
 public:
  explicit Site(const TlsAccess& access, const FrontLimits& limits = {}, std::shared_ptr<const Snapshot> snapshot = sample::Mixed()) {
    std::signal(SIGPIPE, SIG_IGN);
    Swap({access, {}, {}});
    ServerOptions options;
    options.listen = {"127.0.0.1:0"};
    options.limits = limits;
    Handlers handlers;
    handlers.snapshot = [snapshot] { return snapshot; };
    handlers.now = [] { return sample::kNow; };
    handlers.guard = [this] {
      const std::lock_guard lock(mutex_);
      return guard_;
    };
    auto started = Server::Start(options, handlers);
    if (started) server = std::move(started).Value();
  }

  void Swap(const WebAccess& access) {
    auto guard = Guard::Make(access);
    ASSERT_TRUE(guard) << guard.Message();
    const std::lock_guard lock(mutex_);
    guard_ = std::move(guard).Value();
  }
  std::uint16_t Port() const { return server->Ports().at(0); }
  // Counted by the thread of the connection, which may be a moment behind its peer.
  bool HasRefused(const char* reason, double count) const {
    const auto until = Steady::now() + std::chrono::seconds{10};
    while (Steady::now() < until) {
      TlsPeer peer(Port(), kOurs, {&kClient});
      if (ParsePage(peer.Ask("GET", "/metrics").body).Find("batchslo_http_refused_total", {{"reason", reason}}) == count) return true;
    }
    return false;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const Guard> guard_;

 public:
  std::unique_ptr<Server> server;  // ends first
};

bool IsAnswered(const Site& site, const TlsPeerOptions& options) {
  TlsPeer peer(site.Port(), kOurs, options);
  return peer.IsGreeted() && peer.Ask("GET", "/-/healthy").status == 200;
}

TEST(Tls, AConnectionIsKeptAndAWholePageComes) {
  const Site site(Plainest(), {}, sample::Fleet(2'000));
  TlsPeer peer(site.Port(), kOurs);
  ASSERT_TRUE(peer.IsGreeted());
  for (int i = 0; i < 3; ++i) {
    const PeerReply reply = peer.Ask("GET", "/metrics");
    EXPECT_TRUE(reply.whole);
    EXPECT_TRUE(ParsePage(reply.body).faults.empty());
  }
}

TEST(Tls, RequestsMayComeByteByByteAndInOnePiece) {
  const Site site(Plainest());
  TlsPeer peer(site.Port(), kOurs);
  for (const char c : std::string("GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")) peer.Send({&c, 1});
  EXPECT_EQ(peer.Read().status, 200);
  const std::string one = "GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n";
  peer.Send(one + one);
  EXPECT_EQ(peer.Read().status, 200);
  EXPECT_EQ(peer.Read().status, 200);
}

TEST(Tls, VersionsAreThoseThatAreAllowed) {
  const Site any(Plainest());
  EXPECT_EQ(TlsPeer(any.Port(), kOurs).Version(), "TLSv1.3");
  EXPECT_EQ(TlsPeer(any.Port(), kOurs, {nullptr, TLS1_2_VERSION}).Version(), "TLSv1.2");
  EXPECT_FALSE(TlsPeer(any.Port(), kOurs, {nullptr, TLS1_1_VERSION}).IsGreeted());
  TlsAccess access = Plainest();
  access.least_version = 13;
  EXPECT_FALSE(TlsPeer(Site(access).Port(), kOurs, {nullptr, TLS1_2_VERSION}).IsGreeted());
  access = Plainest();
  access.most_version = 12;
  EXPECT_EQ(TlsPeer(Site(access).Port(), kOurs).Version(), "TLSv1.2");
}

TEST(Tls, CipherSuitesAreThoseThatAreNamed) {
  TlsAccess access = Plainest();
  access.cipher_suites = {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"};
  access.groups = {"P-384", "X25519"};
  EXPECT_EQ(TlsPeer(Site(access).Port(), kOurs, {nullptr, TLS1_2_VERSION}).Cipher(), "ECDHE-ECDSA-CHACHA20-POLY1305");
}

TEST(Tls, ClientsComeInAsThePolicySays) {
  struct Row {
    ClientCertificate policy;
    std::vector<std::string> sans;
    bool nobody, client, stranger;
  };
  const Row rows[] = {
      {ClientCertificate::kNone, {}, true, true, true},
      {ClientCertificate::kAsked, {}, true, true, true},
      {ClientCertificate::kAny, {}, false, true, true},
      {ClientCertificate::kVerifiedIfGiven, {}, true, true, false},
      {ClientCertificate::kVerified, {}, false, true, false},
      {ClientCertificate::kVerified, {"prometheus.example"}, false, true, false},
      {ClientCertificate::kVerified, {"other.example", "192.0.2.7"}, false, true, false},
      {ClientCertificate::kVerified, {"spiffe://a/b"}, false, true, false},
      {ClientCertificate::kVerified, {"a@b.example"}, false, true, false},
      {ClientCertificate::kVerified, {"prometheus.example.org", "192.0.2.70", "client"}, false, false, false},
      {ClientCertificate::kAny, {"prometheus.example"}, false, true, true},
  };
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const Site site(WithClients(rows[i].policy, rows[i].sans));
    for (const int version : {0, TLS1_2_VERSION}) {
      EXPECT_EQ(IsAnswered(site, {nullptr, version}), rows[i].nobody) << i;
      EXPECT_EQ(IsAnswered(site, {&kClient, version}), rows[i].client) << i;
      EXPECT_EQ(IsAnswered(site, {&kStranger, version}), rows[i].stranger) << i;
    }
  }
}

TEST(Tls, WhoFailsIsCounted) {
  const Site site(WithClients(ClientCertificate::kVerified));
  EXPECT_FALSE(IsAnswered(site, {&kStranger}));
  EXPECT_TRUE(site.HasRefused("tls", 1));
}

TEST(Tls, WhoSpeaksNoTlsIsToldSo) {
  const Site site(Plainest());
  Peer peer(site.Port());
  const PeerReply reply = peer.Ask("GET", "/metrics");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("https://"));
  EXPECT_TRUE(peer.IsClosed());
}

TEST(Tls, AHandshakeHasTheTimeOfARequest) {
  FrontLimits limits;
  limits.request = milliseconds{50};
  const Site site(Plainest(), limits);
  for (const std::string& begin : {std::string("\x16"), std::string("\x16\x03\x01\x02\x00\x01\x00", 7)}) {
    Peer peer(site.Port());
    peer.Send(begin);
    EXPECT_TRUE(peer.IsClosed());
  }
  EXPECT_TRUE(site.HasRefused("tls", 2));
}

TEST(Tls, WhoOnlyConnectsIsEndedInSilence) {
  FrontLimits limits;
  limits.idle = milliseconds{30};
  const Site site(Plainest(), limits);
  Peer peer(site.Port());
  std::string before;
  EXPECT_TRUE(peer.IsClosed(&before));
  EXPECT_EQ(before, "");
}

TEST(Tls, AHalfRequestIsEndedInTime) {
  FrontLimits limits;
  limits.request = milliseconds{300};
  const Site site(Plainest(), limits);
  TlsPeer peer(site.Port(), kOurs);
  peer.Send("GET / HT");
  EXPECT_EQ(peer.Read().status, 408);
  EXPECT_TRUE(peer.IsClosed());
}

TEST(Tls, AHandshakeMakesRoomAtTheLimit) {
  FrontLimits limits;
  limits.connections = 2;
  const Site site(Plainest(), limits);
  Peer slow(site.Port()), silent(site.Port());
  slow.Send("\x16\x03\x01");
  EXPECT_TRUE(IsAnswered(site, {}));
  EXPECT_TRUE(slow.IsClosed());
}

// Each read comes back to who limits the time, whatever a peer sends that is no data.
TEST(Tls, KeyUpdatesAreReadOneByOne) {
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets), 0);
  Channel channel(sockets[0], Tls::Make(Plainest()).Value());
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(context.get()), SSL_free);
  SSL_set_fd(client.get(), sockets[1]);
  bool connected = false, greeted = false;
  for (int turn = 0; turn < 10 && !(connected && greeted); ++turn) {
    connected = SSL_connect(client.get()) == 1;
    greeted = greeted || channel.Greet().bytes > 0;
  }
  ASSERT_TRUE(connected && greeted);
  constexpr int kUpdates = 20;
  for (int i = 0; i < kUpdates; ++i) ASSERT_TRUE(SSL_key_update(client.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(client.get()) == 1);
  ASSERT_EQ(SSL_write(client.get(), "x", 1), 1);
  char to[8];
  int updates = 0;
  Moved moved = channel.Receive(to, sizeof to);
  for (; moved.bytes == 0 && moved.wait == POLLIN; moved = channel.Receive(to, sizeof to)) ++updates;
  EXPECT_EQ(moved.bytes, 1u);
  EXPECT_EQ(updates, kUpdates);
  for (const int fd : sockets) close(fd);
}

TEST(Tls, ReadersThatDoNotReadAreEnded) {
  FrontLimits limits;
  limits.write = milliseconds{50};
  const Site site(Plainest(), limits, sample::Fleet(5'000));
  TlsPeer lazy(site.Port(), kOurs);
  for (int i = 0; i < 4; ++i) lazy.Send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto until = Steady::now() + std::chrono::seconds{10};
  std::optional<double> open;
  while (open != 1 && Steady::now() < until) open = ParsePage(TlsPeer(site.Port(), kOurs).Ask("GET", "/metrics").body).Find("batchslo_http_connections", {});
  EXPECT_EQ(open, 1) << "only the one that asks";
}

TEST(Tls, ItStopsAtOnceWhateverIsOpen) {
  Site site(Plainest());
  Peer silent(site.Port()), slow(site.Port());
  slow.Send("\x16\x03\x01");
  TlsPeer kept(site.Port(), kOurs);
  ASSERT_EQ(kept.Ask("GET", "/-/healthy").status, 200);
  const auto before = Steady::now();
  site.server.reset();
  EXPECT_LT(Steady::now() - before, std::chrono::seconds{2});
  EXPECT_TRUE(kept.IsClosed());
}

TEST(Tls, AFreshCertificateIsShownToTheNextAndTheOldConnectionEnds) {
  Site site(Plainest());
  TlsPeer old(site.Port(), kOurs);
  ASSERT_EQ(old.Ask("GET", "/-/healthy").status, 200);
  const Identity fresh = kOthers.Issue("server", "IP:127.0.0.1");
  TlsAccess access = Plainest();
  access.certificate_pem = fresh.certificate_pem;
  access.key_pem = fresh.key_pem;
  site.Swap({access, {}, {}});
  EXPECT_FALSE(TlsPeer(site.Port(), kOurs).IsGreeted());
  EXPECT_EQ(TlsPeer(site.Port(), kOthers).Ask("GET", "/-/healthy").status, 200);
  EXPECT_EQ(old.Ask("GET", "/-/healthy").status, 200) << "it is in step";
  EXPECT_TRUE(old.IsClosed());
}

TEST(Tls, ItIsTurnedOnAndOffLive) {
  Site site(Plainest());
  site.Swap({});
  Peer plain(site.Port());
  EXPECT_EQ(plain.Ask("GET", "/-/healthy").status, 200);
  site.Swap({Plainest(), {}, {}});
  EXPECT_EQ(plain.Ask("GET", "/-/healthy").status, 200);
  EXPECT_TRUE(plain.IsClosed());
  EXPECT_TRUE(IsAnswered(site, {}));
}

TEST(Tls, WhatCanNotBeIsToldByItsKey) {
  const std::pair<TlsAccess, const char*> rows[] = {
      {[] { auto a = Plainest(); a.certificate_pem = "nothing"; return a; }(), "cert_file holds no certificate"},
      {[] { auto a = Plainest(); a.key_pem = "nothing"; return a; }(), "key_file holds no private key"},
      {[] { auto a = Plainest(); a.key_pem = kClient.key_pem; return a; }(), "key_file is not the key"},
      {[] { auto a = WithClients(ClientCertificate::kVerified); a.client_ca_pem = "nothing"; return a; }(), "client_ca_file holds no certificate"},
  };
  for (const auto& [access, words] : rows) {
    const auto made = Tls::Make(access);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.Message(), HasSubstr(words));
    EXPECT_EQ(made.Message().find("PRIVATE"), std::string::npos);
  }
}

}  // namespace
}  // namespace batchslo
