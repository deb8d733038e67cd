#pragma once

#include <optional>
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

// The jumps of our clock ahead. One that is taken back within a day was wrong, and what was seen meanwhile has times that
// are yet to come. A machine that slept jumps ahead, too, and a clock that goes back otherwise may be the wrong one now: of
// that nothing is known.
class ClockErrors {
 public:
  // Our clock jumped ahead by so much, to `from` at the earliest.
  void Ahead(TimePoint from, Duration by) { jumps_.push_back({from, by}); }
  // It went back by so much, to `now`. Gives what is to be put right, if that takes back a jump.
  std::optional<ClockError> Back(TimePoint now, Duration by);

 private:
  std::vector<ClockError> jumps_;  // the newest last
};

}  // namespace batchslo
