#include "exporter/sources/files_families.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "exporter/sources/files_pattern.h"

namespace batchslo {
namespace {

TEST(FilesFamilies, APathIsAPatternByItsDateAndItsNumbers) {
  const std::pair<const char*, const char*> kRows[] = {
      {"a.csv", "a.csv"},
      {"logs_2026-01-01.csv", "logs_%Y-%m-%d.csv"},
      {"logs_2026_01_01.csv", "logs_%Y_%m_%d.csv"},
      {"logs_20260101.csv", "logs_%Y%m%d.csv"},
      {"logs_2026010109.csv", "logs_%Y%m%d%H.csv"},
      {"logs_2026-01-01T09.csv", "logs_%Y-%m-%dT%H.csv"},
      {"logs_20260101093015.csv", "logs_%Y%m%d*.csv"},
      {"report-2026-03.csv", "report-%Y-%m.csv"},
      {"report-202603.csv", "report-%Y%m.csv"},
      {"report-202613.csv", "report-*.csv"},
      {"logs_20261301.csv", "logs_*.csv"},
      {"2026/03/01/x.csv", "%Y/%m/%d/x.csv"},
      {"2026/03/01/09/x-7.csv", "%Y/%m/%d/%H/x-*.csv"},
      {"year=2026/month=03/x.csv", "year=%Y/month=%m/x.csv"},
      {"20260301/x_20260301.csv", "%Y%m%d/x_%Y%m%d.csv"},
      {"part-00017-of-00020.gz", "part-*-of-*.gz"},
      {"model_2026.bin", "model_*.bin"},
      {"a*b?c[d]%e", "a[*]b[?]c[[]d]%%e"},
      {"a{b}", ""},
      {"a\\b", ""},
      {"a\nb", ""},
  };
  for (const auto& [path, pattern] : kRows) EXPECT_EQ(PatternOf(path), pattern) << path;
}

TEST(FilesFamilies, FilesOfOneFamilyAreTakenTogether) {
  const TimePoint old{seconds{1}}, fresh{seconds{9}};
  const auto families = FamiliesOf({{"in/20260101/part-1", old}, {"in/20260102/part-2", fresh}, {"in/20260102/_SUCCESS", fresh}, {"one.txt", old}});
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families[0].pattern, "in/%Y%m%d/part-*");
  EXPECT_EQ(families[0].marker, "_SUCCESS");
  EXPECT_EQ(families[0].files, 2u);
  EXPECT_EQ(families[0].newest, fresh);
  EXPECT_EQ(families[1].pattern, "one.txt");
  EXPECT_EQ(families[1].marker, "");
}

TEST(FilesFamilies, MoreThanThreeAloneInOneDirectoryAreOne) {
  const auto patterns = [](const std::vector<SeenFile>& files) {
    std::vector<std::string> all;
    for (const auto& family : FamiliesOf(files)) all.push_back(family.pattern);
    return all;
  };
  EXPECT_EQ(patterns({{"d/a.x", {}}, {"d/b.x", {}}, {"d/c.x", {}}}), (std::vector<std::string>{"d/a.x", "d/b.x", "d/c.x"}));
  EXPECT_EQ(patterns({{"d/a.x", {}}, {"d/b.x", {}}, {"d/c.x", {}}, {"d/e.x", {}}, {"d/f.y", {}}}), (std::vector<std::string>{"d/*.x", "d/f.y"}));
}

TEST(FilesFamilies, AJobIsCalledByWhatIsNoNumber) {
  const std::pair<const char*, const char*> kRows[] = {{"exports/%Y%m%d/part-*.csv", "exports/part"}, {"logs_%Y-%m-%d.csv", "logs"}, {"%Y/%m/%d/x.csv", "x"},
                                                       {"*", "files"},       {"year=%Y/month=%m/x.parquet", "year/month/x"}, {"one.txt", "one"}};
  for (const auto& [pattern, name] : kRows) EXPECT_EQ(JobNameOf(pattern), name) << pattern;
}

// Whatever a file is called: what is made of its path can be read again.
RC_GTEST_PROP(FilesFamilies, AnyPathGivesAPatternThatCanBeRead, ()) {
  const auto piece = rc::gen::elementOf(std::vector<std::string>{"2026", "03", "01", "20260301", "-", "_", ".", "/x", "a", "*", "[", "]", "%", "?", "=", "T09", "17"});
  const auto pieces = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(piece));
  std::string path = "x";
  for (const auto& one : pieces) path += one;
  const std::string pattern = PatternOf(path);
  RC_ASSERT(!pattern.empty());
  const auto parsed = ParseFilePattern(pattern);
  if (!parsed) RC_LOG() << path << " " << pattern << ": " << parsed.Message();
  RC_ASSERT(parsed.Ok());
}

}  // namespace
}  // namespace batchslo
