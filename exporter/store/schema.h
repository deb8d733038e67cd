#pragma once

#include <string>
#include <vector>

#include "exporter/sql/database.h"

namespace batchslo {

// An Error where the file is a database of something else: it has tables, and not those of a ledger. Changes nothing.
Result<void> RefuseOthers(Session& session);

// Brings the tables of a ledger to this version's, in one transaction. Errors: a newer schema; what the database says.
Result<void> Migrate(Session& session);

// The statements of each version, from the first; what has run stays as it is, a later version adds an entry.
using SchemaVersions = std::vector<std::vector<std::string>>;
Result<void> MigrateTo(Session& session, const SchemaVersions& versions);

// Whether this version can read the tables as they are. Errors: no ledger; an older or newer schema.
Result<void> CheckSchema(Session& session);

}  // namespace batchslo
