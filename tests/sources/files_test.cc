// The source on real directories.
#include <sys/fsuid.h>
#include <unistd.h>

#include "tests/sources/files_case.h"

namespace batchslo {
namespace {

// A directory on another file system than that of Scratch; none where the machine has no such.
class OtherDisk {
 public:
  OtherDisk() {
    std::string pattern = "/dev/shm/batchslo-XXXXXX";
    if (mkdtemp(pattern.data())) path_ = pattern;
  }
  ~OtherDisk() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& Path() const { return path_; }

 private:
  std::string path_;
};

TEST_F(FilesTest, TheNewestTimeTheNumberAndTheBytesComeTogether) {
  Touch("exports/a.csv", At("09:00:00.123456"), 10);
  Touch("exports/b.csv", At("08:00:00"), 5);
  Touch("exports/b.txt", At("10:00:00"), 100);
  Make("exports/c.csv");
  Only("exports/*.csv");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.job, "job0");
  EXPECT_EQ(fact.output, "o");
  EXPECT_EQ(fact.updated, At("09:00:00.123456"));
  EXPECT_EQ(fact.rows, 2);
  EXPECT_EQ(fact.bytes, 15);
  EXPECT_EQ(fact.partition, std::nullopt);
}

TEST_F(FilesTest, NanosecondsAreCutAndTimesThatNobodyCanMeanAreTheNearest) {
  Touch("a", kNow);
  Only("a");
  Date("a", 1772355600, 999'999'999);
  EXPECT_EQ(Look().updated, *ParseRfc3339("2026-03-01T09:00:00.999999Z"));
  Date("a", -5, 0);
  EXPECT_EQ(Look().updated, TimePoint{});
}

TEST_F(FilesTest, NothingInADirectoryThatIsThereHasNeverMoved) {
  Make("exports");
  for (const char* path : {"exports/*.csv", "exports/a.csv", "exports/*/a.csv", "exports/**/a", "exports/%Y%m%d/*"}) {
    SCOPED_TRACE(path);
    Only(path);
    const ObservationFact fact = Look();
    EXPECT_EQ(fact.updated, std::nullopt);
    EXPECT_EQ(fact.rows, 0);
    EXPECT_EQ(fact.bytes, 0);
  }
}

TEST_F(FilesTest, ADirectoryThatIsNotThereIsAnErrorAndNeverNoFiles) {
  Touch("file", kNow);
  Link("nowhere", "dangling");
  Link("loop", "loop");
  for (const auto& [path, error, reason] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"exports/*.csv", "/exports is not there", "missing"},
           {"exports/a.csv", "/exports is not there", "missing"},
           {"exports/%Y/a.csv", "/exports is not there", "missing"},
           {"exports/**/a.csv", "/exports is not there", "missing"},
           {"a/b/c/*", "/a/b/c is not there", "missing"},
           {"file/*", "/file is no directory", "missing"},
           {"file/a", "/file is no directory", "missing"},
           {"dangling/*", "/dangling is not there", "missing"},
           {"loop/*", "/loop can't be read: Too many levels", "io"},
           {"*/x", "/loop can't be read: Too many levels", "io"},
           {std::string(300, 'a') + "/*", "can't be read: File name too long", "io"}}) {
    SCOPED_TRACE(path);
    Only(path);
    EXPECT_THAT(Error(), HasSubstr(error));
    EXPECT_EQ(reason_, reason);
  }
}

TEST_F(FilesTest, ADirectoryThatVanishesIsAnErrorUntilItIsBack) {
  Touch("exports/a.csv", At("09:00:00"));
  Only("exports/*.csv");
  EXPECT_EQ(Look().rows, 1);
  Remove("exports");
  EXPECT_THAT(Error(), HasSubstr("/exports is not there"));
  Make("exports");
  EXPECT_EQ(Look().updated, std::nullopt);
}

TEST_F(FilesTest, ARootThatIsNotThereIsAnErrorAlsoWithoutOutputs) {
  EXPECT_EQ(Poll().error, "");
  EXPECT_THAT(Poll().scopes, IsEmpty());
  config_.options.Set("root", scratch_.File("gone"));
  source_.reset();
  EXPECT_EQ(Poll().error, scratch_.File("gone") + " is not there");
  EXPECT_EQ(Poll().reason, "missing");
}

TEST_F(FilesTest, ADirectoryThatMayNotBeReadIsAnError) {
  Touch("exports/a/x.csv", At("09:00:00"));
  Touch("exports/b/x.csv", At("09:00:00"));
  chmod(scratch_.Path().c_str(), 0755);
  chmod(scratch_.File("exports/b").c_str(), 0);
  Only("exports/*/*.csv");
  const bool is_root = geteuid() == 0;
  if (is_root) setfsuid(65534);  // of this thread and those that it starts
  const std::string error = Error();
  if (is_root) setfsuid(0);
  chmod(scratch_.File("exports/b").c_str(), 0755);
  EXPECT_THAT(error, HasSubstr("/exports/b can't be read: Permission denied"));
  EXPECT_EQ(reason_, "denied");
  EXPECT_EQ(Look().rows, 2);
}

