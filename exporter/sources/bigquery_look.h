#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/core/fact.h"
#include "exporter/core/result.h"
#include "exporter/core/zone.h"
#include "exporter/sources/bigquery_name.h"
#include "exporter/sources/bigquery_reply.h"

namespace batchslo {

// What replies say of an output. Pure.

// When the data of a table, or of its newest partition, moved. A table's own "modified" is no proof of that: it also
// moves when somebody edits its schema, its labels or its description.
struct BigQueryMove {
  std::optional<TimePoint> at;  // none: it has no data, and never had
  std::optional<std::int64_t> rows, bytes;
  std::string partition;  // "2026-03-01"
};

// The one query that tells that of many tables of a dataset: a row a table, or a partition where `by_partition`.
struct BigQueryWanted {
  std::string table;
  bool by_partition = false;
};
std::string PartitionsQuery(const std::string& project, const std::string& dataset,
                            const std::vector<BigQueryWanted>& tables);

struct BigQueryPartition {
  std::string table, id;
  std::int64_t rows = 0, bytes = 0;
  std::optional<TimePoint> moved;
};
Result<std::vector<BigQueryPartition>> ParsePartitions(const BigQueryRows& rows);

// Of `partitions` what `name` asks for: all of the table, one partition, or the newest whose date is not after `today`.
BigQueryMove FindMove(const std::vector<BigQueryPartition>& partitions, const BigQueryName& name,
                      const DateParts& today);

// Rows that are streamed lie in a buffer for up to 90 minutes, of which only their number and the time of the oldest
// are told. So a row came when there are more of them than before.
struct BufferMemory {
  std::optional<TimePoint> looked;
  std::optional<BigQueryTable::Buffer> buffer;  // as it was then
  std::optional<TimePoint> arrived;
  bool is_unsure = false;  // it was not empty at the first look
};
// When a row was last seen to come; none: never. An Error as long as that can't be told.
Result<std::optional<TimePoint>> NoteBuffer(BufferMemory& memory, const std::optional<BigQueryTable::Buffer>& buffer,
                                            TimePoint now);

// A query of people's: one row with updated_at and, where there are, rows and null_COLUMN.
Result<ObservationFact> ParseOutput(const BigQueryRows& rows, const Zone& zone);

// Whether it can only read: SELECT, WITH or FROM, after blanks and comments.
bool IsReadingQuery(std::string_view sql);

}  // namespace batchslo
