// Tests exporter/net/http.cc against peers that do what peers do.
#include "exporter/net/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <thread>

#include "tests/net/tiny_server.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

using Peer = TinyServer::Peer;

std::unique_ptr<HttpClient> Client() { return MakeHttpClient("batchslo-test/1"); }

HttpRequest To(const TinyServer& server, const std::string& path = "/") {
  HttpRequest request;
  request.url = server.Url(path);
  return request;
}
Deadline In(milliseconds time) { return steady_clock::now() + time; }
constexpr milliseconds kPatience{20'000};

TinyServer Saying(std::string bytes) {
  return TinyServer([bytes = std::move(bytes)](Peer& peer, const std::string&) { peer.Say(bytes); });
}

std::string Zeros(std::size_t megabytes) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string in(1 << 20, '\0'), out;
  std::vector<unsigned char> buffer(1 << 16);
  for (std::size_t i = 0; i < megabytes; ++i) {
    z.next_in = reinterpret_cast<unsigned char*>(in.data());
    z.avail_in = static_cast<unsigned>(in.size());
    do {
      z.next_out = buffer.data();
      z.avail_out = static_cast<unsigned>(buffer.size());
      deflate(&z, i + 1 == megabytes ? Z_FINISH : Z_NO_FLUSH);
      out.append(reinterpret_cast<char*>(buffer.data()), buffer.size() - z.avail_out);
    } while (z.avail_out == 0);
  }
  deflateEnd(&z);
  return out;
}

TEST(Http, AReplyOfAnyStatusIsAValue) {
  for (const int status : {200, 204, 301, 401, 404, 429, 500, 503}) {
    auto server = Saying("HTTP/1.1 " + std::to_string(status) + " X\r\nDate: Sun, 01 Mar 2026 10:00:00 GMT\r\nRetry-After:  7 \r\nX-Y: a\r\nContent-Length: 0\r\n\r\n");
    const auto reply = Client()->Send(To(server), In(kPatience));
    ASSERT_TRUE(reply) << reply.Message();
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->Header("retry-after"), "7");
    EXPECT_EQ(reply->date, *ParseRfc3339("2026-03-01T10:00:00Z"));
  }
}

TEST(Http, AReplyDoesNotRepeatTheCredentialsOfItsRequest) {
  const std::string repeated = "no canary-token-1 (canary-token-1) may do so!", masked = "no <secret> (<secret>) may do so!";
  struct Row {
    int status;
    const char *header, *sent;
    const std::string& said;
  };
  for (const Row& row : {Row{403, "Authorization", "Bearer canary-token-1", masked}, Row{401, "authorization", "Basic canary-token-1", masked},
                         Row{200, "Authorization", "Bearer canary-token-1", masked}, Row{403, "Authorization", "Basic no", repeated},
                         Row{403, "X-Other", "Bearer canary-token-1", repeated}}) {
    auto server = Saying("HTTP/1.1 " + std::to_string(row.status) + " X\r\nContent-Length: " + std::to_string(repeated.size()) + "\r\n\r\n" + repeated);
    HttpRequest request = To(server);
    request.headers = {{row.header, row.sent}};
    const auto reply = Client()->Send(request, In(kPatience));
    ASSERT_TRUE(reply) << reply.Message();
    EXPECT_EQ(reply->body, row.said) << row.status << " " << row.header;
  }
}

TEST(Http, SendsItsHeadersAndBody) {
  auto server = Saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  HttpRequest request = To(server, "/a?b=c");
  request.method = "POST";
  request.body = "{}";
  request.headers = {{"Authorization", "Bearer t"}};
  const auto reply = Client()->Send(request, In(kPatience));
  ASSERT_TRUE(reply) << reply.Message();
  EXPECT_EQ(reply->body, "ok");
  const std::string head = server.Heads().at(0);
  EXPECT_THAT(head, HasSubstr("POST /a?b=c HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Authorization: Bearer t\r\n"));
  EXPECT_THAT(head, HasSubstr("User-Agent: batchslo-test/1\r\n"));
}

