#include "exporter/config/read_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "exporter/config/text.h"
#include "exporter/core/fnv.h"

namespace batchslo {

NamedFile LookAt(std::string path, const Result<std::string>& text) { return {std::move(path), Fnv1a<std::uint64_t>::Of(text ? *text : "")}; }

Result<std::string> ReadFile(const std::string& path) {
  constexpr std::size_t kMore = 1 << 16;
  std::error_code fault;
  const auto found = std::filesystem::status(path, fault);
  const bool is_handed_over = path == "/dev/stdin" || path.starts_with("/dev/fd/");  // its writer is there
  if (!is_handed_over && std::filesystem::exists(found) && !std::filesystem::is_regular_file(found)) return Error{"it is no regular file"};
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{std::strerror(errno)};
  std::string text;
  while (file && text.size() <= kMostConfigBytes) {
    const std::size_t before = text.size();
    text.resize(before + kMore);
    file.read(text.data() + before, kMore);
    text.resize(before + static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return Error{"it is no file, or reading it failed"};
  return text;
}

}  // namespace batchslo
