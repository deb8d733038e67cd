#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "exporter/core/budget.h"
#include "exporter/core/calendar.h"
#include "exporter/core/deadline.h"
#include "exporter/core/maybe.h"
#include "exporter/core/redact.h"
#include "exporter/core/shared_text.h"
#include "exporter/core/shared_value.h"
#include "exporter/core/time.h"
#include "exporter/core/zone.h"

namespace batchslo {

// ---- objectives: what users write ----

struct Within {
  Duration window;
  bool operator==(const Within&) const = default;
};
struct By {
  Ticks deadline;
  std::variant<std::monostate, Duration, Ticks> since;  // none: the job's schedule, else half-way
  bool operator==(const By&) const = default;
};
struct EveryRun {
  int tolerate = 0;
  std::optional<Duration> finish_within;  // none: until the next tick
  bool derived = false;                   // tolerate follows from the period of the schedule
  bool operator==(const EveryRun&) const = default;
};
struct StartBy {
  Duration limit;
  bool operator==(const StartBy&) const = default;
};
struct MaxRuntime {
  Duration limit;
  bool operator==(const MaxRuntime&) const = default;
};
struct Checks {  // the newest observation of every output passes its checks
  bool operator==(const Checks&) const = default;
};
using Rule = std::variant<Within, By, EveryRun, StartBy, MaxRuntime, Checks>;

// "within", "by", "every_run", "start_by", "max_runtime", "checks"
std::string_view KindName(const Rule& rule);

// Of by, every_run and start_by closed windows are counted; of the others the time in which they are met.
bool HasWindows(const Rule& rule);

enum class ObjectiveFrom : std::uint8_t { kJob, kRegistry, kAnnotation, kDefault, kDerived };
std::string_view ObjectiveFromName(ObjectiveFrom from);  // "job", "registry", "annotation", "default", "derived"

struct Objective {
  SharedText name;  // its name in the configuration; the kind for short forms
  Rule rule;
  Duration grace{0};
  SharedText severity;  // "critical", "warning", "info"
  ObjectiveFrom from = ObjectiveFrom::kJob;
  SloTarget target = {};
  CalendarRef calendar = {};  // none: no window is excused
  bool operator==(const Objective&) const = default;
};

// ---- checks of an output ----

enum class Compare : std::uint8_t { kLess, kLessEqual, kEqual, kNotEqual, kGreaterEqual, kGreater };
struct RowsCheck {  // rows: ">= 1000"
  Compare compare;
  std::int64_t bound;
  bool operator==(const RowsCheck&) const = default;
};
struct NotNullCheck {  // its value "null.<column>" is 0
  std::string column;
  bool operator==(const NotNullCheck&) const = default;
};
struct ShrinkCheck {  // shrink: "< 20%" is {20, kLess}
  double percent;
  Compare compare = Compare::kLess;
  bool operator==(const ShrinkCheck&) const = default;
};
struct PartitionCheck {  // partition: "%Y%m%d -1d": what was written is the partition of the day before it was written, or a newer one
  Zone zone;
  int fields = 3;     // of a date, from the year down: 1 to 4 (the hour)
  Duration back{0};   // whole days on the clock of the wall, anything else as time that passes
  bool operator==(const PartitionCheck&) const = default;
};
struct Check {
  SharedText name;  // "rows", "not_null.amount", "shrink", "partition"
  std::variant<RowsCheck, NotNullCheck, ShrinkCheck, PartitionCheck> rule;
  bool operator==(const Check&) const = default;
};

// ---- jobs ----

struct OutputDef {
  SharedText name;  // the key under `outputs`, else the table
  SharedText source;
  std::vector<Check> checks;  // its own and the job's short `rows`
  bool operator==(const OutputDef&) const = default;
};

using JobNames = std::vector<SharedText>;

enum class SuccessMode : std::uint8_t { kAll, kAny, kRuns, kOutputs };

struct JobDef {
  std::string name;
  SharedText team, consumer, runbook_url, dashboard_url;
  bool configured = false;      // false: discovered only
  SharedText runs_source;             // empty: none configured (a discovered job's facts may bring one)
  SharedText schedule, schedule_timezone, schedule_dialect;  // written by people, for sources that tell none
  std::vector<OutputDef> outputs;
  SuccessMode success = SuccessMode::kAll;
  bool count_manual = true, count_backfill = false;
  bool says_count_manual = false, says_count_backfill = false;  // somebody wrote it
  Maybe<Duration> max_suspend;
  std::vector<Objective> objectives;
  SharedValue<JobNames> needs = {};  // its upstreams
  bool operator==(const JobDef&) const = default;
};

// The objective of a job for which nobody wrote one: every_run, tolerate by the period of its schedule.
Objective DerivedObjective(std::string severity);

// ---- sources, as far as judging needs to know them ----

enum class Coverage : std::uint8_t {
  kJoins,      // lists, watches, push: views at most one staleness bound apart cover what lies between
  kHistory,    // only `since` of a view covers
  kLastValue,  // only the observations themselves cover
};

struct SourceDef {
  std::string name, kind;  // kind: the row of the registry, "kubernetes"
  Coverage coverage = Coverage::kJoins;
  Duration staleness{0};
  Duration spool_allowance{0};  // push: a stretch of views begins this much late
  bool discovers = false;       // brings jobs that nobody configured
  std::string dialect = "kubernetes", controller_timezone = "UTC";  // of schedules that do not say
  bool operator==(const SourceDef&) const = default;
};

// All that is judged, and by whose word.
struct Fleet {
  std::vector<SourceDef> sources;
  std::vector<std::shared_ptr<const JobDef>> jobs;  // in the order of the configuration; none is null
  Redactor redactor = {};  // of what failed runs say
};

// After a reload: a job that is defined as before is the same object as before.
void KeepUnchanged(const Fleet& before, Fleet& fleet);

}  // namespace batchslo