TEST(Http, ARedirectIsNotFollowedSoNoTokenLeaks) {
  auto elsewhere = Saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  auto server = Saying("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.Url("/steal") + "\r\nContent-Length: 0\r\n\r\n");
  HttpRequest request = To(server);
  request.headers = {{"Authorization", "Bearer canary-7c1"}};
  const auto reply = Client()->Send(request, In(kPatience));
  ASSERT_TRUE(reply) << reply.Message();
  EXPECT_EQ(reply->status, 302);
  EXPECT_THAT(elsewhere.Heads(), SizeIs(0));
}

TEST(Http, ADripFeedIsCutAtTheTotalDeadline) {
  TinyServer server([](Peer& peer, const std::string&) {
    peer.Say("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (peer.Wait(milliseconds{20}) && peer.Say("x")) {}
  });
  const auto began = steady_clock::now();
  const auto reply = Client()->Send(To(server), In(milliseconds{300}));
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.Message(), HasSubstr("timeout"));
  EXPECT_LT(steady_clock::now() - began, milliseconds{5'000});
}

TEST(Http, ASilentPeerIsCutAtTheTotalDeadline) {
  TinyServer server([](Peer& peer, const std::string&) { peer.Wait(kPatience); });
  const auto reply = Client()->Send(To(server), In(milliseconds{300}));
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.Message(), HasSubstr("timeout"));
}

TEST(Http, NoTimeLeftIsAnErrorWithoutARequest) {
  auto server = Saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(Client()->Send(To(server), steady_clock::now()));
  EXPECT_THAT(server.Heads(), SizeIs(0));
}

TEST(Http, ABodyBeyondTheCapIsAnError) {
  struct Row {
    const char* length;
    bool good;
  };
  for (const Row& row : {Row{"Content-Length: 1000\r\n", true}, Row{"Content-Length: 1001\r\n", false}, Row{"", false}}) {
    auto server = Saying("HTTP/1.1 200 OK\r\nConnection: close\r\n" + std::string(row.length) + "\r\n" + std::string(row.good ? 1000 : 1001, 'x'));
    HttpRequest request = To(server);
    request.max_body_bytes = 1000;
    EXPECT_EQ(Client()->Send(request, In(kPatience)).Ok(), row.good) << row.length;
  }
}

TEST(Http, AGzipBombIsCutWhereItIsUnpacked) {
  const std::string bomb = Zeros(100);
  ASSERT_LT(bomb.size(), 200'000u);
  auto server = Saying("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(bomb.size()) + "\r\n\r\n" + bomb);
  HttpRequest request = To(server);
  request.max_body_bytes = 1 << 20;
  const auto reply = Client()->Send(request, In(kPatience));
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.Message(), HasSubstr("larger than 1 MiB"));
}

TEST(Http, GzipIsUnpacked) {
  const std::string packed = Zeros(1);
  auto server = Saying("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(packed.size()) + "\r\n\r\n" + packed);
  const auto reply = Client()->Send(To(server), In(kPatience));
  ASSERT_TRUE(reply) << reply.Message();
  EXPECT_EQ(reply->body, std::string(1 << 20, '\0'));
}

TEST(Http, WhatIsNoWholeReplyIsAnError) {
  for (const std::string& bytes : std::vector<std::string>{
           "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
           "", "hello\r\n\r\n", "HTTP/9 x\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"}) {
    auto server = Saying(bytes);
    EXPECT_FALSE(Client()->Send(To(server), In(kPatience))) << bytes.substr(0, 80);
  }
}

TEST(Http, ErrorsNameTheHostNeverTheQueryOrAHeader) {
  HttpRequest request;
  request.url = "http://user:canary-1@127.0.0.1:1/x?token=canary-2";
  request.headers = {{"Authorization", "Bearer canary-3"}};
  const auto reply = Client()->Send(request, In(kPatience));
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.Message(), HasSubstr("127.0.0.1:1: no connection"));
  EXPECT_THAT(reply.Message(), Not(HasSubstr("canary")));
}

TEST(Http, AHeaderWithALineBreakIsRefused) {
  auto server = Saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  for (const std::string& value : std::vector<std::string>{"a\r\nX: y", "a\nb", std::string("a\0b", 3)}) {
    HttpRequest request = To(server);
    request.headers = {{"Authorization", value}};
    EXPECT_FALSE(Client()->Send(request, In(kPatience)));
  }
  EXPECT_THAT(server.Heads(), SizeIs(0));
}

TEST(Http, AHeadersNameIsAToken) {
  auto server = Saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  for (const std::string& name : std::vector<std::string>{"X-A: b\r\nX-B", "X-A\n", "X A", "X-A:", "", std::string("X-A\0", 4)}) {
    HttpRequest request = To(server);
    request.headers = {{name, "c"}};
    const auto reply = Client()->Send(request, In(kPatience));
    ASSERT_FALSE(reply) << name;
    EXPECT_THAT(reply.Message(), HasSubstr("a header has a name that is none"));
  }
  EXPECT_THAT(server.Heads(), SizeIs(0));
}

TEST(Http, ErrorsRepeatNoPasswordOfAUrlThatIsWrittenWrongly) {
  for (const char* wrong : {"u:p@canary@127.0.0.1:1", "u:canary/@127.0.0.1:1", "u:canary?@127.0.0.1:1", "u:canary#@127.0.0.1:1", "u:can ary@127.0.0.1:1"}) {
    HttpRequest request;
    request.url = std::string("http://") + wrong + "/x";
    const auto reply = Client()->Send(request, In(kPatience));
    ASSERT_FALSE(reply) << wrong;
    EXPECT_THAT(reply.Message(), Not(HasSubstr("ary"))) << wrong;
    request.url = "http://nobody.invalid/";
    request.proxy = std::string("http://") + wrong;
    const auto by_proxy = Client()->Send(request, In(kPatience));
    ASSERT_FALSE(by_proxy) << wrong;
    EXPECT_THAT(by_proxy.Message(), Not(HasSubstr("ary"))) << wrong;
  }
}

TEST(Http, OtherSchemesAreRefused) {
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "dict://127.0.0.1/"}) {
    HttpRequest request;
    request.url = url;
    EXPECT_FALSE(Client()->Send(request, In(kPatience))) << url;
  }
}

// Requests a stop as soon as the peer has the request.
template <class Call>
auto StoppedOnceAsked(std::stop_source& source, Call call) {
  TinyServer server([&](Peer& peer, const std::string&) {
    source.request_stop();
    peer.Wait(kPatience);
  });
  return call(server);
}

TEST(Http, AStopEndsACallAtOnce) {
  std::stop_source source;
  const auto began = steady_clock::now();
  EXPECT_FALSE(StoppedOnceAsked(source, [&](TinyServer& server) { return Client()->Send(To(server), In(kPatience), source.get_token()); }));
  EXPECT_LT(steady_clock::now() - began, milliseconds{800}) << "it does not wait for curl's next look";
}

TEST(Http, ACallThatIsStoppedAlreadyEndsAtOnce) {
  TinyServer server([](Peer& peer, const std::string&) { peer.Wait(kPatience); });
  std::stop_source source;
  source.request_stop();
  const auto began = steady_clock::now();
  EXPECT_FALSE(Client()->Send(To(server), In(kPatience), source.get_token()));
  EXPECT_LT(steady_clock::now() - began, milliseconds{5'000});
}

// ---- streams ----

struct Heard {
  long status = 0;
  std::string bytes;
  int ticks = 0;
  std::string error;
};
Heard StreamOf(const TinyServer& server, Deadline hard, milliseconds idle, std::size_t enough = std::string::npos) {
  Heard heard;
  const auto done = Client()->Stream(
      To(server), [&](const HttpReply& head) { return heard.status = head.status, true; },
      [&](std::string_view bytes) {
        heard.ticks += bytes.empty() ? 1 : 0;
        heard.bytes += bytes;
        return heard.bytes.size() < enough;
      },
      hard, idle, {});
  if (!done) heard.error = done.Message();
  return heard;
}
constexpr const char* kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(HttpStream, GivesTheHeadThenTheBytesAsTheyCome) {
  TinyServer server([](Peer& peer, const std::string&) {
    peer.Say(kChunked);
    for (int i = 0; i < 3; ++i) peer.Say("2\r\nab\r\n") && peer.Wait(milliseconds{20});
    peer.Say("0\r\n\r\n");
  });
  const Heard heard = StreamOf(server, In(kPatience), kPatience);
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.bytes, "ababab");
  EXPECT_EQ(heard.error, "");
}

TEST(HttpStream, TellsTheHeadOfAnEmptyReplyToo) {
  auto server = Saying("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(StreamOf(server, In(kPatience), kPatience).status, 403);
}

TEST(HttpStream, TellsWhenAllThatCameWasGivenAndEachSecondFromThenOn) {
  TinyServer server([](Peer& peer, const std::string&) {
    peer.Say(std::string(kChunked) + "2\r\nab\r\n");
    if (peer.Wait(milliseconds{3'300})) peer.Say("0\r\n\r\n");
  });
  const Heard heard = StreamOf(server, In(kPatience), kPatience);
  EXPECT_GE(heard.ticks, 3);
  EXPECT_LE(heard.ticks, 8);
}

TEST(HttpStream, TellsTheHeadThoughNothingFollowsIt) {
  for (const std::string before : {"", "HTTP/1.1 103 Early Hints\r\n\r\n"}) {
    TinyServer server([&](Peer& peer, const std::string&) {
      peer.Say(before + kChunked);
      peer.Wait(milliseconds{2'500});
    });
    const Heard heard = StreamOf(server, In(kPatience), kPatience);
    EXPECT_EQ(heard.status, 200);
    EXPECT_GE(heard.ticks, 1);
  }
}

TEST(HttpStream, SilenceEndsItAfterIdle) {
  TinyServer server([](Peer& peer, const std::string&) {
    peer.Say(std::string(kChunked) + "2\r\nab\r\n");
    peer.Wait(kPatience);
  });
  const Heard heard = StreamOf(server, In(kPatience), milliseconds{500});
  EXPECT_EQ(heard.bytes, "ab");
  EXPECT_THAT(heard.error, HasSubstr("nothing came"));
}

TEST(HttpStream, DripsDoNotOutliveTheHardDeadline) {
  TinyServer server([](Peer& peer, const std::string&) {
    peer.Say(kChunked);
    while (peer.Wait(milliseconds{20}) && peer.Say("1\r\nx\r\n")) {}
  });
  EXPECT_THAT(StreamOf(server, In(milliseconds{400}), kPatience).error, HasSubstr("timeout"));
}

TEST(HttpStream, AHandlerThatHasEnoughEndsItWithoutAnError) {
  TinyServer server([](Peer& peer, const std::string&) {
    peer.Say(kChunked);
    while (peer.Wait(milliseconds{1}) && peer.Say("1\r\nx\r\n")) {}
  });
  const Heard heard = StreamOf(server, In(kPatience), kPatience, 5);
  EXPECT_EQ(heard.bytes, "xxxxx");
  EXPECT_EQ(heard.error, "");
}

TEST(HttpStream, AStreamThatBreaksIsAnError) {
  TinyServer server([](Peer& peer, const std::string&) { peer.Say(std::string(kChunked) + "2\r\nab\r\n"); });
  const Heard heard = StreamOf(server, In(kPatience), kPatience);
  EXPECT_EQ(heard.bytes, "ab");
  EXPECT_NE(heard.error, "");
}

// ---- Retry-After ----

TEST(Http, ADateThatNoCalendarHasIsNone) {
  for (const auto& [year, has_date] : {std::pair("9999", true), {"10000", false}, {"300000", false}, {"never", false}}) {
    auto server = Saying("HTTP/1.1 200 X\r\nDate: Sun, 06 Nov " + std::string(year) + " 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n");
    const auto reply = Client()->Send(To(server), In(kPatience));
    ASSERT_TRUE(reply) << reply.Message();
    EXPECT_EQ(reply->date.has_value(), has_date) << year;
  }
}

TEST(Http, RetryAfterIsSecondsOrADate) {
  const TimePoint now = *ParseRfc3339("2026-03-01T10:00:00Z");
  struct Row {
    const char* text;
    std::optional<std::chrono::seconds> wait;
  };
  for (const Row& row : {Row{"0", seconds{0}}, Row{"120", seconds{120}}, Row{"999999999999", seconds{999'999'999}}, Row{"Sun, 01 Mar 2026 10:00:30 GMT", seconds{30}},
                         Row{"Sun, 01 Mar 2026 09:00:00 GMT", seconds{0}}, Row{"Sun, 06 Nov 900004000 08:49:37 GMT", seconds{999'999'999}}, Row{"-1", {}}, Row{"1.5", {}}, Row{"soon", {}}, Row{"", {}}}) {
    HttpReply reply;
    reply.headers = {{"retry-after", row.text}};
    EXPECT_EQ(RetryAfter(reply, now), row.wait) << row.text;
  }
  EXPECT_EQ(RetryAfter({}, now), std::nullopt);
}

TEST(Http, WhatIsDirectGoesByNoProxy) {
  auto proxy = Saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  setenv("http_proxy", proxy.Url("").c_str(), 1);
  HttpRequest request;
  request.url = "http://nobody.invalid/";
  const auto by_proxy = Client()->Send(request, In(kPatience));
  request.is_direct = true;
  const auto direct = Client()->Send(request, In(kPatience));
  unsetenv("http_proxy");
  ASSERT_TRUE(by_proxy) << by_proxy.Message();
  EXPECT_EQ(by_proxy->body, "ok");
  EXPECT_FALSE(direct);
}

TEST(Http, WhatIsForThisMachineInClearIsShownToNoProxy) {
  auto server = Saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  const auto reply = Client()->Send(To(server), In(kPatience));
  unsetenv("http_proxy");
  ASSERT_TRUE(reply) << reply.Message();
  EXPECT_EQ(reply->body, "ok");
}

TEST(Http, AUrlHoldsOnlyWhatItMay) {
  EXPECT_EQ(UrlEncode("azAZ09-._~"), "azAZ09-._~");
  EXPECT_EQ(UrlEncode("a b+c/d$e:f&g=\xc3\xa9%"), "a%20b%2Bc%2Fd%24e%3Af%26g%3D%C3%A9%25");
}

TEST(Http, ASecretGoesOnlyToTlsOrThisMachine) {
  for (const char* url : {"https://a", "http://localhost:1/x", "http://127.0.0.1:80", "http://127.1.2.3/a@b", "http://[::1]:9/"}) EXPECT_TRUE(IsPrivateUrl(url)) << url;
  for (const char* url : {"", "https://", "http://a", "http://127.0.0.1.evil.example/", "http://127.evil.example", "http://localhost.evil.example", "http://127.0.0.1@evil.example/", "http://x@127.0.0.1:1@evil.example/", "http://localhost\\@evil.example",
                          "ftp://127.0.0.1", "http://10.0.0.1", "HTTP://a"})
    EXPECT_FALSE(IsPrivateUrl(url)) << url;
}

}  // namespace
}  // namespace batchslo
