#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/fact.h"
#include "exporter/core/maybe.h"

namespace batchslo {

// One sight of a run, as far as verdicts need it.
struct Sight {
  std::string run_id;
  TimePoint observed;
  std::optional<TimePoint> scheduled, created, started, finished;
  Outcome outcome = Outcome::kRunning;
  Trigger trigger = Trigger::kUnknown;
  bool operator==(const Sight&) const = default;
};

// One run, folded from its sights: its first success, frozen; else what was said of it last.
struct Run {
  std::string id;
  std::optional<TimePoint> scheduled, created, started, finished;
  Outcome outcome = Outcome::kRunning;
  Trigger trigger = Trigger::kUnknown;
  TimePoint observed;  // of the sight that made it so

  // Its old success or not: what the newest sight leaves (max_runtime), and the earliest start ever seen (start_by).
  Outcome newest_outcome = Outcome::kRunning;
  std::optional<TimePoint> newest_started, newest_finished;
  TimePoint newest_observed;
  std::optional<TimePoint> earliest_start;
};

// When what is completed ended: a Run or a Sight.
template <class Completed>
TimePoint EndOf(const Completed& completed) {
  return completed.finished.value_or(completed.observed);
}

// Makes a sight whole: no time but the scheduled one is later than the sight itself, a success has a finish, no start
// is later than its finish.
Sight MadeWhole(Sight sight);

// All sights of one job's runs in about 20 bytes each. The order and repetition of additions do not matter; but a run
// that ended before one that was dropped is taken for one that was counted.
class RunLog {
 public:
  RunLog() = default;
  RunLog(const RunLog& other);
  RunLog(RunLog&&) noexcept = default;
  RunLog& operator=(RunLog other) noexcept;
  ~RunLog() = default;

  // What the sight changes: a run that was not completed before is, as failed or not.
  enum class Change : std::uint8_t { kNone, kCompleted, kFailed };
  Change Add(const Sight& sight);
  std::vector<Sight> Sights() const;
  std::vector<Run> Fold() const;  // by run id
  // Keeps the newest `keep` runs, those that are still running (of more than a thousand the oldest and the newest 500), all that were seen at or after `since`, the newest success
  // that `counts` (outputs may come to be paired with it), and the run that was scheduled last ("@every" goes by it); of
  // each what its fold needs. A success that is told later with an earlier observation may lack what only a dropped sight
  // said; an id that comes again after its run was dropped is another run. `ahead`: how far
  // its source's clock is; an end that was taken as its observation may be told again as so much later.
  void Trim(TimePoint since, std::size_t keep, const std::function<bool(const Run&)>& counts, Duration ahead = {});
  // How many runs failed in a row, up to the last that ended by `until`; of Fold(), and those that Trim dropped.
  std::uint32_t FailuresInARow(const std::vector<Run>& folded, TimePoint until = TimePoint::max()) const;
  std::size_t Bytes() const;
  bool Empty() const { return bytes_.empty(); }

 private:
  void Drop(const std::vector<Run>& runs, const std::vector<const Run*>& dropped, Duration widened);
  void Store(const std::vector<Sight>& sights);
  std::string& PieceOf(const std::string& run_id);
  void Split(std::string& piece, const std::vector<Sight>& sights);
  bool WasDropped(TimePoint end) const { return dropped_until_ && end <= *dropped_until_; }

  // All sights, sorted by run, in pieces: an addition reads only its own. A run is never in two.
  std::string bytes_;                                   // the last piece
  std::unique_ptr<std::vector<std::string>> earlier_;  // those before it; null: none
  Maybe<TimePoint> dropped_until_;      // when the last of the completed runs that were dropped ended
  std::uint32_t dropped_failures_ = 0;  // in a row, up to that one
};

// The sights of one run, sorted by Before, as one.
Run FoldSights(const Sight* first, const Sight* last);

// The order in which sights of one run count: by time; at equal times a success last, before it the finished ones, by
// their finish.
bool Before(const Sight& a, const Sight& b);

}  // namespace batchslo
