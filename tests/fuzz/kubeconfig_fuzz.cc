// Fuzzes exporter/config/kubeconfig.cc by a file in memory. An input: the name of a context in the first line.
#include "exporter/config/kubeconfig.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  std::string_view text = fuzz::TextOf(data, size);
  const std::string context(fuzz::Cut(text));
  if (text.find("/dev/") != std::string_view::npos || text.find("/proc/") != std::string_view::npos) return 0;  // it reads what it names
  const int file = memfd_create("kubeconfig", MFD_CLOEXEC);
  CHECK(file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  const auto access = ReadKubeconfig("/proc/self/fd/" + std::to_string(file), context);
  close(file);
  if (!access) {
    CHECK(!access.Message().empty() && access.Message().find('\n') == std::string::npos);
    return 0;
  }
  CHECK(!access->server.empty());
  return 0;
}
