#pragma once

#include "exporter/sql/database.h"

namespace batchslo {

// libpq's keyword/value form of a postgresql:// url, with the settings of a session of ours.
Result<std::string> PostgresqlConninfo(const DatabaseOptions& options);

// The path in "sqlite:///path".
Result<std::string> SqlitePath(const std::string& url);

}  // namespace batchslo
