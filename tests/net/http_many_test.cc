// Tests HttpClient::SendAll of exporter/net/http.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>

#include "exporter/net/http.h"
#include "tests/net/tiny_server.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::AnyOf;
using testing::HasSubstr;

constexpr milliseconds kPatience{20'000};
constexpr const char* kWell = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

std::unique_ptr<HttpClient> Client() { return MakeHttpClient("batchslo-test/1"); }

HttpRequest To(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

// So many servers; each counts who is being answered, and answers once `answer` says so.
class Servers {
 public:
  Servers(int count, const std::function<bool(int here)>& answer) {
    for (int i = 0; i < count; ++i) {
      servers_.emplace_back([this, answer](TinyServer::Peer& peer, const std::string&) {
        const int here = ++here_;
        for (int most = most_; most < here && !most_.compare_exchange_weak(most, here);) {
        }
        while (!answer(most_) && peer.Wait(milliseconds{5})) {
        }
        --here_;
        peer.Say(kWell);
      });
    }
  }
  std::vector<HttpRequest> Requests() const {
    std::vector<HttpRequest> requests;
    for (const TinyServer& server : servers_) requests.push_back(To(server.Url()));
    return requests;
  }
  int Most() const { return most_; }

 private:
  std::atomic<int> here_ = 0, most_ = 0;
  std::deque<TinyServer> servers_;
};

std::ptrdiff_t Well(const std::vector<Result<HttpReply>>& replies) {
  return std::count_if(replies.begin(), replies.end(),
                       [](const auto& reply) { return reply.Ok() && reply->status == 200; });
}

TEST(HttpMany, AnswersComeInTheOrderOfTheQuestions) {
  std::deque<TinyServer> servers;
  std::vector<HttpRequest> requests;
  for (const std::string body : {"a", "b", "c"}) {
    servers.emplace_back([body](TinyServer::Peer& peer, const std::string&) {
      peer.Say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + body);
    });
    requests.push_back(To(servers.back().Url()));
  }
  requests.insert(requests.begin() + 1, To("http://127.0.0.1:1/"));  // nobody is there
  requests.insert(requests.begin() + 3, To(servers[0].Url()));
  requests[3].headers = {{"X", "a\r\nY: b"}};
  for (const std::size_t at_once : {std::size_t{1}, std::size_t{2}, std::size_t{9}}) {
    const auto replies = Client()->SendAll(requests, at_once, steady_clock::now() + kPatience);
    ASSERT_EQ(replies.size(), 5u);
    EXPECT_EQ(replies[0]->body + replies[2]->body + replies[4]->body, "abc");
    EXPECT_THAT(replies[1].Message(), HasSubstr("no connection"));
    EXPECT_THAT(replies[3].Message(), HasSubstr("line break"));
  }
}

TEST(HttpMany, NothingIsAskedWhereNothingIsWanted) {
  EXPECT_TRUE(Client()->SendAll({}, 4, steady_clock::now() + kPatience).empty());
}

TEST(HttpMany, SoManyAreAskedAtATime) {
  const Servers all(8, [](int most) { return most == 8; });  // none answers before all have been asked
  EXPECT_EQ(Well(Client()->SendAll(all.Requests(), 8, steady_clock::now() + kPatience)), 8);
  const Servers few(8, [](int most) { return most >= 3; });
  EXPECT_EQ(Well(Client()->SendAll(few.Requests(), 3, steady_clock::now() + kPatience)), 8);
  EXPECT_EQ(few.Most(), 3);
}

TEST(HttpMany, OneThatHangsKeepsNoOtherFromItsAnswer) {
  const Servers hung(1, [](int) { return false; }), well(6, [](int) { return true; });
  auto requests = well.Requests();
  requests.insert(requests.begin(), hung.Requests()[0]);
  const auto replies = Client()->SendAll(requests, 2, steady_clock::now() + milliseconds{3'000});
  EXPECT_EQ(Well(replies), 6);
  EXPECT_THAT(replies[0].Message(), HasSubstr("timeout"));
}

TEST(HttpMany, WhatWaitsForItsTurnEndsWithTheTime) {
  const Servers hung(4, [](int) { return false; });
  const auto replies = Client()->SendAll(hung.Requests(), 2, steady_clock::now() + milliseconds{300});
  EXPECT_EQ(Well(replies), 0);
  // Whole milliseconds are counted: the first two may end one early, and leave that to the others.
  EXPECT_THAT(replies[3].Message(), AnyOf(HasSubstr("no time was left"), HasSubstr("timeout")));
}

TEST(HttpMany, AStopEndsAll) {
  std::stop_source stop;
  const Servers hung(4, [&](int most) {
    if (most == 2) stop.request_stop();
    return false;
  });
  const auto began = steady_clock::now();
  const auto replies = Client()->SendAll(hung.Requests(), 2, began + std::chrono::minutes{10}, stop.get_token());
  EXPECT_EQ(Well(replies), 0);
  EXPECT_THAT(replies[3].Message(), HasSubstr("it was stopped"));
  EXPECT_LT(steady_clock::now() - began, kPatience);
}

}  // namespace
}  // namespace batchslo
