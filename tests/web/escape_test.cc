// Tests exporter/web/escape.cc and utf8.cc.
#include "exporter/web/escape.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "exporter/core/utf8.h"
#include "tests/web/parse.h"

namespace batchslo {
namespace {

using namespace std::string_literals;

struct Row {
  std::string raw, safe;
};

TEST(Escape, LabelsHoldNothingThatEndsThem) {
  const std::vector<Row> rows = {
      {"plain/name-1", "plain/name-1"},
      {"", ""},
      {"a\"b", "a\\\"b"},
      {"a\\b", "a\\\\b"},
      {"a\nb", "a\\nb"},
      {"a\rb\tc", "a\rb\tc"},  // the text format knows only three escapes
      {"a\0b"s, "a\xef\xbf\xbd" "b"},
      {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
      {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},              // an overlong slash
      {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // half a surrogate pair
      {"\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac"},
      {"\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},  // cut off
      {"</script>{x=\"y\"} 1\n# EOF", "</script>{x=\\\"y\\\"} 1\\n# EOF"},
  };
  for (const Row& row : rows) EXPECT_EQ(EscapeLabel(row.raw), row.safe) << row.raw;
}

TEST(Escape, LabelsAreCutAtACharacter) {
  EXPECT_EQ(EscapeLabel(std::string(200, 'a')), std::string(200, 'a'));
  EXPECT_EQ(EscapeLabel(std::string(201, 'a')), std::string(200, 'a'));
  EXPECT_EQ(EscapeLabel(std::string(65536, '"')).size(), kMostLabel);
  EXPECT_EQ(EscapeLabel(std::string(199, 'a') + "\xc3\xa4"), std::string(199, 'a'));
  EXPECT_EQ(EscapeLabel(std::string(198, 'a') + "\xc3\xa4" "b"), std::string(198, 'a') + "\xc3\xa4");
}

TEST(Escape, OnlyWhatLosesBytesIsLossy) {
  EXPECT_FALSE(IsLossyLabel("a\"\\\nb"));
  EXPECT_FALSE(IsLossyLabel(std::string(200, 'a')));
  EXPECT_TRUE(IsLossyLabel(std::string(201, 'a')));
  EXPECT_TRUE(IsLossyLabel("a\0"s));
  EXPECT_TRUE(IsLossyLabel("\xff"));
  EXPECT_FALSE(IsLossyLabel("\xef\xbf\xbd"));
}

RC_GTEST_PROP(Escape, LabelsReadBackAsTheyWere, (const std::string& raw)) {
  const ParsedPage page = ParsePage("m{l=\"" + EscapeLabel(raw) + "\"} 1\n");
  RC_ASSERT(page.faults.empty());
  RC_ASSERT(page.samples.size() == 1u);
  if (!IsLossyLabel(raw)) RC_ASSERT(page.samples[0].labels.at("l") == raw);
}

TEST(Escape, HelpStaysOnItsLine) {
  EXPECT_EQ(EscapeHelp("a\n# TYPE x\\y \"z\""), "a\\n# TYPE x\\\\y \"z\"");
  EXPECT_EQ(EscapeHelp("a\0\xff"s), "a\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(Escape, HtmlHoldsNoMarkupAndTurnsNoDirection) {
  const std::vector<Row> rows = {
      {"<script>alert('1')</script>", "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"},
      {"a&b\"c", "a&amp;b&quot;c"},
      {"a\nb\tc", "a\nb\tc"},
      {"a\x1b[31mb\0"s, "a\xef\xbf\xbd[31mb\xef\xbf\xbd"},
      {"a\xe2\x80\xae" "exe.txt", "a\xef\xbf\xbd" "exe.txt"},
      {"\xe2\x81\xa6x", "\xef\xbf\xbdx"},
      {"\xc2\x85", "\xef\xbf\xbd"},
      {"\xff", "\xef\xbf\xbd"},
      {"\xd7\xa9\xd7\x9c", "\xd7\xa9\xd7\x9c"},  // Hebrew itself is fine
  };
  for (const Row& row : rows) EXPECT_EQ(EscapeHtml(row.raw), row.safe) << row.raw;
}

TEST(Escape, TheTerminalStaysAsItIs) {
  EXPECT_EQ(EscapeTerminal("a\x1b]0;x\x07" "b"), "a\xef\xbf\xbd]0;x\xef\xbf\xbd" "b");
  EXPECT_EQ(EscapeTerminal("a\nb\tc\rd"), "a b c\xef\xbf\xbd" "d");
  EXPECT_EQ(EscapeTerminal("\xc2\x9b" "31m"), "\xef\xbf\xbd" "31m");  // the one-byte CSI of C1
  EXPECT_EQ(EscapeTerminal("<b>"), "<b>");
}

TEST(Escape, ALogsTextIsOneLineWithinItsQuotes) {
  const std::vector<Row> rows = {
      {"plain", "plain"},
      {"a\nlevel=error msg=\"b\"", "a\\nlevel=error msg=\\\"b\\\""},
      {"a\\", "a\\\\"},
      {"a\x1b[31mb\r", "a\xef\xbf\xbd[31mb\xef\xbf\xbd"},
      {"\xc2\x9b" "31m", "\xef\xbf\xbd" "31m"},  // the CSI of C1, as UTF-8
      {"a\xe2\x80\xa8" "b", "a\xef\xbf\xbd" "b"},  // ends a line in JavaScript
      {"a\xe2\x80\xae" "b", "a\xef\xbf\xbd" "b"},
      {"\xff", "\xef\xbf\xbd"},
  };
  for (const Row& row : rows) EXPECT_EQ(EscapeLog(row.raw), row.safe) << row.raw;
}

TEST(Escape, PathsKeepSlashesUnlessTheyWouldBeSteps) {
  const std::vector<Row> rows = {
      {"recommend/train-daily", "recommend/train-daily"},
      {"a b?c#d%e", "a%20b%3Fc%23d%25e"},
      {"../../etc", "..%2F..%2Fetc"},
      {"a/./b", "a%2F.%2Fb"},
      {"a//b", "a%2F%2Fb"},
      {"/a", "%2Fa"},
      {"a/", "a%2F"},
      {"a/..b", "a/..b"},
      {"javascript:alert(1)", "javascript%3Aalert%281%29"},
      {"\xe6\x97\xa5\n\0"s, "%E6%97%A5%0A%00"},
  };
  for (const Row& row : rows) EXPECT_EQ(UrlPath(row.raw), row.safe) << row.raw;
}

RC_GTEST_PROP(Escape, UrlsReadBackAsTheyWere, (const std::string& raw)) {
  RC_ASSERT(DecodeUrl(UrlPath(raw)) == raw);
  RC_ASSERT(DecodeUrl(UrlQuery(raw)) == raw);
}

TEST(Escape, ABrokenPercentIsNoUrl) {
  for (const char* text : {"%", "a%", "%2", "%g0", "%0g", "a%zz"}) EXPECT_EQ(DecodeUrl(text), std::nullopt) << text;
  EXPECT_EQ(DecodeUrl("a%2fb+c"), "a/b+c");
}

TEST(Escape, WidthsAreThoseOfATerminal) {
  EXPECT_EQ(Utf8Width('a'), 1);
  EXPECT_EQ(Utf8Width(0x65e5), 2);
  EXPECT_EQ(Utf8Width(0x301), 0);
}

}  // namespace
}  // namespace batchslo
