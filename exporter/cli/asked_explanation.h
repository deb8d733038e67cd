#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "exporter/cli/daemon_address.h"
#include "exporter/core/result.h"

namespace CLI {
class App;
}

namespace batchslo {

// Of which job a command wants the explanation, and whence: of a daemon, or of a configuration with facts.
struct ExplanationOptions {
  DaemonAddress address;
  std::string job, at, config_file, facts_file, store;
};

void AddExplanationOptions(CLI::App& command, ExplanationOptions& options);

// What ExplanationJson says of the job. A daemon's word is not to be trusted: neither keys nor what terminals obey.
Result<nlohmann::ordered_json> AskExplanation(const ExplanationOptions& options);

}  // namespace batchslo
