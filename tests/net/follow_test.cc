// Redirects of a GET: exporter/net/follow.cc, and HttpRequest::is_global of exporter/net/http_call.cc.
#include "exporter/net/follow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_http.h"
#include "tests/net/tiny_server.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Headers = std::vector<std::pair<std::string, std::string>>;

const std::vector<std::string> kHosts = {"files.example.com", "*.cdn.example"};
constexpr Deadline kNever = Deadline::max();

class Follow : public testing::Test {
 protected:
  // Each address answers so; all others say 404.
  void Answer(const std::string& url, long status, Headers headers = {}, std::string body = "") { answers_[url] = {status, std::move(body), std::move(headers)}; }
  void Send(const std::string& from, const std::string& to) { Answer(from, 302, {{"location", to}}); }

  Result<FollowedReply> Ask(const std::string& url, const Validators& held = {}) {
    http_.answer = [this](const HttpRequest& request) {
      asked_.push_back(request);
      const auto at = answers_.find(request.url);
      return at == answers_.end() ? FakeHttp::Answer{404, ""} : at->second;
    };
    HttpRequest request;
    request.url = url;
    request.headers = {{"Accept", "text/csv"}, {"Authorization", "Bearer secret-of-ours"}};
    return SendFollowing(http_, std::move(request), held, kHosts, kNever);
  }

  std::string Said(const std::string& url) {
    const auto followed = Ask(url);
    return followed ? followed->url + " " + std::to_string(followed->reply.status) : "error: " + followed.Message();
  }

  FakeClock clock_{TimePoint{}};
  FakeHttp http_{clock_};
  std::map<std::string, FakeHttp::Answer> answers_;
  std::vector<HttpRequest> asked_;
};

TEST_F(Follow, AReplyThatSendsNowhereIsTheReply) {
  Answer("http://10.0.0.1/jobs", 200, {}, "job\n");
  const auto followed = Ask("http://10.0.0.1/jobs");
  ASSERT_TRUE(followed) << followed.Message();
  EXPECT_EQ(followed->reply.body, "job\n");
  EXPECT_FALSE(asked_.at(0).is_global) << "the first address is the word of who runs this";
}

TEST_F(Follow, AHopHasNoCredentialsAndAnAddressOnTheOpenInternet) {
  Send("https://x.example/jobs", "https://a.cdn.example/1?t=2");
  Answer("https://a.cdn.example/1?t=2", 200, {}, "job\n");
  EXPECT_EQ(Said("https://x.example/jobs"), "https://a.cdn.example/1?t=2 200");
  ASSERT_EQ(asked_.size(), 2u);
  EXPECT_TRUE(asked_[1].is_global);
  EXPECT_THAT(asked_[1].headers, ElementsAre(std::pair<std::string, std::string>("Accept", "text/csv")));
}

TEST_F(Follow, EachHopIsCheckedByItself) {
  const std::string long_host = "https://" + std::string(200, 'x') + ".example/";
  const std::pair<const char*, const char*> kRows[] = {
      {"https://files.example.com/x", "https://files.example.com/x 404"},
      {"https://FILES.example.com/x", "404"},
      {"https://files.example.com:443/x", "404"},
      {"//files.example.com/x", "404"},
      {"/login", "x.example sends us on to x.example, which is not one of redirect_hosts"},
      {"https://accounts.example/login?continue=x", "x.example sends us on to accounts.example, which is not one of redirect_hosts; is that a page to sign in?"},
      {"https://cdn.example/x", "which is not one of redirect_hosts"},
      {"https://evilcdn.example/x", "which is not one of redirect_hosts"},
      {"https://files.example.com.evil.example/x", "which is not one of redirect_hosts"},
      {"http://files.example.com/x", "sends us on to files.example.com, and not by https"},
      {"ftp://files.example.com/x", "and not by https"},
      {"file:///etc/passwd", "and not by https"},
      {"https://files.example.com:8443/x", "at port 8443, which is not that of https"},
      {"https://me@files.example.com/x", "with a user in the address"},
      {"https://files.example.com@evil.example/x", "with a user in the address"},
      {"https://secret-of-ours.evil.example/x", "error: x.example sends us on to a host that is named by our credentials"},
      {"https://SECRET-of-ours.cdn.example/x", "error: x.example sends us on to a host that is named by our credentials"},
      {long_host.c_str(), "x..., and no host is named so"},
      {"https://127.0.0.1/x", "which is not one of redirect_hosts"},
      {"https://[::1]/x", "which is not one of redirect_hosts"},
      {"", "but does not say where"},
      {"https://", "but does not say where"},
  };
  for (const auto& [to, said] : kRows) {
    Send("https://x.example/jobs", to);
    EXPECT_THAT(Said("https://x.example/jobs"), HasSubstr(said)) << to;
  }
}

