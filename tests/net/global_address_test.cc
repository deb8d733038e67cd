// Which addresses are on the open internet: exporter/net/global_address.cc.
#include "exporter/net/global_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace batchslo {
namespace {

bool IsGlobal(const std::string& text) {
  sockaddr_storage storage{};
  auto& address = reinterpret_cast<sockaddr&>(storage);
  const bool is_6 = text.find(':') != std::string::npos;
  address.sa_family = is_6 ? AF_INET6 : AF_INET;
  void* const to = is_6 ? static_cast<void*>(&reinterpret_cast<sockaddr_in6&>(storage).sin6_addr) : &reinterpret_cast<sockaddr_in&>(storage).sin_addr;
  EXPECT_EQ(inet_pton(address.sa_family, text.c_str(), to), 1) << text;
  EXPECT_EQ(AddressText(address), text);
  return IsGlobalAddress(address);
}

TEST(GlobalAddress, IsOnTheOpenInternet) {
  for (const char* text : {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "172.15.255.255",
                           "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001:81b::200e",
                           "2001:200::1", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"})
    EXPECT_TRUE(IsGlobal(text)) << text;
}

TEST(GlobalAddress, IsOfAMachineANetworkOrALink) {
  for (const char* text : {"0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255",
                           "192.0.0.1", "192.0.2.1", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
                           "::127.0.0.1", "fe80::1", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "2001::1", "2001:1ff::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
                           "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1", "2002:7f00:1::1", "100::1", "4000::1"})
    EXPECT_FALSE(IsGlobal(text)) << text;
}

TEST(GlobalAddress, WhatIsNoAddressOfTheInternetIsNone) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(IsGlobalAddress(reinterpret_cast<sockaddr&>(local)));
}

}  // namespace
}  // namespace batchslo
