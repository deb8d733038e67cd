#include <CLI/CLI.hpp>
#include <iostream>

#include "exporter/app/daemon.h"
#include "exporter/app/fleet.h"
#include "exporter/cli/command.h"
#include "exporter/core/nearest.h"
#include "exporter/web/build_info.h"

namespace {

using namespace batchslo;

std::string VersionText() {
  return "batchslo_exporter, version " + std::string(kVersion) + " (revision: " + std::string(kRevision) + ")\n  compiler: " + std::string(kCompiler) + "\n";
}

// "did you mean": CLI11 only says that an argument was not expected.
void Suggest(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = std::string_view(argv[i]).substr(0, std::string_view(argv[i]).find('='));
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const std::string_view nearest = Nearest(word, known);
    if (!nearest.empty()) std::cerr << "did you mean " << nearest << "?\n";
  }
}

int CheckOnly(const DaemonOptions& options) {
  const auto result = LoadConfig(options.config_file, options.kubeconfig);
  std::cerr << result.Faults() << result.Lints();
  return result.config ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"batchslo_exporter judges batch jobs by their SLOs and tells Prometheus.\nWithout a subcommand it runs as a daemon.", "batchslo_exporter"};
  DaemonOptions options;
  Action action;
  AddDaemonOptions(app, options);
  app.set_version_flag("--version", VersionText());
  app.require_subcommand(0, 1);
  AddCheck(app, action);
  AddReplay(app, action);
  AddCron(app, action);
  AddStatus(app, action);
  AddLedger(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    std::cerr << "batchslo_exporter: " << e.what() << "\n";
    Suggest(app, argc, argv);
    std::cerr << "run batchslo_exporter --help for more\n";
    return 2;
  }
  if (action) return action(std::cout, std::cerr);
  if (options.check_only) return CheckOnly(options);
  return RunDaemon(options, std::cerr);
}
