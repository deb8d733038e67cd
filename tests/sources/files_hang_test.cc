// A file system that does not answer.
#include <sys/fanotify.h>
#include <unistd.h>

#include "tests/sources/files_case.h"

namespace batchslo {
namespace {

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
