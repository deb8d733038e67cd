#pragma once

#include <optional>

namespace batchslo {

// Our own process, from /proc.
struct ProcessFigures {
  double cpu_seconds, resident_bytes, virtual_bytes, open_fds, max_fds, start_time;
};
std::optional<ProcessFigures> ReadProcess();

}  // namespace batchslo
