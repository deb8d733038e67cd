// The source on real directories.
#include "exporter/sources/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fanotify.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/scratch.h"
#include "tests/sources/services.h"

namespace batchslo {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kNow = *ParseRfc3339("2026-03-02T00:00:00Z");
TimePoint At(const std::string& clock) { return *ParseRfc3339("2026-03-01T" + clock + "Z"); }

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

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    config_.name = "lake";
    config_.kind = "files";
    config_.options.Set("root", scratch_.Path());
  }

  void Touch(const std::string& path, TimePoint written, std::size_t bytes = 1) const {
    const fs::path file = scratch_.File(path);
    fs::create_directories(file.parent_path());
    std::ofstream(file) << std::string(bytes, 'x');
    Date(path, written.time_since_epoch().count() / 1'000'000, written.time_since_epoch().count() % 1'000'000 * 1000);
  }
  void Date(const std::string& path, std::int64_t seconds, long nanoseconds) const {
    const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    ASSERT_EQ(utimensat(AT_FDCWD, scratch_.File(path).c_str(), times, 0), 0);
  }
  void Link(const std::string& to, const std::string& path) const { fs::create_symlink(to, scratch_.File(path)); }
  void Make(const std::string& path) const { fs::create_directories(scratch_.File(path)); }
  void Remove(const std::string& path) const { fs::remove_all(scratch_.File(path)); }

  // One output more; the source begins anew.
  void Add(const std::string& path, const std::string& marker = "", const std::string& zone = "UTC") {
    SourceConfig::OutputTarget target{"job" + std::to_string(config_.outputs.size()), "o", {}, {}, false};
    target.options.Set("path", path);
    target.options.Set("timezone", zone);
    if (!marker.empty()) target.options.Set("success_marker", marker);
    config_.outputs.push_back(target);
    source_.reset();
  }
  void Only(const std::string& path, const std::string& marker = "", const std::string& zone = "UTC") {
    config_.outputs.clear();
    Add(path, marker, zone);
  }

  void Begin() {
    if (!source_) source_ = std::make_unique<Source>(std::move(FilesKind().make(config_, services_.Get())).Value());
  }
  PollResult Poll(TimePoint now = kNow) {
    Begin();
    return source_->poll(now, std::chrono::steady_clock::now() + std::chrono::seconds(30));
  }
  ObservationFact Look(TimePoint now = kNow) {
    const PollResult result = Poll(now);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.facts.size(), 1u);
    return result.facts.empty() ? ObservationFact{} : std::get<ObservationFact>(result.facts[0].what);
  }
  // The error of the only output, which then brings no fact.
  std::string Error() {
    const PollResult result = Poll();
    EXPECT_THAT(result.facts, IsEmpty());
    EXPECT_EQ(result.scopes.size(), 1u);
    EXPECT_EQ(result.scopes.empty() ? "" : result.scopes[0].error, result.error);
    reason_ = result.reason;
    return result.error;
  }

  const Scratch scratch_;
  SourceConfig config_;
  NoServices services_;
  std::unique_ptr<Source> source_;
  std::string reason_;
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

TEST_F(FilesTest, TheNewestDateThatIsThereCounts) {
  Touch("exports/20251231/a", At("20:00:00"), 7);  // rewritten later: an older date moves nothing
  Touch("exports/20260227/a", At("05:00:00"), 1);
  Touch("exports/20260227/b", At("06:00:00"), 2);
  Make("exports/20260228");
  Touch("exports/20260303/a", At("19:00:00"), 9);  // after today
  Touch("exports/99991231/a", At("19:00:00"), 9);
  Touch("exports/20260230/a", At("19:00:00"), 9);  // no day
  Touch("exports/20260229/a", At("19:00:00"), 9);
  Only("exports/%Y%m%d/*");
  ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("06:00:00"));
  EXPECT_EQ(fact.rows, 2);
  EXPECT_EQ(fact.bytes, 3);
  EXPECT_EQ(fact.partition, "2026-02-27");
  Touch("exports/20260302/a", At("04:00:00"));
  EXPECT_EQ(Look().updated, At("04:00:00"));
  EXPECT_EQ(Look().partition, "2026-03-02");
}

TEST_F(FilesTest, TheNewestDateIsFoundOverAllBranchesAndLevels) {
  Touch("r=a/y=2026/m=02/d=28/x", At("01:00:00"), 1);
  Touch("r=b/y=2026/m=03/d=01/x", At("03:00:00"), 2);
  Touch("r=c/y=2026/m=03/d=01/x", At("02:00:00"), 4);
  Touch("r=d/y=2025/m=12/d=31/x", At("09:00:00"), 8);
  Only("r=*/y=%Y/m=%m/d=%d/*");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("03:00:00"));
  EXPECT_EQ(fact.rows, 2);
  EXPECT_EQ(fact.bytes, 6);
}

TEST_F(FilesTest, ADateMayStandInTheNameOfTheFile) {
  Touch("report-20260227.csv", At("09:00:00"), 1);
  Touch("report-20260228.csv", At("08:00:00"), 2);
  Touch("report-20260228b.csv", At("07:00:00"), 4);
  Only("report-%Y%m%d*.csv");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("08:00:00"));
  EXPECT_EQ(fact.bytes, 6);
}

