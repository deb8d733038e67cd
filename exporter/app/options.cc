#include "exporter/app/options.h"

#include <CLI/CLI.hpp>

namespace batchslo {

void AddDaemonOptions(CLI::App& app, DaemonOptions& options) {
  app.add_option("--config.file", options.config_file, "The configuration; none: all CronJobs of the cluster, with default objectives");
  app.add_flag("--config.check", options.check_only, "Check the configuration and exit");
  app.add_flag("--config.enable-auto-reload", options.auto_reload, "Reload the configuration when its file changes");
  app.add_option("--config.auto-reload-interval", options.auto_reload_interval, "How often to look at it")->capture_default_str();
  app.add_option("--kubeconfig", options.kubeconfig, "How to reach the cluster, from outside it");
  app.add_option("--store", options.store, "The ledger: sqlite:///PATH; default: /var/lib/batchslo/ledger.db, or under ~/.local/state");
  app.add_option("--evaluation.interval", options.evaluation_interval, "How often the jobs are judged at least")->capture_default_str();
  app.add_option("--web.listen-address", options.server.listen, "Address to listen on: HOST:PORT, [::1]:PORT or :PORT; may be repeated")->allow_extra_args(false)->capture_default_str();
  app.add_option("--web.telemetry-path,--web.metrics-path", options.server.telemetry_path, "Where the metrics are")->capture_default_str();
  app.add_flag("--web.enable-lifecycle", options.server.enable_lifecycle, "Allow PUT and POST of /-/reload (SIGHUP always works)");
  for (const char* group : {"runs", "self"}) {
    const std::string name = std::string("--collector.") + group + ",!--no-collector." + group;
    app.add_flag_function(name, [&options, group](std::int64_t count) { count > 0 ? void(options.server.groups_off.erase(group)) : void(options.server.groups_off.insert(group)); },
                          std::string("Show the ") + group + " metrics");
  }
  app.add_option("--log.level", options.log_level, "debug, info, warn or error")->capture_default_str();
  app.add_option("--log.format", options.log_format, "logfmt or json")->capture_default_str();
}

}  // namespace batchslo
