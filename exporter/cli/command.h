#pragma once

#include <functional>
#include <iosfwd>

namespace CLI {
class App;
}

namespace batchslo {

// What the chosen subcommand does: data to `out`, messages to `err`; gives the exit code (0 ok, 2 bad input).
using Action = std::function<int(std::ostream& out, std::ostream& err)>;

// Each subcommand adds itself to the command line and, when it is chosen, sets `action`. One file a subcommand.
void AddCron(CLI::App& root, Action& action);
void AddReplay(CLI::App& root, Action& action);
void AddCheck(CLI::App& root, Action& action);
void AddLedger(CLI::App& root, Action& action);
void AddStatus(CLI::App& root, Action& action);

}  // namespace batchslo
