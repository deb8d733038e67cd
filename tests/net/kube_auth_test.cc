// Tests exporter/net/kube_auth.cc and kube_plugin.cc.
#include "exporter/net/kube_auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "exporter/net/base64.h"
#include "exporter/net/kube_plugin.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const TimePoint kNow = *ParseRfc3339("2026-03-01T10:00:00Z");
constexpr const char* kVersion = "client.authentication.k8s.io/v1";

class KubeAuth : public testing::Test {
 protected:
  KubeAuth() { access_.server = "https://api:6443"; }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = scratch_.File(name);
    std::ofstream(path) << text;
    return path;
  }
  std::string Read(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(scratch_.File(name)).rdbuf();
    return text.str();
  }
  // A plugin that notes each run in `runs`, then does as the script says.
  void Plugin(const std::string& script) {
    access_.exec.command = Write("plugin", "#!/bin/sh\necho run >> " + scratch_.File("runs") + "\n" + script);
    chmod(access_.exec.command.c_str(), 0700);
    access_.exec.api_version = kVersion;
  }
  static std::string Credential(const std::string& status) { return R"(echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)" + status + "}'\n"; }
  std::size_t Runs() { return Read("runs").size() / 4; }
  static std::string Authorization(const Result<HttpRequest>& request) {
    EXPECT_TRUE(request) << request.Message();
    if (!request) return "";
    for (const auto& [name, value] : request->headers) {
      if (name == "Authorization") return value;
    }
    return "";
  }

  const Scratch scratch_;
  KubeAccess access_;
  FakeClock clock_{kNow};
};

TEST_F(KubeAuth, EachKindOfCredentialGoesWhereItBelongs) {
  EXPECT_EQ(Authorization(KubeCredentials(access_, clock_).Request("/x")), "");
  access_.username = "me";
  access_.password = "pass word";
  EXPECT_EQ(Authorization(KubeCredentials(access_, clock_).Request("/x")), "Basic bWU6cGFzcyB3b3Jk");
  access_.token = "fixed";
  EXPECT_EQ(Authorization(KubeCredentials(access_, clock_).Request("/x")), "Bearer fixed");
  access_.token_file = Write("token", "from-file\n");
  EXPECT_EQ(Authorization(KubeCredentials(access_, clock_).Request("/x")), "Bearer from-file");
  access_.impersonate_user = "other";
  access_.impersonate_groups = {"a", "b"};
  access_.proxy_url = "http://proxy:1";
  access_.tls.server_name = "name";
  const auto request = KubeCredentials(access_, clock_).Request("/x?y=z");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->url, "https://api:6443/x?y=z");
  EXPECT_EQ(request->proxy, "http://proxy:1");
  EXPECT_EQ(request->tls.server_name, "name");
  EXPECT_THAT(request->headers, Contains(Pair("Impersonate-User", "other")));
  EXPECT_THAT(request->headers, Contains(Pair("Impersonate-Group", "b")));
}

TEST_F(KubeAuth, ATokenFileIsReadAgainAfterAMinuteAndWhenRefused) {
  access_.token_file = Write("token", "one");
  KubeCredentials credentials(access_, clock_);
  EXPECT_EQ(Authorization(credentials.Request("/")), "Bearer one");
  Write("token", "two");
  clock_.Advance(seconds{60});
  EXPECT_EQ(Authorization(credentials.Request("/")), "Bearer one");
  clock_.Advance(microseconds{1});
  EXPECT_EQ(Authorization(credentials.Request("/")), "Bearer two");
  Write("token", "three");
  credentials.Refuse();
  EXPECT_EQ(Authorization(credentials.Request("/")), "Bearer three");
}

TEST_F(KubeAuth, ATokenFileThatIsNotThereOrEmptyIsAnError) {
  access_.token_file = scratch_.File("none");
  const auto missing = KubeCredentials(access_, clock_).Request("/");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.Message(), HasSubstr("none can't be read"));
  access_.token_file = Write("token", "\n");
  EXPECT_FALSE(KubeCredentials(access_, clock_).Request("/"));
}

TEST_F(KubeAuth, AFixedTokenIsNeverReadAgain) {
  access_.token = "fixed";
  KubeCredentials credentials(access_, clock_);
  credentials.Refuse();
  clock_.Advance(hours{100});
  EXPECT_EQ(Authorization(credentials.Request("/")), "Bearer fixed");
}

