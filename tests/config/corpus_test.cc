// Whole files with what is said of them: tests/testdata/config/invalid-NAME.yml with invalid-NAME.txt, and
// good-NAME.yml, with good-NAME.txt where there are warnings. In the texts <kinds> stands for all kinds of sources.
// UPDATE_GOLDEN=1 writes them anew, for a review of the difference.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
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

std::string Replaced(std::string text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

void ExpectSaid(const std::string& said, fs::path path) {
  std::string kinds;
  for (const SourceSpec& spec : SourceSpecs()) kinds += (kinds.empty() ? "" : ", ") + std::string(spec.kind);
  path.replace_extension(".txt");
  if (std::getenv("UPDATE_GOLDEN") && !said.empty()) std::ofstream(path, std::ios::binary) << Replaced(said, kinds, "<kinds>");
  EXPECT_EQ(said, Replaced(Text(path), "<kinds>", kinds)) << path;
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
  const ConfigResult result = ParseConfig(Text(path), path.filename(), kKinds, [](const std::string& named) { return ReadFile(TESTDATA "/config/" + named); });
  EXPECT_EQ(result.config.has_value(), result.faults.empty()) << path;
  return result.Faults() + result.Lints();
}

TEST(Corpus, EachInvalidFileIsToldExactlyAsWritten) {
  const auto files = Files("invalid-");
  EXPECT_GE(files.size(), 150u);
  for (const fs::path& path : files) {
    const std::string said = Said(path);
    ExpectSaid(said, path);
    EXPECT_THAT(said, testing::HasSubstr(": error: ")) << path;
  }
}

// Without what they quote, and without numbers.
std::set<std::string> KindsOfMessages() {
  static const std::vector<SourceSpec> kKinds = SourceSpecs();
  static const std::regex kQuoted("\"[^\"]*\"|'[^']*'|[0-9]+");
  std::set<std::string> kinds;
  for (const fs::path& path : Files("invalid-")) {
    for (const Fault& fault : ParseConfig(Text(path), path.filename(), kKinds).faults) kinds.insert(std::regex_replace(fault.message.substr(0, 500), kQuoted, "*"));
  }
  return kinds;
}

TEST(Corpus, ManyKindsOfFaultsAreInIt) { EXPECT_GE(KindsOfMessages().size(), 100u); }

TEST(Corpus, EachGoodFileIsGood) {
  const auto files = Files("good-");
  EXPECT_GE(files.size(), 10u);
  for (const fs::path& path : files) {
    const std::string said = Said(path);
    EXPECT_THAT(said, testing::Not(testing::HasSubstr(": error: "))) << path;
    ExpectSaid(said, path);
  }
}

TEST(Corpus, NoMessageShowsASecret) {
  for (const fs::path& path : Files("invalid-secret-"))
    EXPECT_THAT(Said(path), testing::Not(testing::HasSubstr("canary"))) << path;
}

}  // namespace
}  // namespace batchslo
