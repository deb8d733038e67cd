// What the tables of keys are written into: config/schema.json, the reference in config/README.md, the samples.
#include "exporter/config/docs.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/config/parse.h"

namespace batchslo {
namespace {

namespace fs = std::filesystem;

std::string Text(const std::string& path) {
  std::ifstream file(SOURCE_ROOT "/" + path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Docs, TheSchemaIsThatOfTheTables) {
  EXPECT_EQ(Text("config/schema.json"), RenderSchema(SourceSpecs())) << "run scripts/config-docs";
}

TEST(Docs, TheReferenceIsThatOfTheTables) {
  const std::string begin = "<!-- reference: written by scripts/config-docs -->\n", end = "<!-- end of reference -->\n";
  const std::string text = Text("config/README.md");
  const std::size_t from = text.find(begin), to = text.find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  EXPECT_EQ(text.substr(from + begin.size(), to - from - begin.size()), RenderReference(SourceSpecs()))
      << "run scripts/config-docs";
}

TEST(Docs, EachSampleIsAGoodConfigurationWithoutWarnings) {
  std::vector<std::string> samples = {"config/batchslo.yml"};
  for (const auto& entry : fs::directory_iterator(SOURCE_ROOT "/config/examples"))
    if (entry.path().extension() == ".yml") samples.push_back("config/examples/" + entry.path().filename().string());
  EXPECT_GE(samples.size(), 6u);
  for (const std::string& sample : samples) {
    const auto result = ParseConfig(Text(sample), sample, SourceSpecs());
    EXPECT_TRUE(result.config.has_value()) << sample;
    EXPECT_EQ(result.Faults() + result.Lints(), "") << sample;
  }
}

TEST(Docs, EachSampleNamesTheSchema) {
  EXPECT_THAT(Text("config/batchslo.yml"), testing::StartsWith("# yaml-language-server: $schema=schema.json\n"));
  for (const auto& entry : fs::directory_iterator(SOURCE_ROOT "/config/examples")) {
    if (entry.path().extension() != ".yml") continue;
    EXPECT_THAT(Text("config/examples/" + entry.path().filename().string()),
                testing::StartsWith("# yaml-language-server: $schema=../schema.json\n"));
  }
}

// A page a source, with an example that is a good configuration with such a source.
TEST(Docs, EachSourceHasItsPage) {
  const std::string index = Text("exporter/sources/README.md");
  for (const SourceSpec& spec : SourceSpecs()) {
    const std::string kind(spec.kind), link = "config/examples/";
    const std::string page = Text("exporter/sources/" + kind + ".md");
    EXPECT_THAT(index, testing::HasSubstr("| [" + kind + "](" + kind + ".md) |"));
    EXPECT_THAT(page, testing::StartsWith("# " + kind + "\n"));
    for (const char* heading : {"What it reads", "Least rights", "Calls", "Freshness", "Example", "Limits"})
      EXPECT_THAT(page, testing::HasSubstr("\n## " + std::string(heading) + "\n")) << kind;
    const std::size_t at = page.find(link, page.find("\n## Example\n"));
    ASSERT_NE(at, std::string::npos) << kind;
    const auto example = Parse(Text(page.substr(at, page.find_first_of("])", at) - at)));
    ASSERT_TRUE(example.config.has_value()) << kind;
    EXPECT_EQ(example.config->sources.front().kind, kind);
  }
}

}  // namespace
}  // namespace batchslo
