// Tested by tests/web/public_address_test.cc.
#include "exporter/web/public_address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace batchslo {
namespace {

// Nothing that would be written in more than one way, or lead up.
bool IsPlain(const std::string& path) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("/-_.~").find(c) != std::string_view::npos; };
  return std::all_of(path.begin(), path.end(), plain) && path.find("//") == std::string::npos && (path + "/").find("/./") == std::string::npos &&
         (path + "/").find("/../") == std::string::npos;
}

// "slo/", "/slo" -> "/slo"; "/" -> "".
std::string Trimmed(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
  return path.empty() ? "" : "/" + path;
}

}  // namespace

Result<PublicAddress> ReadPublicAddress(const std::string& external_url, const std::string& route_prefix) {
  PublicAddress address;
  const std::size_t scheme = external_url.starts_with("https://") ? 8 : external_url.starts_with("http://") ? 7 : 0;
  const std::size_t path = std::min(external_url.find('/', scheme), external_url.size());
  address.origin = external_url.substr(0, path);
  const bool has_host = scheme > 0 && path > scheme && address.origin.find_first_of("@?# \t\\") == std::string::npos;
  const std::string own_path = Trimmed(external_url.substr(path));
  if ((!address.origin.empty() && !has_host) || !IsPlain(own_path)) return Error{"--web.external-url wants https://HOST/PATH, with a path of plain letters, not \"" + external_url + "\""};
  address.prefix = route_prefix.empty() ? own_path : Trimmed(route_prefix);
  if (!IsPlain(address.prefix)) return Error{"--web.route-prefix wants a path of plain letters like /slo, not \"" + route_prefix + "\""};
  return address;
}

bool IsAddress(std::string_view host) {
  const std::string name(host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':')));
  in_addr ignored{};
  return name == "localhost" || name.starts_with('[') || inet_pton(AF_INET, name.c_str(), &ignored) == 1;
}

std::string LinkBase(const std::string& external_url, const std::string& route_prefix, const std::string& own_origin) {
  if (external_url.empty()) return own_origin + Trimmed(route_prefix);
  if (external_url.starts_with('/')) return own_origin + Trimmed(external_url);
  return external_url.substr(0, external_url.find_last_not_of('/') + 1);
}

}  // namespace batchslo
