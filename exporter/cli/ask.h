#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "exporter/config/config.h"
#include "exporter/sources/inquiry.h"

namespace CLI {
class App;
}

namespace batchslo {

// What `check sources` and `discover` need of app: the configuration as the daemon would have it, and services that
// store nothing.
struct AskSources {
  std::function<ConfigResult(const std::string& file, const std::string& kubeconfig)> load;
  std::function<void(const std::function<void(const SourceServices&)>& use)> use;
};

struct AskOptions {
  std::string config_file, kubeconfig, timeout = "1m";
};
void AddAskOptions(CLI::App& command, AskOptions& options);
// None: it is no duration, and `err` says so.
std::optional<std::chrono::milliseconds> TimeoutOf(const AskOptions& options, const std::string& command, std::ostream& err);

}  // namespace batchslo
