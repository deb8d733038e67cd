#pragma once

#include "exporter/core/clock_error.h"
#include "exporter/core/spans.h"
#include "exporter/sql/database.h"

namespace batchslo {

// Ledger::PutRight, inside a transaction of the caller's.
Result<void> PutTablesRight(Session& session, const ClockError& error, Span unseen);

}  // namespace batchslo