TEST_F(FilesTest, TodayIsThatOfTheZone) {
  Touch("20260301/a", At("01:00:00"));
  Touch("20260302/a", At("02:00:00"));
  const TimePoint at = *ParseRfc3339("2026-03-01T14:59:59.999999Z");
  Only("%Y%m%d/a", "", "Asia/Tokyo");
  EXPECT_EQ(Look(at).updated, At("01:00:00"));
  EXPECT_EQ(Look(at + microseconds{1}).updated, At("02:00:00"));
}

TEST_F(FilesTest, ADirectoryWithoutItsMarkerIsNotThereYet) {
  Touch("exports/20260301/_SUCCESS", At("05:00:00"), 0);
  Touch("exports/20260301/part-0", At("04:00:00"), 3);
  Touch("exports/20260302/part-0", At("23:00:00"), 9);
  Only("exports/%Y%m%d/*", "_SUCCESS");
  ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("05:00:00"));
  EXPECT_EQ(fact.rows, 1);
  EXPECT_EQ(fact.bytes, 3);
  EXPECT_EQ(fact.partition, "2026-03-01");
  Touch("exports/20260302/_SUCCESS", At("23:30:00"), 0);
  EXPECT_EQ(Look().updated, At("23:30:00"));
  Remove("exports/20260301/_SUCCESS");
  Remove("exports/20260302/_SUCCESS");
  Make("exports/20260302/_SUCCESS");  // a directory is no marker
  EXPECT_EQ(Look().updated, std::nullopt);
}

TEST_F(FilesTest, WithoutADateTheNewestCompleteDirectoryCounts) {
  Touch("runs/7/_SUCCESS", At("05:00:00"), 0);
  Touch("runs/7/part-0", At("04:00:00"), 3);
  Touch("runs/9/_SUCCESS", At("03:00:00"), 0);
  Touch("runs/9/part-0", At("02:00:00"), 30);
  Touch("runs/8/part-0", At("23:00:00"), 300);
  Only("runs/*/part-*", "_SUCCESS");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("05:00:00"));
  EXPECT_EQ(fact.bytes, 3);
}

TEST_F(FilesTest, ACompleteDirectoryWithoutFilesIsAnEmptySuccess) {
  Touch("a/_SUCCESS", At("05:00:00"), 0);
  Only("a/part-*", "_SUCCESS");
  const ObservationFact fact = Look();
  EXPECT_EQ(fact.updated, At("05:00:00"));
  EXPECT_EQ(fact.rows, 0);
}

TEST_F(FilesTest, WhatIsBeingWrittenIsNotThereYet) {
  Touch("out/a.csv", At("01:00:00"));
  for (const char* name : {"out/.a.csv.x1", "out/a.csv.tmp", "out/.a.csv.crc", "out/b.crc", "out/_started_1",
                           "out/c._COPYING_", "out/_temporary/0/b.csv"})
    Touch(name, At("02:00:00"));
  for (const char* path : {"out/*", "**/*"}) {
    Only(path);
    EXPECT_EQ(Look().updated, At("01:00:00")) << path;
    EXPECT_EQ(Look().rows, 1) << path;
  }
  Only("out/*/*/*.csv");
  EXPECT_EQ(Look().rows, 0);
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

// A directory that does not answer: who opens it waits until this goes. Only root can make one.
class DeafDirectory {
 public:
  explicit DeafDirectory(const std::string& path) : fd_(fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, 0)) {
    is_deaf_ = fd_ >= 0 && fanotify_mark(fd_, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_ONDIR, AT_FDCWD, path.c_str()) == 0;
  }
  ~DeafDirectory() { Answer(); }
  void Answer() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  bool IsDeaf() const { return is_deaf_; }

 private:
  int fd_;
  bool is_deaf_;
};

TEST_F(FilesTest, ADirectoryThatDoesNotAnswerHarmsNoOtherAndIsTriedAgainWhenItDoes) {
  Touch("deaf/a", At("01:00:00"));
  Touch("b", At("02:00:00"));
  Add("deaf/*");
  Add("b");
  DeafDirectory deaf(scratch_.File("deaf"));
  if (!deaf.IsDeaf()) GTEST_SKIP() << "this user can't make one";
  Begin();
  const auto poll = [&] {
    return source_->poll(kNow, std::chrono::steady_clock::now() + std::chrono::milliseconds(400));
  };
  const PollResult first = poll();
  ASSERT_EQ(first.facts.size(), 1u);
  EXPECT_EQ(std::get<ObservationFact>(first.facts[0].what).job, "job1");
  EXPECT_THAT(first.scopes.at(0).error, HasSubstr("within the timeout"));
  PollResult next = poll();
  EXPECT_EQ(next.facts.size(), 1u);
  EXPECT_THAT(next.scopes.at(0).error, HasSubstr("still hangs"));
  deaf.Answer();
  while (next.facts.size() != 2) next = poll();
  EXPECT_TRUE(next.scopes.at(0).up);
}

TEST_F(FilesTest, AStopEndsThePollWhateverHangs) {
  Touch("deaf/a", At("01:00:00"));
  Only("deaf/*");
  const DeafDirectory deaf(scratch_.File("deaf"));
  if (!deaf.IsDeaf()) GTEST_SKIP() << "this user can't make one";
  Begin();
  source_->stop();
  const PollResult result = source_->poll(kNow, std::chrono::steady_clock::now() + std::chrono::hours(1));
  EXPECT_THAT(result.facts, IsEmpty());
  EXPECT_EQ(result.reason, "timeout");
}

}  // namespace
}  // namespace batchslo
