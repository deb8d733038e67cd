// Fuzzes exporter/net/google_account.cc and google_token.cc. An input: a byte for the status, then a credentials file or
// a token server's answer.
#include "exporter/net/google_token.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace batchslo;

constexpr TimePoint kNow{seconds{1'772'355'600}};

void CheckToken(const Result<GoogleToken>& token) {
  if (!token) {
    CHECK(!token.Message().empty() && !fuzz::HasControl(token.Message()));
    return;
  }
  CHECK(!token->token.empty() && token->lifetime > Duration{0} && token->lifetime <= hours{24});
  for (const char c : token->token) CHECK(c > 0x20 && c < 0x7f);  // it stands in a header
}

void CheckAccount(std::string_view text) {
  const auto account = ParseGoogleAccount(text);
  if (!account) {
    CHECK(!account.Message().empty() && account.Message().size() < 400);
    return;
  }
  CHECK(account->impersonation_lifetime >= minutes{10} && account->impersonation_lifetime <= hours{12});
  if (!account->impersonation_url.empty()) CHECK(IsPrivateUrl(account->impersonation_url));
  if (const auto* key = std::get_if<GoogleKey>(&account->who)) CHECK(!key->email.empty() && IsPrivateUrl(key->token_url));
  if (const auto* user = std::get_if<GoogleUser>(&account->who)) CHECK(!user->refresh_token.empty() && IsPrivateUrl(user->token_url));
  if (const auto* other = std::get_if<GoogleFederation>(&account->who)) CHECK(other->file.empty() != other->url.empty() && IsPrivateUrl(other->token_url));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr long kStatus[] = {200, 200, 400, 401, 403, 404, 429, 503};
  if (size == 0) return 0;
  HttpReply reply;
  reply.status = kStatus[data[0] % std::size(kStatus)];
  reply.body = fuzz::TextOf(data + 1, size - 1);
  reply.headers = {{"metadata-flavor", "Google"}};
  GoogleAccount account;
  CheckToken(ParseGoogleToken(account, AskMetadata({"metadata"}, "scope"), reply, kNow));
  const GoogleUser user{"id", "canary-5f1c", "canary-5f1c-refresh", "https://oauth2.googleapis.com/token"};
  account.who = user;
  const auto token = ParseGoogleToken(account, AskForUser(user), reply, kNow);
  CheckToken(token);
  CHECK(token || token.Message().find("canary-5f1c") == std::string::npos);  // a server may repeat what was sent
  CheckAccount(reply.body);
  return 0;
}
