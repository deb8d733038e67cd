// Tested by tests/net/google_token_test.cc.
#include "exporter/net/google_token.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "exporter/net/google_jwt.h"
#include "exporter/net/json.h"

namespace batchslo {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kMostReply = 1 << 20;

HttpRequest Post(const std::string& url, const char* type, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", type}, {"Accept", "application/json"}};
  request.body = std::move(body);
  request.max_body_bytes = kMostReply;
  return request;
}

HttpRequest PostForm(const std::string& url, const Pairs& fields) {
  std::string body;
  for (const auto& [key, value] : fields) body += (body.empty() ? "" : "&") + UrlEncode(key) + "=" + UrlEncode(value);
  return Post(url, "application/x-www-form-urlencoded", std::move(body));
}

// What of a request must be repeated nowhere, as it was sent.
std::string SecretsOf(const HttpRequest& request) {
  std::string secrets;
  for (const char* key : {"&assertion=", "&client_secret=", "&refresh_token=", "&subject_token="}) {
    const std::size_t at = request.body.find(key);
    if (at == std::string::npos) continue;
    const std::size_t from = at + std::string_view(key).size();
    secrets += request.body.substr(from, request.body.find('&', from) - from) + "\n";
  }
  for (const auto& [name, value] : request.headers) secrets += name == "Authorization" ? value : "";
  return secrets;
}

// Nothing in it that a log could not hold, and nothing secret: a server may repeat the question in its answer.
std::string Harmless(std::string text, const HttpRequest& request) {
  constexpr std::size_t kMostText = 300, kTelling = 8;
  text.resize(std::min(text.size(), kMostText));
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? ' ' : c;
  const std::string secrets = SecretsOf(request);
  for (std::size_t i = 0; i + kTelling <= text.size(); ++i) {
    const std::string piece = text.substr(i, kTelling);
    if (secrets.find(piece) != std::string::npos || secrets.find(UrlEncode(piece)) != std::string::npos) return "";
  }
  return text;
}

std::string WhoIsIt(const GoogleAccount& account) {
  if (const auto* key = std::get_if<GoogleKey>(&account.who)) return "the service account " + key->email;
  if (std::holds_alternative<GoogleUser>(account.who)) return "the user of gcloud";
  if (std::holds_alternative<GoogleFederation>(account.who)) return "workload identity federation";
  return "the metadata server";
}

std::string ClockAdvice(const HttpReply& reply, TimePoint now) {
  constexpr Duration kMuch = minutes{1};
  if (!reply.date || (*reply.date - now < kMuch && now - *reply.date < kMuch)) return "";
  const Duration off = std::chrono::floor<seconds>(*reply.date > now ? *reply.date - now : now - *reply.date);
  return "; this machine's clock is " + FormatDuration(off) + (*reply.date > now ? " behind" : " ahead");
}

// What to do, by what the server calls it ("invalid_grant"), or by its status.
std::string Advice(const GoogleAccount& account, const HttpRequest& request, const HttpReply& reply,
                   const std::string& code) {
  if (!account.impersonation_url.empty() && request.url == account.impersonation_url) {
    return reply.status == 403 ? "; grant roles/iam.serviceAccountTokenCreator on the impersonated account to it" : "";
  }
  if (std::holds_alternative<GoogleMetadata>(account.who)) {
    if (reply.status == 404) return "; no service account is bound to this pod or machine";
    return reply.status == 403 ? "; grant roles/iam.workloadIdentityUser on its service account" : "";
  }
  if (code == "invalid_grant" && std::holds_alternative<GoogleKey>(account.who))
    return "; was the key deleted, or the account disabled?";
  if (code == "invalid_grant" && std::holds_alternative<GoogleUser>(account.who))
    return "; the login has ended: gcloud auth application-default login";
  if (std::holds_alternative<GoogleFederation>(account.who))
    return "; does the provider of the audience trust this token?";
  return "";
}

Error Refused(const GoogleAccount& account, const HttpRequest& request, const HttpReply& reply, TimePoint now) {
  const auto json = ReadJson(reply.body);
  std::string code = json ? JsonText(*json, "error") : "", text = json ? JsonText(*json, "error_description") : "";
  if (json && JsonChild(*json, "error").is_object()) {  // Google's APIs, in place of an OAuth server
    code = JsonText(JsonChild(*json, "error"), "status");
    text = JsonText(JsonChild(*json, "error"), "message");
  }
  code = Harmless(code.substr(0, 40), request);
  text = Harmless(text, request);
  std::string message = "Google gives " + WhoIsIt(account) + " no token: status " + std::to_string(reply.status);
  if (!code.empty()) message += " " + code;
  if (!text.empty()) message += " (" + text + ")";
  return Error{message + Advice(account, request, reply, code) + ClockAdvice(reply, now)};
}

}  // namespace

