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

// As the database names it; null: it is not there.
const std::string* FindColumn(const std::vector<std::string>& columns, std::string_view name) {
  const auto at = std::find_if(columns.begin(), columns.end(), [&](const std::string& column) { return Lower(column) == name; });
  return at == columns.end() ? nullptr : &*at;
}

void AddClock(std::string& select, OutputQuestion& question, SqlDialect dialect) {
  if (dialect != SqlDialect::kPostgresql) return;
  select += ", (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
  question.has_clock = true;
  ++question.columns;
}

}  // namespace

OutputQuestion AskTable(const std::string& table, const std::string& column, const SourceConfig::OutputTarget& target, SqlDialect dialect) {
  // Qualified, for SQLite takes an unknown "column" for a text.
  OutputQuestion question;
  std::string select = "SELECT CAST(max(t." + QuoteName(column) + ") AS TEXT)";
  if (target.wants_rows) {
    select += ", count(*)";
    question.has_rows = true;
    ++question.columns;
  }
  for (const std::string& name : target.not_null) {
    select += ", count(*) - count(t." + QuoteName(name) + ")";
    question.nulls.push_back(name);
    ++question.columns;
  }
  AddClock(select, question, dialect);
  question.sql = select + " FROM " + QuoteIdentifier(table) + " AS t";
  return question;
}

Result<OutputQuestion> AskQuery(const std::string& query, const std::vector<std::string>& columns, SqlDialect dialect) {
  constexpr std::string_view kNull = "null.";
  const std::string* updated = FindColumn(columns, "updated_at");
  if (!updated) return Error{"the query gives no column updated_at; write SELECT max(x) AS updated_at"};
  OutputQuestion question;
  std::string select = "SELECT CAST(q." + QuoteName(*updated) + " AS TEXT)";
  if (const std::string* rows = FindColumn(columns, "rows")) {
    select += ", q." + QuoteName(*rows);
    question.has_rows = true;
    ++question.columns;
  }
  for (const std::string& column : columns) {
    if (!Lower(column).starts_with(kNull)) continue;
    select += ", q." + QuoteName(column);
    question.nulls.push_back(column.substr(kNull.size()));
    ++question.columns;
  }
  AddClock(select, question, dialect);
  question.sql = select + " FROM (" + query + "\n) AS q LIMIT 2";
  return question;
}

std::string TrimQuery(std::string query) {
  query.erase(std::min(query.find_last_not_of(kBlank) + 1, query.size()));
  return query;
}

std::string DescribeQuery(const std::string& query) { return "SELECT * FROM (" + query + "\n) AS q LIMIT 0"; }

bool IsOneStatement(std::string_view sql) {
  if (sql.find_first_not_of(kBlank) == std::string_view::npos) return false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    const std::string_view rest = sql.substr(i);
    std::size_t end = 0;  // of what opens here, in `rest`
    if (rest[0] == '\'' || rest[0] == '"') end = rest.find(rest[0], 1);
    if (rest.starts_with("--")) end = rest.find('\n');
    if (rest.starts_with("/*")) end = rest.find("*/");
    if (end == std::string_view::npos) return true;
    if (rest[0] == ';') return rest.find_first_not_of(kBlank) == std::string_view::npos;
    i += end;
  }
  return true;
}

}  // namespace batchslo
