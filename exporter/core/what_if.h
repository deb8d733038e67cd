// Tested by tests/core/explain_test.cc and tests/core/explain_properties_test.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/core/tracker.h"

namespace batchslo {

// Facts that turn a verdict. They were tried: the same judges gave this verdict with them.
struct Turn {
  std::string what;         // "a run that succeeds, scheduled for ..."
  TimePoint at;             // the verdict is that of this instant; all of the facts are observed up to it
  std::vector<Fact> facts;
  Verdict verdict = Verdict::kUnknown;
  bool late = false;
  std::size_t left_out = 0;  // of the facts: those after the first few hundred
};

// What would change the verdict of one objective.
struct WhatIf {
  std::vector<Turn> turns;  // at most one of a kind: a success, an absence that is seen, ...
  // When the verdict is another one if nothing more is told; none: never, as far as could be looked.
  struct ByItself {
    TimePoint at;
    Verdict verdict;
    bool late;
  };
  std::optional<ByItself> by_itself;
  // Where neither was found: every window that closes before this instant is excused.
  std::optional<TimePoint> excused_until;
};

// `alone` follows the job, at `now`; times in texts are those of `zone`.
WhatIf FindTurns(const Tracker& alone, const std::string& job, std::size_t objective, TimePoint now, const Zone& zone);

}  // namespace batchslo
