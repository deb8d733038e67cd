// What a job is judged by, as the block that makes it one's own. Tested by tests/cli/adopt_test.py.
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "exporter/cli/asked_explanation.h"
#include "exporter/cli/command.h"
#include "exporter/core/job.h"
#include "exporter/sources/inquiry.h"
#include "exporter/web/escape.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

// Of what a daemon says; what is no text is none.
std::string TextOf(const Json& json, const char* key) { return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : ""; }

std::string Value(const Json& value) {
  if (value.is_string()) return YamlText(value.get<std::string>());
  if (!value.is_object()) return value.dump();
  std::string text;
  for (const auto& [key, inner] : value.items()) text += (text.empty() ? "" : ", ") + YamlText(key) + ": " + Value(inner);
  return "{" + text + "}";
}

// Who writes an objective down pages by it, unless he says otherwise.
bool IsOnlyAWarning(const Json& objective) {
  const std::string from = TextOf(objective, "objective_from");
  return from == ObjectiveFromName(ObjectiveFrom::kDerived) || from == ObjectiveFromName(ObjectiveFrom::kDefault);
}

// Those that are not the job's own; what others need of it comes with their `needs`.
bool IsToAdopt(const Json& objective) {
  return TextOf(objective, "objective_from") != ObjectiveFromName(ObjectiveFrom::kJob) && !TextOf(objective, "objective").starts_with("needed by ");
}

std::string Block(const Json& objective, const std::string& indent) {
  std::string text;
  const Json none = Json::object();
  const Json& keys = objective.contains("definition") && objective["definition"].is_object() ? objective["definition"] : none;
  for (const auto& [key, value] : keys.items()) {
    const bool is_default = key == "severity" && value != "critical" && IsOnlyAWarning(objective);
    text += indent + (is_default ? "# " : "") + YamlText(key) + ": " + Value(value) + (is_default ? "  # as it was; without it: that of defaults, critical" : "") + "\n";
  }
  return text;
}

std::string Adopted(const Json& told) {
  const std::string job = TextOf(told, "job");
  std::vector<Json> objectives;
  if (told.contains("objectives") && told["objectives"].is_array()) std::copy_if(told["objectives"].begin(), told["objectives"].end(), std::back_inserter(objectives), IsToAdopt);
  if (objectives.empty()) return "";
  std::string text;
  for (const Json& objective : objectives) {
    text += "# " + EscapeTerminal(TextOf(objective, "objective") + " is " + TextOf(objective, "objective_from") + ": " + TextOf(objective, "rule")) + "\n";
  }
  const bool configured = told.contains("configured") && told["configured"] == true;
  if (configured) text += "# The job has a block in the configuration: add these lines to it.\n";
  text += "jobs:\n  " + YamlText(job) + ":\n";
  const bool is_short = objectives.size() == 1 && TextOf(objectives[0], "objective") == TextOf(objectives[0], "kind");
  if (is_short) text += Block(objectives[0], "    ");
  if (!is_short) text += "    objectives:\n";
  for (std::size_t i = 0; i < objectives.size() && !is_short; ++i) text += "      " + YamlText(TextOf(objectives[i], "objective")) + ":\n" + Block(objectives[i], "        ");
  if (!configured && told.contains("properties") && told["properties"].is_object()) {
    for (const auto& [key, value] : told["properties"].items()) text += "    " + YamlText(key) + ": " + Value(value) + "\n";
  }
  return text;
}

int Adopt(const ExplanationOptions& options, std::ostream& out, std::ostream& err) {
  const Result<Json> told = AskExplanation(options);
  if (!told) return err << "adopt: " << told.Message() << "\n", 2;
  const std::string block = Adopted(*told);
  if (block.empty()) return err << "adopt: all objectives of \"" << options.job << "\" are its own already\n", 1;
  out << block;
  return 0;
}

}  // namespace

void AddAdopt(CLI::App& root, Action& action) {
  auto* command = root.add_subcommand("adopt", "Print the job block that makes a default objective one's own");
  auto options = std::make_shared<ExplanationOptions>();
  AddExplanationOptions(*command, *options);
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Adopt(*options, out, err); };
  });
}

}  // namespace batchslo
