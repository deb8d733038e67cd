// Tested by tests/core/judged_by_test.cc.
#pragma once

#include <cstdint>

#include "exporter/core/job.h"

namespace batchslo {

// A hash of all by which one objective of a job is judged: its rule, its grace, what the job says of its runs and outputs,
// and how the source of its runs reads schedules and proves absence; not of labels, nor of severity, nor of a staleness
// bound, which counts for the views that came under it. Equal in every build and version of this schema: a miss that was proven by
// another one says nothing.
std::uint64_t JudgedBy(const JobDef& def, const Objective& objective, const SourceDef& runs);

// Of all its objectives together.
std::uint64_t JudgedBy(const JobDef& def, const SourceDef& runs);

}  // namespace batchslo