TEST_F(Follow, EveryStatusOfARedirectIsOne) {
  for (const long status : {301, 302, 303, 307, 308}) {
    Answer("https://x.example/jobs", status, {{"location", "https://files.example.com/x"}});
    EXPECT_EQ(Said("https://x.example/jobs"), "https://files.example.com/x 404") << status;
  }
  for (const long status : {300, 304, 305}) {
    Answer("https://x.example/jobs", status, {{"location", "https://files.example.com/x"}});
    EXPECT_EQ(Said("https://x.example/jobs"), "https://x.example/jobs " + std::to_string(status));
  }
}

TEST_F(Follow, FiveTimesAreEnough) {
  Send("https://x.example/jobs", "https://files.example.com/1");
  for (int i = 1; i < 5; ++i) Send("https://files.example.com/" + std::to_string(i), "https://files.example.com/" + std::to_string(i + 1));
  EXPECT_EQ(Said("https://x.example/jobs"), "https://files.example.com/5 404");
  Send("https://files.example.com/5", "https://files.example.com/6");
  EXPECT_EQ(Said("https://x.example/jobs"), "error: it is sent on more than 5 times");
  Send("https://files.example.com/1", "https://files.example.com/1");
  EXPECT_EQ(Said("https://x.example/jobs"), "error: it is sent on more than 5 times");
}

TEST_F(Follow, ValidatorsGoBackToWhoGaveThem) {
  Send("https://x.example/jobs", "https://files.example.com/1");
  Answer("https://files.example.com/1", 200, {{"etag", "\"7\""}, {"last-modified", "Sun, 01 Mar 2026 10:00:00 GMT"}}, "job\n");
  const auto first = Ask("https://x.example/jobs");
  ASSERT_TRUE(first);
  asked_.clear();
  ASSERT_TRUE(Ask("https://x.example/jobs", ValidatorsOf(*first)));
  EXPECT_THAT(asked_.at(0).headers, testing::SizeIs(2)) << "not to who only sends us on";
  EXPECT_THAT(asked_.at(1).headers, testing::IsSupersetOf(Headers{{"If-None-Match", "\"7\""}, {"If-Modified-Since", "Sun, 01 Mar 2026 10:00:00 GMT"}}));
}

TEST_F(Follow, WithoutHostsThereIsNoHop) {
  Send("https://x.example/jobs", "https://files.example.com/1");
  http_.answer = [this](const HttpRequest& request) { return answers_.at(request.url); };
  HttpRequest request;
  request.url = "https://x.example/jobs";
  EXPECT_THAT(SendFollowing(http_, request, {}, {}, kNever).Message(), HasSubstr("not one of redirect_hosts"));
}

// By real sockets: the name may resolve to anything, the address is what counts.
TEST(GlobalRequest, GoesToNoAddressOfThisMachine) {
  TinyServer server([](TinyServer::Peer& peer, const std::string&) { peer.Say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); });
  const auto client = MakeHttpClient("batchslo-test/1");
  HttpRequest request;
  request.url = server.Url();
  const Deadline deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  EXPECT_TRUE(client->Send(request, deadline));
  request.is_global = true;
  EXPECT_THAT(client->Send(request, deadline).Message(), HasSubstr("its address 127.0.0.1 is not one of the open internet")) << "a connection that is there does not help";
  request.url = "http://localhost" + server.Url().substr(std::string("http://127.0.0.1").size());
  const auto by_name = client->Send(request, deadline);
  ASSERT_FALSE(by_name);
  EXPECT_THAT(by_name.Message(), HasSubstr("is not one of the open internet"));
  EXPECT_THAT(server.Heads(), testing::SizeIs(1));
}

}  // namespace
}  // namespace batchslo