TEST_F(KubeAuth, InAClusterTheAddressIsInTheEnvironment) {
  Write("namespace", "mine");
  for (const auto& [host, port, server] : std::vector<std::tuple<const char*, const char*, std::string>>{
           {"10.0.0.1", "443", "https://10.0.0.1:443"}, {"fd00::1", "6443", "https://[fd00::1]:6443"}, {"", "443", ""}, {"10.0.0.1", "", ""}}) {
    setenv("KUBERNETES_SERVICE_HOST", host, 1);
    setenv("KUBERNETES_SERVICE_PORT", port, 1);
    const auto access = InClusterAccess(scratch_.Path());
    ASSERT_EQ(access.Ok(), !server.empty()) << host;
    if (!access) continue;
    EXPECT_EQ(access->server, server);
    EXPECT_EQ(access->token_file, scratch_.File("token"));
    EXPECT_EQ(access->tls.ca_file, scratch_.File("ca.crt"));
    EXPECT_EQ(access->default_namespace, "mine");
  }
  unsetenv("KUBERNETES_SERVICE_HOST");
  unsetenv("KUBERNETES_SERVICE_PORT");
  const auto outside = InClusterAccess(scratch_.Path());
  ASSERT_FALSE(outside);
  EXPECT_THAT(outside.Message(), HasSubstr("--kubeconfig"));
}

// ---- plugins ----

TEST_F(KubeAuth, APluginGivesATokenOrACertificate) {
  Plugin(Credential(R"({"token":"t"})"));
  EXPECT_EQ(Authorization(KubeCredentials(access_, clock_).Request("/")), "Bearer t");
  Plugin(Credential(R"({"clientCertificateData":"CERT","clientKeyData":"KEY"})"));
  const auto request = KubeCredentials(access_, clock_).Request("/");
  EXPECT_EQ(Authorization(request), "");
  EXPECT_EQ(request->tls.certificate_pem, "CERT");
  EXPECT_EQ(request->tls.private_key_pem, "KEY");
}

TEST_F(KubeAuth, APluginIsRunAgainShortlyBeforeItsCredentialExpiresAndWhenRefused) {
  Plugin(Credential(R"({"token":"t","expirationTimestamp":"2026-03-01T11:00:00Z"})"));
  KubeCredentials credentials(access_, clock_);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(credentials.Request("/"));
  EXPECT_EQ(Runs(), 1u);
  clock_.Advance(hours{1} - seconds{10});
  EXPECT_TRUE(credentials.Request("/"));
  EXPECT_EQ(Runs(), 1u);
  clock_.Advance(microseconds{1});
  EXPECT_TRUE(credentials.Request("/"));
  EXPECT_EQ(Runs(), 2u);
  credentials.Refuse();
  EXPECT_TRUE(credentials.Request("/"));
  EXPECT_EQ(Runs(), 3u);
}

TEST_F(KubeAuth, WhatComesExpiredByOurClockIsUsedForAMoment) {
  Plugin(Credential(R"({"token":"t","expirationTimestamp":"2026-03-01T09:00:00Z"})"));
  KubeCredentials credentials(access_, clock_);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Authorization(credentials.Request("/")), "Bearer t");
  EXPECT_EQ(Runs(), 1u);
  clock_.Advance(seconds{5});
  EXPECT_TRUE(credentials.Request("/"));
  EXPECT_EQ(Runs(), 2u);
}

TEST_F(KubeAuth, WithoutAnExpiryAPluginIsRunOnce) {
  Plugin(Credential(R"({"token":"t"})"));
  KubeCredentials credentials(access_, clock_);
  EXPECT_TRUE(credentials.Request("/"));
  clock_.Advance(hours{1000});
  EXPECT_TRUE(credentials.Request("/"));
  EXPECT_EQ(Runs(), 1u);
}

