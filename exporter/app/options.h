#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporter/web/server.h"

namespace CLI {
class App;
}

namespace batchslo {

// What the daemon is started with.
struct DaemonOptions {
  std::string config_file, web_config_file, store, kubeconfig;
  std::string log_level = "info", log_format = "logfmt";
  bool check_only = false, auto_reload = false, systemd_socket = false;
  std::string auto_reload_interval = "30s", evaluation_interval = "5s";  // checked: durations of at least 100ms
  ServerOptions server;
};

void AddDaemonOptions(CLI::App& app, DaemonOptions& options);

// Those that the web server does not know by itself, to be shown.
std::vector<std::pair<std::string, std::string>> FlagsOf(const DaemonOptions& options);

}  // namespace batchslo
