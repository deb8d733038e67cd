// Tests exporter/net/google_token.cc.
#include "exporter/net/google_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/net/rsa_key.h"

namespace batchslo {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

const TimePoint kNow = *ParseRfc3339("2026-03-01T10:00:00Z");
const GoogleUser kUser{"id", "client-secret", "1//refresh-token", "https://token"};
const GoogleFederation kFederation{
    "//iam/provider", "urn:ietf:params:oauth:token-type:jwt", "https://sts/v1/token", "/t", "", {}, ""};

HttpReply Reply(long status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

TEST(GoogleToken, EachKindIsAskedAsItsServerWantsIt) {
  const auto key = AskForKey({"a@b", "k", RsaKey::Get().Pem(), "https://token"}, "s", kNow);
  ASSERT_TRUE(key) << key.Message();
  EXPECT_EQ(key->method, "POST");
  EXPECT_EQ(key->url, "https://token");
  EXPECT_THAT(key->headers, Contains(Pair("Content-Type", "application/x-www-form-urlencoded")));
  EXPECT_THAT(key->body, StartsWith("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJ"));

  EXPECT_EQ(AskForUser(kUser).body,
            "grant_type=refresh_token&client_id=id&client_secret=client-secret&refresh_token=1%2F%2Frefresh-token");

  const auto metadata = AskMetadata({"metadata.google.internal"}, "https://a/b");
  EXPECT_EQ(metadata.method, "GET");
  EXPECT_EQ(metadata.url,
            "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/"
            "token?scopes=https%3A%2F%2Fa%2Fb");
  EXPECT_THAT(metadata.headers, Contains(Pair("Metadata-Flavor", "Google")));
  EXPECT_TRUE(metadata.is_direct);

  EXPECT_EQ(AskInExchange(kFederation, "s", "theirs").body,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&audience=%2F%2Fiam%2Fprovider&scope=s"
            "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&subject_token=theirs"
            "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt");

  GoogleAccount account;
  account.impersonation_url = "https://iam/sa:generateAccessToken";
  account.delegates = {"d"};
  const auto other = AskToImpersonate(account, "s", "ours");
  EXPECT_EQ(other.url, account.impersonation_url);
  EXPECT_EQ(nlohmann::json::parse(other.body),
            nlohmann::json::parse(R"({"scope":["s"],"lifetime":"3600s","delegates":["d"]})"));
  EXPECT_THAT(other.headers, Contains(Pair("Authorization", "Bearer ours")));
}

TEST(GoogleToken, AnAnswerWithATokenAndItsTime) {
  struct Row {
    const char* body;
    const char* token;
    seconds lifetime;
  };
  for (const Row& row :
       {Row{R"({"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"})", "ya29.x", seconds{3599}},
        Row{R"({"access_token":"ya29.x","expires_in":"3599"})", "ya29.x", seconds{3599}},
        Row{R"({"access_token":"a","expires_in":9223372036854775807})", "a", hours{24}},
        Row{R"({"accessToken":"a","expireTime":"9999-03-01T11:00:00Z"})", "a", hours{24}},
        Row{R"({"accessToken":"ya29.y","expireTime":"2026-03-01T11:00:00Z"})", "ya29.y", seconds{3600}}}) {
    const auto token = ParseGoogleToken({}, {}, Reply(200, row.body), kNow);
    ASSERT_TRUE(token) << token.Message();
    EXPECT_EQ(token->token, row.token);
    EXPECT_EQ(token->lifetime, row.lifetime);
  }
}

TEST(GoogleToken, AnAnswerWithoutATokenIsNone) {
  for (const char* body :
       {"", "<html>login</html>", "{}", "[]", R"({"access_token":7,"expires_in":1})", R"({"access_token":"a"})",
        R"({"access_token":"a","expires_in":-1})", R"({"access_token":"a\r\nX: y","expires_in":9})",
        R"({"accessToken":"a","expireTime":"2026-03-01T10:00:00Z"})", R"({"accessToken":"a"})"}) {
    EXPECT_FALSE(ParseGoogleToken({}, {}, Reply(200, body), kNow)) << body;
  }
}

TEST(GoogleToken, WhatIsNoMetadataServerGivesNone) {
  const auto asked = AskMetadata({"h"}, "s");
  HttpReply reply = Reply(200, R"({"access_token":"a","expires_in":9})");
  EXPECT_THAT(ParseGoogleToken({}, asked, reply, kNow).Message(), HasSubstr("Metadata-Flavor"));
  reply.headers = {{"metadata-flavor", "Google"}};
  EXPECT_TRUE(ParseGoogleToken({}, asked, reply, kNow));
}

TEST(GoogleToken, ARefusalSaysWhatToDo) {
  GoogleAccount key, user, federation, metadata, other;
  key.who = GoogleKey{"a@b", "", "", ""};
  user.who = kUser;
  federation.who = kFederation;
  other.who = kUser;
  other.impersonation_url = "https://iam/sa";
  const std::string grant = R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})";
  struct Row {
    const GoogleAccount& account;
    HttpRequest request;
    HttpReply reply;
    const char* error;
  };
  const Row rows[] = {
      {key,
       {},
       Reply(400, grant),
       "no token: status 400 invalid_grant (Invalid JWT Signature.); was the key deleted, or the account disabled?"},
      {key, {}, Reply(401, "<html>"), "Google gives the service account a@b no token: status 401"},
      {user, AskForUser(kUser),
       Reply(400, R"({"error":"invalid_grant","error_description":"Token has been expired or revoked."})"),
       "the login has ended: gcloud auth application-default login"},
      {federation, AskInExchange(kFederation, "s", "t"),
       Reply(
           400,
           R"({"error":"invalid_grant","error_description":"The audience in ID Token [//iam/other] does not match"})"),
       "workload identity federation no token: status 400 invalid_grant (The audience in ID Token [//iam/other] does "
       "not match); does the provider"},
      {metadata, {}, Reply(404, ""), "no service account is bound"},
      {metadata, {}, Reply(403, ""), "roles/iam.workloadIdentityUser"},
      {other, AskToImpersonate(other, "s", "ours"),
       Reply(403, R"({"error":{"code":403,"message":"Permission 'x' denied","status":"PERMISSION_DENIED"}})"),
       "403 PERMISSION_DENIED (Permission 'x' denied); grant roles/iam.serviceAccountTokenCreator"},
  };
  for (const Row& row : rows)
    EXPECT_THAT(ParseGoogleToken(row.account, row.request, row.reply, kNow).Message(), HasSubstr(row.error));
}

TEST(GoogleToken, AWrongClockIsTold) {
  GoogleAccount key;
  key.who = GoogleKey{"a@b", "", "", ""};
  HttpReply reply = Reply(400, R"({"error":"invalid_grant"})");
  reply.date = kNow + seconds{59};
  EXPECT_THAT(ParseGoogleToken(key, {}, reply, kNow).Message(), Not(HasSubstr("clock")));
  reply.date = kNow + minutes{12};
  EXPECT_THAT(ParseGoogleToken(key, {}, reply, kNow).Message(), HasSubstr("this machine's clock is 12m behind"));
  reply.date = kNow - minutes{12};
  EXPECT_THAT(ParseGoogleToken(key, {}, reply, kNow).Message(), HasSubstr("this machine's clock is 12m ahead"));
}

TEST(GoogleToken, WhatAServerRepeatsOfTheQuestionIsNotShown) {
  const auto key = AskForKey({"a@b", "k", RsaKey::Get().Pem(), "https://token"}, "s", kNow);
  GoogleAccount as;
  as.impersonation_url = "https://iam";
  struct Row {
    HttpRequest request;
    std::string secret;
  };
  for (const Row& row : {Row{*key, key->body.substr(key->body.find("eyJ"), 40)},
                         Row{AskForUser(kUser), "1//refresh-token"}, Row{AskForUser(kUser), "client-secret"},
                         Row{AskInExchange(kFederation, "s", "subject.token.value"), "subject.token.value"},
                         Row{AskToImpersonate(as, "s", "ya29.canary"), "ya29.canary"}}) {
    for (const char* field : {"error", "error_description"}) {
      const std::string body = nlohmann::json{{field, "bad: " + row.secret}}.dump();
      const std::string message = ParseGoogleToken({}, row.request, Reply(400, body), kNow).Message();
      EXPECT_THAT(message, Not(HasSubstr(row.secret.substr(0, 8)))) << message;
    }
  }
  const std::string message =
      ParseGoogleToken({}, {}, Reply(400, R"({"error":"a\nb","error_description":"\u001b[31mred\u0000"})"), kNow)
          .Message();
  EXPECT_EQ(message.find_first_of("\n\x1b"), std::string::npos);
}

TEST(GoogleToken, TheOtherCloudsTokenIsTextOrAFieldOfJson) {
  GoogleFederation federation = kFederation;
  EXPECT_EQ(*ParseSubject(federation, "token\r\n"), "token");
  EXPECT_THAT(ParseSubject(federation, "\n").Message(), HasSubstr("/t gives no token"));
  federation.field = "access_token";
  EXPECT_EQ(*ParseSubject(federation, R"({"access_token":"token"})"), "token");
  EXPECT_THAT(ParseSubject(federation, R"({"id":"token"})").Message(), HasSubstr("gives no token under access_token"));
  EXPECT_THAT(ParseSubject(federation, "token").Message(), HasSubstr("gives no JSON"));
}

}  // namespace
}  // namespace batchslo
