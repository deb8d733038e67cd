#pragma once

#include <string>

#include "exporter/core/result.h"

namespace batchslo {

// A whole file, of at most one byte more than a configuration may have. Only a regular one, or one that is handed over
// (/dev/stdin, /dev/fd/N): nobody knows when a pipe has a writer. The error is the reason alone.
Result<std::string> ReadFile(const std::string& path);

}  // namespace batchslo
