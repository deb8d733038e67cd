// Tested by tests/sources/bigquery_reply_test.cc.
#include "exporter/sources/bigquery_reply.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "exporter/net/json.h"

namespace batchslo {
namespace {

using nlohmann::json;
using Kind = BigQueryFault::Kind;

std::string Printable(std::string text) {
  constexpr std::size_t kMostText = 400;
  text.resize(std::min(text.size(), kMostText));
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? ' ' : c;
  return text;
}

// The right that a refusal names, and the smallest role that has it.
struct Right {
  std::string_view right, role;
};
constexpr Right kRights[] = {
    {"bigquery.jobs.create", "roles/bigquery.jobUser on the project that pays for queries"},
    {"bigquery.tables.getData", "roles/bigquery.dataViewer on the dataset"},
    {"bigquery.tables.get", "roles/bigquery.metadataViewer on the dataset"},
    {"bigquery.tables.list", "roles/bigquery.metadataViewer on the dataset"},
    {"bigquery.datasets.get", "roles/bigquery.metadataViewer on the dataset"},
    {"serviceusage.services.use", "roles/serviceusage.serviceUsageConsumer on the quota project"},
};

// What a person can do, by Google's words for it.
std::string Advice(const std::string& reason, const std::string& message) {
  const auto right = std::find_if(std::begin(kRights), std::end(kRights),
                                  [&](const Right& one) { return message.find(one.right) != std::string::npos; });
  if (right != std::end(kRights)) return "; grant " + std::string(right->role);
  if (reason == "accessNotConfigured" || reason == "SERVICE_DISABLED")
    return "; switch the API on: gcloud services enable bigquery.googleapis.com";
  if (reason == "accessDenied")
    return "; grant roles/bigquery.metadataViewer on the dataset, and for queries roles/bigquery.dataViewer on it and "
           "roles/bigquery.jobUser on the project";
  if (reason == "bytesBilledLimitExceeded") return "; raise maximum_bytes_billed if that is worth it";
  if (message.find("Not found: Dataset") != std::string::npos)
    return "; are its project, its name and the location right?";
  return "";
}

Kind KindOf(long status, const std::string& reason, const std::string& message) {
  if (status == 401) return Kind::kAuth;
  if (status == 429 || reason == "rateLimitExceeded" || reason == "quotaExceeded" || reason == "jobRateLimitExceeded" ||
      reason == "userRateLimitExceeded")
    return Kind::kQuota;
  if (status == 403) return Kind::kDenied;
  // A dataset or a project that is not found says nothing about the table.
  if (status == 404 && message.starts_with("Not found: Table")) return Kind::kAbsent;
  return Kind::kReply;
}

std::optional<TimePoint> Milliseconds(const json& object, std::string_view key) {
  const auto value = JsonInteger(object, key);
  constexpr std::int64_t kYear9999 = 253'402'300'799'000;
  if (!value || *value <= 0 || *value > kYear9999) return std::nullopt;
  return TimePoint{std::chrono::milliseconds{*value}};
}

std::vector<std::optional<std::string>> Cells(const json& row) {
  std::vector<std::optional<std::string>> cells;
  const json& fields = JsonChild(row, "f");
  if (!fields.is_array()) return cells;
  for (const json& field : fields) {
    const json& value = JsonChild(field, "v");
    cells.push_back(value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt);
  }
  return cells;
}

}  // namespace

const char* BigQueryFaultName(Kind kind) {
  switch (kind) {
    case Kind::kAbsent:
      return "absent";
    case Kind::kDenied:
      return "denied";
    case Kind::kAuth:
      return "auth";
    case Kind::kQuota:
      return "quota";
    case Kind::kNoAnswer:
      return "connect";
    case Kind::kReply:
      break;
  }
  return "reply";
}

BigQueryAnswer<json> ReadBigQueryReply(const HttpReply& reply, const std::string& what) {
  const json body = ReadJson(reply.body).value_or(json());
  if (reply.status == 200 && body.is_object()) return body;
  if (reply.status == 200)
    return BigQueryFault{
        Kind::kReply, what + ": the answer is no JSON, or far too much of it; is the endpoint right, and is there a proxy with a login page?"};
  const json& error = JsonChild(body, "error");
  const json& list = JsonChild(error, "errors");
  const std::string reason = list.is_array() && !list.empty() ? JsonText(list[0], "reason") : JsonText(error, "status");
  const std::string message = Printable(JsonText(error, "message"));
  std::string text = what + ": BigQuery answers " + std::to_string(reply.status);
  if (!reason.empty()) text += " " + Printable(reason.substr(0, 50));
  if (!message.empty()) text += ": " + message;
  return BigQueryFault{KindOf(reply.status, reason, message), text + Advice(reason, message)};
}

BigQueryTable ParseBigQueryTable(const json& reply) {
  BigQueryTable table;
  table.type = JsonText(reply, "type");
  table.location = JsonText(reply, "location");
  table.modified = Milliseconds(reply, "lastModifiedTime");
  table.created = Milliseconds(reply, "creationTime");
  table.refreshed = Milliseconds(JsonChild(reply, "materializedView"), "lastRefreshTime");
  table.rows = JsonInteger(reply, "numRows");
  table.bytes = JsonInteger(reply, "numBytes");
  const json& buffer = JsonChild(reply, "streamingBuffer");
  if (buffer.is_object())
    table.buffer = BigQueryTable::Buffer{JsonInteger(buffer, "estimatedRows").value_or(0),
                                         Milliseconds(buffer, "oldestEntryTime")};
  return table;
}

// More than any answer has that we ask for: rows and columns by themselves take few bytes of a reply, all cells do not.
constexpr std::size_t kMostCells = 1'000'000;

BigQueryRows ParseBigQueryRows(const json& reply) {
  BigQueryRows rows;
  const json& complete = JsonChild(reply, "jobComplete");
  rows.is_complete = complete.is_boolean() && complete.get<bool>();
  const json& cached = JsonChild(reply, "cacheHit");
  rows.is_cached = cached.is_boolean() && cached.get<bool>();
  rows.job = JsonText(JsonChild(reply, "jobReference"), "jobId");
  rows.location = JsonText(JsonChild(reply, "jobReference"), "location");
  rows.statement = JsonText(reply, "statementType");
  rows.bytes_processed = JsonInteger(reply, "totalBytesProcessed").value_or(0);
  rows.bytes_billed = JsonInteger(reply, "totalBytesBilled").value_or(rows.is_cached ? 0 : rows.bytes_processed);
  const json& columns = JsonChild(JsonChild(reply, "schema"), "fields");
  if (columns.is_array()) {
    for (const json& column : columns) rows.columns.push_back({JsonText(column, "name"), JsonText(column, "type")});
  }
  const json& list = JsonChild(reply, "rows");
  const std::size_t count = list.is_array() ? list.size() : 0, taken = std::min(count, kMostCells / std::max<std::size_t>(rows.columns.size(), 1));
  for (std::size_t i = 0; i < taken; ++i) {
    rows.rows.push_back(Cells(list[i]));
    rows.rows.back().resize(rows.columns.size());
  }
  const auto total = JsonInteger(reply, "totalRows");
  rows.total = std::max(count, total && *total > 0 ? static_cast<std::size_t>(*total) : 0);
  return rows;
}

std::optional<TimePoint> ParseBigQueryTime(const std::string& cell) {
  constexpr double kYear9999 = 253'402'300'799.0;
  constexpr std::size_t kLeastDigits = 14;  // of microseconds since about 1970; seconds have at most twelve
  double value = 0;
  const auto [end, fault] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (fault != std::errc{} || end != cell.data() + cell.size() || !(value >= 0)) return std::nullopt;
  const bool is_whole = cell.find_first_not_of("0123456789") == std::string::npos;
  std::int64_t whole = 0;
  if (is_whole && cell.size() >= kLeastDigits) {
    const auto [last, bad] = std::from_chars(cell.data(), cell.data() + cell.size(), whole);
    if (bad != std::errc{} || static_cast<double>(whole) > kYear9999 * 1e6) return std::nullopt;
    return TimePoint{Duration{whole}};
  }
  if (value > kYear9999) return std::nullopt;
  return TimePoint{Duration{static_cast<std::int64_t>(value * 1e6 + 0.5)}};
}

}  // namespace batchslo
