// Tested by tests/store/tallies_test.cc.
#pragma once

#include <vector>

#include "exporter/core/tracker.h"
#include "exporter/store/reader.h"

namespace batchslo {

// Inside a transaction of the caller's. `since` of a row stays what it was when it came.
Result<void> StoreTallies(Session& session, const std::vector<StoredTally>& tallies);

// Where the days of a row can't be read, its totals still come.
Result<std::vector<StoredTally>> LoadTallies(const Ask& ask);

// Tallies that have stood still for longer than any span goes back, and whose objective has one that is newer.
Result<void> PruneTallies(Session& session, TimePoint now);

}  // namespace batchslo
