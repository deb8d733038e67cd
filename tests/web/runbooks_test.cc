// Tests exporter/web/runbooks.cc and exporter/web/runbooks.cmake.
#include "exporter/web/runbooks.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

TEST(Runbooks, AllAreThereInOrderAndWithTheirParts) {
  ASSERT_GE(Runbooks().size(), 20u);
  for (std::size_t i = 0; i < Runbooks().size(); ++i) {
    const Runbook& one = Runbooks()[i];
    if (i > 0) {
      EXPECT_LT(Runbooks()[i - 1].name, one.name);
    }
    EXPECT_TRUE(one.markdown.starts_with("# " + std::string(one.name) + "\n")) << one.name;
    EXPECT_NE(one.markdown.find("\n## Mitigation\n"), std::string_view::npos) << one.name;
  }
}

TEST(Runbooks, TheCaseOfLettersDoesNotMatter) {
  for (const char* name : {"BatchSLOLate", "batchslolate", "BATCHSLOLATE"}) {
    ASSERT_NE(FindRunbook(name), nullptr) << name;
    EXPECT_EQ(FindRunbook(name)->name, "BatchSLOLate");
  }
  for (const char* name : {"", "BatchSLOLat", "BatchSLOLate.md", "../BatchSLOLate", "BatchSLOLate/"}) EXPECT_EQ(FindRunbook(name), nullptr) << name;
}

TEST(Runbooks, MarkdownBecomesHtmlAndNothingElseDoes) {
  struct Row {
    const char *markdown, *html;
  };
  const Row rows[] = {
      {"", ""},
      {"a\nb\n\nc", "<p>a\nb\n</p>\n<p>c\n</p>\n"},
      {"## A & B\ntext", "<h2>A &amp; B</h2>\n<p>text\n</p>\n"},
      {"#no heading", "<p>#no heading\n</p>\n"},
      {"####  neither", "<p>####  neither\n</p>\n"},
      {"- a\n- b `x` **y**\n", "<ul><li>a</li>\n<li>b <code>x</code> <strong>y</strong></li>\n</ul>\n"},
      {"a\n- b\nc", "<p>a\n</p>\n<ul><li>b</li>\n</ul>\n<p>c\n</p>\n"},
      {"```\n# a\n\n- <b> `x`\n```\nend", "<pre tabindex=\"0\"># a\n\n- &lt;b&gt; `x`\n</pre>\n<p>end\n</p>\n"},
      {"```\nopen", "<pre tabindex=\"0\">open\n</pre>\n"},
      {"an odd ` stays", "<p>an odd ` stays\n</p>\n"},
      {"<script>x</script> `<i>`", "<p>&lt;script&gt;x&lt;/script&gt; <code>&lt;i&gt;</code>\n</p>\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(RenderMarkdown(row.markdown), row.html) << row.markdown;
}

TEST(Runbooks, APageHasItsNameOnceAndAWayBack) {
  const std::string page = RenderRunbookPage(*FindRunbook("BatchSLOLate"), "../");
  EXPECT_NE(page.find("<h1>BatchSLOLate</h1>"), std::string::npos);
  EXPECT_EQ(page.find("# BatchSLOLate"), std::string::npos);
  EXPECT_NE(page.find("href=\"../runbooks\""), std::string::npos);
  EXPECT_NE(RenderRunbooksPage(Runbooks(), "./").find("<a href=\"./runbooks/BatchSLOLate\">BatchSLOLate</a>"), std::string::npos);
}

}  // namespace
}  // namespace batchslo
