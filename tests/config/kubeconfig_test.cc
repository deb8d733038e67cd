#include "exporter/config/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// A folder for kubeconfigs, and the environment of before, that both go with the test.
class Kubeconfig : public testing::Test {
 protected:
  void SetUp() override {
    setenv("HOME", scratch_.Path().c_str(), 1);
    unsetenv("KUBECONFIG");
  }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = scratch_.File(name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }

  // A kubeconfig of one context, `prod`, with these keys of its cluster and its user.
  static std::string One(const std::string& cluster, const std::string& user) {
    return "apiVersion: v1\nkind: Config\ncurrent-context: prod\ncontexts:\n- {name: prod, context: {cluster: c, user: "
           "u}}\n"
           "clusters:\n- {name: c, cluster: {server: \"https://k8s.example:6443\"" +
           (cluster.empty() ? "" : ", " + cluster) + "}}\nusers:\n- {name: u, user: {" + user + "}}\n";
  }

  KubeAccess Good(const std::string& text, const std::string& context = "") {
    const auto access = ReadKubeconfig(Write("config", text), context);
    EXPECT_TRUE(access.Ok()) << (access ? "" : access.Message());
    return access ? *access : KubeAccess{};
  }
  std::string Bad(const std::string& text, const std::string& context = "") {
    const auto access = ReadKubeconfig(Write("config", text), context);
    EXPECT_FALSE(access.Ok());
    return access ? "" : access.Message();
  }

  const Scratch scratch_;
};

TEST_F(Kubeconfig, ATokenIsTaken) {
  const KubeAccess access = Good(One("", "token: canary"));
  EXPECT_EQ(access.server, "https://k8s.example:6443");
  EXPECT_EQ(access.token, "canary");
  EXPECT_FALSE(access.tls.insecure);
}

TEST_F(Kubeconfig, ATokenFileIsRelativeToTheKubeconfigAndNotReadYet) {
  EXPECT_EQ(Good(One("", "tokenFile: secrets/token")).token_file, scratch_.File("secrets/token"));
  EXPECT_EQ(Good(One("", "tokenFile: /run/token")).token_file, "/run/token");
}

TEST_F(Kubeconfig, ClientCertificatesAreTakenInline) {
  const KubeAccess access =
      Good(One("certificate-authority-data: Y2EtcGVt", "client-certificate-data: Y2VydA==, client-key-data: a2V5"));
  EXPECT_EQ(access.tls.ca_pem, "ca-pem");
  EXPECT_EQ(access.tls.certificate_pem, "cert");
  EXPECT_EQ(access.tls.private_key_pem, "key");
}

TEST_F(Kubeconfig, ClientCertificatesAreTakenFromFilesBesideIt) {
  Write("pki/ca.pem", "ca-pem");
  Write("pki/client.pem", "cert");
  Write("pki/client.key", "key");
  const KubeAccess access =
      Good(One("certificate-authority: pki/ca.pem", "client-certificate: pki/client.pem, client-key: pki/client.key"));
  EXPECT_EQ(access.tls.ca_pem, "ca-pem");
  EXPECT_EQ(access.tls.certificate_pem, "cert");
  EXPECT_EQ(access.tls.private_key_pem, "key");
}

TEST_F(Kubeconfig, AFileThatItNamesAndIsNotThereIsAnError) {
  EXPECT_THAT(Bad(One("certificate-authority: missing.pem", "token: x")),
              HasSubstr("certificate-authority " + scratch_.File("missing.pem") + " can't be read"));
}

TEST_F(Kubeconfig, WhatIsNoBase64IsAnErrorThatDoesNotRepeatIt) {
  const std::string message = Bad(One("", "client-certificate-data: Y2VydA==, client-key-data: \"%%canary%%\""));
  EXPECT_THAT(message, HasSubstr("no base64"));
  EXPECT_THAT(message, testing::Not(HasSubstr("canary")));
}

