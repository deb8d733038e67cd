#pragma once

#include "exporter/sql/database.h"

namespace batchslo {

// A session on MySQL or MariaDB, for a url that CheckDatabaseUrl takes. Its statements have no parameters.
// A TIMESTAMP comes with the offset "+00"; a zero date ("0000-00-00"), MySQL's other way of saying none, is NULL.
Result<std::unique_ptr<Session>> OpenMysql(const DatabaseOptions& options, SqlFault& fault);

}  // namespace batchslo
