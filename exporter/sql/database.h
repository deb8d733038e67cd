#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"

namespace batchslo {

using SqlDeadline = std::chrono::steady_clock::time_point;
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;  // monostate: NULL

struct Statement {
  std::string sql;               // named parameters ":name", bound in order
  std::vector<SqlValue> values;
};

struct Rows {
  std::vector<std::string> columns;  // lower case
  std::vector<std::vector<SqlValue>> rows;
};

// One database, the border with a fake (tests/fakes/fake_database.h). Not safe between threads; one owner.
// Errors name the database and the server's own words, never the SQL text, a bound value or a password.
class Database {
 public:
  virtual ~Database() = default;
  // Connects when it is not connected. At the deadline the statement is cancelled (PQcancel, sqlite3_interrupt) and,
  // if that does not help within a second, the connection is abandoned to a detached closer; Query returns at once.
  virtual Result<Rows> Query(const Statement& statement, SqlDeadline deadline) = 0;
};

struct DatabaseOptions {
  std::string url;       // "postgresql://user@host:5432/db?sslmode=verify-full", "sqlite:///path/file.db"
  std::string password;  // of postgresql; never part of the url
  bool read_only = true;
  std::size_t max_rows = 10'000;
  std::size_t max_text_bytes = 1u << 20;  // of one value
};

// Errors: a scheme that this version does not have, what the url lacks. Does not connect yet.
Result<std::unique_ptr<Database>> MakeDatabase(const DatabaseOptions& options);

}  // namespace batchslo
