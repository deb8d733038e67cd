#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "exporter/core/snapshot.h"

namespace CLI {
class App;
class Option;
}

namespace batchslo {

struct AskSources;  // cli/ask.h

// What the chosen subcommand does: data to `out`, messages to `err`; gives the exit code (0 ok, 2 bad input).
using Action = std::function<int(std::ostream& out, std::ostream& err)>;

// Judging without a daemon is app's business: main gives it to `status`. Null: `err` says what is wrong.
struct OnceOptions {
  std::string config_file, kubeconfig, store;  // store: of a daemon that has stopped, to be read; empty: none
  Duration timeout{0};
};
using JudgeOnce = std::function<std::shared_ptr<const Snapshot>(const OnceOptions& options, std::ostream& err)>;

// The option --store: a ledger, which people name by its url or by the path itself. `path` gets the path.
CLI::Option* AddStore(CLI::App& command, std::string& path, const std::string& help);

// Each subcommand adds itself to the command line and, when it is chosen, sets `action`. One file a subcommand.
void AddCron(CLI::App& root, Action& action);
void AddReplay(CLI::App& root, Action& action);
void AddCheck(CLI::App& root, Action& action, const AskSources& ask, const JudgeOnce& judge_once);
void AddCheckSources(CLI::App& check, Action& action, const AskSources& ask);
void AddCheckRegistries(CLI::App& check, Action& action, const JudgeOnce& judge_once);
void AddDiscover(CLI::App& root, Action& action, const AskSources& ask);
void AddDocs(CLI::App& root, Action& action);
void AddExplain(CLI::App& root, Action& action);
void AddHealthcheck(CLI::App& root, Action& action);
void AddLedger(CLI::App& root, Action& action);
void AddStatus(CLI::App& root, Action& action, const JudgeOnce& judge_once);

}  // namespace batchslo
