#include "exporter/cli/ask.h"

#include <CLI/CLI.hpp>
#include <ostream>

namespace batchslo {

void AddAskOptions(CLI::App& command, AskOptions& options) {
  command.add_option("--config.file", options.config_file, "The configuration")->option_text("FILE");
  command.add_option("--kubeconfig", options.kubeconfig, "How to reach the cluster, where there is no configuration")->option_text("FILE");
  command.add_option("--timeout", options.timeout, "How long to wait for each source (default: 1m)")->option_text("DURATION");
}

std::optional<std::chrono::milliseconds> TimeoutOf(const AskOptions& options, const std::string& command, std::ostream& err) {
  const auto timeout = ParseDuration(options.timeout);
  if (timeout && *timeout > Duration{0}) return std::chrono::ceil<std::chrono::milliseconds>(*timeout);
  err << command << ": --timeout wants a duration like 30s, not \"" << options.timeout << "\"\n";
  return std::nullopt;
}

}  // namespace batchslo
