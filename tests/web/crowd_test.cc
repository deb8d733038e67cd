// Tests exporter/web/front.cc and workers.cc where many come at once.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "tests/web/site.h"

namespace batchslo {
namespace {

const std::string kBeat = "POST /api/v1/heartbeat/a HTTP/1.1\r\nHost: h\r\n\r\n";

// As many as the tests need; false: the system gives fewer.
bool HaveDescriptors(rlim_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return true;
  limit.rlim_cur = std::min(count, limit.rlim_max);
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= count;
}

std::vector<std::unique_ptr<Peer>> Blocked(ServedSite& site, Gate& gate, int count) {
  site.push = [&](const PushIn&) { return gate.Enter(); };
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < count; ++i) {
    peers.push_back(std::make_unique<Peer>(site.Port()));
    peers.back()->Send(kBeat);
  }
  return peers;
}

TEST(Crowd, ThreeThousandSlowOnesAndBlockedHeartbeatsDelayNoScrape) {
  if (!HaveDescriptors(5'000)) GTEST_SKIP() << "fewer than 5,000 descriptors";
  ServedSite site;
  Gate gate;
  const auto blocked = Blocked(site, gate, 256);
  ASSERT_TRUE(gate.WaitUntilEntered(256));
  EXPECT_EQ(Peer(site.Port()).Ask("POST", "/api/v1/heartbeat/a").status, 503) << "one too many";
  std::vector<std::unique_ptr<Peer>> slow;
  for (int i = 0; i < 3'000; ++i) {
    slow.push_back(std::make_unique<Peer>(site.Port()));
    slow.back()->Send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
    if (i % 100 != 0) continue;
    for (const char* target : {"/-/healthy", "/metrics", "/"}) EXPECT_EQ(Peer(site.Port()).Ask("GET", target).status, 200) << target;
  }
  gate.Open();
  for (const auto& peer : blocked) EXPECT_EQ(peer->Read().status, 200);
}

TEST(Crowd, MorePagesThanWorkersAreAllAnswered) {
  if (!HaveDescriptors(5'000)) GTEST_SKIP() << "fewer than 5,000 descriptors";
  ServedSite site;
  Gate gate;
  const auto blocked = Blocked(site, gate, 256);
  ASSERT_TRUE(gate.WaitUntilEntered(256));
  std::vector<std::unique_ptr<Peer>> readers;
  for (int i = 0; i < 200; ++i) {
    readers.push_back(std::make_unique<Peer>(site.Port()));
    readers.back()->Send("GET /api/v1/sources HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  for (const auto& reader : readers) EXPECT_EQ(reader->Read().status, 200);
  gate.Open();
}

TEST(Crowd, WhoGoesAwayWhileHeIsAnsweredHarmsNobody) {
  ServedSite site;
  Gate gate;
  {
    auto blocked = Blocked(site, gate, 3);
    ASSERT_TRUE(gate.WaitUntilEntered(3));
    const linger at_once{1, 0};  // the first resets its connection
    blocked[0]->Set(SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  EXPECT_TRUE(site.HasMetric("batchslo_http_connections", {}, 3)) << "the reset one is seen to be gone; of the others only a reply would show it";
  gate.Open();
  EXPECT_TRUE(site.HasMetric("batchslo_http_connections", {}, 1));
  EXPECT_EQ(Peer(site.Port()).Ask("POST", "/api/v1/heartbeat/a").status, 200);
}

TEST(Crowd, AHandlerAtWorkIsWaitedForAtTheEnd) {
  ServedSite site;
  Gate gate;
  const auto blocked = Blocked(site, gate, 3);
  ASSERT_TRUE(gate.WaitUntilEntered(3));
  {
    const std::jthread opens([&] {
      EXPECT_TRUE(blocked[0]->IsClosed()) << "connections end before";
      gate.Open();
    });
    site.server.reset();
  }
}

}  // namespace
}  // namespace batchslo
