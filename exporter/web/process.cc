#include "exporter/web/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace batchslo {
namespace {

// Seconds since 1970 at which the machine started.
double BootTime() {
  std::ifstream stat("/proc/stat");
  for (std::string word; stat >> word;) {
    double value = 0;
    if (word == "btime" && stat >> value) return value;
  }
  return 0;
}

}  // namespace

std::optional<ProcessFigures> ReadProcess() {
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  const std::size_t after_name = text.rfind(')');
  if (after_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(after_name + 2));
  std::string skipped;
  double user = 0, system = 0, start = 0, size = 0, pages = 0;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  fields >> user >> system;
  for (int i = 16; i < 22; ++i) fields >> skipped;
  fields >> start >> size >> pages;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::error_code ignored;
  double fds = 0;
  for (auto at = std::filesystem::directory_iterator("/proc/self/fd", ignored); at != std::filesystem::directory_iterator(); at.increment(ignored)) ++fds;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return ProcessFigures{(user + system) / ticks, pages * static_cast<double>(sysconf(_SC_PAGESIZE)), size, fds, static_cast<double>(limit.rlim_cur), BootTime() + start / ticks};
}

}  // namespace batchslo
