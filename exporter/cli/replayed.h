#pragma once

#include <vector>

#include "exporter/core/explain.h"

namespace batchslo {

// By time; at equal times what is said of jobs first (a pause counts before what came with it), then by their text, so
// that the order of a file does not matter.
void SortFacts(std::vector<Fact>& facts);

// A tracker of this fleet that has been told nothing, but knows when each job was first seen by all of these facts: the
// earliest that names it; without any, the earliest view of its sources.
Tracker TrackerBefore(const Fleet& fleet, const std::vector<Fact>& sorted);

// The same that has been told all that was observed up to `at`.
Tracker TrackerAt(const Fleet& fleet, std::vector<Fact> facts, TimePoint at);

// Of each source that was down at `at` and has said nothing since: why.
SourceErrors ErrorsOf(const std::vector<Fact>& facts, TimePoint at);

}  // namespace batchslo
