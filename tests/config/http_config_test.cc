// Tests exporter/config/http_config.cc. tests/daemon/healthcheck_test.py has a daemon asked by such files.
#include "exporter/config/http_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<std::string> FakeRead(const std::string& path) {
  if (path.ends_with("gone")) return Error{"No such file or directory"};
  return path.ends_with("empty") ? "" : "<" + path + ">\n";
}

HttpConfigResult Parse(std::string_view text) { return ParseHttpConfig(text, "/etc/http.yml", FakeRead); }

TEST(HttpConfig, EverythingThatItCanSayIsRead) {
  const auto result = Parse(R"(basic_auth: {username: prometheus, password_file: password}
tls_config: {ca_file: ca.crt, cert_file: /pki/me.crt, key_file: /pki/me.key, server_name: batchslo.example, insecure_skip_verify: true}
)");
  ASSERT_TRUE(result.access) << result.Faults();
  EXPECT_EQ(result.access->username, "prometheus");
  EXPECT_EQ(result.access->password, "</etc/password>") << "relative to the file, without its newline";
  EXPECT_EQ(result.access->tls.ca_pem, "</etc/ca.crt>\n");
  EXPECT_EQ(result.access->tls.certificate_pem, "</pki/me.crt>\n");
  EXPECT_EQ(result.access->tls.private_key_pem, "</pki/me.key>\n");
  EXPECT_EQ(result.access->tls.server_name, "batchslo.example");
  EXPECT_TRUE(result.access->tls.insecure);
}

TEST(HttpConfig, WhatItDoesNotSayIsTheDefault) {
  const auto result = Parse("{}");
  ASSERT_TRUE(result.access) << result.Faults();
  EXPECT_EQ(result.access->username, "");
  EXPECT_FALSE(result.access->tls.insecure);
}

TEST(HttpConfig, FaultsAreToldAndNoSecretIsShown) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "the file is empty"},
      {"basic_auth: {username: u, password: canary}", "name that as password_file"},
      {"basic_auth:\n  username: u\n  passwrod: canary\n", "unknown key \"passwrod\""},
      {"basic_auth: {username: u, password_file: gone}", "/etc/gone can't be read"},
      {"basic_auth: {username: u, password_file: empty}", "is empty"},
      {"basic_auth: {password_file: p}", "\"basic_auth\" needs \"username\""},
      {"authorization: {credentials: canary}", "users with passwords"},
      {"tls_config: {cert_file: c}", "\"cert_file\" and \"key_file\" are needed together"},
      {"tls_config: {insecure_skip_verify: yes}", "insecure_skip_verify"},
      {"tls_confg: {}", "did you mean \"tls_config\"?"},
      {"[", "/etc/http.yml:1"},
  };
  for (const auto& [text, told] : rows) {
    const auto result = Parse(text);
    EXPECT_FALSE(result.access) << text;
    EXPECT_THAT(result.Faults(), HasSubstr(told));
    EXPECT_THAT(result.Faults(), Not(HasSubstr("canary"))) << text;
  }
}

TEST(HttpConfig, AFileThatIsNotThereIsAFault) { EXPECT_THAT(ReadHttpConfig("/nowhere/http.yml").Faults(), HasSubstr("/nowhere/http.yml: error: the file can't be read: No such file")); }

}  // namespace
}  // namespace batchslo
