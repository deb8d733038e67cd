#include "exporter/sources/sql.h"

#include <algorithm>

#include "exporter/sources/sql_access.h"
#include "exporter/sources/sql_cell.h"
#include "exporter/sources/sql_inquiry.h"
#include "exporter/sources/sql_question.h"
#include "exporter/sql/database.h"

namespace batchslo {
namespace {

std::string UrlFault(std::string_view text) {
  const auto dialect = CheckDatabaseUrl(std::string(text));
  return dialect ? "" : dialect.Message();
}

std::string OneStatement(std::string_view text) { return IsOneStatement(text) ? "" : "it must be one statement"; }

std::string OutputFault(const Options& output, const Options& source) {
  if (output.Has("table") == output.Has("query")) return "it wants either a table or a query";
  if (output.Has("query") && output.Has("updated_at")) return "a query names its own column updated_at: SELECT max(x) AS updated_at";
  if (output.Has("table") && !output.Has("updated_at") && !source.Has("updated_at")) {
    return "a table needs the column that tells when it moved: write updated_at here or at its source";
  }
  return "";
}

struct Target {
  SourceConfig::OutputTarget config;
  Zone zone;
  std::optional<OutputQuestion> question;  // a free query's wants its columns first
};

// All outputs of one database, asked one after the other on one connection.
class SqlSource {
 public:
  SqlSource(const SourceConfig& config, const SourceServices& services, SqlDialect dialect) : config_(config), services_(services), dialect_(dialect) {
    for (const auto& output : config.outputs) {
      const std::string& zone = output.options.String("timezone");
      const auto found = Zone::Find(zone.empty() ? "UTC" : zone);
      targets_.push_back({output, found ? *found : Zone{}, std::nullopt});
    }
  }

  void Stop() { stop_.request_stop(); }  // any thread

  PollResult Poll(TimePoint now, Deadline deadline) {
    PollResult result;
    const auto ready = Prepare();
    if (!ready) return Failed(ready.Message(), SqlFault::kAuth);
    std::size_t left = targets_.size();
    std::size_t failed = 0;
    for (Target& target : targets_) {
      const std::string scope = target.config.job + "/" + target.config.output;
      const std::string error = Ask(target, now, ShareOf(deadline, left--), result);
      result.scopes.push_back({scope, error.empty(), error});
      if (!error.empty()) ++failed;
      if (!database_ || stop_.stop_requested()) return Failed(error, fault_);
    }
    if (failed > 0 && failed == targets_.size()) return Failed(result.scopes.front().error, fault_);
    if (targets_.empty()) Ping(now, deadline, result);
    return result;
  }

 private:
  static PollResult Failed(const std::string& error, SqlFault fault) {
    PollResult result;
    result.error = error;
    result.reason = SqlFaultName(fault);
    return result;
  }

  // The password may have been rotated: it is read for each new connection.
  Result<void> Prepare() {
    if (database_) return {};
    auto opened = OpenSqlSource(config_, hanging_, stop_.get_token());
    if (!opened) return opened.GetError();
    database_ = std::move(opened).Value();
    return {};
  }

  // Without outputs a source still shows whether it can be reached.
  void Ping(TimePoint, Deadline deadline, PollResult& result) {
    const auto answer = database_->Query({"SELECT 1", {}, 1}, deadline);
    const auto* failure = std::get_if<Database::Failure>(&answer);
    if (!failure) return;
    if (failure->fault == SqlFault::kConnect) database_.reset();
    result = Failed(failure->error.message, failure->fault);
  }

  std::string Ask(Target& target, TimePoint now, Deadline deadline, PollResult& result) {
    if (const std::string error = Understand(target, deadline); !error.empty()) return error;
    const auto answer = database_->Query({target.question->sql, {}, target.question->columns}, deadline);
    if (const auto* failure = std::get_if<Database::Failure>(&answer)) {
      target.question.reset();  // its columns may have changed
      return Note(*failure);
    }
    const auto& rows = std::get<std::vector<SqlRow>>(answer);
    if (rows.size() != 1) return "the query gives " + (rows.empty() ? std::string("no row") : "more than one row") + "; it must give exactly one";
    return Read(target, rows[0], now, result);
  }

  std::string Note(const Database::Failure& failure) {
    fault_ = failure.fault;
    if (fault_ == SqlFault::kConnect || fault_ == SqlFault::kAuth) database_.reset();
    std::string message = failure.error.message;
    if (fault_ == SqlFault::kDenied) message += " (grant SELECT on it to this user)";
    return message;
  }

