// SQLite by SOCI, behind our own words: its exceptions end here, and of their text only SQLite's own message goes on.
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <list>
#include <unordered_map>

#include "exporter/sql/database.h"
#include "exporter/sql/fault.h"
#include "exporter/sql/mysql.h"
#include "exporter/sql/postgresql.h"
#include "exporter/sql/url.h"

namespace batchslo {
namespace {

using sqlite_api::sqlite3;  // SOCI declares SQLite's functions in a namespace of its own

struct Trouble {
  std::string message;
  SqlFault fault = SqlFault::kOther;
};

Trouble SqliteTrouble(sqlite3* sqlite) {
  const std::string message = sqlite_api::sqlite3_errmsg(sqlite);
  const SqlFault fault = FaultOfSqlite(sqlite_api::sqlite3_extended_errcode(sqlite));
  return {FirstLine(message), message.starts_with("no such") ? SqlFault::kMissing : fault};
}

struct Finalize {
  void operator()(sqlite_api::sqlite3_stmt* statement) const { sqlite_api::sqlite3_finalize(statement); }
};

enum class Moves { kIgnored, kAreFaults };

// Whether another file, or none, has the name that this one was opened by. SQLite itself would read on in what is gone.
bool HasMoved(sqlite3* sqlite) {
  int moved = 0;
  return sqlite_api::sqlite3_file_control(sqlite, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

// ---- statements, prepared once ----

struct Slot {
  long long integer = 0;
  double real = 0;
  std::string text;
  soci::indicator indicator = soci::i_null;
};

struct Prepared {
  std::unique_ptr<soci::statement> statement;
  std::list<Slot> in, out;
};

class SqliteSession : public Session {
 public:
  SqliteSession(std::unique_ptr<soci::session> session, std::string name, Moves moves) : session_(std::move(session)), name_(std::move(name)), moves_(moves) {
    sqlite_ = static_cast<soci::sqlite3_session_backend*>(session_->get_backend())->conn_;
  }
  ~SqliteSession() override { prepared_.clear(); }

  Result<std::vector<SqlRow>> Query(const Statement& statement) override {
    std::vector<SqlRow> rows;
    const auto done = Run(statement, &rows);
    return done ? Result<std::vector<SqlRow>>(std::move(rows)) : Result<std::vector<SqlRow>>(done.GetError());
  }

  Result<void> Execute(const Statement& statement) override { return Run(statement, nullptr); }

  // Not through SOCI, which can't describe a column of a type that it does not know.
  Result<std::vector<SqlColumn>> Columns(const std::string& sql) override {
    sqlite_api::sqlite3_stmt* raw = nullptr;
    const int code = sqlite_api::sqlite3_prepare_v2(sqlite_, sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr);
    const std::unique_ptr<sqlite_api::sqlite3_stmt, Finalize> statement(raw);
    if (code != SQLITE_OK) return Fail();
    std::vector<SqlColumn> names;
    for (int i = 0; i < sqlite_api::sqlite3_column_count(raw); ++i) names.push_back({sqlite_api::sqlite3_column_name(raw, i)});
    return names;
  }

  SqlFault LastFault() const override { return fault_; }

  void Cancel() override { sqlite_api::sqlite3_interrupt(sqlite_); }

 private:
  Error Fail() { return Fail(SqliteTrouble(sqlite_)); }
  Error Fail(const Trouble& trouble) {
    fault_ = trouble.fault;
    return {name_ + ": " + trouble.message};
  }

  Result<void> Run(const Statement& statement, std::vector<SqlRow>* rows) {
    if (moves_ == Moves::kAreFaults && HasMoved(sqlite_)) return Fail(Trouble{"its file was moved away or replaced", SqlFault::kConnect});
    try {
      Prepared& prepared = Prepare(statement);
      auto slot = prepared.in.begin();
      for (const SqlValue& value : statement.values) Bind(value, *slot++);
      bool got = prepared.statement->execute(true);
      for (; got && rows; got = prepared.statement->fetch()) {
        SqlRow row;
        for (const Slot& out : prepared.out) row.push_back(out.indicator == soci::i_null ? std::nullopt : std::optional(out.text));
        rows->push_back(std::move(row));
      }
      Rest(prepared);
      fault_ = SqlFault::kNone;
      return {};
    } catch (const std::exception&) {
      const Error error = Fail();
      prepared_.erase(statement.sql);
      return error;
    }
  }

  // A SQLite statement that has not been run to its end keeps its transaction open.
  void Rest(Prepared& prepared) const {
    sqlite_api::sqlite3_reset(static_cast<soci::sqlite3_statement_backend*>(prepared.statement->get_backend())->stmt_);
  }

  Prepared& Prepare(const Statement& statement) {
    const auto [at, fresh] = prepared_.try_emplace(statement.sql);
    Prepared& prepared = at->second;
    if (!fresh && prepared.statement) return prepared;
    prepared.statement = std::make_unique<soci::statement>(*session_);
    for (const SqlValue& value : statement.values) {
      Slot& slot = prepared.in.emplace_back();
      if (std::holds_alternative<double>(value)) {
        prepared.statement->exchange(soci::use(slot.real, slot.indicator));
      } else if (std::holds_alternative<std::string>(value)) {
        prepared.statement->exchange(soci::use(slot.text, slot.indicator));
      } else {
        prepared.statement->exchange(soci::use(slot.integer, slot.indicator));
      }
    }
    for (std::size_t i = 0; i < statement.columns; ++i) {
      Slot& slot = prepared.out.emplace_back();
      prepared.statement->exchange(soci::into(slot.text, slot.indicator));
    }
    prepared.statement->alloc();
    prepared.statement->prepare(statement.sql);
    prepared.statement->define_and_bind();
    return prepared;
  }

  static void Bind(const SqlValue& value, Slot& slot) {
    slot.indicator = std::holds_alternative<std::monostate>(value) ? soci::i_null : soci::i_ok;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) slot.integer = *integer;
    if (const auto* real = std::get_if<double>(&value)) slot.real = *real;
    if (const auto* text = std::get_if<std::string>(&value)) slot.text = *text;
  }

  std::unique_ptr<soci::session> session_;
  std::string name_;
  const Moves moves_;  // of a SQLite file
  sqlite3* sqlite_ = nullptr;
  std::unordered_map<std::string, Prepared> prepared_;
  SqlFault fault_ = SqlFault::kNone;
};

Result<std::unique_ptr<Session>> OpenSqlite(const DatabaseOptions& options, SqlFault& fault) {
  const auto path = SqlitePath(options.url);
  if (!path) return path.GetError();
  std::error_code ignored;
  if (!options.writes && !std::filesystem::is_regular_file(*path, ignored)) {
    fault = SqlFault::kConnect;
    return Error{"SQLite database " + *path + ": there is no such file, or this user may not see it"};
  }
  try {
    auto session = std::make_unique<soci::session>(soci::sqlite3, "db=\"" + *path + "\"" + (options.writes ? "" : " readonly=true"));
    auto* backend = static_cast<soci::sqlite3_session_backend*>(session->get_backend());
    sqlite_api::sqlite3_busy_timeout(backend->conn_, static_cast<int>(std::min<std::int64_t>(options.statement_timeout.count(), 2000)));
    if (!options.writes) {
      constexpr int kMostValue = 16 << 20;  // bytes of what a file of others may have us compute
      sqlite_api::sqlite3_limit(backend->conn_, SQLITE_LIMIT_LENGTH, kMostValue);
      *session << "PRAGMA query_only=ON";
    }
    return std::unique_ptr<Session>(std::make_unique<SqliteSession>(std::move(session), "SQLite database " + *path, options.writes ? Moves::kIgnored : Moves::kAreFaults));
  } catch (const std::exception&) {
    fault = SqlFault::kConnect;
    return Error{"SQLite database " + *path + ": it can't be opened; is the path right, and may this user " + (options.writes ? "write" : "read") + " it?"};
  }
}

}  // namespace

Result<std::unique_ptr<Session>> Session::Open(const DatabaseOptions& options, SqlFault* fault) {
  SqlFault found = SqlFault::kOther;
  const auto dialect = CheckDatabaseUrl(options.url);
  auto session = !dialect ? Result<std::unique_ptr<Session>>(dialect.GetError())
                 : *dialect == SqlDialect::kSqlite ? OpenSqlite(options, found)
                 : *dialect == SqlDialect::kMysql  ? OpenMysql(options, found)
                                                   : OpenPostgresql(options, found);
  if (fault) *fault = session ? SqlFault::kNone : found;
  return session;
}

}  // namespace batchslo
