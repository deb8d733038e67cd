#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/core/evidence.h"
#include "exporter/core/reason.h"
#include "exporter/core/snapshot.h"

namespace batchslo {

// What one rule says at Evidence::now. The rules are those of the design's "Precisely", one file a kind.
struct Judgement {
  ObjectiveState state;
  TimePoint end{};                // of the verdict's window, with grace
  bool closed_undecided = false;  // a window has closed and nothing is proven
  bool awaits_view = false;       // one more complete view could decide more
  // When the verdict may change without a new fact; max(): never.
  TimePoint valid_until = TimePoint::max();
  std::vector<Because> why;  // a step each
};

struct JudgeContext {
  const Evidence& evidence;
  const Objective& objective;
  // The miss that the newest pause found standing, or that lies before the trimmed history; null: none.
  const History::Standing* standing = nullptr;
  // Facts before this instant have been dropped from memory: windows that began before it are not judged again.
  std::optional<TimePoint> horizon;
  // Only windows that began before it, as if the others had never been.
  std::optional<TimePoint> before = {};
};

// Any objective. Before first seen everything is pending.
Judgement Judge(const JudgeContext& context);

Judgement JudgeWithin(const JudgeContext& context, const Within& rule);
Judgement JudgeBy(const JudgeContext& context, const By& rule);
Judgement JudgeEveryRun(const JudgeContext& context, const EveryRun& rule);
Judgement JudgeStartBy(const JudgeContext& context, const StartBy& rule);
Judgement JudgeMaxRuntime(const JudgeContext& context, const MaxRuntime& rule);
// `looks`: the newest look at each output with those before it, as History::outputs.
Judgement JudgeChecks(const JobDef& def, const History& history, const std::vector<SourceViews>& outputs, TimePoint now);

// What has closed since `after`, the newest due instant that was counted.
struct Closings {
  std::vector<ClosedWindow> windows;    // by due
  std::optional<TimePoint> uncounted;  // when the oldest window began that is not over, or is still waited for
  bool awaits_view = false;            // a complete view could tell how that one ended
  TimePoint next = TimePoint::max();   // when more will have closed without a new fact
};
struct ClosingContext {
  JudgeContext judge;
  const History& history;
  TimePoint after;
  TimePoint asked_since;  // since when sources have been asked
};

// Of within, max_runtime and checks: none, since they have no windows.
Closings ClosingsOf(const ClosingContext& context);
Closings ClosingsOfBy(const ClosingContext& context, const By& rule);
Closings ClosingsOfEveryRun(const ClosingContext& context, const EveryRun& rule);
Closings ClosingsOfStartBy(const ClosingContext& context, const StartBy& rule);

// Where the window of a deadline opens; none: nowhere (no earlier tick to open it).
struct Opening {
  TimePoint at;
  bool by_schedule = false;  // a tick of the job's own schedule
};
std::optional<Opening> OpeningOf(const By& rule, const ScheduleLine& line, TimePoint deadline);

// How many of the runs before may stand in, by the period of the schedule.
int DerivedTolerance(Duration period);
// The same of a rule: as written, or derived from the schedule in force, which `line` has.
int ToleranceOf(const EveryRun& rule, const ScheduleLine& line);

// How far back the rule looks at Evidence::now to give the verdict that it would give with all of the past: the begin
// of the third newest closed window. None: only at what is newest.
std::optional<TimePoint> ReachOf(const JudgeContext& context);
std::optional<TimePoint> ReachOfBy(const JudgeContext& context, const By& rule);
std::optional<TimePoint> ReachOfEveryRun(const JudgeContext& context, const EveryRun& rule);
std::optional<TimePoint> ReachOfStartBy(const JudgeContext& context, const StartBy& rule);

// What became of one window of `by`, `every_run` or `start_by`, for who explains.
struct WindowSight {
  enum class What : std::uint8_t { kAhead, kOpen, kMet, kLate, kMissed, kUndecided, kExcused, kNotCounted };
  What what;
  TimePoint begin, due, end, tick;  // as the rule has them; end: with grace
  std::string evidence = {};                  // of met and late
  std::optional<TimePoint> success_at = {};
  std::string excuse = {};
};
std::string_view WindowSightName(WindowSight::What what);  // "met", "not counted"

// The newest `past` windows that have begun, and `ahead` of those to come, oldest first; none of other rules.
std::vector<WindowSight> WindowsOf(const JudgeContext& context, std::size_t past, std::size_t ahead);
struct WindowCount {
  std::size_t past, ahead;
};
std::vector<WindowSight> WindowsOfBy(const JudgeContext& context, const By& rule, WindowCount count);
std::vector<WindowSight> WindowsOfEveryRun(const JudgeContext& context, const EveryRun& rule, WindowCount count);
std::vector<WindowSight> WindowsOfStartBy(const JudgeContext& context, const StartBy& rule, WindowCount count);

// ---- shared by the rules ----

// Pending, if a source of the job has answered or it was first seen only just now; else unknown.
Verdict PendingOrUnknown(const Evidence& evidence, Judgement& judgement);

// Unknown, for want of ticks, with the reason.
Judgement NoSchedule(const Evidence& evidence);

// How much longer than a window a source whose clock is off must be seen without a success: not at all up to half the
// grace, or up to 30 s.
Duration HeldBack(Duration skew, Duration grace);

// Missed by absence: covered over [from, end + 1us] with nothing in time. The caller has found neither met nor late.
// `run_belongs`: a countable successful run belongs to the window. `moves`: where the move of an output belongs to it.
bool ProvenAbsent(const Evidence& evidence, TimePoint from, TimePoint end, Duration grace, bool run_belongs, Span moves);

// The job was gone (and is still, as far as is known) when the window closed at `end`.
bool GoneAt(const Evidence& evidence, TimePoint end);

// The earliest of two by time; ties by the run's id (Evidence::runs is sorted by it).
bool Earlier(const Success& a, const Success& b);

}  // namespace batchslo
