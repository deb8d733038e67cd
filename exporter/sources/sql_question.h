#pragma once

#include <string>
#include <vector>

#include "exporter/core/source.h"
#include "exporter/sql/database.h"

namespace batchslo {

// The one statement that asks all of an output, and what its columns mean. Pure.
struct OutputQuestion {
  std::string sql;
  bool has_rows = false, has_partition = false;
  std::vector<std::string> nulls;  // the names under "null.", in their order
  bool has_clock = false;          // the last column: microseconds of the server's clock
  std::size_t columns = 1;         // the first one is the time of the newest change
};

OutputQuestion AskTable(const std::string& table, const std::string& column, const SourceConfig::OutputTarget& target, SqlDialect dialect);

// `columns`: what the query gives. Errors: it gives no updated_at, or a text.
Result<OutputQuestion> AskQuery(const std::string& query, const std::vector<SqlColumn>& columns, SqlDialect dialect);

// A query without what may follow a statement.
std::string TrimQuery(std::string query);
// What asks for the type of a table's column that tells the time.
std::string DescribeTime(const std::string& table, const std::string& column, SqlDialect dialect);
// What asks for the columns of a query, and can't run but for reading.
std::string DescribeQuery(const std::string& query);
// Neither nothing nor parted by a semicolon outside of quotes and comments.
bool IsOneStatement(std::string_view sql);

}  // namespace batchslo
