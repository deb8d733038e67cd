#pragma once

#include <string>
#include <vector>

#include "exporter/web/server.h"

namespace CLI {
class App;
}

namespace batchslo {

// What the daemon is started with.
struct DaemonOptions {
  std::string config_file, store, kubeconfig;
  std::string log_level = "info", log_format = "logfmt";
  bool check_only = false, auto_reload = false, once = false;
  std::string auto_reload_interval = "30s", evaluation_interval = "5s";
  std::string once_output = "table";
  ServerOptions server;
};

void AddDaemonOptions(CLI::App& app, DaemonOptions& options);

}  // namespace batchslo
