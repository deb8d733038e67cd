// Tested by tests/cli/discover_test.py; on servers by tests/peers/postgresql and mariadb.
#include <algorithm>

#include "exporter/sources/sql_access.h"
#include "exporter/sources/sql_inquiry.h"

namespace batchslo {
namespace {

// Schema, table, column and type of what looks like a time, and may be read by us; by table, in the order of the columns.
constexpr const char* kPostgresql =
    "SELECT CAST(table_schema AS TEXT), CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns "
    "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND data_type IN ('timestamp with time zone', 'timestamp without time zone', 'date') "
    "ORDER BY table_schema, table_name, ordinal_position LIMIT 20000";
constexpr const char* kMysql =
    "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
    "WHERE table_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema') AND (DATABASE() IS NULL OR table_schema = DATABASE()) "
    "AND data_type IN ('timestamp', 'datetime', 'date') ORDER BY table_schema, table_name, ordinal_position LIMIT 20000";
// It has no types of time: what is declared like one, or called so.
constexpr const char* kSqlite =
    "SELECT '', m.name, c.name, c.type FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
    "WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' AND (upper(c.type) LIKE '%DATE%' OR upper(c.type) LIKE '%TIME%' "
    "OR lower(c.name) LIKE '%\\_at' ESCAPE '\\' OR lower(c.name) LIKE '%\\_time' ESCAPE '\\' OR lower(c.name) IN ('updated', 'modified', 'created', 'timestamp')) "
    "ORDER BY m.name, c.cid LIMIT 20000";

// Those that say best when a row came or changed; the first that is there is taken.
constexpr std::string_view kBest[] = {"updated_at", "modified_at", "changed_at", "last_modified", "updated", "modified", "loaded_at", "ingested_at",
                                      "inserted_at", "imported_at", "processed_at", "created_at", "created"};

struct TimedTable {
  std::string schema, name;
  std::vector<std::pair<std::string, std::string>> columns;  // that are times, and their types
};

std::size_t RankOf(const std::pair<std::string, std::string>& column) {
  const auto at = std::find(std::begin(kBest), std::end(kBest), column.first);
  const std::size_t of_type = column.second == "date" ? 1 : 0;  // the day alone says less
  return static_cast<std::size_t>(at - std::begin(kBest)) + of_type;
}

std::vector<TimedTable> TablesOf(const std::vector<SqlRow>& rows) {
  std::vector<TimedTable> tables;
  for (const SqlRow& row : rows) {
    const std::string schema = row[0].value_or(""), name = row[1].value_or("");
    if (tables.empty() || tables.back().schema != schema || tables.back().name != name) tables.push_back({schema, name, {}});
    tables.back().columns.emplace_back(row[2].value_or(""), row[3].value_or(""));
  }
  return tables;
}

// A dot in a name parts a schema from its table: such a one can't be written.
bool CanBeNamed(const TimedTable& table) { return table.schema.find('.') == std::string::npos && table.name.find('.') == std::string::npos; }

std::string FactsOf(const TimedTable& table, const std::pair<std::string, std::string>& best) {
  std::string facts = best.first + (best.second.empty() ? "" : " is a " + best.second);
  std::string others;
  for (const auto& column : table.columns) {
    if (column.first != best.first) others += (others.empty() ? "; other times: " : ", ") + column.first;
  }
  return facts + others;
}

Discovery::Job JobOf(const TimedTable& table, const std::string& source) {
  const auto best = *std::min_element(table.columns.begin(), table.columns.end(), [](const auto& a, const auto& b) { return RankOf(a) < RankOf(b); });
  const std::string prefix = table.schema.empty() ? "" : table.schema;
  Discovery::Job job;
  job.name = (prefix.empty() ? "" : prefix + "/") + table.name;
  job.facts = FactsOf(table, best);
  job.block = "{outputs: {" + YamlText(table.name) + ": {source: " + YamlText(source) + ", table: " +
              YamlText((prefix.empty() ? "" : prefix + ".") + table.name) + ", updated_at: " + YamlText(best.first) + "}}}";
  return job;
}

}  // namespace

Result<Discovery> DiscoverSql(const Inquiry& inquiry) {
  const std::string& url = inquiry.config.options.String("url");
  auto opened = OpenSqlSource(inquiry.config, nullptr, {});
  if (!opened) return opened.GetError();
  const SqlDialect dialect = *CheckDatabaseUrl(url);
  const char* question = dialect == SqlDialect::kSqlite ? kSqlite : dialect == SqlDialect::kMysql ? kMysql : kPostgresql;
  const auto answer = (*opened)->Query({question, {}, 4}, inquiry.deadline);
  if (const auto* failure = std::get_if<Database::Failure>(&answer)) return failure->error;
  Discovery found;
  const std::vector<TimedTable> tables = TablesOf(std::get<std::vector<SqlRow>>(answer));
  for (const TimedTable& table : tables) {
    if (CanBeNamed(table)) found.jobs.push_back(JobOf(table, inquiry.config.name));
  }
  found.summary = std::to_string(tables.size()) + " tables and views with a column that is a time, of those that this user may read";
  found.notes = {"Each poll asks max(updated_at) of each table: where no index begins with that column, that reads the whole table.",
                 "A column that tells no zone is taken as UTC: add timezone where it is another."};
  Finish(found);
  return found;
}

}  // namespace batchslo
