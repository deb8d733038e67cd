// Tested by tests/core/explain_test.cc.
#pragma once

#include <cstdint>
#include <string>

namespace batchslo {

// Why a rule says what it says: a step on its way to a verdict. The sentences stand in one table.
enum class Reason : std::uint8_t {
  kBeforeFirstSeen, kNoWindowClosed, kAwaitsFirstAnswer, kNeverAnswered, kNoSchedule, kBadSchedule, kSincePause,
  kWindowExcused, kDisprovedThenExcused, kMissNotDisproved, kNothingCame, kGoneAtEnd, kCameLate, kCameInTime, kWindowHasGaps, kMissStands,
  kMissFromBeforePause, kRecent, kOldButMaintenance, kNoneForLong, kStretchHasGaps,
  kRunTooLong, kRunLongButMaintenance, kNoLongRun, kSourceNotSeen,
  kOutputNeverSeen, kOutputNotSeen, kChecksPass, kCheckFails, kCheckLacksValue,
  kClockJumped,
};

struct Because {
  Reason reason;
  std::string detail = {};  // the output, the excuse, the fault: what stands for {} in the sentence
};

// "the newest look at mart.items passes all its checks": for a person, without a full stop.
std::string Sentence(const Because& because);

}  // namespace batchslo
