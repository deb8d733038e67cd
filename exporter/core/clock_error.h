#pragma once

#include <vector>

#include "exporter/core/fact.h"

namespace batchslo {

// Our clock ran ahead by so much; its times from `from` on are wrong.
struct ClockError {
  TimePoint from;
  Duration by;
};

// What our clock says of an instant once it is right.
inline TimePoint PutRight(TimePoint time, const ClockError& error) { return time >= error.from ? time - error.by : time; }

// The fact as a right clock would have told it. When something is due (scheduled_at) is nothing that a clock told.
Fact PutRight(Fact fact, const ClockError& error);

// The jumps of our clock that have not been taken back: of one that goes ahead and is put right within a day, what was
// seen meanwhile has times that are yet to come. Whether a clock that goes back without having jumped ahead was wrong
// before, or is so now, can't be known, and nothing is said of that.
class ClockErrors {
 public:
  // Our clock jumped ahead by so much, to `from` at the earliest.
  void Ahead(TimePoint from, Duration by) { errors_.push_back({from, by}); }
  // It went back by so much, to `now`. Gives what is to be put right, in that order.
  std::vector<ClockError> Back(TimePoint now, Duration by);

 private:
  std::vector<ClockError> errors_;  // the newest last
};

}  // namespace batchslo