  std::string Understand(Target& target, Deadline deadline) {
    if (target.question) return "";
    const Options& options = target.config.options;
    if (options.Has("table")) {
      const std::string& column = SqlTimeColumn(config_, options);
      if (const std::string error = CheckTime(options.String("table"), column, deadline); !error.empty()) return error;
      target.question = AskTable(options.String("table"), column, target.config, dialect_);
      return "";
    }
    const std::string query = TrimQuery(options.String("query"));
    const auto names = database_->Columns(DescribeQuery(query), deadline);
    if (const auto* failure = std::get_if<Database::Failure>(&names)) return Note(*failure);
    auto question = AskQuery(query, std::get<std::vector<SqlColumn>>(names), dialect_);
    if (!question) return question.Message();
    target.question = std::move(question).Value();
    return "";
  }

  std::string CheckTime(const std::string& table, const std::string& column, Deadline deadline) {
    if (dialect_ != SqlDialect::kMysql) return "";
    const auto columns = database_->Columns(DescribeTime(table, column, dialect_), deadline);
    if (const auto* failure = std::get_if<Database::Failure>(&columns)) return Note(*failure);
    if (!std::get<std::vector<SqlColumn>>(columns).front().is_text) return "";
    return TextIsNoTime(table, column);
  }

  std::string Read(const Target& target, const SqlRow& row, TimePoint now, PollResult& result) {
    ObservationFact fact;
    fact.job = target.config.job;
    fact.output = target.config.output;
    if (row[0]) {
      const auto time = ParseCellTime(*row[0], target.zone);
      if (!time) return time.Message();
      fact.updated = *time;
    }
    std::size_t at = 1;
    if (target.question->has_rows) {
      fact.rows = ParseCellCount(row[at++]);
    }
    if (target.question->has_partition) {
      fact.partition = ParseCellPartition(row[at++]);
    }
    for (const std::string& name : target.question->nulls) {
      if (const auto nulls = ParseCellNumber(row[at++])) fact.values["null." + name] = *nulls;
    }
    if (target.question->has_clock) {
      if (const auto clock = ParseCellCount(row[at])) result.server_time = TimePoint{Duration{*clock}};
    }
    result.facts.push_back({config_.name, now, std::move(fact)});
    return "";
  }

  SourceConfig config_;
  SourceServices services_;
  SqlDialect dialect_;
  std::vector<Target> targets_;
  std::stop_source stop_;
  const std::shared_ptr<std::atomic<int>> hanging_ = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<Database> database_;  // null: to be made anew
  SqlFault fault_ = SqlFault::kNone;
};

Result<Source> Make(const SourceConfig& config, const SourceServices& services) {
  const auto dialect = CheckDatabaseUrl(config.options.String("url"));
  if (!dialect) return dialect.GetError();
  auto source = std::make_shared<SqlSource>(config, services, *dialect);
  Source made;
  made.poll = [source](TimePoint now, Deadline deadline) { return source->Poll(now, deadline); };
  made.stop = [source] { source->Stop(); };
  return made;
}

}  // namespace

SourceKind SqlKind() {
  using enum OptionType;
  SourceSpec spec;
  spec.kind = "sql";
  spec.summary = "Tables and queries of PostgreSQL, MySQL, MariaDB and SQLite";
  spec.coverage = Coverage::kLastValue;
  spec.has_columns = true;
  spec.options = {
      {"url", kString, "postgresql://USER@HOST:PORT/DATABASE, mysql://USER@HOST:PORT/DATABASE or sqlite:///PATH, percent-encoded", "postgresql://slo@db/prod", "", true, {}, UrlFault},
      {"password", kSecret, "Of the user in the url", "{file: /run/secrets/db}"},
      {"sslrootcert", kFile, "The CAs that the server's certificate is verified by; else the system's", "/etc/batchslo/db-ca.pem"},
      {"updated_at", kString, "The column of its tables that tells when they moved, where an output names none", "updated_at"},
  };
  spec.outputs = {
      {"table", kString, "A table or view, as schema.table", "billing.ledger"},
      {"updated_at", kString, "Its column that tells when a row came", "loaded_at"},
      {"query", kString, "Instead of a table: one row with updated_at and, where there are, rows, partition_id and null.COLUMN", "\"SELECT max(t) AS updated_at, count(*) AS rows FROM x\"", "", false, {}, OneStatement},
      {"timezone", kZone, "Of times that the database gives without an offset", "Asia/Tokyo", "UTC"},
  };
  spec.output_fault = OutputFault;
  spec.tells_partition = [](const Options& output) { return output.Has("query"); };
  return {std::move(spec), Make, CheckSql, DiscoverSql};
}

}  // namespace batchslo
