// Tests exporter/config/web_config.cc. Whole files with what is said of them: tests/testdata/web-config/invalid-NAME.yml
// with invalid-NAME.txt, and good-NAME.yml. tests/daemon/web_config_test.py has promtool judge the good ones too.
#include "exporter/config/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace batchslo {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

std::string Text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Result<std::string> FakeRead(const std::string& path) {
  if (path.ends_with("gone.crt")) return Error{"No such file or directory"};
  return path.ends_with("empty.key") ? "" : "<" + path + ">";
}

WebConfigResult Parse(std::string_view text, const std::string& file = "web.yml") { return ParseWebConfig(text, file, FakeRead); }

WebAccess Good(const std::string& name) {
  const auto result = Parse(Text(TESTDATA "/web-config/good-" + name + ".yml"), "/etc/batchslo/web.yml");
  EXPECT_EQ(result.Faults(), "");
  return result.access.value_or(WebAccess{});
}

TEST(WebConfig, EachInvalidFileIsToldExactlyAsWritten) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(TESTDATA "/web-config")) {
    fs::path path = entry.path();
    if (path.extension() != ".yml" || !path.filename().string().starts_with("invalid-")) continue;
    const auto result = Parse(Text(path), path.filename());
    EXPECT_FALSE(result.access) << path;
    path.replace_extension(".txt");
    if (std::getenv("UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << result.Faults();
    EXPECT_EQ(result.Faults(), Text(path)) << path;
    for (const char* secret : {"my password", "not shown", "FoneUcb"}) EXPECT_THAT(result.Faults(), Not(HasSubstr(secret))) << path;
    ++count;
  }
  EXPECT_GE(count, 15);
}

TEST(WebConfig, NoPasswordIsRepeated) {
  for (const char* text : {"basic_auth_users: {alice:hunter2}", "basic_auth_users:\n  bob: x\n  alice:hunter2\n", "basic_auth_users:\n  hunter2:\n", "basic_auth_users:\n  bob: x\n  alice hunter2\n",
                           "users: {alice: hunter2}", "basic_auth_user: {alice: hunter2}", "BasicAuth:\nalice: hunter2\n", "auth: {alice: $2b$04$hunter2}",
                           "tls_server_config:\n  cert_file: a\n  key_file: |\n    hunter2\n    x\n"}) {
    EXPECT_THAT(Parse(text).Faults(), testing::AllOf(Not(testing::IsEmpty()), Not(HasSubstr("hunter2")))) << text;
  }
}

TEST(WebConfig, EverythingThatItCanSayIsRead) {
  const WebAccess access = Good("everything");
  ASSERT_TRUE(access.tls);
  EXPECT_EQ(access.tls->certificate_pem, "</etc/batchslo/server.crt>") << "relative to the file";
  EXPECT_EQ(access.tls->key_pem, "</etc/ssl/server.key>");
  EXPECT_EQ(access.tls->client_ca_pem, "</etc/batchslo/clients.crt>");
  EXPECT_EQ(access.tls->client, ClientCertificate::kVerified);
  EXPECT_THAT(access.tls->client_sans, ElementsAre("prometheus.example", "192.0.2.7", "spiffe://example/prometheus"));
  EXPECT_THAT(access.tls->groups, ElementsAre("X25519", "P-384"));
  EXPECT_EQ(access.tls->cipher_suites.size(), 3u);
  EXPECT_FALSE(access.tls->server_chooses);
  EXPECT_EQ(access.headers.size(), 5u);
  EXPECT_THAT(access.users, ElementsAre(Pair("prometheus", testing::StartsWith("$2b$04$")), Pair("alice smith", testing::StartsWith("$2y$10$"))));
}

TEST(WebConfig, WhatItDoesNotSayIsTheDefault) {
  EXPECT_EQ(Good("nothing"), WebAccess{});
  const WebAccess access = Good("tls");
  TlsAccess plain;
  plain.certificate_pem = "</etc/batchslo/server.crt>";
  plain.key_pem = "</etc/batchslo/server.key>";
  EXPECT_EQ(access.tls, plain);
  EXPECT_EQ(Good("users").tls, std::nullopt);
  EXPECT_EQ(Good("old-word-for-any-certificate").tls->client, ClientCertificate::kAny);
}

TEST(WebConfig, EachPolicyForClientsIsRead) {
  const std::pair<const char*, ClientCertificate> rows[] = {
      {"NoClientCert", ClientCertificate::kNone},        {"RequestClientCert", ClientCertificate::kAsked},
      {"RequireClientCert", ClientCertificate::kAny},    {"RequireAnyClientCert", ClientCertificate::kAny},
      {"VerifyClientCertIfGiven, client_ca_file: c", ClientCertificate::kVerifiedIfGiven}, {"RequireAndVerifyClientCert, client_ca_file: c", ClientCertificate::kVerified}};
  for (const auto& [word, type] : rows) {
    const auto result = Parse("tls_server_config: {cert_file: a, key_file: b, client_auth_type: " + std::string(word) + "}\n");
    ASSERT_TRUE(result.access) << result.Faults();
    EXPECT_EQ(result.access->tls->client, type) << word;
  }
}

TEST(WebConfig, TheSampleIsGood) { EXPECT_EQ(Parse(Text(SOURCE_ROOT "/config/web.yml")).Faults(), ""); }

TEST(WebConfig, AFileThatIsNotThereIsAFault) {
  EXPECT_THAT(ReadWebConfig("/nowhere/web.yml").Faults(), HasSubstr("/nowhere/web.yml: error: the file can't be read: No such file"));
  EXPECT_THAT(ReadWebConfig("/tmp").Faults(), HasSubstr("it is no regular file"));
}

}  // namespace
}  // namespace batchslo
