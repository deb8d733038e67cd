// Tests exporter/app/systemd_notify.cc.
#include "exporter/app/systemd_notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;

// Stands for systemd.
class Listener {
 public:
  explicit Listener(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{AF_UNIX, ""};
    std::copy(path.begin(), path.end(), address.sun_path);
    if (path.front() == '@') address.sun_path[0] = '\0';
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size())), 0);
  }
  ~Listener() { close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The next message; "": there is none.
  std::string Next() {
    char bytes[256];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    return size < 0 ? "" : std::string(bytes, static_cast<std::size_t>(size));
  }

 private:
  const int fd_;
};

void Say(const std::string& socket, const std::string& pid, const std::string& usec) {
  setenv("NOTIFY_SOCKET", socket.c_str(), 1);
  setenv("WATCHDOG_PID", pid.c_str(), 1);
  setenv("WATCHDOG_USEC", usec.c_str(), 1);
}

TEST(SystemdNotify, WhatItTellsReachesTheSocketWhereverThatIs) {
  const Scratch scratch;
  for (const std::string& path : {scratch.File("notify"), "@batchslo-notify-test-" + std::to_string(getpid())}) {
    Listener systemd(path);
    Say(path, "", "3000000");
    const auto notify = SystemdNotify::Take();
    ASSERT_TRUE(notify) << notify.Message();
    for (const char* variable : {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"}) EXPECT_EQ(getenv(variable), nullptr);
    notify->Ready();
    notify->Alive();
    notify->Reloading(SteadyPoint{std::chrono::seconds{7}});
    notify->Stopping();
    for (const char* told : {"READY=1", "WATCHDOG=1", "RELOADING=1\nMONOTONIC_USEC=7000000", "STOPPING=1", ""}) EXPECT_EQ(systemd.Next(), told) << path;
  }
}

TEST(SystemdNotify, ASignOfLifeIsDueInHalfTheTimeAndOnlyOfTheProcessThatIsMeant) {
  const Scratch scratch;
  Listener systemd(scratch.File("notify"));
  const std::string mine = std::to_string(getpid()), other = std::to_string(getpid() + 1);
  struct Row {
    std::string pid, usec;
    milliseconds every;
  };
  constexpr milliseconds kNever = std::chrono::hours{24 * 365};
  for (const auto& [pid, usec, every] : {Row{mine, "3000000", milliseconds{1500}}, {"", "3000000", milliseconds{1500}}, {other, "3000000", kNever}, {mine, "", kNever}, {mine, "0", kNever}, {mine, "-5", kNever}, {mine, "3s", kNever}}) {
    Say(scratch.File("notify"), pid, usec);
    const auto notify = SystemdNotify::Take();
    ASSERT_TRUE(notify);
    EXPECT_EQ(notify->AliveEvery(), every) << pid << " " << usec;
    notify->Alive();
    EXPECT_EQ(systemd.Next(), every == kNever ? "" : "WATCHDOG=1");
  }
}

TEST(SystemdNotify, WithoutASocketItDoesNothing) {
  unsetenv("NOTIFY_SOCKET");
  const auto notify = SystemdNotify::Take();
  ASSERT_TRUE(notify);
  notify->Ready();
  notify->Alive();
}

TEST(SystemdNotify, ASocketWhereNobodyListensIsSaid) {
  const Scratch scratch;
  for (const std::string& path : {scratch.File("nobody"), std::string("vsock:2:1234"), std::string("/"), "/" + std::string(200, 'x')}) {
    Say(path, "", "");
    const auto notify = SystemdNotify::Take();
    ASSERT_FALSE(notify) << path;
    EXPECT_THAT(notify.Message(), testing::HasSubstr("where nobody listens"));
  }
}

}  // namespace
}  // namespace batchslo
