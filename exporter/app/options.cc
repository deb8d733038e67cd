// Tested by tests/daemon/command_line_test.py.
#include "exporter/app/options.h"

#include <CLI/CLI.hpp>

#include "exporter/cli/command.h"
#include "exporter/core/time.h"

namespace batchslo {
namespace {

std::string IntervalFault(const std::string& text) {
  const auto duration = ParseDuration(text);
  if (duration && *duration >= std::chrono::milliseconds{100}) return "";
  return "wants a duration of at least 100ms, such as 5s, not \"" + text + "\"";
}

void AddConfigOptions(CLI::App& app, DaemonOptions& options) {
  const std::string group = "Configuration";
  app.add_option("--config.file", options.config_file, "The configuration; none: all CronJobs of the cluster, with default objectives")->option_text("FILE")->group(group);
  app.add_option("--kubeconfig", options.kubeconfig, "How to reach the cluster, from outside it")->option_text("FILE")->group(group);
  AddStore(app, options.store, "The ledger (default: /var/lib/batchslo/ledger.db, or under ~/.local/state)")->group(group);
  app.add_flag("--config.check", options.check_only, "Check the configuration, and that of --web.config.file, and exit: 0 good, 2 not")->group(group);
  app.add_flag("--config.enable-auto-reload", options.auto_reload, "Reload when the file changes (SIGHUP always reloads)")->group(group);
  app.add_option("--config.auto-reload-interval", options.auto_reload_interval, "How often to look at the file, at that of --web.config.file, and at tzdata (default: 30s)")->check(IntervalFault)->option_text("DURATION")->group(group);
  app.add_option("--evaluation.interval", options.evaluation_interval, "How often the jobs are judged at least (default: 5s)")->check(IntervalFault)->option_text("DURATION")->group(group);
}

void AddWebOptions(CLI::App& app, DaemonOptions& options) {
  const std::string group = "Web";
  app.add_option("--web.listen-address", options.server.listen, "HOST:PORT, [::1]:PORT or :PORT; may be repeated (default: 127.0.0.1:10510)")
      ->allow_extra_args(false)->option_text("ADDRESS")->group(group);
  app.add_flag("--web.systemd-socket", options.systemd_socket, "Use the sockets that systemd opened, instead of addresses")->group(group);
  app.add_option("--web.config.file", options.web_config_file, "TLS, client certificates and users, as for all exporters of Prometheus")->option_text("FILE")->group(group);
  app.add_option("--web.telemetry-path,--web.metrics-path", options.server.telemetry_path, "Where the metrics are (default: /metrics)")->option_text("PATH")->group(group);
  app.add_option("--web.external-url", options.server.external_url, "Where others reach it, behind a proxy; its path becomes the prefix")->option_text("URL")->group(group);
  app.add_option("--web.route-prefix", options.server.route_prefix, "Before all paths that are answered (default: the path of --web.external-url)")->option_text("PATH")->group(group);
  app.add_flag("--web.enable-lifecycle", options.server.enable_lifecycle, "Allow PUT and POST of /-/reload")->group(group);
}

// "7d,28d"
std::string AddSpan(const std::string& text, std::vector<int>& days) {
  const auto known = std::find_if(std::begin(kAttainmentDays), std::end(kAttainmentDays), [&](int span) { return std::to_string(span) + "d" == text; });
  if (known == std::end(kAttainmentDays)) return "attainment is told over 7d, 28d and 90d, not over \"" + text + "\"";
  if (std::find(days.begin(), days.end(), *known) == days.end()) days.push_back(*known);
  return "";
}

void AddBudgetOptions(CLI::App& app, DaemonOptions& options) {
  const auto set = [&days = options.server.attainment_days](const std::vector<std::string>& spans) {
    days.clear();
    for (const std::string& span : spans) {
      const std::string fault = AddSpan(span, days);
      if (!fault.empty()) throw CLI::ValidationError("--budget.windows", fault);
    }
  };
  app.add_option_function<std::vector<std::string>>("--budget.windows", set, "The spans of batchslo_job_attainment_ratio: some of 7d, 28d and 90d (default: 28d)")
      ->delimiter(',')->option_text("DAYS")->group("Collectors");
}

void AddCollectorOptions(CLI::App& app, DaemonOptions& options) {
  static constexpr std::pair<const char*, const char*> kGroups[] = {
      {"runs", "Metrics of runs and outputs (default: shown)"},
      {"budget", "Metrics of attainment and error budgets (default: shown)"},
      {"trend", "Metrics of what is to be expected: trends of margins, jobs at risk (default: not shown)"},
      {"self", "Metrics of sources and of this process (default: shown)"}};
  for (const auto& [name, help] : kGroups) {
    const std::string flags = std::string("--collector.") + name + ",!--no-collector." + name;
    const auto set = [&off = options.server.groups_off, group = std::string(name)](std::int64_t count) { count > 0 ? void(off.erase(group)) : void(off.insert(group)); };
    app.add_flag_function(flags, set, help)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->group("Collectors");
  }
}

}  // namespace

void AddDaemonOptions(CLI::App& app, DaemonOptions& options) {
  AddConfigOptions(app, options);
  AddWebOptions(app, options);
  AddCollectorOptions(app, options);
  AddBudgetOptions(app, options);
  app.add_option("--log.level", options.log_level, "debug, info, warn or error (default: info)")->check(CLI::IsMember({"debug", "info", "warn", "error"}))->option_text("LEVEL")->group("Log");
  app.add_option("--log.format", options.log_format, "logfmt or json (default: logfmt)")->check(CLI::IsMember({"logfmt", "json"}))->option_text("FORMAT")->group("Log");
}

std::vector<std::pair<std::string, std::string>> FlagsOf(const DaemonOptions& options) {
  return {{"config.file", options.config_file},
          {"kubeconfig", options.kubeconfig},
          {"web.config.file", options.web_config_file},
          {"web.systemd-socket", options.systemd_socket ? "true" : "false"},
          {"store", options.store},
          {"config.enable-auto-reload", options.auto_reload ? "true" : "false"},
          {"config.auto-reload-interval", options.auto_reload_interval},
          {"evaluation.interval", options.evaluation_interval},
          {"log.level", options.log_level},
          {"log.format", options.log_format}};
}

}  // namespace batchslo
