#include "exporter/sources/sql.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <mutex>

#include "exporter/net/secret.h"
#include "exporter/sql/database.h"

namespace batchslo {
namespace {

std::string UrlFault(std::string_view text) {
  const auto dialect = CheckDatabaseUrl(std::string(text));
  return dialect ? "" : dialect.Message();
}

std::string OneStatement(std::string_view text) {
  const std::size_t semicolon = text.find(';');
  const bool more = semicolon != std::string_view::npos && text.find_first_not_of(" \t\r\n;", semicolon) != std::string_view::npos;
  const bool none = text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
  return more || none ? "it must be one statement" : "";
}

std::string OutputFault(const Options& output, const Options& source) {
  if (output.Has("table") == output.Has("query")) return "it wants either a table or a query";
  if (output.Has("query") && output.Has("updated_at")) return "a query names its own column updated_at: SELECT max(x) AS updated_at";
  if (output.Has("table") && !output.Has("updated_at") && !source.Has("updated_at")) {
    return "a table needs the column that tells when it moved: write updated_at here or at its source";
  }
  return "";
}

// The microseconds of "9:00:00.5", if all of `text` is that.
std::optional<Duration> TimeOfDay(std::string_view text) {
  int parts[3] = {0, 0, 0};
  std::size_t count = 0;
  for (; count < 3 && text.size() >= 2; ++count) {
    const auto [end, fault] = std::from_chars(text.data(), text.data() + 2, parts[count]);
    if (fault != std::errc{} || end != text.data() + 2) return std::nullopt;
    text.remove_prefix(2);
    if (!text.starts_with(':')) break;
    text.remove_prefix(1);
  }
  std::int64_t fraction = 0;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string digits = std::string(text.substr(0, 6)) + std::string(6 - std::min<std::size_t>(6, text.size()), '0');
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + 6, fraction);
    if (text.empty() || fault != std::errc{} || end != digits.data() + 6) return std::nullopt;
    text = {};
  }
  if (!text.empty() || count == 0 || parts[0] > 24 || parts[1] > 59 || parts[2] > 60) return std::nullopt;
  return hours{parts[0]} + minutes{parts[1]} + seconds{parts[2]} + Duration{fraction};
}

// "+00", "+09:30", "-0330", "Z"; takes it off the end of `text`.
std::optional<Duration> TakeOffset(std::string_view& text) {
  if (text.ends_with('Z') || text.ends_with('z')) return text.remove_suffix(1), Duration{0};
  const std::size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign < 11) return std::nullopt;  // a date has dashes too
  std::string digits(text.substr(sign + 1));
  digits.erase(std::remove(digits.begin(), digits.end(), ':'), digits.end());
  if (digits.size() != 2 && digits.size() != 4) return std::nullopt;
  int value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  const Duration offset = digits.size() == 2 ? Duration{hours{value}} : Duration{hours{value / 100} + minutes{value % 100}};
  const bool west = text[sign] == '-';
  text = text.substr(0, sign);
  return west ? -offset : offset;
}

// Below it a number is rather a date without dashes ("20260301"), or a year.
constexpr double kLeastUnixSeconds = 1e8;

std::optional<TimePoint> UnixSeconds(std::string_view text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || value < 0 || value > 253402300799.0) return std::nullopt;
  if (value > 0 && value < kLeastUnixSeconds) return std::nullopt;
  std::int64_t whole = 0;
  const auto [dot, bad] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (bad == std::errc{} && dot == text.data() + text.size()) return TimePoint{seconds{whole}};
  return TimePoint{Duration{static_cast<std::int64_t>(value * 1e6 + 0.5)}};
}

}  // namespace

