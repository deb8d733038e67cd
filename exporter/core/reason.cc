#include "exporter/core/reason.h"

#include <string_view>

namespace batchslo {
namespace {

struct Row {
  Reason reason;
  std::string_view sentence;
};

constexpr Row kSentences[] = {
    {Reason::kBeforeFirstSeen, "the job was first seen later than this"},
    {Reason::kNoWindowClosed, "its sources have answered, and no window has closed since it was first seen"},
    {Reason::kAwaitsFirstAnswer, "first seen just now; waiting for a first answer of its sources"},
    {Reason::kNeverAnswered, "none of its sources has answered since it was first seen"},
    {Reason::kNoSchedule, "no schedule of the job is known"},
    {Reason::kBadSchedule, "{}"},
    {Reason::kSincePause, "it was paused, and no window that began after the pause has closed"},
    {Reason::kWindowExcused, "the window that was due {}"},
    {Reason::kDisprovedThenExcused, "the newest window that counts was missed, a success since has disproved that, and all later ones are excused"},
    {Reason::kMissNotDisproved, "the newest decided window was missed; nothing has disproved that since"},
    {Reason::kNothingCame, "seen without a gap past the end of the window, and nothing came"},
    {Reason::kGoneAtEnd, "the job was gone when the window closed, and nothing had come"},
    {Reason::kCameLate, "it came, but after it was due"},
    {Reason::kCameInTime, "it came in time"},
    {Reason::kWindowHasGaps, "the window has closed, no success is known, and what was seen has gaps: nothing is proven"},
    {Reason::kMissStands, "the miss proven before stands until something disproves it"},
    {Reason::kMissFromBeforePause, "the miss from before the pause stands until a success"},
    {Reason::kRecent, "its newest success is recent enough"},
    {Reason::kOldButMaintenance, "its newest success is too old, but {} is no time in which one was owed"},
    {Reason::kNoneForLong, "its sources were seen without a gap for as long as a success was owed, and showed none"},
    {Reason::kStretchHasGaps, "no success is known, and what was seen has gaps: nothing is proven"},
    {Reason::kRunTooLong, "the newest view of its source shows a run that has been going for too long"},
    {Reason::kRunLongButMaintenance, "a run has been going for too long, but {} does not count"},
    {Reason::kNoLongRun, "the newest view of its source shows no run that has been going for too long"},
    {Reason::kSourceNotSeen, "its source has not been seen of late"},
    {Reason::kOutputNeverSeen, "{} has not been seen yet"},
    {Reason::kOutputNotSeen, "{} has not been seen of late"},
    {Reason::kChecksPass, "the newest look at {} passes all its checks"},
    {Reason::kCheckFails, "the newest look at {} fails a check"},
    {Reason::kCheckLacksValue, "the newest look at {} lacks a value"},
    {Reason::kClockJumped, "our clock has just jumped ahead: no new miss is told for a while"},
};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < std::size(kSentences); ++i) {
    if (kSentences[i].reason != static_cast<Reason>(i)) return false;
  }
  return std::size(kSentences) == static_cast<std::size_t>(Reason::kClockJumped) + 1;
}
static_assert(InOrder());

}  // namespace

std::string Sentence(const Because& because) {
  std::string sentence(kSentences[static_cast<std::size_t>(because.reason)].sentence);
  const auto gap = sentence.find("{}");
  if (gap != std::string::npos) sentence.replace(gap, 2, because.detail);
  return sentence;
}

}  // namespace batchslo
