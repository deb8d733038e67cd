#pragma once

#include <string>

#include "exporter/core/result.h"

namespace batchslo {

// How browsers reach us, as Prometheus' flags --web.external-url and --web.route-prefix tell it.
struct PublicAddress {
  std::string origin;  // "https://slo.example:8443"; empty: not told
  std::string prefix;  // "/slo", before every path that we answer; empty: none
};

// `external_url`: "https://HOST/PATH" or "/PATH" alone; `route_prefix`: "/PATH", "/" for none, empty for the path of the
// url. Pure. Errors name the flag.
Result<PublicAddress> ReadPublicAddress(const std::string& external_url, const std::string& route_prefix);

// True for what a Host header says of an address or this machine, with or without a port: "10.0.0.7:10510", "[::1]",
// "localhost". Anybody's name can be made to lead to us. Pure.
bool IsAddress(std::string_view host);

// Where links to us begin, without "/" at the end: the url that was told, else one of this machine ("http://slo-0:10510")
// with the path that was told. Pure.
std::string LinkBase(const std::string& external_url, const std::string& route_prefix, const std::string& own_origin);

}  // namespace batchslo
