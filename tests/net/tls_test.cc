// Tests exporter/net/http.cc: whom it trusts.
#include <gtest/gtest.h>
#include <stdio.h>

#include <fstream>
#include <sstream>

#include "exporter/net/http.h"
#include "tests/fakes/scratch.h"

namespace batchslo {
namespace {

// tls_server.py in a folder of its own; ends with its one connection.
class TlsServer {
 public:
  TlsServer(const std::string& host, int days) {
    pipe_ = popen(("python3 " SOURCE_ROOT "/tests/net/tls_server.py " + scratch_.Path() + " " + host + " " + std::to_string(days)).c_str(), "r");
    char line[32] = "";
    EXPECT_NE(fgets(line, sizeof line, pipe_), nullptr);
    port_ = std::string(line).substr(0, std::string(line).find('\n'));
  }
  ~TlsServer() { pclose(pipe_); }
  std::string CaFile() const { return scratch_.File("ca.pem"); }
  std::string CaPem() const {
    std::ostringstream text;
    text << std::ifstream(CaFile()).rdbuf();
    return text.str();
  }
  Result<HttpReply> Ask(const TlsOptions& tls) const {
    HttpRequest request;
    request.url = "https://localhost:" + port_ + "/";
    request.tls = tls;
    return MakeHttpClient("test")->Send(request, std::chrono::steady_clock::now() + std::chrono::seconds{20});
  }

 private:
  const Scratch scratch_;
  std::string port_;
  FILE* pipe_;
};

TEST(Tls, TrustsTheGivenAuthorityAndSpeaksHttp11) {
  const TlsServer by_pem("localhost", 10);
  TlsOptions tls;
  tls.ca_pem = by_pem.CaPem();
  const auto reply = by_pem.Ask(tls);
  ASSERT_TRUE(reply) << reply.Message();
  EXPECT_EQ(reply->body, "http/1.1");
  const TlsServer by_file("localhost", 10);
  tls = {};
  tls.ca_file = by_file.CaFile();
  EXPECT_TRUE(by_file.Ask(tls));
}

TEST(Tls, ExpectsTheGivenNameInsteadOfTheHosts) {
  const TlsServer server("kubernetes.default", 10);
  TlsOptions tls;
  tls.ca_pem = server.CaPem();
  tls.server_name = "kubernetes.default";
  const auto reply = server.Ask(tls);
  ASSERT_TRUE(reply) << reply.Message();
}

struct Distrust {
  const char* name;
  const char* host;
  int days;
  bool with_ca;
};
class Untrusted : public testing::TestWithParam<Distrust> {};
TEST_P(Untrusted, IsRefusedUnlessSaidOtherwise) {
  for (const bool insecure : {false, true}) {
    const TlsServer server(GetParam().host, GetParam().days);
    TlsOptions tls;
    tls.insecure = insecure;
    if (GetParam().with_ca) tls.ca_pem = server.CaPem();
    const auto reply = server.Ask(tls);
    EXPECT_EQ(reply.Ok(), insecure);
    const std::string said = reply ? "" : reply.Message();
    EXPECT_EQ(said.find("certificate is not trusted") == std::string::npos, insecure) << said;
  }
}
INSTANTIATE_TEST_SUITE_P(Tls, Untrusted, testing::Values(Distrust{"OtherHost", "elsewhere.example", 10, true}, Distrust{"Expired", "localhost", -1, true}, Distrust{"UnknownAuthority", "localhost", 10, false}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace batchslo