Result<TimePoint> ParseCellTime(std::string_view text, const Zone& zone) {
  if (const auto time = UnixSeconds(text)) return *time;
  const Error bad{"\"" + std::string(text.substr(0, 40)) + "\" is no time; expected a timestamp, a date or Unix seconds"};
  if (text.size() < 10) return bad;
  const auto day = ParseRfc3339(std::string(text.substr(0, 10)) + "T00:00:00Z");
  if (!day) return bad;
  std::string_view rest = text;
  const auto offset = TakeOffset(rest);
  rest.remove_prefix(10);
  Duration clock{0};
  if (!rest.empty()) {
    if (rest.front() != ' ' && rest.front() != 'T') return bad;
    rest.remove_prefix(1);
    while (rest.ends_with(' ')) rest.remove_suffix(1);
    const auto time = TimeOfDay(rest);
    if (!time) return bad;
    clock = *time;
  }
  if (offset) return *day + clock - *offset;
  return zone.ToInstants({day->time_since_epoch() + clock}).last;
}

namespace {

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

  PollResult Poll(TimePoint now, Deadline deadline) {
    PollResult result;
    const auto ready = Prepare();
    if (!ready) return Failed(ready.Message(), SqlFault::kAuth);
    std::size_t left = targets_.size();
    std::size_t failed = 0;
    for (Target& target : targets_) {
      const auto from = std::chrono::steady_clock::now();
      const auto share = from + std::max((deadline - from) / static_cast<int>(left--), std::chrono::steady_clock::duration(std::chrono::milliseconds(200)));
      const std::string scope = target.config.job + "/" + target.config.output;
      const std::string error = Ask(target, now, std::min(share, deadline + std::chrono::milliseconds(200)), result);
      result.scopes.push_back({scope, error.empty(), error});
      if (!error.empty()) ++failed;
      if (!error.empty() && fault_ == SqlFault::kConnect) return Failed(error, fault_);
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
    DatabaseOptions options;
    options.url = config_.options.String("url");
    options.sslrootcert = config_.options.String("sslrootcert");
    options.statement_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(config_.timeout);
    options.connect_timeout = std::min(options.statement_timeout, std::chrono::milliseconds(5000));
    if (const SecretRef* password = config_.options.Secret("password")) {
      auto secret = ReadSecret(*password);
      if (!secret) return secret.GetError();
      options.password = std::move(secret).Value();
    }
    database_ = MakeDatabase(options);
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
    if (const auto* failure = std::get_if<Database::Failure>(&answer)) return Note(*failure);
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
      const std::string& column = options.Has("updated_at") ? options.String("updated_at") : config_.options.String("updated_at");
      target.question = OfTable(options.String("table"), column, target.config);
      return "";
    }
    std::string query = options.String("query");
    query.erase(std::min(query.find_last_not_of(" \t\r\n;") + 1, query.size()));
    const auto names = database_->Columns("SELECT * FROM (" + query + "\n) AS q LIMIT 0", deadline);
    if (const auto* failure = std::get_if<Database::Failure>(&names)) return Note(*failure);
    const auto& columns = std::get<std::vector<std::string>>(names);
    if (std::find(columns.begin(), columns.end(), "updated_at") == columns.end()) return "the query gives no column updated_at; write SELECT max(x) AS updated_at";
    target.question = OfQuery(query, columns);
    return "";
  }

  void AddClock(std::string& select, OutputQuestion& question) const {
    if (dialect_ != SqlDialect::kPostgresql) return;
    select += ", (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    question.has_clock = true;
    ++question.columns;
  }

  OutputQuestion OfTable(const std::string& table, const std::string& column, const SourceConfig::OutputTarget& target) const {
    // Qualified, for SQLite takes an unknown "column" for a text.
    OutputQuestion question;
    std::string select = "SELECT CAST(max(t." + QuoteIdentifier(column) + ") AS TEXT)";
    if (target.wants_rows) {
      select += ", count(*)";
      question.has_rows = true;
      ++question.columns;
    }
    for (const std::string& name : target.not_null) {
      select += ", count(*) - count(t." + QuoteIdentifier(name) + ")";
      question.nulls.push_back(name);
      ++question.columns;
    }
    AddClock(select, question);
    question.sql = select + " FROM " + QuoteIdentifier(table) + " AS t";
    return question;
  }

