#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "exporter/core/result.h"

namespace batchslo {

// A whole file, of at most one byte more than a configuration may have. Only a regular one, or one that is handed over
// (/dev/stdin, /dev/fd/N): nobody knows when a pipe has a writer. The error is the reason alone.
Result<std::string> ReadFile(const std::string& path);

// A file as it was when it was read: its contents, hashed; one that can't be read counts as empty.
struct NamedFile {
  std::string path;
  std::uint64_t hash;
  bool operator==(const NamedFile&) const = default;
};
NamedFile LookAt(std::string path, const Result<std::string>& text);

// Gives what a file holds, or the reason why it can't be read.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

}  // namespace batchslo
