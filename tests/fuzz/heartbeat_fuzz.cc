// Fuzzes exporter/sources/heartbeat_parse.cc. An input: a line with the type of the body, one with a query (its keys and
// values in turn, parted by tabs), the body.
#include "exporter/sources/heartbeat_parse.h"

#include <nlohmann/json.hpp>

#include "tests/fuzz/fuzz.h"

namespace {

using namespace batchslo;

PushRequest RequestOf(std::string_view text) {
  PushRequest request;
  request.job = "job";
  request.content_type = fuzz::Cut(text);
  for (std::string_view query = fuzz::Cut(text); !query.empty();) {
    const std::string_view key = fuzz::Cut(query, '\t');
    request.query.emplace_back(key, fuzz::Cut(query, '\t'));
  }
  request.body = text;
  return request;
}

// What says the same as a heartbeat.
PushRequest RequestOf(const Heartbeat& beat) {
  static constexpr const char* kNames[] = {"start", "success", "failure"};
  nlohmann::json body = {{"status", kNames[static_cast<int>(beat.status)]}, {"message", beat.message}, {"run_id", beat.run_id}};
  if (beat.at) body["at"] = FormatRfc3339(*beat.at);
  if (beat.exit_code) body["exit_code"] = *beat.exit_code;
  PushRequest request;
  request.job = "job";
  request.content_type = "application/json";
  request.body = body.dump();  // throws at what is not UTF-8
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto beat = ParseHeartbeat(RequestOf(fuzz::TextOf(data, size)));
  if (!beat) {
    CHECK(!beat.Message().empty() && beat.Message().size() < 500);
    return 0;
  }
  CHECK(beat->run_id.size() <= 200 && !fuzz::HasControl(beat->run_id));
  CHECK(beat->message.find('\0') == std::string::npos);
  CHECK(beat->status != Heartbeat::Status::kSuccess || beat->exit_code.value_or(0) == 0);
  if (beat->message.size() > 8192) return 0;  // it would be cut again
  const auto again = ParseHeartbeat(RequestOf(*beat));
  CHECK(again && again->status == beat->status && again->run_id == beat->run_id && again->at == beat->at);
  CHECK(again->exit_code == beat->exit_code && again->message == beat->message);
  return 0;
}
