// Why is a job missed, and what would change it? Of a daemon, or by facts without one. Tested by tests/cli/explain_test.py
// and tests/daemon/explain_test.py.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/cli/asked_explanation.h"
#include "exporter/cli/command.h"
#include "exporter/web/escape.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

struct ExplainOptions {
  ExplanationOptions asked;
  std::string output = "text";
};

// Whatever a daemon says must only be shown.
void PrintText(const Json& told, std::ostream& out) {
  const auto text = told.find("text");
  std::istringstream lines(text != told.end() && text->is_string() ? text->get<std::string>() : "");
  for (std::string line; std::getline(lines, line);) out << EscapeTerminal(line) << "\n";
}

int Explained(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  const Result<Json> told = AskExplanation(options.asked);
  if (!told) return err << "explain: " << told.Message() << "\n", 2;
  if (options.output == "json") {
    out << told->dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    PrintText(*told, out);
  }
  return 0;
}

}  // namespace

void AddExplain(CLI::App& root, Action& action) {
  auto* command = root.add_subcommand("explain", "Say why a job is what it is, what was seen, and what would change it");
  auto options = std::make_shared<ExplainOptions>();
  AddExplanationOptions(*command, options->asked);
  command->add_option("--output", options->output, "text or json (default: text)")->check(CLI::IsMember({"text", "json"}))->option_text("FORMAT");
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Explained(*options, out, err); };
  });
}

}  // namespace batchslo
