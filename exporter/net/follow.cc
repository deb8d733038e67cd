// Tested by tests/net/follow_test.cc.
#include "exporter/net/follow.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace batchslo {
namespace {

constexpr int kMostHops = 5;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string PartOf(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool IsRedirect(const HttpReply& reply) {
  constexpr long kStatuses[] = {301, 302, 303, 307, 308};
  return std::find(std::begin(kStatuses), std::end(kStatuses), reply.status) != std::end(kStatuses);
}

bool IsAmong(std::string_view host, std::span<const std::string> hosts) {
  return std::any_of(hosts.begin(), hosts.end(), [&](std::string_view allowed) {
    return allowed.starts_with("*.") ? host.ends_with(allowed.substr(1)) && host.size() >= allowed.size() : host == allowed;
  });
}

void MakeLower(std::string& text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c); });
}

// A host is said in messages, to the resolver, and to whoever it leads to.
bool HoldsCredentials(const std::string& host, HttpRequest request) {
  for (auto& [name, value] : request.headers) MakeLower(value);
  std::string hidden = host;
  HideCredentials(hidden, request);
  return hidden != host;
}

// Where the reply of `from` to what was asked at first sends us.
Result<std::string> NextUrl(const std::string& from, const HttpReply& reply, std::span<const std::string> hosts, const HttpRequest& first) {
  const Url url(curl_url());
  curl_url_set(url.get(), CURLUPART_URL, from.c_str(), 0);
  const std::string before = PartOf(url, CURLUPART_HOST), sends = before + " sends us on to ";
  const std::string location(reply.Header("location"));
  if (location.empty() || curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK) return Error{before + " sends us on, but does not say where"};
  std::string host = PartOf(url, CURLUPART_HOST);
  MakeLower(host);
  if (HoldsCredentials(host, first)) return Error{before + " sends us on to a host that is named by our credentials"};
  constexpr std::size_t kMostShown = 100;
  if (host.size() > kMostShown) return Error{sends + host.substr(0, kMostShown) + "..., and no host is named so"};
  if (PartOf(url, CURLUPART_SCHEME) != "https") return Error{sends + host + ", and not by https"};
  if (!PartOf(url, CURLUPART_USER).empty() || !PartOf(url, CURLUPART_PASSWORD).empty()) return Error{sends + host + " with a user in the address"};
  if (!IsAmong(host, hosts)) return Error{sends + host + ", which is not one of redirect_hosts; is that a page to sign in? Then the table is to be shared with all who have its address"};
  const std::string port = PartOf(url, CURLUPART_PORT);
  if (!port.empty() && port != "443") return Error{sends + host + " at port " + port + ", which is not that of https"};
  return PartOf(url, CURLUPART_URL);
}

HttpRequest WithValidators(HttpRequest request, const Validators& held) {
  if (held.url != request.url) return request;
  if (!held.etag.empty()) request.headers.emplace_back("If-None-Match", held.etag);
  if (!held.last_modified.empty()) request.headers.emplace_back("If-Modified-Since", held.last_modified);
  return request;
}

HttpRequest HopTo(std::string url, const HttpRequest& first) {
  HttpRequest hop;
  hop.url = std::move(url);
  hop.max_body_bytes = first.max_body_bytes;
  hop.is_global = true;
  for (const auto& [name, value] : first.headers) {
    if (name == "Accept") hop.headers.emplace_back(name, value);
  }
  return hop;
}

}  // namespace

Result<FollowedReply> SendFollowing(HttpClient& http, HttpRequest request, const Validators& held, std::span<const std::string> hosts, Deadline deadline,
                                    const std::stop_token& stop) {
  const HttpRequest first = std::move(request);
  request = first;
  for (int hops = 0;; ++hops) {
    auto reply = http.Send(WithValidators(request, held), deadline, stop);
    if (!reply) return reply.GetError();
    if (!IsRedirect(*reply)) return FollowedReply{std::move(reply).Value(), request.url};
    auto next = NextUrl(request.url, *reply, hosts, first);
    if (!next) return next.GetError();
    if (hops == kMostHops) return Error{"it is sent on more than " + std::to_string(kMostHops) + " times"};
    request = HopTo(std::move(next).Value(), first);
  }
}

Validators ValidatorsOf(const FollowedReply& followed) {
  return {followed.url, std::string(followed.reply.Header("etag")), std::string(followed.reply.Header("last-modified"))};
}

}  // namespace batchslo
