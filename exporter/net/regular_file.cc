// Tested by tests/net/regular_file_test.cc.
#include "exporter/net/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace batchslo {
namespace {

Result<std::string> ReadAll(int fd, std::size_t most) {
  constexpr std::size_t kMore = 1 << 16;
  std::string text;
  for (;;) {
    const std::size_t before = text.size(), more = std::min(kMore, most + 1 - before);
    if (more == 0) return text;
    text.resize(before + more);
    const ssize_t count = read(fd, text.data() + before, more);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) return Error{std::strerror(errno)};
  }
}

}  // namespace

Result<std::string> ReadRegularFile(const std::string& path, std::size_t most) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return Error{errno == ENXIO ? "it is no regular file" : std::strerror(errno)};  // ENXIO: a socket
  struct stat about {};
  const bool is_regular = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  auto text = is_regular ? ReadAll(fd, most) : Result<std::string>(Error{"it is no regular file"});
  close(fd);
  return text;
}

Result<std::string> ReadHandedOver(const std::string& path, std::size_t most) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return Error{std::strerror(errno)};
  auto text = ReadAll(fd, most);
  close(fd);
  return text;
}

}  // namespace batchslo
