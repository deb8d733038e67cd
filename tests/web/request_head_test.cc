// Tests exporter/web/request_head.cc.
#include "exporter/web/request_head.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace batchslo {
namespace {

using namespace std::string_literals;

std::string Head(const std::string& lines, const std::string& first = "POST /x HTTP/1.1") { return first + "\r\nHost: h\r\n" + lines + "\r\n"; }

// 0: let through.
int StatusOf(const std::string& head) {
  const auto checked = CheckHead(head);
  const auto* refusal = std::get_if<Refusal>(&checked);
  return refusal ? refusal->status : 0;
}

TEST(RequestHead, WhatTwoReadersWouldReadDifferentlyIsRefused) {
  const std::pair<std::string, int> rows[] = {
      {"", 0},
      {"Content-Length: 5\r\n", 0},
      {"Content-Length: 0005\r\n", 0},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", 400},
      {"Content-Length: 5\r\ncontent-length: 6\r\n", 400},
      {"Content-Length: 5, 5\r\n", 400},
      {"Content-Length: +5\r\n", 400},
      {"Content-Length: -1\r\n", 400},
      {"Content-Length: 0x5\r\n", 400},
      {"Content-Length: 5 6\r\n", 400},
      {"Content-Length: abc\r\n", 400},
      {"Content-Length:\r\n", 400},
      {"Content-Length : 5\r\n", 400},
      {"Content-Length\r\n", 400},
      {": 5\r\n", 400},
      {"Transfer-Encoding: chunked\r\n", 411},
      {"Transfer-Encoding: identity\r\n", 411},
      {"transfer-encoding: xchunked\r\nContent-Length: 3\r\n", 411},
      {"Transfer-Encoding : chunked\r\n", 400},
      {"Content-Encoding: gzip\r\n", 415},
      {"Content-Encoding: identity\r\n", 0},
      {"X: a\r\n Content-Length: 5\r\n", 400},  // folded
      {"X: a\r\n\tb\r\n", 400},
      {"X: a\nContent-Length: 5\r\n", 400},  // a bare newline
      {"X: a\rb\r\n", 400},
      {"X: a\0b\r\n"s, 400},
      {"X\0: a\r\n"s, 400},
      {"X: a\x7f\r\n", 400},
      {"X: \xe4\r\n", 0},
      {"X: a\tb\r\n", 0},
      {"Host: other\r\n", 400},
      {"Expect: 100-continue\r\n", 0},
      {"Expect: a miracle\r\n", 417},
  };
  for (const auto& [lines, status] : rows) EXPECT_EQ(StatusOf(Head(lines)), status) << lines;
}

TEST(RequestHead, TheFirstLineIsReadInOneWay) {
  const std::pair<std::string, int> rows[] = {
      {"GET / HTTP/1.1", 0},          {"GET / HTTP/1.0", 0},     {"GET / HTTP/2.0", 505},  {"GET / HTTP/1.1 ", 400}, {"GET  / HTTP/1.1", 400},
      {"GET /a b HTTP/1.1", 400},     {"GET /", 400},            {"GET", 400},             {"", 400},                {" GET / HTTP/1.1", 400},
      {"get / HTTP/1.1", 400},        {"G\0T / HTTP/1.1"s, 400}, {"GET http://h/ HTTP/1.1", 400}, {"GET * HTTP/1.1", 400}, {"GET /\x01 HTTP/1.1", 400},
      {"GET / HTTP/1.1\nX: y", 400},  {"GET / http/1.1", 505},   {"GET  HTTP/1.1", 400},   {"GET /\xe6\x97\xa5 HTTP/1.1", 0},
  };
  for (const auto& [first, status] : rows) EXPECT_EQ(StatusOf(Head("", first)), status) << first;
}

TEST(RequestHead, EveryBoundHoldsExactly) {
  const auto get = [](std::size_t target) { return "GET /" + std::string(target - 1, 'a') + " HTTP/1.1"; };
  EXPECT_EQ(StatusOf(Head("", get(kMostTarget))), 0);
  EXPECT_EQ(StatusOf(Head("", get(kMostTarget + 1))), 414);
  EXPECT_EQ(StatusOf(Head("Content-Length: " + std::to_string(kMostRequestBody) + "\r\n")), 0);
  EXPECT_EQ(StatusOf(Head("Content-Length: " + std::to_string(kMostRequestBody + 1) + "\r\n")), 413);
  EXPECT_EQ(StatusOf(Head("Content-Length: 99999999999999999999999999\r\n")), 413);
  std::string most;
  for (std::size_t i = 1; i < kMostHeaders; ++i) most += "A: b\r\n";
  EXPECT_EQ(StatusOf(Head(most)), 0);
  EXPECT_EQ(StatusOf(Head(most + "A: b\r\n")), 431);
  const std::string frame = Head("A: \r\n");
  EXPECT_EQ(StatusOf(Head("A: " + std::string(kMostHead - frame.size(), 'a') + "\r\n")), 0);
  EXPECT_EQ(StatusOf(Head("A: " + std::string(kMostHead - frame.size() + 1, 'a') + "\r\n")), 431);
}

TEST(RequestHead, ReadingRequestsHaveNoBody) {
  for (const char* method : {"GET", "HEAD"}) {
    const std::string first = std::string(method) + " / HTTP/1.1";
    EXPECT_EQ(StatusOf(Head("Content-Length: 0\r\n", first)), 0);
    EXPECT_EQ(StatusOf(Head("Content-Length: 1\r\n", first)), 400);
  }
}

TEST(RequestHead, HostIsNeededWhereTheVersionNeedsIt) {
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(RequestHead, TheLibrarySeesOnlyWhatItMayActOn) {
  const auto checked =
      CheckHead(Head("Range: bytes=0-1,0-1\r\nX-Forwarded-For: 1.2.3.4\r\nExpect: 100-Continue\r\nconnection: close\r\nAccept-Encoding: br\r\naccept-encoding:  gzip \r\nContent-Length: 7\r\nX:  %41+b \r\n"));
  const auto* head = std::get_if<RequestHead>(&checked);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->forwarded, "POST /x HTTP/1.1\r\nConnection: close\r\n\r\n");
  const Pairs headers = {{"Host", "h"}, {"Range", "bytes=0-1,0-1"}, {"X-Forwarded-For", "1.2.3.4"}, {"connection", "close"}, {"Accept-Encoding", "br, gzip"}, {"X", "%41+b"}};
  EXPECT_EQ(head->headers, headers);
  EXPECT_EQ(head->body_bytes, 7u);
  EXPECT_TRUE(head->expects_continue);
}

RC_GTEST_PROP(RequestHead, AnyBytesAreJudged, (const std::string& bytes)) {
  const int status = StatusOf(bytes + "\r\n\r\n");
  RC_ASSERT(status == 400 || status == 505 || status == 431 || status == 414);
}

}  // namespace
}  // namespace batchslo
