#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/core/cron.h"
#include "exporter/core/fact.h"
#include "exporter/core/job.h"
#include "exporter/core/rare_vector.h"
#include "exporter/core/run_log.h"
#include "exporter/core/snapshot.h"
#include "exporter/core/spans.h"

namespace batchslo {

// The ticks of a job, each by the schedule and zone that held when it fell: a change counts for the ticks after it.
class ScheduleLine {
 public:
  struct Segment {
    TimePoint from;                            // ticks after it; the first segment reaches back for ever
    std::shared_ptr<const Schedule> schedule;  // null: none, or one that can't be read
    std::string fault;                         // why it can't be read
  };
  ScheduleLine() = default;
  explicit ScheduleLine(std::vector<Segment> segments) : segments_(std::move(segments)) {}

  std::optional<TimePoint> Prev(TimePoint time) const;  // the newest tick strictly before
  std::optional<TimePoint> Next(TimePoint time) const;  // the first tick strictly after
  // The schedule in force; null: none.
  const Segment* Newest() const { return segments_.empty() ? nullptr : &segments_.back(); }
  bool HasTicks() const;
  // "@every" has no wall-clock grid: its ticks go through a scheduled time that was seen.
  ScheduleLine AnchoredAt(TimePoint anchor) const;
  bool NeedsAnchor() const;

 private:
  std::vector<Segment> segments_;
};

// From one event to the one that ends it.
struct Interval {
  TimePoint from;
  Maybe<TimePoint> to;          // none: not ended; itself outside
  TimePoint newest{};           // when it was last said to last
};

// What was said of the job itself, and since when (silent: none).
struct JobChange {
  TimePoint observed;
  bool configured = false;  // by our configuration, which is no sight of the job
  SharedText schedule, timezone, dialect, scope;
};

// Looks at an output that said the same, as one.
struct Look {
  TimePoint first_observed, observed;
  Maybe<TimePoint> updated;
  std::optional<std::int64_t> rows, bytes;
  std::map<std::string, double> values;
};

struct SuccessLook {
  TimePoint first_observed, observed;
  Maybe<TimePoint> value;
};

// All that is known of one job, up to some instant. Plain data; sorted by time.
struct History {
  Maybe<TimePoint> first_seen;
  Maybe<TimePoint> back;  // when it was written down again after it had been taken out
  bool answered = false;  // a source said something of it by itself
  std::vector<JobChange> changes;
  ScheduleLine line;
  RareVector<Interval> pauses, gones;
  RunLog runs;
  std::vector<SuccessLook> last_successes;
  std::vector<std::vector<Look>> outputs;  // as JobDef::outputs

  // The misses that the newest pause found standing, or that lie before what was trimmed; one a rule.
  struct Standing {
    std::uint64_t rule;  // JudgedBy, of the objective that was missed
    ObjectiveState state;
    TimePoint end;  // of its window, with grace
  };
  RareVector<Standing> standing;
};

// What has been seen of one source over one scope.
struct Views {
  Stretches stretches;               // of views that join
  Spans reached;                     // by views with `since`
  std::optional<TimePoint> newest;
};

// The schedule in force of a job that has one and whose latest is readable; null otherwise.
const Schedule* ScheduleInForce(const History& history);

}  // namespace batchslo
