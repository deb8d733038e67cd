// SOCI behind our own words: its exceptions end here, and of their text only the server's primary message goes on.
#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <list>
#include <mutex>
#include <unordered_map>

#include "exporter/sql/database.h"
#include "exporter/sql/url.h"

namespace batchslo {
namespace {

using sqlite_api::sqlite3;  // SOCI declares SQLite's functions in a namespace of its own

struct Trouble {
  std::string message;
  SqlFault fault = SqlFault::kOther;
};

// ---- what went wrong, without SQL or values ----

SqlFault FaultOfSqlstate(std::string_view state) {
  static constexpr std::pair<std::string_view, SqlFault> kStates[] = {
      {"57014", SqlFault::kTimeout}, {"55P03", SqlFault::kBusy}, {"28", SqlFault::kAuth},   {"42501", SqlFault::kDenied}, {"42P01", SqlFault::kMissing},
      {"42703", SqlFault::kMissing}, {"3D", SqlFault::kMissing}, {"08", SqlFault::kConnect}, {"57P", SqlFault::kConnect},  {"53", SqlFault::kBusy},
      {"25006", SqlFault::kReadOnly}};
  for (const auto& [prefix, fault] : kStates) {
    if (state.starts_with(prefix)) return fault;
  }
  return SqlFault::kOther;
}

SqlFault FaultOfSqlite(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return SqlFault::kBusy;
    case SQLITE_FULL: return SqlFault::kDiskFull;
    case SQLITE_IOERR: return SqlFault::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return SqlFault::kCorrupt;
    case SQLITE_READONLY: return SqlFault::kReadOnly;
    case SQLITE_CANTOPEN: return SqlFault::kConnect;
    case SQLITE_INTERRUPT: return SqlFault::kTimeout;
    case SQLITE_PERM:
    case SQLITE_AUTH: return SqlFault::kDenied;
    default: return SqlFault::kOther;
  }
}

std::string FirstLine(std::string_view text) {
  std::string line(text.substr(0, std::min(text.find('\n'), std::size_t{300})));
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.pop_back();
  return line;
}

// The server's own words: what follows SOCI's, up to where it appends the statement.
std::string PrimaryMessage(std::string_view what) {
  const std::size_t appended = what.find(" while ");
  what = what.substr(0, appended);
  for (const std::string_view mark : {"ERROR:  ", "FATAL:  "}) {
    if (const std::size_t at = what.find(mark); at != std::string_view::npos) return FirstLine(what.substr(at + mark.size()));
  }
  return FirstLine(what);
}

Trouble TroubleOf(const std::exception& e, PGconn* postgresql, sqlite3* sqlite) {
  if (const auto* error = dynamic_cast<const soci::postgresql_soci_error*>(&e)) {
    const std::string state = error->sqlstate();
    SqlFault fault = FaultOfSqlstate(state);
    if (postgresql && PQstatus(postgresql) == CONNECTION_BAD) fault = SqlFault::kConnect;
    return {PrimaryMessage(e.what()), fault};
  }
  if (sqlite) {
    const int code = sqlite_api::sqlite3_extended_errcode(sqlite);
    const SqlFault fault = FaultOfSqlite(code);
    const std::string message = sqlite_api::sqlite3_errmsg(sqlite);
    return {FirstLine(message), message.starts_with("no such") ? SqlFault::kMissing : fault};
  }
  return {PrimaryMessage(e.what()), SqlFault::kConnect};
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

class SociSession : public Session {
 public:
  SociSession(std::unique_ptr<soci::session> session, std::string name) : session_(std::move(session)), name_(std::move(name)) {
    const std::string backend = session_->get_backend_name();
    if (backend == "postgresql") postgresql_ = static_cast<soci::postgresql_session_backend*>(session_->get_backend())->conn_;
    if (backend == "sqlite3") sqlite_ = static_cast<soci::sqlite3_session_backend*>(session_->get_backend())->conn_;
    if (postgresql_) cancel_ = PQgetCancel(postgresql_);
  }
  ~SociSession() override {
    prepared_.clear();
    if (cancel_) PQfreeCancel(cancel_);
  }

  Result<std::vector<SqlRow>> Query(const Statement& statement) override {
    std::vector<SqlRow> rows;
    const auto done = Run(statement, &rows);
    return done ? Result<std::vector<SqlRow>>(std::move(rows)) : Result<std::vector<SqlRow>>(done.GetError());
  }

  Result<void> Execute(const Statement& statement) override { return Run(statement, nullptr); }

  Result<std::vector<std::string>> Columns(const std::string& sql) override {
    try {
      soci::row row;
      soci::statement statement = (session_->prepare << sql, soci::into(row));
      statement.execute(false);
      std::vector<std::string> names;
      for (std::size_t i = 0; i < row.size(); ++i) {
        std::string name = row.get_properties(i).get_name();
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        names.push_back(std::move(name));
      }
      return names;
    } catch (const std::exception& e) {
      return Fail(e);
    }
  }

  SqlFault LastFault() const override { return fault_; }

  void Cancel() override {
    char text[256];
    if (cancel_) PQcancel(cancel_, text, sizeof text);
    if (sqlite_) sqlite_api::sqlite3_interrupt(sqlite_);
  }

 private:
  Error Fail(const std::exception& e) {
    Trouble trouble = TroubleOf(e, postgresql_, sqlite_);
    fault_ = trouble.fault;
    return {name_ + ": " + trouble.message};
  }

  Result<void> Run(const Statement& statement, std::vector<SqlRow>* rows) {
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
    } catch (const std::exception& e) {
      const Error error = Fail(e);
      prepared_.erase(statement.sql);
      return error;
    }
  }

  // A SQLite statement that has not been run to its end keeps its transaction open.
  void Rest(Prepared& prepared) const {
    if (sqlite_) sqlite_api::sqlite3_reset(static_cast<soci::sqlite3_statement_backend*>(prepared.statement->get_backend())->stmt_);
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
  PGconn* postgresql_ = nullptr;
  sqlite3* sqlite_ = nullptr;
  PGcancel* cancel_ = nullptr;
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
    if (!options.writes) *session << "PRAGMA query_only=ON";
    return std::unique_ptr<Session>(std::make_unique<SociSession>(std::move(session), "SQLite database " + *path));
  } catch (const std::exception& e) {
    fault = SqlFault::kConnect;
    return Error{"SQLite database " + *path + ": it can't be opened; is the path right, and may this user " + (options.writes ? "write" : "read") + " it?"};
  }
}

Result<std::unique_ptr<Session>> OpenPostgresql(const DatabaseOptions& options, SqlFault& fault) {
  const auto conninfo = PostgresqlConninfo(options);
  if (!conninfo) return conninfo.GetError();
  const std::string name = "PostgreSQL " + options.url.substr(0, options.url.find('?'));
  try {
    auto session = std::make_unique<soci::session>(soci::postgresql, *conninfo);
    return std::unique_ptr<Session>(std::make_unique<SociSession>(std::move(session), name));
  } catch (const std::exception& e) {
    fault = SqlFault::kConnect;
    std::string message = PrimaryMessage(e.what());
    if (const std::size_t at = message.find("failed: "); at != std::string::npos) message = message.substr(at + 8);
    if (message.find("authentication") != std::string::npos || message.find("password") != std::string::npos) fault = SqlFault::kAuth;
    return Error{name + ": no connection: " + message};
  }
}

}  // namespace

std::string_view SqlFaultName(SqlFault fault) {
  static constexpr std::string_view kNames[] = {"none", "connect", "auth", "denied", "missing", "timeout", "busy", "disk_full", "io", "corrupt", "read_only", "other"};
  return kNames[static_cast<std::size_t>(fault)];
}

Result<std::unique_ptr<Session>> Session::Open(const DatabaseOptions& options, SqlFault* fault) {
  SqlFault found = SqlFault::kOther;
  const auto dialect = CheckDatabaseUrl(options.url);
  auto session = !dialect ? Result<std::unique_ptr<Session>>(dialect.GetError())
                 : *dialect == SqlDialect::kSqlite ? OpenSqlite(options, found)
                                                   : OpenPostgresql(options, found);
  if (fault) *fault = session ? SqlFault::kNone : found;
  return session;
}

}  // namespace batchslo
