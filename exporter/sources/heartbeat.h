#pragma once

#include "exporter/sources/source.h"

namespace batchslo {

// Jobs that tell of themselves: POST /api/v1/heartbeat/<job>.
SourceKind HeartbeatKind();

// What one heartbeat says, from JSON, a form or the query. Pure.
struct Heartbeat {
  enum class Status { kStart, kSuccess, kFailure };
  Status status = Status::kSuccess;
  std::string run_id;  // empty: none was given
  std::optional<TimePoint> at;
  std::optional<std::int64_t> exit_code;
  std::string message;
};
Result<Heartbeat> ParseHeartbeat(const PushRequest& request);

}  // namespace batchslo
