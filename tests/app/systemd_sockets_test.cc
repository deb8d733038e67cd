// Tests exporter/app/systemd_sockets.cc.
#include "exporter/app/systemd_sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

namespace batchslo {
namespace {

TEST(SystemdSockets, TheyAreCountedForThisProcessOnly) {
  const std::string mine = std::to_string(getpid()), other = std::to_string(getpid() + 1);
  struct Row {
    std::string pid, count;
    std::vector<int> sockets;  // empty: an error
  };
  const Row rows[] = {{mine, "1", {3}}, {mine, "3", {3, 4, 5}}, {other, "1", {}}, {"", "1", {}}, {mine, "", {}}, {mine, "0", {}}, {mine, "-1", {}}, {mine, "1x", {}}, {mine, "101", {}}, {mine, "99999999999", {}}};
  for (const auto& [pid, count, sockets] : rows) {
    setenv("LISTEN_PID", pid.c_str(), 1);
    setenv("LISTEN_FDS", count.c_str(), 1);
    const auto taken = TakeSystemdSockets();
    EXPECT_EQ(taken ? *taken : std::vector<int>{}, sockets) << pid << " " << count;
    EXPECT_EQ(getenv("LISTEN_PID"), nullptr);
    EXPECT_EQ(getenv("LISTEN_FDS"), nullptr);
  }
}

}  // namespace
}  // namespace batchslo
