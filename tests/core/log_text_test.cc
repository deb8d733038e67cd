// Tests exporter/core/log_text.cc and json_log.cc.
#include "exporter/core/log_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/core/json_log.h"

namespace batchslo {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// As a logger writes it.
std::string Json(std::string_view text) {
  std::string line = "{\"log\":\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') line += '\\';
    line += c == '\n' ? "\\n" : std::string(1, c);
  }
  return line + "\"}";
}

TEST(LogText, NothingStaysThatATerminalWouldObeyOrUtf8Forbids) {
  static const std::pair<std::string, std::string> kCases[] = {
      {"\x1b[1;31mred\x1b[0m", "red"}, {"\x1b]0;title\x07" "x", "x"}, {"\x1b]8;;http://a\x1b\\link", "link"}, {"\x1b[31", ""}, {"\x1b", ""}, {"a\x1b(Bb", "aBb"},
      {std::string("a\0b", 3), "ab"}, {"a\bb\x7f", "ab"}, {"a\tb\n", "a\tb\n"}, {"10%\r20%\r\n", "10%\n20%\n\n"}, {"\xff" "a\xc3", "\xef\xbf\xbd" "a\xef\xbf\xbd"},
      {"\xc2\x9b" "31m", "31m"}, {"\xe2\x80\xa8x", "x"}, {"é取", "é取"}};
  for (const auto& [text, clean] : kCases) EXPECT_EQ(CleanLog(text), clean);
}

TEST(LogText, OfALongOneBeginningAndEndStayCutBetweenLines) {
  std::string log = "first\n";
  while (log.size() < 2'000'000) log += "line " + std::to_string(log.size()) + "\n";
  log += "last\n";
  const std::string clean = CleanLog(log);
  EXPECT_LT(clean.size(), kLogHead + kLogTail + 100);
  EXPECT_THAT(clean, StartsWith("first\n"));
  EXPECT_THAT(clean, EndsWith("\nlast\n"));
  const std::size_t cut = clean.find("\n[... cut ...]\n");
  ASSERT_NE(cut, std::string::npos);
  EXPECT_EQ(clean.substr(cut + 15, 5), "line ");
}

TEST(LogText, NoHalfOfAWordStaysAtACut) {
  const std::string secret = "ghp_" + std::string(5000, 'S');
  for (std::size_t before = kLogHead - 3000; before < kLogHead; before += 500) {
    const std::string log = std::string(before, 'x') + " " + secret + " " + std::string(kLogTail, 'x');
    EXPECT_THAT(CleanLog(log), Not(HasSubstr("ghp_SSS"))) << before;
  }
}

TEST(LogText, LinesOfJsonTellTheirMessageAndTheirStack) {
  EXPECT_THAT(TextsOfJsonLine(R"({"level":"error","exc_info":"a\nb","message":"m \"q\" \u00e9\ud83d\ude00\/"})"), ElementsAre("m \"q\" é😀/", "a\nb"));
  EXPECT_THAT(TextsOfJsonLine(R"(  {"err": {"message": "inner", "stack": "s"}, "msg": "outer"})"), ElementsAre("inner", "outer", "s"));
  EXPECT_THAT(TextsOfJsonLine(R"({"message": "cut of)"), ElementsAre("cut of"));
  EXPECT_THAT(TextsOfJsonLine(R"({"message": 3, "x": "message"})"), IsEmpty());
  EXPECT_THAT(TextsOfJsonLine(R"({"message": ["a"], "msg": "\ud800\u12"})"), ElementsAre("\xef\xbf\xbd" "12"));
  for (const char* none : {"", "{", "{}", "message", "[\"message\"]", R"("message": "x")"}) EXPECT_THAT(TextsOfJsonLine(none), IsEmpty()) << none;
}

TEST(LogText, WhatALoggerWroteIsToldInItsPlace) {
  EXPECT_EQ(ToldText("a\n\n{\"msg\":\"c\\nd\"}\n{\"x\":1}\ne"), "a\n\nc\nd\n{\"x\":1}\ne\n");
  std::string wrapped = "secret: |\n  x";
  for (int i = 0; i < 8; ++i) wrapped = Json(wrapped);
  EXPECT_EQ(ToldText(wrapped), "secret: |\n  x\n");
  EXPECT_EQ(ToldText(Json(wrapped)), "{\"log\":\"secret: |\\n  x\"}\n") << "it ends somewhere";
}

TEST(LogText, BlankLinesThatFollowEachOtherAreOne) { EXPECT_THAT(LogLines("a\n\n\n\nb  \nc"), ElementsAre("a", "", "b", "c")); }

TEST(LogText, ALineIsAtMostTwoKibibytes) {
  EXPECT_EQ(LogLines(std::string(100'000, 'x')).front().size(), 2048u);
}

}  // namespace
}  // namespace batchslo
