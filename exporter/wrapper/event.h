#pragma once

#include <optional>
#include <string>

#include "exporter/wrapper/limits.h"

namespace batchslo {

// What the exporter is told of a run.
struct Event {
  enum class Status { kStart, kSuccess, kFailure } status = Status::kStart;
  std::string run_id;
  Micros at = 0;                 // when it happened, however late it is sent
  std::optional<int> exit_code;  // as a shell has it: 128 + N after signal N
  std::string message;           // valid UTF-8
};

// The JSON body of the heartbeat.
std::string RenderBody(const Event& event);

}  // namespace batchslo
