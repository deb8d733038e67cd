#pragma once

#include <optional>
#include <string>

#include "exporter/sources/source.h"

namespace batchslo {

constexpr std::size_t kLeastTokenBytes = 16;  // of the token that it must bring

// What one heartbeat says, from JSON, a form, a plain text (its message; the status is in the query) and the query. Errors:
// another type of body, what is said twice, an unknown key, a success with an exit code. Pure.
struct Heartbeat {
  enum class Status { kStart, kSuccess, kFailure };
  Status status = Status::kSuccess;  // of an exit code alone: failure, but for 0
  std::string run_id;                // empty: none was given
  std::optional<TimePoint> at;
  std::optional<std::int64_t> exit_code;
  std::string message;  // its end, where it is long; valid UTF-8
};
Result<Heartbeat> ParseHeartbeat(const PushRequest& request);

}  // namespace batchslo