TEST_F(Kubeconfig, AnExecPluginIsTakenWhole) {
  const KubeAccess access =
      Good(One("", R"(exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [--cluster, c],
    env: [{name: REGION, value: eu}], installHint: ask the platform team, provideClusterInfo: true, interactiveMode: Never})"));
  EXPECT_EQ(access.exec.api_version, "client.authentication.k8s.io/v1");
  EXPECT_EQ(std::filesystem::path(access.exec.command).lexically_normal(), scratch_.File("bin/login"));
  EXPECT_THAT(access.exec.args, ElementsAre("--cluster", "c"));
  EXPECT_THAT(access.exec.env, ElementsAre(Pair("REGION", "eu")));
  EXPECT_EQ(access.exec.install_hint, "ask the platform team");
  EXPECT_TRUE(access.exec.provide_cluster_info);
}

TEST_F(Kubeconfig, AnExecPluginOfThePathStaysAName) {
  EXPECT_EQ(Good(One("", "exec: {apiVersion: client.authentication.k8s.io/v1, command: aws}")).exec.command, "aws");
}

TEST_F(Kubeconfig, APluginThatWantsAPersonIsAnError) {
  EXPECT_THAT(
      Bad(One("", "exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: Always}")),
      HasSubstr("a daemon has none"));
  EXPECT_THAT(Bad(One("", "auth-provider: {name: gcp}")), HasSubstr("use an exec plugin"));
}

TEST_F(Kubeconfig, HowTheServerIsReachedIsTaken) {
  const KubeAccess access =
      Good(One("insecure-skip-tls-verify: true, tls-server-name: kubernetes, proxy-url: \"http://proxy:3128\"",
               "username: u, password: p, as: robot, as-groups: [a, b]"));
  EXPECT_TRUE(access.tls.insecure);
  EXPECT_EQ(access.tls.server_name, "kubernetes");
  EXPECT_EQ(access.proxy_url, "http://proxy:3128");
  EXPECT_EQ(access.username, "u");
  EXPECT_EQ(access.password, "p");
  EXPECT_EQ(access.impersonate_user, "robot");
  EXPECT_THAT(access.impersonate_groups, ElementsAre("a", "b"));
}

constexpr const char* kTwoContexts = R"(
current-context: prod
contexts:
- {name: prod, context: {cluster: c, user: u, namespace: batch}}
- {name: test, context: {cluster: d, user: u}}
clusters:
- {name: c, cluster: {server: "https://prod.example/"}}
- {name: d, cluster: {server: "https://test.example"}}
users:
- {name: u, user: {token: x}}
)";

TEST_F(Kubeconfig, OneOfSeveralContextsIsChosenByName) {
  EXPECT_EQ(Good(kTwoContexts).server, "https://prod.example");
  EXPECT_EQ(Good(kTwoContexts).default_namespace, "batch");
  EXPECT_EQ(Good(kTwoContexts, "test").server, "https://test.example");
}

TEST_F(Kubeconfig, AContextThatIsNotThereIsToldWithThoseThatAre) {
  EXPECT_EQ(Bad(kTwoContexts, "stage"), "kubeconfig: no context is named \"stage\"; there are: prod, test");
}

TEST_F(Kubeconfig, WhatIsMissingIsNamed) {
  EXPECT_EQ(Bad("contexts: []"), "kubeconfig: no current-context; name one with context");
  EXPECT_EQ(Bad("current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"),
            "kubeconfig: no cluster is named \"c\"; there are none");
  EXPECT_EQ(Bad("current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, "
                "cluster: {server: \"https://x\"}}]\n"),
            "kubeconfig: no user is named \"u\"; there are none");
  EXPECT_THAT(Bad("current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, "
                  "cluster: {}}]\nusers: [{name: u, user: {}}]\n"),
              HasSubstr("has no server address"));
}

// As of `kubectl proxy`, which asks nobody who he is.
TEST_F(Kubeconfig, AContextMayNameNoUser) {
  const KubeAccess access = Good(
      "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: "
      "\"http://127.0.0.1:8001\"}}]\n");
  EXPECT_EQ(access.server, "http://127.0.0.1:8001");
  EXPECT_EQ(access.token, "");
}

