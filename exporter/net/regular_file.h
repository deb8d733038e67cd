#pragma once

#include <cstddef>
#include <string>

#include "exporter/core/result.h"

namespace batchslo {

// A file that somebody named, whole, or its first `most` + 1 bytes. Only a regular one, whatever it becomes while it is being
// opened: opening a pipe would wait for a writer, for ever. The error is the reason alone.
Result<std::string> ReadRegularFile(const std::string& path, std::size_t most);

// The same of what may be a pipe, since its writer is there: /dev/stdin, /dev/fd/N.
Result<std::string> ReadHandedOver(const std::string& path, std::size_t most);

}  // namespace batchslo
