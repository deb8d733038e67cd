#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "exporter/core/time.h"
#include "exporter/net/http.h"

namespace batchslo {

// What BigQuery answers, understood. Pure.

struct BigQueryFault {
  enum class Kind { kAbsent, kDenied, kAuth, kQuota, kNoAnswer, kReply };
  Kind kind = Kind::kReply;
  std::string message;  // for a person: which right is missing, what to do
};
const char* BigQueryFaultName(BigQueryFault::Kind kind);  // "denied": for a label

template <class T>
using BigQueryAnswer = std::variant<T, BigQueryFault>;

// The body of a good reply; else why it is none. `what` is what was asked for ("table p:d.t").
BigQueryAnswer<nlohmann::json> ReadBigQueryReply(const HttpReply& reply, const std::string& what);

// A table's metadata, which costs nothing to ask for.
struct BigQueryTable {
  std::string type;  // "TABLE", "VIEW", "EXTERNAL", "MATERIALIZED_VIEW", "SNAPSHOT"
  std::optional<TimePoint> modified, created, refreshed;  // refreshed: of a materialized view
  std::optional<std::int64_t> rows, bytes;                // without those of the streaming buffer
  std::string location;
  struct Buffer {
    std::int64_t rows = 0;  // at least
    std::optional<TimePoint> oldest;
  };
  std::optional<Buffer> buffer;  // rows that were streamed and are not in storage yet
};
inline constexpr const char* kBigQueryTableFields =
    "type,creationTime,lastModifiedTime,numRows,numBytes,location,streamingBuffer,materializedView(lastRefreshTime)";
BigQueryTable ParseBigQueryTable(const nlohmann::json& reply);

struct BigQueryRows {
  struct Column {
    std::string name, type;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::size_t total = 0;  // of the whole result, of which `rows` may be the first page
  std::int64_t bytes_processed = 0, bytes_billed = 0;
  bool is_cached = false, is_complete = false;
  std::string job, location, statement;  // of the job that goes on, where it is not complete; "SELECT"
};
BigQueryRows ParseBigQueryRows(const nlohmann::json& reply);

// A TIMESTAMP's cell: microseconds as we ask for them, or seconds with a fraction or exponent, as some servers answer.
std::optional<TimePoint> ParseBigQueryTime(const std::string& cell);

}  // namespace batchslo
