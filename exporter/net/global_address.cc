// Tested by tests/net/global_address_test.cc.
#include "exporter/net/global_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace batchslo {
namespace {

using Bytes = std::uint8_t[16];

struct Prefix {
  const char* network;
  unsigned bits;
};

// IANA's registries of special-purpose addresses, what is reachable by all left out, and multicast.
constexpr Prefix kSpecial4[] = {{"0.0.0.0", 8},       {"10.0.0.0", 8},     {"100.64.0.0", 10},  {"127.0.0.0", 8},    {"169.254.0.0", 16},
                                {"172.16.0.0", 12},   {"192.0.0.0", 24},   {"192.0.2.0", 24},   {"192.88.99.0", 24}, {"192.168.0.0", 16},
                                {"198.18.0.0", 15},   {"198.51.100.0", 24}, {"203.0.113.0", 24}, {"224.0.0.0", 4},    {"240.0.0.0", 4}};
constexpr Prefix kGlobal6 = {"2000::", 3};  // all others of the kind are special
constexpr Prefix kSpecial6[] = {{"2001::", 23}, {"2001:db8::", 32}, {"3fff::", 20}};

// Where an IPv4 address stands in one of IPv6.
constexpr struct {
  Prefix prefix;
  std::size_t at;
} kCarriers[] = {{{"::ffff:0:0", 96}, 12}, {{"64:ff9b::", 96}, 12}, {{"2002::", 16}, 2}};

bool IsIn(const std::uint8_t* address, const Prefix& prefix, int family) {
  Bytes network{};
  inet_pton(family, prefix.network, network);
  const std::size_t whole = prefix.bits / 8, rest = prefix.bits % 8;
  if (std::memcmp(address, network, whole) != 0) return false;
  return rest == 0 || (address[whole] >> (8 - rest)) == (network[whole] >> (8 - rest));
}

bool IsGlobal4(const std::uint8_t* address) {
  return std::none_of(std::begin(kSpecial4), std::end(kSpecial4), [&](const Prefix& prefix) { return IsIn(address, prefix, AF_INET); });
}

bool IsGlobal6(const std::uint8_t* address) {
  for (const auto& [prefix, at] : kCarriers) {
    if (IsIn(address, prefix, AF_INET6)) return IsGlobal4(address + at);
  }
  return IsIn(address, kGlobal6, AF_INET6) && std::none_of(std::begin(kSpecial6), std::end(kSpecial6), [&](const Prefix& prefix) { return IsIn(address, prefix, AF_INET6); });
}

// The address itself, of a family that has one; null: it has none.
const void* BytesOf(const sockaddr& address) {
  if (address.sa_family == AF_INET) return &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (address.sa_family == AF_INET6) return &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return nullptr;
}

}  // namespace

bool IsGlobalAddress(const sockaddr& address) {
  const auto* const bytes = static_cast<const std::uint8_t*>(BytesOf(address));
  return bytes && (address.sa_family == AF_INET ? IsGlobal4(bytes) : IsGlobal6(bytes));
}

std::string AddressText(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* const bytes = BytesOf(address);
  return bytes && inet_ntop(address.sa_family, bytes, text, sizeof text) ? text : "of another kind";
}

}  // namespace batchslo
