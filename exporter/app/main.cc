// Tested by tests/daemon/command_line_test.py.
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "exporter/app/asking.h"
#include "exporter/app/daemon.h"
#include "exporter/app/fleet.h"
#include "exporter/app/live_web.h"
#include "exporter/app/once.h"
#include "exporter/app/systemd_sockets.h"
#include "exporter/cli/command.h"
#include "exporter/core/nearest.h"
#include "exporter/web/build_info.h"

namespace {

using namespace batchslo;

constexpr const char* kExamples = R"(Examples:
  batchslo_exporter --kubeconfig ~/.kube/config                 judge all CronJobs of a cluster
  batchslo_exporter --config.file=batchslo.yml                  judge what the file names
  batchslo_exporter check config --config.file=batchslo.yml     say what is wrong with it
  batchslo_exporter check sources --config.file=batchslo.yml    which rights are missing, and how to give them
  batchslo_exporter discover sql --url sqlite:///app.db         a configuration of what a database knows
  batchslo_exporter status                                      the jobs of a running daemon, worst first
  batchslo_exporter explain JOB                                 why a job is missed, and what would change it
  batchslo_exporter status --once --config.file=batchslo.yml    the same without a daemon
"batchslo_exporter COMMAND --help" tells more of a command.
)";

// The library shows a flag that can be negated as "--a,--no-a{false}".
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(46);
    label("SUBCOMMAND", "COMMAND");
  }
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, is_positional);
    const std::string mark = "{false}";
    if (name.ends_with(mark)) name.resize(name.size() - mark.size());
    return name;
  }
};

std::string VersionText() {
  utsname system{};
  uname(&system);
  return "batchslo_exporter, version " + std::string(kVersion) + " (revision: " + std::string(kRevision) + ")\n  compiler: " + std::string(kCompiler) +
         "\n  platform: " + system.sysname + "/" + system.machine;
}

// The names that may be written: flags of the program and of the commands that were chosen, and the commands below them.
void CollectNames(const CLI::App& app, std::vector<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  for (const CLI::App* chosen : app.get_subcommands()) CollectNames(*chosen, names);
}

int Refuse(const CLI::App& app, const std::string& fault) {
  std::vector<std::string> names;
  CollectNames(app, names);
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& argument : app.remaining(true)) {
    const std::string word = argument.substr(0, argument.find('='));
    const std::string_view nearest = Nearest(word, known);
    std::cerr << "batchslo_exporter: unknown " << (word.starts_with("-") ? "flag " : "command ") << word;
    if (!nearest.empty()) std::cerr << "; did you mean " << nearest << "?";
    std::cerr << "\n";
  }
  if (app.remaining(true).empty()) std::cerr << "batchslo_exporter: " << fault << "\n";
  std::cerr << "batchslo_exporter --help lists what there is\n";
  return 2;
}

int CheckOnly(const DaemonOptions& options) {
  const auto result = LoadConfig(options.config_file, options.kubeconfig);
  std::cerr << result.Faults() << result.Lints();
  LiveWeb web(options.web_config_file);
  const bool web_is_good = web.Read({}) != LiveWeb::Look::kRefused;
  if (!web_is_good) std::cerr << web.State()->error;
  return result.config && web_is_good ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"batchslo_exporter judges batch jobs by their SLOs and tells Prometheus.\nWithout a command it runs as a daemon.", "batchslo_exporter"};
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "Print this");
  DaemonOptions options;
  Action action;
  AddDaemonOptions(app, options);
  app.set_version_flag("--version", VersionText(), "Print the version");
  app.require_subcommand(0, 1);
  AddCheck(app, action, AskWithoutDaemon(), JudgeWithoutDaemon);
  AddDiscover(app, action, AskWithoutDaemon());
  AddReplay(app, action);
  AddCron(app, action);
  AddStatus(app, action, JudgeWithoutDaemon);
  AddExplain(app, action);
  AddHealthcheck(app, action);
  AddLedger(app, action);
  AddDocs(app, action);
  for (CLI::App* command : app.get_subcommands({})) command->group("Commands");
  app.footer(kExamples);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    return Refuse(app, e.what());
  }
  if (action) return action(std::cout, std::cerr);
  if (options.check_only) return CheckOnly(options);
  options.server.flags = FlagsOf(options);
  if (options.systemd_socket) {
    auto sockets = TakeSystemdSockets();
    if (!sockets) return std::cerr << "batchslo_exporter: " << sockets.Message() << "\n", 1;
    options.server.sockets = std::move(sockets).Value();
  }
  return RunDaemon(options, std::cerr);
}
