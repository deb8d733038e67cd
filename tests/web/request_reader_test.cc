// Tests exporter/web/request_reader.cc.
#include "exporter/web/request_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace batchslo {
namespace {

using Unfinished = RequestReader::Unfinished;
using Request = RequestReader::Request;

// What comes of bytes that come in parts of such lengths: a line each request, and the status of the refusal that ended it.
std::string Outcome(std::string_view bytes, const std::vector<std::size_t>& lengths) {
  RequestReader reader;
  std::string out;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::size_t length = lengths.empty() ? bytes.size() : std::max<std::size_t>(lengths[i % lengths.size()], 1);
    reader.Add(bytes.substr(0, length));
    bytes.remove_prefix(std::min(length, bytes.size()));
    auto next = reader.Next();
    for (; std::holds_alternative<Request>(next); next = reader.Next()) out += std::get<Request>(next).head.target + " " + std::get<Request>(next).body + "\n";
    if (const auto* refusal = std::get_if<Refusal>(&next)) return out + std::to_string(refusal->status);
  }
  return out + (reader.HasBegun() ? "more" : "");
}

RC_GTEST_PROP(RequestReader, HoweverItIsCutItReadsTheSame, ()) {
  const auto bytes = "GET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n\r\n\r\nxxGET /c HTTP/1.1\r\nHost: h\r\n\r\nBAD\r\n\r\n";
  const auto lengths = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 40));
  RC_ASSERT(Outcome(bytes, lengths) == "/a \n/b \r\n\r\nxx\n/c \n400");
}

TEST(RequestReader, AHeadWithoutAnEndIsRefused) {
  EXPECT_EQ(Outcome("GET / HTTP/1.1\r\nX: " + std::string(kMostHead, 'a'), {1000}), "431");
  EXPECT_EQ(Outcome("GET / HTTP/1.1\r\nX: ", {}), "more");
}

TEST(RequestReader, TheGoAheadIsWantedOnce) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
  RequestReader reader;
  reader.Add(head);
  EXPECT_TRUE(std::get<Unfinished>(reader.Next()).wants_go_ahead);
  EXPECT_FALSE(std::get<Unfinished>(reader.Next()).wants_go_ahead);
  reader.Add("x" + head + "y");
  EXPECT_TRUE(std::holds_alternative<Request>(reader.Next()));
  EXPECT_TRUE(std::get<Unfinished>(reader.Next()).wants_go_ahead) << "whatever has come";
  EXPECT_EQ(std::get<Request>(reader.Next()).body, "y");
}

}  // namespace
}  // namespace batchslo
