// Tested by tests/sources/bigquery_look_test.cc.
#include "exporter/sources/bigquery_look.h"

#include <algorithm>

#include "exporter/sources/sql_cell.h"

namespace batchslo {
namespace {

constexpr const char* kMostPartitions = "500";  // of a table, the newest ones

std::string Quoted(const std::string& name) {
  return "'" + name + "'";
}  // BigQueryName lets nothing pass that would need an escape

std::string List(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + Quoted(name);
  return list;
}

std::optional<std::size_t> FindColumn(const BigQueryRows& rows, std::string_view name) {
  const auto is_it = [&](const BigQueryRows::Column& column) {
    return std::equal(column.name.begin(), column.name.end(), name.begin(), name.end(),
                      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  };
  const auto at = std::find_if(rows.columns.begin(), rows.columns.end(), is_it);
  if (at == rows.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(at - rows.columns.begin());
}

// A DATETIME and a DATE are wall-clock time; a text may be anything.
Result<std::optional<TimePoint>> TimeOf(const BigQueryRows::Column& column, const std::optional<std::string>& cell,
                                        const Zone& zone) {
  const bool is_wall_clock = column.type == "DATETIME" || column.type == "DATE";
  if (column.type != "TIMESTAMP" && !is_wall_clock)
    return Error{"updated_at is " + column.type.substr(0, 20) + "; it must be TIMESTAMP, DATETIME or DATE"};
  if (!cell) return std::optional<TimePoint>();
  if (is_wall_clock) {
    const auto time = ParseCellTime(*cell, zone);
    if (!time) return time.GetError();
    return std::optional(*time);
  }
  const auto time = ParseBigQueryTime(*cell);
  if (!time) return Error{"updated_at is no time after 1970: \"" + cell->substr(0, 40) + "\""};
  return time;
}

}  // namespace

std::string PartitionsQuery(const std::string& project, const std::string& dataset,
                            const std::vector<BigQueryWanted>& tables) {
  std::vector<std::string> all, by_partition;
  for (const BigQueryWanted& wanted : tables) {
    all.push_back(wanted.table);
    if (wanted.by_partition) by_partition.push_back(wanted.table);
  }
  const std::string id = by_partition.empty() ? "CAST(NULL AS STRING)"
                                              : "IF(table_name IN (" + List(by_partition) + "), partition_id, NULL)";
  return "SELECT table_name, " + id +
         " AS id, SUM(total_rows) AS row_count, SUM(total_logical_bytes) AS size_bytes, MAX(last_modified_time) AS "
         "moved FROM `" +
         project + "." + dataset + ".INFORMATION_SCHEMA.PARTITIONS` WHERE table_name IN (" + List(all) +
         ") GROUP BY 1, 2 QUALIFY ROW_NUMBER() OVER (PARTITION BY table_name ORDER BY id DESC) <= " + kMostPartitions;
}

Result<std::vector<BigQueryPartition>> ParsePartitions(const BigQueryRows& rows) {
  constexpr std::string_view kNames[] = {"table_name", "id", "row_count", "size_bytes", "moved"};
  std::size_t at[std::size(kNames)];
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    const auto column = FindColumn(rows, kNames[i]);
    if (!column)
      return Error{"INFORMATION_SCHEMA.PARTITIONS was answered without the column " + std::string(kNames[i])};
    at[i] = *column;
  }
  if (rows.total > rows.rows.size())
    return Error{"INFORMATION_SCHEMA.PARTITIONS was answered with " + std::to_string(rows.rows.size()) + " of " +
                 std::to_string(rows.total) + " rows"};
  std::vector<BigQueryPartition> partitions;
  for (const auto& row : rows.rows) {
    BigQueryPartition partition{row[at[0]].value_or(""), row[at[1]].value_or(""),
                                ParseCellCount(row[at[2]]).value_or(0), ParseCellCount(row[at[3]]).value_or(0),
                                std::nullopt};
    if (row[at[4]]) partition.moved = ParseBigQueryTime(*row[at[4]]);
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

BigQueryMove FindMove(const std::vector<BigQueryPartition>& partitions, const BigQueryName& name,
                      const DateParts& today) {
  BigQueryMove move;
  const std::size_t fields = name.partition.empty() ? 0 : name.partition_fields;
  const DateParts last(today.begin(), today.begin() + static_cast<std::ptrdiff_t>(fields));
  DateParts newest;
  for (const BigQueryPartition& one : partitions) {
    if (one.table != name.table) continue;
    if (name.partition.empty()) {
      move.at = std::max(move.at, one.moved);
      continue;
    }
    const DateParts date = DateOfPartition(one.id, fields);
    const bool is_it = fields == 0 ? one.id == name.partition : !date.empty() && date <= last && date > newest;
    if (!is_it) continue;
    newest = date;
    move = {one.moved, one.rows, one.bytes, fields == 0 ? one.id : FormatDateParts(date)};
  }
  return move;
}

Result<std::optional<TimePoint>> NoteBuffer(BufferMemory& memory, const std::optional<BigQueryTable::Buffer>& buffer,
                                            TimePoint now) {
  const bool has_grown =
      memory.looked && buffer &&
      (!memory.buffer || buffer->rows > memory.buffer->rows || (buffer->oldest && *buffer->oldest > *memory.looked));
  if (!memory.looked && buffer) memory.is_unsure = true;
  if (has_grown) memory.arrived = now;
  if (has_grown || !buffer) memory.is_unsure = false;
  memory.looked = now;
  memory.buffer = buffer;
  if (memory.is_unsure)
    return Error{
        "rows lie in its streaming buffer, and BigQuery does not tell when the newest came; known as soon as another "
        "comes, or the buffer is empty (at most 90 minutes)"};
  return memory.arrived;
}

Result<ObservationFact> ParseOutput(const BigQueryRows& rows, const Zone& zone) {
  constexpr std::string_view kNull = "null_";
  const auto updated = FindColumn(rows, "updated_at");
  if (!updated) return Error{"the query gives no column updated_at; write SELECT max(x) AS updated_at"};
  if (rows.total != 1 || rows.rows.size() != 1)
    return Error{"the query gives " + (rows.rows.empty() ? std::string("no row") : "more than one row") +
                 "; it must give exactly one"};
  const auto& row = rows.rows[0];
  ObservationFact fact;
  const auto time = TimeOf(rows.columns[*updated], row[*updated], zone);
  if (!time) return time.GetError();
  fact.updated = *time;
  if (const auto count = FindColumn(rows, "rows")) fact.rows = ParseCellCount(row[*count]);
  if (const auto partition = FindColumn(rows, "partition_id")) fact.partition = ParseCellPartition(row[*partition]);
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    const std::string& name = rows.columns[i].name;
    const auto nulls = name.starts_with(kNull) ? ParseCellNumber(row[i]) : std::nullopt;
    if (nulls) fact.values["null." + name.substr(kNull.size())] = *nulls;
  }
  return fact;
}

bool IsReadingQuery(std::string_view sql) {
  for (;;) {
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
    const std::string_view end = sql.starts_with("--") || sql.starts_with('#') ? "\n"
                                 : sql.starts_with("/*")                       ? "*/"
                                                                               : "";
    if (end.empty()) break;
    const std::size_t at = sql.find(end, sql.starts_with('#') ? 1 : 2);
    if (at == std::string_view::npos) return false;
    sql.remove_prefix(at + end.size());
  }
  std::string word;
  for (const char c : sql.substr(0, 7)) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) break;
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word == "select" || word == "with" || word == "from";
}

}  // namespace batchslo
