#include "exporter/config/read_file.h"

#include "exporter/config/text.h"
#include "exporter/core/fnv.h"
#include "exporter/net/regular_file.h"

namespace batchslo {

NamedFile LookAt(std::string path, const Result<std::string>& text) { return {std::move(path), Fnv1a<std::uint64_t>::Of(text ? *text : "")}; }

Result<std::string> ReadFile(const std::string& path) {
  const bool is_handed_over = path == "/dev/stdin" || path.starts_with("/dev/fd/");
  return is_handed_over ? ReadHandedOver(path, kMostConfigBytes) : ReadRegularFile(path, kMostConfigBytes);
}

}  // namespace batchslo
