#pragma once

#include "exporter/store/writer.h"

namespace batchslo {

// Ledger::Prune: slice by slice of time, each in a transaction of its own, so that reports get in between.
Result<void> PruneFacts(LedgerWriter& writer, TimePoint now, Duration retention);

}  // namespace batchslo
