#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "exporter/core/result.h"

namespace batchslo {

using SqlDeadline = std::chrono::steady_clock::time_point;
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string>;  // monostate: NULL

struct Statement {
  std::string sql;               // parameters are ":name", bound in their order
  std::vector<SqlValue> values;  // a parameter must have the same type (or NULL) each time the same text is run
  std::size_t columns = 0;       // how many it gives; 0: it gives no rows
};

// Every value as the database writes it; none: NULL.
using SqlRow = std::vector<std::optional<std::string>>;

struct SqlColumn {
  std::string name;
  bool is_text = false;  // by its declared type; a dialect that takes texts for times tells false
};

struct DatabaseOptions {
  std::string url;             // "postgresql://user@host:5432/db?sslmode=verify-full", "mysql://user@host/db", "sqlite:///path/file.db"
  std::string password;        // of a server; never part of the url
  std::string sslrootcert;     // of a server: PEM file of the CAs; empty: the system's
  bool writes = false;         // else the session is read-only, and a missing SQLite file is an error
  std::chrono::milliseconds statement_timeout{10'000}, connect_timeout{5'000};
  // How many connections of its owner were left behind and hang: at eight no other is made. A source's databases share it.
  std::shared_ptr<std::atomic<int>> hanging = std::make_shared<std::atomic<int>>(0);
};

// What kind of trouble it was: the ledger must tell a full disk from a corrupt file.
enum class SqlFault : std::uint8_t { kNone, kConnect, kAuth, kDenied, kMissing, kTimeout, kBusy, kDiskFull, kIo, kCorrupt, kReadOnly, kOther };
std::string_view SqlFaultName(SqlFault fault);  // "timeout": for labels

// One connection that is driven by its owner's thread and blocks it. Not safe between threads, but for Cancel().
// Errors name the database and the server's own primary message, never the SQL, a bound value or a password.
class Session {
 public:
  static Result<std::unique_ptr<Session>> Open(const DatabaseOptions& options, SqlFault* fault = nullptr);
  virtual ~Session() = default;

  virtual Result<std::vector<SqlRow>> Query(const Statement& statement) = 0;
  virtual Result<void> Execute(const Statement& statement) = 0;
  // The columns that a query gives, by their names as they are; does not run it. MySQL's are one at least.
  virtual Result<std::vector<SqlColumn>> Columns(const std::string& sql) = 0;
  virtual SqlFault LastFault() const = 0;
  // Interrupts what runs in another thread; may itself take as long as a connect.
  virtual void Cancel() = 0;
  // What it reads ends at once, and the connection with it; any thread.
  virtual void Abandon() {}
};

// A read-only database with deadlines: the border with a fake. One owner. Connects when it
// is not connected. At the deadline a statement is cancelled, and if that does not help at once, its connection is left
// behind to end by itself; the call returns within half a second of the deadline, whatever the server does.
class Database {
 public:
  virtual ~Database() = default;
  struct Failure {
    Error error;
    SqlFault fault = SqlFault::kOther;
  };
  using Rows = std::variant<std::vector<SqlRow>, Failure>;
  virtual Rows Query(const Statement& statement, SqlDeadline deadline) = 0;
  using Described = std::variant<std::vector<SqlColumn>, Failure>;
  virtual Described Columns(const std::string& sql, SqlDeadline deadline) = 0;
};

// `stop`: as if the deadline had come.
std::unique_ptr<Database> MakeDatabase(const DatabaseOptions& options, std::stop_token stop = {});

enum class SqlDialect { kSqlite, kPostgresql, kMysql };
// Errors: a scheme that this version does not have; a password in the url; what the url lacks.
Result<SqlDialect> CheckDatabaseUrl(const std::string& url);

// "schema.table" as quoted identifiers, parted at dots; the quotation mark in a name is doubled.
std::string QuoteIdentifier(std::string_view dotted, SqlDialect dialect);
// One name, dots and all.
std::string QuoteName(std::string_view name, SqlDialect dialect);

}  // namespace batchslo