bool IsPassing(long status) {
  return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

Result<HttpRequest> AskForKey(const GoogleKey& key, std::string_view scope, TimePoint now) {
  const auto assertion = SignGoogleAssertion(key, scope, now);
  if (!assertion) return assertion.GetError();
  return PostForm(key.token_url,
                  {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", *assertion}});
}

HttpRequest AskForUser(const GoogleUser& user) {
  return PostForm(user.token_url, {{"grant_type", "refresh_token"},
                                   {"client_id", user.client_id},
                                   {"client_secret", user.client_secret},
                                   {"refresh_token", user.refresh_token}});
}

HttpRequest AskMetadata(const GoogleMetadata& metadata, std::string_view scope) {
  HttpRequest request;
  request.url = "http://" + metadata.host +
                "/computeMetadata/v1/instance/service-accounts/default/token?scopes=" + UrlEncode(scope);
  request.headers = {{"Metadata-Flavor", "Google"}};
  request.is_direct = true;
  request.max_body_bytes = kMostReply;
  return request;
}

HttpRequest AskForSubject(const GoogleFederation& federation) {
  HttpRequest request;
  request.url = federation.url;
  request.headers = federation.headers;
  request.is_direct = federation.url.starts_with("http://");
  request.max_body_bytes = kMostReply;
  return request;
}

Result<std::string> ParseSubject(const GoogleFederation& federation, const std::string& text) {
  const std::string where = federation.file.empty() ? "the url of the credential_source" : federation.file;
  std::string subject = text;
  if (!federation.field.empty()) {
    const auto json = ReadJson(text);
    if (!json) return Error{where + " gives no JSON"};
    subject = JsonText(*json, federation.field);
  }
  while (!subject.empty() && (subject.back() == '\n' || subject.back() == '\r')) subject.pop_back();
  if (subject.empty())
    return Error{where + " gives no token" + (federation.field.empty() ? "" : " under " + federation.field)};
  return subject;
}

HttpRequest AskInExchange(const GoogleFederation& federation, std::string_view scope, const std::string& subject) {
  return PostForm(federation.token_url, {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                                         {"audience", federation.audience},
                                         {"scope", std::string(scope)},
                                         {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
                                         {"subject_token", subject},
                                         {"subject_token_type", federation.subject_token_type}});
}

HttpRequest AskToImpersonate(const GoogleAccount& account, std::string_view scope, const std::string& token) {
  nlohmann::json body = {
      {"scope", {std::string(scope)}},
      {"lifetime", std::to_string(std::chrono::floor<seconds>(account.impersonation_lifetime).count()) + "s"}};
  if (!account.delegates.empty()) body["delegates"] = account.delegates;
  HttpRequest request = Post(account.impersonation_url, "application/json",
                             body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  request.headers.emplace_back("Authorization", "Bearer " + token);
  return request;
}

Result<GoogleToken> ParseGoogleToken(const GoogleAccount& account, const HttpRequest& request, const HttpReply& reply,
                                     TimePoint now) {
  if (reply.status != 200) return Refused(account, request, reply, now);
  const bool is_metadata = std::any_of(request.headers.begin(), request.headers.end(),
                                       [](const auto& header) { return header.first == "Metadata-Flavor"; });
  if (is_metadata && reply.Header("metadata-flavor") != "Google")
    return Error{"what answers as the metadata server is none: its reply lacks Metadata-Flavor: Google"};
  const auto json = ReadJson(reply.body);
  constexpr Duration kMostLifetime = hours{24};
  GoogleToken token;
  if (json && !JsonText(*json, "accessToken").empty()) {
    const auto expires = ParseRfc3339(JsonText(*json, "expireTime"));
    token = {JsonText(*json, "accessToken"), expires ? std::min(*expires - now, kMostLifetime) : Duration{0}};
  } else if (json) {
    constexpr std::int64_t kMostSeconds = kMostLifetime / seconds{1};
    token = {JsonText(*json, "access_token"),
             seconds{std::clamp<std::int64_t>(JsonInteger(*json, "expires_in").value_or(0), 0, kMostSeconds)}};
  }
  const bool is_clean =
      std::all_of(token.token.begin(), token.token.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (token.token.empty() || !is_clean)
    return Error{"the token server of " + WhoIsIt(account) + " answered, but with no token"};
  if (token.lifetime <= Duration{0})
    return Error{"the token server of " + WhoIsIt(account) + " gave a token that has no time left" +
                 ClockAdvice(reply, now)};
  return token;
}

}  // namespace batchslo
