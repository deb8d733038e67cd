// Whole files with what is said of them: tests/testdata/config/invalid-NAME.yml with invalid-NAME.txt, and
// good-NAME.yml, with good-NAME.txt where there are warnings. In the texts <kinds> stands for all kinds of sources.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/config/parse.h"

namespace batchslo {
namespace {

namespace fs = std::filesystem;

std::string Text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Expected(fs::path path) {
  std::string text = Text(path.replace_extension(".txt")), kinds;
  for (const SourceSpec& spec : SourceSpecs()) kinds += (kinds.empty() ? "" : ", ") + std::string(spec.kind);
  constexpr std::string_view kKinds = "<kinds>";
  const std::size_t at = text.find(kKinds);
  return at == std::string::npos ? text : text.replace(at, kKinds.size(), kinds);
}

std::vector<fs::path> Files(const std::string& prefix) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(TESTDATA "/config")) {
    const std::string name = entry.path().filename();
    if (name.starts_with(prefix) && name.ends_with(".yml")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string Said(const fs::path& path) {
  static const std::vector<SourceSpec> kKinds = SourceSpecs();
  const ConfigResult result = ParseConfig(Text(path), path.filename(), kKinds);
  EXPECT_EQ(result.config.has_value(), result.faults.empty()) << path;
  return result.Faults() + result.Lints();
}

TEST(Corpus, EachInvalidFileIsToldExactlyAsWritten) {
  const auto files = Files("invalid-");
  EXPECT_GE(files.size(), 60u);
  for (const fs::path& path : files) {
    const std::string said = Said(path);
    EXPECT_EQ(said, Expected(path));
    EXPECT_THAT(said, testing::HasSubstr(": error: ")) << path;
  }
}

TEST(Corpus, EachGoodFileIsGood) {
  const auto files = Files("good-");
  EXPECT_GE(files.size(), 10u);
  for (const fs::path& path : files) {
    const std::string said = Said(path);
    EXPECT_THAT(said, testing::Not(testing::HasSubstr(": error: "))) << path;
    EXPECT_EQ(said, Expected(path));
  }
}

TEST(Corpus, NoMessageShowsASecret) {
  for (const fs::path& path : Files("invalid-secret-"))
    EXPECT_THAT(Said(path), testing::Not(testing::HasSubstr("canary"))) << path;
}

}  // namespace
}  // namespace batchslo