TEST_F(KubeAuth, APluginGetsItsArgumentsItsEnvironmentAndOurs) {
  setenv("BATCHSLO_OURS", "ours", 1);
  setenv("BATCHSLO_BOTH", "ours", 1);
  setenv("KUBERNETES_EXEC_INFO", "of another", 1);
  Plugin("echo \"$1|$2|$BATCHSLO_OURS|$BATCHSLO_BOTH|$OWN\" > " + scratch_.File("said") + "\nprintf %s \"$KUBERNETES_EXEC_INFO\" > " + scratch_.File("info") + "\n" + Credential(R"({"token":"t"})"));
  access_.exec.args = {"get token", "--x"};
  access_.exec.env = {{"OWN", "a b"}, {"BATCHSLO_BOTH", "theirs"}};
  EXPECT_TRUE(KubeCredentials(access_, clock_).Request("/"));
  EXPECT_EQ(Read("said"), "get token|--x|ours|theirs|a b\n");
  EXPECT_EQ(Read("info"), R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}})");
  access_.exec.provide_cluster_info = true;
  access_.tls.ca_pem = "PEM";
  EXPECT_TRUE(KubeCredentials(access_, clock_).Request("/"));
  EXPECT_THAT(Read("info"), HasSubstr(R"("cluster":{"certificate-authority-data":"UEVN","server":"https://api:6443"})"));
  for (const char* name : {"BATCHSLO_OURS", "BATCHSLO_BOTH", "KUBERNETES_EXEC_INFO"}) unsetenv(name);
}

// Of a kubeconfig's bytes JSON may refuse some.
TEST_F(KubeAuth, APluginIsToldOfAServerThatIsNoUtf8) {
  Plugin("printf %s \"$KUBERNETES_EXEC_INFO\" > " + scratch_.File("info") + "\n" + Credential(R"({"token":"t"})"));
  access_.exec.provide_cluster_info = true;
  access_.server = "https://a\xff";
  KubeCredentials credentials(access_, clock_);
  EXPECT_TRUE(credentials.Request("/x").Ok());
  EXPECT_THAT(Read("info"), HasSubstr("https://a\xef\xbf\xbd"));
}

TEST_F(KubeAuth, APluginThatFailsSaysSoWithoutWhatItPrinted) {
  struct Row {
    std::string script;
    const char* says;
  };
  for (const Row& row : {Row{"echo canary-5; exit 3\n", "failed with exit code 3"}, Row{"head -c 500000 /dev/zero | tr '\\0' '['\n", "printed no ExecCredential"}, Row{"kill -9 $$\n", "failed"}, Row{"echo canary-5\n", "printed no ExecCredential"}, Row{"exit 0\n", "printed no ExecCredential"},
                         Row{"echo '{\"status\":{\"token\":\"canary-5\"}}'\n", "another apiVersion"},
                         Row{"echo '{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{\"token\":\"canary-5\"}}'\n", "another apiVersion"}, Row{Credential("{}"), "neither a token nor a certificate"},
                         Row{Credential(R"({"token":7})"), "neither a token nor a certificate"}, Row{Credential("\"canary-5\""), "printed no ExecCredential"}}) {
    Plugin(row.script);
    const auto request = KubeCredentials(access_, clock_).Request("/");
    ASSERT_FALSE(request) << row.script;
    EXPECT_THAT(request.Message(), HasSubstr(row.says)) << row.script;
    EXPECT_THAT(request.Message(), Not(HasSubstr("canary"))) << row.script;
  }
}

TEST_F(KubeAuth, APluginThatIsNotThereSaysHowToGetIt) {
  access_.exec.command = scratch_.File("none");
  access_.exec.install_hint = "apt install it";
  const auto request = KubeCredentials(access_, clock_).Request("/");
  ASSERT_FALSE(request);
  EXPECT_THAT(request.Message(), HasSubstr("can't be run"));
  EXPECT_THAT(request.Message(), HasSubstr("apt install it"));
}

TEST_F(KubeAuth, APluginThatHangsIsKilled) {
  using std::chrono::steady_clock;
  for (const char* script : {"exec sleep 100\n", "exec >&-\nexec sleep 100\n", "while :; do echo xxxxxxxxxxxxxxxx; done\n"}) {
    Plugin(script);
    const auto began = steady_clock::now();
    EXPECT_FALSE(RunKubePlugin(access_, began + milliseconds{300}, {})) << script;
    EXPECT_LT(steady_clock::now() - began, milliseconds{10'000}) << script;
  }
}

TEST_F(KubeAuth, WhatAPluginThatHangsHasStartedEndsWithIt) {
  Plugin("sleep 100 &\necho $! > " + scratch_.File("child") + "\nwait\n");
  EXPECT_FALSE(RunKubePlugin(access_, std::chrono::steady_clock::now() + milliseconds{1000}, {}));
  const int child = std::stoi(Read("child"));
  // Nobody has taken leave of it yet, where it is of ours.
  const auto is_gone = [&] {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string pid, name, state;
    return !(stat >> pid >> name >> state) || state == "Z";
  };
  for (int i = 0; i < 200 && !is_gone(); ++i) std::this_thread::sleep_for(milliseconds{10});
  EXPECT_TRUE(is_gone());
}

TEST_F(KubeAuth, APluginThatFailedIsLeftAloneForAMoment) {
  Plugin("exit 3\n");
  KubeCredentials credentials(access_, clock_);
  const auto first = credentials.Request("/");
  ASSERT_FALSE(first);
  for (int i = 0; i < 5; ++i) {
    const auto again = credentials.Request("/");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.Message(), first.Message());
    credentials.Refuse();
  }
  EXPECT_EQ(Runs(), 1u);
  Plugin(Credential(R"({"token":"t"})"));
  clock_.Advance(seconds{5});
  EXPECT_EQ(Authorization(credentials.Request("/")), "Bearer t");
  EXPECT_EQ(Runs(), 2u);
}

TEST_F(KubeAuth, AStopEndsThePlugin) {
  using std::chrono::steady_clock;
  Plugin("exec sleep 100\n");
  std::stop_source source;
  source.request_stop();
  const auto began = steady_clock::now();
  EXPECT_FALSE(RunKubePlugin(access_, began + seconds{60}, source.get_token()));
  EXPECT_LT(steady_clock::now() - began, milliseconds{10'000});
}

TEST(Base64, IsAsInTheRfc) {
  for (const auto& [plain, coded] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}}) {
    EXPECT_EQ(Base64(plain), coded);
  }
}

}  // namespace
}  // namespace batchslo