  OutputQuestion OfQuery(const std::string& query, const std::vector<std::string>& columns) const {
    OutputQuestion question;
    std::string select = "SELECT CAST(q.updated_at AS TEXT)";
    if (std::find(columns.begin(), columns.end(), "rows") != columns.end()) {
      select += ", q.\"rows\"";
      question.has_rows = true;
      ++question.columns;
    }
    for (const std::string& column : columns) {
      if (!column.starts_with("null.")) continue;
      select += ", q.\"" + column + "\"";
      question.nulls.push_back(column.substr(5));
      ++question.columns;
    }
    AddClock(select, question);
    question.sql = select + " FROM (" + query + "\n) AS q LIMIT 2";
    return question;
  }

  static std::optional<double> Number(const std::optional<std::string>& cell) {
    double value = 0;
    if (!cell) return std::nullopt;
    const auto [end, fault] = std::from_chars(cell->data(), cell->data() + cell->size(), value);
    return fault == std::errc{} && end == cell->data() + cell->size() ? std::optional(value) : std::nullopt;
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
      const auto rows = Number(row[at++]);
      if (rows && std::abs(*rows) < 9e15) fact.rows = static_cast<std::int64_t>(*rows);
    }
    for (const std::string& name : target.question->nulls) {
      if (const auto nulls = Number(row[at++])) fact.values["null." + name] = *nulls;
    }
    if (target.question->has_clock) {
      if (const auto clock = Number(row[at])) result.server_time = TimePoint{Duration{static_cast<std::int64_t>(*clock)}};
    }
    result.facts.push_back({config_.name, now, std::move(fact)});
    return "";
  }

  SourceConfig config_;
  SourceServices services_;
  SqlDialect dialect_;
  std::vector<Target> targets_;
  std::unique_ptr<Database> database_;
  SqlFault fault_ = SqlFault::kNone;
};

Result<Source> Make(const SourceConfig& config, const SourceServices& services) {
  const auto dialect = CheckDatabaseUrl(config.options.String("url"));
  if (!dialect) return dialect.GetError();
  auto source = std::make_shared<SqlSource>(config, services, *dialect);
  Source made;
  made.poll = [source](TimePoint now, Deadline deadline) { return source->Poll(now, deadline); };
  return made;
}

}  // namespace

SourceKind SqlKind() {
  using enum OptionType;
  SourceSpec spec;
  spec.kind = "sql";
  spec.summary = "Tables and queries of PostgreSQL and SQLite";
  spec.coverage = Coverage::kLastValue;
  spec.options = {
      {"url", kString, "postgresql://USER@HOST:PORT/DATABASE or sqlite:///PATH", "postgresql://slo@db/prod", "", true, {}, UrlFault},
      {"password", kSecret, "Of the user in the url", "{file: /run/secrets/db}"},
      {"sslrootcert", kFile, "The CAs that the server's certificate is verified by; else the system's", "/etc/batchslo/db-ca.pem"},
      {"updated_at", kString, "The column of its tables that tells when they moved, where an output names none", "updated_at"},
  };
  spec.outputs = {
      {"table", kString, "A table or view, as schema.table", "billing.ledger"},
      {"updated_at", kString, "Its column that tells when a row came", "loaded_at"},
      {"query", kString, "Instead of a table: one row with updated_at and, where there are, rows and null.COLUMN", "\"SELECT max(t) AS updated_at, count(*) AS rows FROM x\"", "", false, {}, OneStatement},
      {"timezone", kZone, "Of times that the database gives without an offset", "Asia/Tokyo", "UTC"},
  };
  spec.output_fault = OutputFault;
  return {std::move(spec), Make};
}

}  // namespace batchslo
