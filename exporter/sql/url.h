#pragma once

#include "exporter/sql/database.h"

namespace batchslo {

// libpq's keyword/value form of a postgresql:// url, with the settings of a session of ours.
Result<std::string> PostgresqlConninfo(const DatabaseOptions& options);

// The path in "sqlite:///path": "sqlite:///a%20b" is "/a b".
Result<std::string> SqlitePath(const std::string& url);

// Where a SQLite file lies that people name by its url or by the path itself, in which a percent sign is one.
Result<std::string> SqliteFile(const std::string& name);

}  // namespace batchslo