TEST_F(FilesTest, AnEmptyDirectoryWhereAnotherDiskWasMountedProvesNothing) {
  const OtherDisk other;
  struct stat here {
  }, there{};
  stat(scratch_.Path().c_str(), &here);
  if (other.Path().empty() || stat(other.Path().c_str(), &there) != 0 || here.st_dev == there.st_dev)
    GTEST_SKIP() << "there is one file system";
  Link(other.Path(), "mnt");
  Touch("mnt/a.csv", At("08:00:00"));
  Only("mnt/*.csv");
  EXPECT_EQ(Look().rows, 1);
  fs::remove(scratch_.File("mnt"));
  Make("mnt");
  EXPECT_THAT(Error(), HasSubstr("is it mounted"));
  Touch("mnt/b.csv", At("09:00:00"));
  EXPECT_EQ(Look().updated, At("09:00:00"));
}

TEST_F(FilesTest, AFileThatIsADirectoryIsNotTakenForNone) {
  Make("exports/20260301");
  Only("exports/%Y%m%d");
  EXPECT_THAT(Error(), HasSubstr("/exports/20260301 is a directory; add /*"));
  Only("exports");
  EXPECT_THAT(Error(), HasSubstr("/exports is a directory; add /*"));
}

TEST_F(FilesTest, LinksAreFollowedAndHaveNoEnd) {
  Touch("real/v2/a.csv", At("03:00:00"), 4);
  Link("v2", "real/current");
  Link("a.csv", "real/v2/b.csv");
  Link("nowhere", "real/v2/c.csv");
  Link("..", "real/v2/up");
  Only("real/current/*.csv");
  EXPECT_EQ(Look().bytes, 8);  // the file and the link to it
  Only("real/**/*.csv");
  EXPECT_EQ(Look().rows, 2);
  Touch("loops/a.csv", At("03:00:00"));
  Link("self.csv", "loops/self.csv");
  Only("loops/*.csv");
  EXPECT_THAT(Error(), HasSubstr("/loops/self.csv can't be read: Too many levels"));
}

TEST_F(FilesTest, AnyDepthIsAlsoNone) {
  Touch("a.csv", At("01:00:00"));
  Touch("x/y/z/b.csv", At("02:00:00"));
  Touch("x/.git/c.csv", At("09:00:00"));
  Only("**/*.csv");
  EXPECT_EQ(Look().updated, At("02:00:00"));
  EXPECT_EQ(Look().rows, 2);
}

TEST_F(FilesTest, WhatIsNoFileIsNotOne) {
  ASSERT_EQ(mkfifo(scratch_.File("pipe").c_str(), 0600), 0);
  Link("/dev/null", "null");
  Only("*");
  EXPECT_EQ(Look().rows, 0);
}

TEST_F(FilesTest, NamesOfAnyKindAreFound) {
  for (const char* name : {"a b\n\"c", "\xff\xfe", "日本", "-rf", "$(x)"})
    Touch(std::string("in/") + name, At("01:00:00"));
  Only("in/*");
  EXPECT_EQ(Look().rows, 5);
}

TEST_F(FilesTest, TooManyEntriesAreAnError) {
  // 272 here, and 271 times 368.
  for (int i = 0; i < 368; ++i) Touch("real/" + std::to_string(i), kNow);
  for (int i = 0; i < 271; ++i) Link("real", "link" + std::to_string(i));
  Only("link*/nothing-*");
  EXPECT_EQ(Look().rows, 0);
  Touch("one-more", kNow);
  EXPECT_THAT(Error(), HasSubstr("more than 100,000 entries"));
  EXPECT_EQ(reason_, "limit");
}

TEST_F(FilesTest, AnOutputThatFailsHarmsNoOther) {
  Touch("a.csv", At("01:00:00"));
  Add("gone/*.csv");
  Add("*.csv");
  const PollResult result = Poll();
  EXPECT_EQ(result.error, "");
  ASSERT_EQ(result.facts.size(), 1u);
  EXPECT_EQ(std::get<ObservationFact>(result.facts[0].what).job, "job1");
  ASSERT_EQ(result.scopes.size(), 2u);
  EXPECT_EQ(result.scopes[0].name, "job0/o");
  EXPECT_FALSE(result.scopes[0].up);
  EXPECT_THAT(result.scopes[0].error, HasSubstr("/gone is not there"));
  EXPECT_TRUE(result.scopes[1].up);
}

TEST_F(FilesTest, WhatIsWrittenDuringThePollIsToldAsOfThen) {
  FakeClock clock(kNow + seconds{5});
  const SourceServices base = services_.Get();
  const SourceServices services{base.http, clock, base.log, base.sink, base.known, base.read_kubeconfig};
  Only("a");
  source_ = std::make_unique<Source>(std::move(FilesKind().make(config_, services)).Value());
  for (const auto& [written, seen] : std::vector<std::pair<TimePoint, TimePoint>>{
           {kNow - seconds{1}, kNow}, {kNow + seconds{3}, kNow + seconds{3}}, {kNow + minutes{5}, kNow + seconds{5}}}) {
    Touch("a", written);
    const PollResult result = Poll();
    ASSERT_EQ(result.facts.size(), 1u);
    EXPECT_EQ(result.facts[0].observed, seen);
    EXPECT_EQ(std::get<ObservationFact>(result.facts[0].what).updated, written);
  }
}

}  // namespace
}  // namespace batchslo
