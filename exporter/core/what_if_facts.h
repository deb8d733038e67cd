#pragma once
// Facts that nobody has told yet, of one job. Private to what_if*.cc.

#include <string>
#include <vector>

#include "exporter/core/what_if.h"

namespace batchslo {

inline constexpr const char* kSupposedRun = "what-if";  // the id of a run that is supposed

// A success of all that the job's `success` asks, at `at`: of a run that was scheduled then (none: by nobody), of outputs
// that pass their checks.
std::vector<Fact> SupposeSuccess(const JobCase& job, TimePoint at, std::optional<TimePoint> scheduled);
// A run that starts at `at`, and goes on.
std::vector<Fact> SupposeStart(const JobCase& job, TimePoint at, std::optional<TimePoint> scheduled);
// All has been seen from `from` to `at`, and showed nothing more.
std::vector<Fact> SupposeNothing(const JobCase& job, TimePoint from, TimePoint at);
// A view of the source of its runs.
std::vector<Fact> SupposeView(const JobCase& job, TimePoint at);
// All runs that are going have ended, and a view.
std::vector<Fact> SupposeEnd(const JobCase& job, TimePoint at);
// Looks at all outputs that have checks, which pass or fail.
enum class LookResult : std::uint8_t { kPasses, kFails };
std::vector<Fact> SupposeLooks(const JobCase& job, TimePoint at, LookResult result);
// The job goes on after a pause.
std::vector<Fact> SupposeResumed(const JobCase& job, TimePoint at);
// A schedule is told.
std::vector<Fact> SupposeSchedule(const JobCase& job, TimePoint at, const std::string& schedule);

}  // namespace batchslo
