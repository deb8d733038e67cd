// Fuzzes exporter/sources/bigquery_reply.cc and bigquery_name.cc. An input: a byte for the status, then the body.
#include <nlohmann/json.hpp>

#include "exporter/sources/bigquery_name.h"
#include "exporter/sources/bigquery_reply.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace batchslo;

constexpr TimePoint kEnd{seconds{253'402'300'800}};  // of the year 9999

void CheckTime(const std::optional<TimePoint>& time) { CHECK(!time || (*time >= TimePoint{} && *time < kEnd)); }

void CheckReply(const HttpReply& reply) {
  const auto answer = ReadBigQueryReply(reply, "table d.t");
  if (const auto* fault = std::get_if<BigQueryFault>(&answer)) {
    CHECK(fault->message.starts_with("table d.t: ") && fault->message.size() < 1000 && !fuzz::HasControl(fault->message));
    return;
  }
  CHECK(reply.status == 200);
  const BigQueryTable table = ParseBigQueryTable(std::get<nlohmann::json>(answer));
  CheckTime(table.modified);
  CheckTime(table.created);
  CheckTime(table.refreshed);
  if (table.buffer) CheckTime(table.buffer->oldest);
  const BigQueryRows rows = ParseBigQueryRows(std::get<nlohmann::json>(answer));
  for (const auto& row : rows.rows) {
    CHECK(row.size() == rows.columns.size());
    for (const auto& cell : row) CheckTime(cell ? ParseBigQueryTime(*cell) : std::nullopt);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr long kStatus[] = {200, 200, 200, 400, 401, 403, 404, 429, 500, 302};
  if (size == 0) return 0;
  HttpReply reply;
  reply.status = kStatus[data[0] % std::size(kStatus)];
  reply.body = fuzz::TextOf(data + 1, size - 1);
  CheckReply(reply);
  CheckTime(ParseBigQueryTime(reply.body));
  const auto name = ParseBigQueryName(reply.body);
  if (!name) {
    CHECK(!name.Message().empty());
    return 0;
  }
  CHECK(!name->dataset.empty() && !name->table.empty() && name->table.find_first_of("`\"\n\\") == std::string::npos);
  return 0;
}
