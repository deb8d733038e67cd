#pragma once

#include "exporter/sql/database.h"

namespace batchslo {

// A session on PostgreSQL, for a url that CheckDatabaseUrl takes. Its statements have no parameters. An answer, and what
// a server sends before it lets us in, is at most 8 MiB: a server that sends more is left.
Result<std::unique_ptr<Session>> OpenPostgresql(const DatabaseOptions& options, SqlFault& fault);

}  // namespace batchslo
