#include "exporter/sources/sql_question.h"

#include <algorithm>

namespace batchslo {
namespace {

constexpr std::string_view kBlank = " \t\r\n;";

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// Null: it is not there.
const SqlColumn* FindColumn(const std::vector<SqlColumn>& columns, std::string_view name) {
  const auto at = std::find_if(columns.begin(), columns.end(), [&](const SqlColumn& column) { return Lower(column.name) == name; });
  return at == columns.end() ? nullptr : &*at;
}

// What the dialects say in different words.
struct Phrases {
  std::string_view text_begin, text_end;  // around a time
  std::string_view clock;                 // the server's, in microseconds; empty: it has none of its own
};

const Phrases& PhrasesOf(SqlDialect dialect) {
  static constexpr Phrases kSqlite{"CAST(", " AS TEXT)", ""};
  static constexpr Phrases kPostgresql{"CAST(", " AS TEXT)", "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"};
  // Uncast, for its type tells whether a time is in UTC.
  static constexpr Phrases kMysql{"", "", "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)"};
  return dialect == SqlDialect::kSqlite ? kSqlite : dialect == SqlDialect::kMysql ? kMysql : kPostgresql;
}

std::string SelectTime(const std::string& time, const Phrases& phrases) {
  return "SELECT " + std::string(phrases.text_begin) + time + std::string(phrases.text_end);
}

void AddClock(std::string& select, OutputQuestion& question, const Phrases& phrases) {
  if (phrases.clock.empty()) return;
  select += ", " + std::string(phrases.clock);
  question.has_clock = true;
  ++question.columns;
}

}  // namespace

OutputQuestion AskTable(const std::string& table, const std::string& column, const SourceConfig::OutputTarget& target, SqlDialect dialect) {
  // Qualified, for SQLite takes an unknown "column" for a text.
  OutputQuestion question;
  std::string select = SelectTime("max(t." + QuoteName(column, dialect) + ")", PhrasesOf(dialect));
  if (target.wants_rows) {
    select += ", count(*)";
    question.has_rows = true;
    ++question.columns;
  }
  for (const std::string& name : target.not_null) {
    select += ", count(*) - count(t." + QuoteName(name, dialect) + ")";
    question.nulls.push_back(name);
    ++question.columns;
  }
  AddClock(select, question, PhrasesOf(dialect));
  question.sql = select + " FROM " + QuoteIdentifier(table, dialect) + " AS t";
  return question;
}

Result<OutputQuestion> AskQuery(const std::string& query, const std::vector<SqlColumn>& columns, SqlDialect dialect) {
  constexpr std::string_view kNull = "null.";
  const SqlColumn* updated = FindColumn(columns, "updated_at");
  if (!updated) return Error{"the query gives no column updated_at; write SELECT max(x) AS updated_at"};
  if (updated->is_text) return Error{"the query gives a text as updated_at; write CAST(... AS DATETIME(6)) AS updated_at"};
  OutputQuestion question;
  std::string select = SelectTime("q." + QuoteName(updated->name, dialect), PhrasesOf(dialect));
  if (const SqlColumn* rows = FindColumn(columns, "rows")) {
    select += ", q." + QuoteName(rows->name, dialect);
    question.has_rows = true;
    ++question.columns;
  }
  if (const SqlColumn* partition = FindColumn(columns, "partition_id")) {
    select += ", q." + QuoteName(partition->name, dialect);
    question.has_partition = true;
    ++question.columns;
  }
  for (const auto& [name, is_text] : columns) {
    if (!Lower(name).starts_with(kNull)) continue;
    select += ", q." + QuoteName(name, dialect);
    question.nulls.push_back(name.substr(kNull.size()));
    ++question.columns;
  }
  AddClock(select, question, PhrasesOf(dialect));
  question.sql = select + " FROM (" + query + "\n) AS q LIMIT 2";
  return question;
}

std::string TrimQuery(std::string query) {
  query.erase(std::min(query.find_last_not_of(kBlank) + 1, query.size()));
  return query;
}

std::string DescribeTime(const std::string& table, const std::string& column, SqlDialect dialect) {
  return "SELECT t." + QuoteName(column, dialect) + " FROM " + QuoteIdentifier(table, dialect) + " AS t";
}

std::string DescribeQuery(const std::string& query) { return "SELECT * FROM (" + query + "\n) AS q LIMIT 0"; }

bool IsOneStatement(std::string_view sql) {
  if (sql.find_first_not_of(kBlank) == std::string_view::npos) return false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const std::string_view rest = sql.substr(i);
    std::size_t end = 0;  // of what opens here, in `rest`
    if (rest[0] == '\'' || rest[0] == '"' || rest[0] == '`') end = rest.find(rest[0], 1);
    if (rest.starts_with("--")) end = rest.find('\n');
    if (rest.starts_with("/*")) end = rest.find("*/");
    if (end == std::string_view::npos) return true;
    if (rest[0] == ';') return rest.find_first_not_of(kBlank) == std::string_view::npos;
    i += end;
  }
  return true;
}

}  // namespace batchslo