TEST_F(Kubeconfig, CredentialsGoToNobodyInClear) {
  const auto clear = [](std::string text) { return text.replace(text.find("https://"), 8, "http://"); };
  for (const char* user : {"token: canary", "tokenFile: f", "username: u, password: canary", "exec: {apiVersion: client.authentication.k8s.io/v1, command: aws}"}) {
    EXPECT_EQ(Bad(clear(One("", user))), "kubeconfig: cluster \"c\" would get the credentials of user \"u\" in clear; write its server as https://");
  }
  EXPECT_EQ(Good(clear(One("", "as: robot"))).server, "http://k8s.example:6443");
}

TEST_F(Kubeconfig, AServersAddressHoldsNoUser) {
  const auto with = [](std::string text, const std::string& server) { return text.replace(text.find("https://k8s.example"), 19, server); };
  for (const char* server : {"https://me:canary@k8s.example", "http://me:canary@k8s.example", "https://me:can@ary@k8s.example", "https://me@k8s.example", "https://me:ca/nary@k8s.example"}) {
    EXPECT_EQ(Bad(with(One("", "as: robot"), server)), "kubeconfig: cluster \"c\" has a user in its server's address; write username and password, or a token, under the user") << server;
  }
}

TEST_F(Kubeconfig, OfSeveralFilesTheFirstThatHasANameWins) {
  const std::string first = Write("one",
                                  "contexts:\n- {name: a, context: {cluster: c, user: u}}\nclusters:\n- {name: c, "
                                  "cluster: {server: \"https://first\"}}\n");
  const std::string second = Write("sub/two",
                                   "current-context: a\nclusters:\n- {name: c, cluster: {server: "
                                   "\"https://second\"}}\nusers:\n- {name: u, user: {tokenFile: token}}\n");
  setenv("KUBECONFIG", (first + ":" + second + "::").c_str(), 1);
  const auto access = ReadKubeconfig("", "");
  ASSERT_TRUE(access.Ok()) << access.Message();
  EXPECT_EQ(access->server, "https://first");
  EXPECT_EQ(access->token_file, scratch_.File("sub/token"));
}

// As kubectl does it: a list may name files that are not there (yet).
TEST_F(Kubeconfig, AFileOfAListMayBeMissingButNotAllOfThem) {
  setenv("KUBECONFIG", (scratch_.File("missing") + ":" + Write("one", One("", "token: x"))).c_str(), 1);
  EXPECT_TRUE(ReadKubeconfig("", "").Ok());
  setenv("KUBECONFIG", (scratch_.File("missing") + ":" + scratch_.File("gone")).c_str(), 1);
  const auto none = ReadKubeconfig("", "");
  ASSERT_FALSE(none.Ok());
  EXPECT_THAT(none.Message(), HasSubstr(scratch_.File("missing") + " can't be read"));
}

TEST_F(Kubeconfig, WithoutAListItIsThatOfTheHome) {
  Write(".kube/config", One("", "token: of-home"));
  const auto access = ReadKubeconfig("", "");
  ASSERT_TRUE(access.Ok()) << access.Message();
  EXPECT_EQ(access->token, "of-home");
}

TEST_F(Kubeconfig, WhatIsNoKubeconfigIsToldWithItsPlace) {
  EXPECT_THAT(Bad("a: [\n"), HasSubstr("this is no YAML"));
  EXPECT_THAT(Bad("a: \"\\\n\x1b\"\n"), testing::Not(testing::HasSubstr("\n")));
  EXPECT_THAT(Bad("- a\n"), HasSubstr("is no map of keys"));
  EXPECT_THAT(Bad(""), HasSubstr("is no map of keys"));
  EXPECT_THAT(Bad("current-context: [a]\n"), HasSubstr("no current-context"));
  EXPECT_THAT(Bad("current-context: a\ncontexts: {a: b}\n"), HasSubstr("no context is named"));
  EXPECT_THAT(Bad("current-context: a\ncontexts: [{name: a, context: x}]\n"), HasSubstr("no cluster is named"));
  const auto missing = ReadKubeconfig(scratch_.File("missing"), "");
  ASSERT_FALSE(missing.Ok());
  EXPECT_THAT(missing.Message(), HasSubstr("can't be read: No such file or directory; is it there"));
}

}  // namespace
}  // namespace batchslo
