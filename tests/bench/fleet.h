#pragma once

#include <cstddef>
#include <string>

#include "exporter/core/tracker.h"

namespace batchslo::bench {

// A fleet as teams have it, followed by a real Tracker: CronJobs in six namespaces and four zones, from every five minutes
// to monthly; of ten jobs four have the derived objective, three `within`, two a deadline on a table, one `start_by` and
// `max_runtime`. Each has 32 runs behind it, one in 16 of them failed, and has been trimmed.
// kAll: with budgets, calendars, checks and upstreams as well, and outlooks, as the daemon has them.
enum class Kinds { kCommon, kAll };
Tracker MakeFleet(std::size_t jobs, Kinds kinds = Kinds::kCommon);

extern const TimePoint kFleetNow;  // when all that was told; the sources were seen until then

std::string FleetJob(std::size_t index);
// One more run of a job: seen at `now`, a minute long, a success.
Fact FreshRun(std::size_t index, TimePoint now);
// What a complete look at both sources says.
void SeeSources(Tracker& tracker, TimePoint now);

}  // namespace batchslo::bench
