// Tested by tests/core/judged_by_test.cc.
#pragma once

#include <cstdint>

#include "exporter/core/job.h"

namespace batchslo {

// A hash of all by which one objective of a job is judged: its rule, its grace, and what the job says of its runs and
// outputs; not of labels, nor of severity. Equal in every build and version of this schema: a miss that was proven by
// another one says nothing.
std::uint64_t JudgedBy(const JobDef& def, const Objective& objective);

// Of all its objectives together.
std::uint64_t JudgedBy(const JobDef& def);

}  // namespace batchslo
