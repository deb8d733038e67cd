#pragma once

#include "exporter/sql/database.h"

namespace batchslo {

// libpq's keyword/value form of a postgresql:// url, with the settings of a session of ours.
Result<std::string> PostgresqlConninfo(const DatabaseOptions& options);

enum class MysqlTls { kVerify, kPrefer, kOff };

struct MysqlTarget {
  std::string host, socket;  // one of them
  unsigned port = 3306;
  std::string user, database;  // no database: tables are named with theirs
  MysqlTls tls = MysqlTls::kVerify;
  std::string ca, cert, key;  // PEM files
};

// What a mysql:// or mariadb:// url says; the system's CAs, and a verified server unless it is this machine.
Result<MysqlTarget> ParseMysqlUrl(const DatabaseOptions& options);

// The path in "sqlite:///path": "sqlite:///a%20b" is "/a b".
Result<std::string> SqlitePath(const std::string& url);

// Where a SQLite file lies that people name by its url or by the path itself, in which a percent sign is one.
Result<std::string> SqliteFile(const std::string& name);

}  // namespace batchslo
