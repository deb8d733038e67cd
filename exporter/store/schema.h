#pragma once

#include "exporter/sql/database.h"

namespace batchslo {

// Brings the tables of a ledger to this version's, in one transaction. Errors: a newer schema; what the database says.
Result<void> Migrate(Session& session);

}  // namespace batchslo
