// Tests exporter/net/google_account.cc.
#include "exporter/net/google_account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

GoogleAccount Good(const std::string& text) {
  const auto account = ParseGoogleAccount(text);
  EXPECT_TRUE(account) << account.Message();
  return account ? *account : GoogleAccount{};
}

TEST(GoogleAccount, AServiceAccountsKey) {
  const auto account = Good(
      R"({"type":"service_account","project_id":"p","private_key_id":"k","private_key":"PEM","client_email":"a@b","quota_project_id":"q"})");
  const auto& key = std::get<GoogleKey>(account.who);
  EXPECT_EQ(key.email, "a@b");
  EXPECT_EQ(key.key_id, "k");
  EXPECT_EQ(key.private_key_pem, "PEM");
  EXPECT_EQ(key.token_url, "https://oauth2.googleapis.com/token");
  EXPECT_EQ(account.quota_project, "q");
  EXPECT_EQ(account.impersonation_url, "");
}

TEST(GoogleAccount, AUserOfGcloud) {
  const auto account = Good(
      R"({"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r","token_uri":"http://127.0.0.1:1/t"})");
  const auto& user = std::get<GoogleUser>(account.who);
  EXPECT_EQ(user.client_id + user.client_secret + user.refresh_token, "isr");
  EXPECT_EQ(user.token_url, "http://127.0.0.1:1/t");
}

std::string External(const std::string& source, const std::string& more = "") {
  return R"({"type":"external_account","audience":"//iam/x","subject_token_type":"urn:jwt","token_url":"https://sts/v1/token","credential_source":)" +
         source + more + "}";
}

TEST(GoogleAccount, AFederationByFileOrUrl) {
  const auto by_file = std::get<GoogleFederation>(Good(External(R"({"file":"/t"})")).who);
  EXPECT_EQ(by_file.audience, "//iam/x");
  EXPECT_EQ(by_file.subject_token_type, "urn:jwt");
  EXPECT_EQ(by_file.token_url, "https://sts/v1/token");
  EXPECT_EQ(by_file.file, "/t");
  EXPECT_EQ(by_file.field, "");
  const auto by_url = std::get<GoogleFederation>(
      Good(
          External(
              R"({"url":"http://169.254.169.254/metadata","headers":{"Metadata":"True"},"format":{"type":"json","subject_token_field_name":"access_token"}})"))
          .who);
  EXPECT_EQ(by_url.url, "http://169.254.169.254/metadata");
  EXPECT_THAT(by_url.headers, ElementsAre(Pair("Metadata", "True")));
  EXPECT_EQ(by_url.field, "access_token");
}

TEST(GoogleAccount, OneThatActsAsAnother) {
  const auto federated = Good(External(
      R"({"file":"/t"})",
      R"(,"service_account_impersonation_url":"https://iam/sa:generateAccessToken","service_account_impersonation":{"token_lifetime_seconds":600})"));
  EXPECT_EQ(federated.impersonation_url, "https://iam/sa:generateAccessToken");
  EXPECT_EQ(federated.impersonation_lifetime, seconds{600});
  const auto user = Good(
      R"({"type":"impersonated_service_account","service_account_impersonation_url":"https://iam/sa","delegates":["d"],
                             "source_credentials":{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r"}})");
  EXPECT_EQ(std::get<GoogleUser>(user.who).refresh_token, "r");
  EXPECT_EQ(user.impersonation_url, "https://iam/sa");
  EXPECT_THAT(user.delegates, ElementsAre("d"));
}

TEST(GoogleAccount, WhatIsWrongIsSaidWithoutWhatIsSecret) {
  struct Row {
    std::string text;
    const char* error;
  };
  const std::string canary = "canary-secret";
  const Row rows[] = {
      {"", "no JSON"},
      {"[]", "no JSON"},
      {std::string(100'000, '['), "no JSON"},
      {"{}", "its type is missing; known are service_account"},
      {R"({"type":"gdch_service_account"})", "its type is \"gdch_service_account\""},
      {R"({"type":"external_account_authorized_user"})", "its type is \"external_account_authorized_user\""},
      {R"({"type":"service_account","private_key":"canary-secret","client_email":"a"})", "it has no private_key_id"},
      {R"({"type":"service_account","private_key":7,"private_key_id":"canary-secret","client_email":"a"})",
       "it has no private_key"},
      {R"({"type":"service_account","private_key":"canary-secret","private_key_id":"k","client_email":"a","token_uri":"http://evil.example/"})",
       "its token_uri must begin with https://"},
      {R"({"type":"authorized_user","client_id":"i","client_secret":"canary-secret"})", "it has no refresh_token"},
      {External("{}"), "either a file or a url"},
      {External(R"({"file":"a","url":"https://b"})"), "either a file or a url"},
      {External(R"({"url":"http://evil.example"})"), "must begin with https://"},
      {External(R"({"environment_id":"aws1"})"), "tokens of AWS"},
      {External(R"({"executable":{"command":"canary-secret"}})"), "\"executable\" is not known"},
      {External(R"({"file":"a","format":{"type":"xml"}})"), "its format must be text or json"},
      {External(R"({"file":"a","format":{"type":"json"}})"), "wants a subject_token_field_name"},
      {External(R"({"file":"a"})", R"(,"service_account_impersonation":{"token_lifetime_seconds":599})"),
       "between 600 and 43200"},
      {External(R"({"file":"a"})", R"(,"service_account_impersonation_url":"http://evil.example")"),
       "must begin with https://"},
      {R"({"type":"impersonated_service_account","service_account_impersonation_url":"https://a"})",
       "in its source_credentials, its type is missing"},
      {R"({"type":"impersonated_service_account","source_credentials":{"type":"impersonated_service_account"}})",
       "in its source_credentials, its type is"},
  };
  for (const Row& row : rows) {
    const auto account = ParseGoogleAccount(row.text);
    ASSERT_FALSE(account) << row.text;
    EXPECT_THAT(account.Message(), HasSubstr(row.error));
    EXPECT_EQ(account.Message().find(canary), std::string::npos) << account.Message();
  }
}

}  // namespace
}  // namespace batchslo
