#pragma once

#include "exporter/sql/database.h"

namespace batchslo {

// Brings the tables of a ledger to this version's, in one transaction. Errors: a newer schema; what the database says.
Result<void> Migrate(Session& session);

// Whether this version can read the tables as they are. Errors: no ledger; an older or newer schema.
Result<void> CheckSchema(Session& session);

}  // namespace batchslo
