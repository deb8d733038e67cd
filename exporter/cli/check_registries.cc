// Tested by tests/cli/check_registries_test.py.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "exporter/cli/ask.h"
#include "exporter/cli/command.h"
#include "exporter/web/api.h"
#include "exporter/web/escape.h"
#include "exporter/web/registry_text.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

struct CheckRegistriesOptions {
  AskOptions ask;
  std::string output = "text";
};

std::string Count(std::size_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

bool IsGood(const RegistryState& registry) { return registry.up.value_or(false) && registry.reading->invalid == 0; }

// Discovered jobs that neither a row nor a block names.
std::vector<std::string> WithoutARow(const Snapshot& snapshot) {
  std::vector<std::string> names;
  for (const auto& job : snapshot.jobs) {
    if (!job->def->configured) names.push_back(job->def->name);
  }
  return names;
}

void PrintRegistry(const RegistryState& registry, std::ostream& out) {
  const auto line = [&](const std::string& word, const std::string& text) { out << "  " << word << std::string(9 - word.size(), ' ') << EscapeTerminal(text) << "\n"; };
  out << EscapeTerminal(registry.name) << " (" << registry.kind << "): ";
  if (!registry.reading) {
    out << "can't be read\n";
    return line("FAILED", registry.error);
  }
  const RegistryReading& reading = *registry.reading;
  out << Count(reading.rows, "row") << ", " << (reading.invalid == 0 ? "all good" : std::to_string(reading.invalid) + " left out") << "\n";
  for (const auto& note : reading.faults) line("FAILED", NoteText(note));
  for (const auto& note : reading.remarks) line("note", NoteText(note));
  for (const auto& [row, job] : registry.unknown) line("unknown", "row " + std::to_string(row) + ": no source knows " + job);
}

void PrintText(const Snapshot& snapshot, std::ostream& out) {
  constexpr std::size_t kMostShown = 20;
  for (const RegistryState& registry : snapshot.registries) PrintRegistry(registry, out);
  const auto without = WithoutARow(snapshot);
  if (!without.empty()) out << Count(without.size(), "job") << " without a row or a block:\n";
  for (std::size_t i = 0; i < std::min(without.size(), kMostShown); ++i) out << "  " << EscapeTerminal(without[i]) << "\n";
  if (without.size() > kMostShown) out << "  and " << without.size() - kMostShown << " more\n";
}

std::string ToJson(const Snapshot& snapshot, bool good) {
  Json json = {{"good", good}, {"registries", Json::parse(RenderRegistries(snapshot))["data"]}, {"jobs_without_a_row", WithoutARow(snapshot)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

int CheckRegistries(const CheckRegistriesOptions& options, const JudgeOnce& judge_once, std::ostream& out, std::ostream& err) {
  const auto timeout = TimeoutOf(options.ask, "check registries", err);
  if (!timeout) return 2;
  const auto snapshot = judge_once({options.ask.config_file, options.ask.kubeconfig, "", *timeout}, err);
  if (!snapshot) return 2;
  if (snapshot->registries.empty()) return err << "check registries: the configuration names none\n", 2;
  const bool good = std::all_of(snapshot->registries.begin(), snapshot->registries.end(), IsGood);
  if (options.output == "json") out << ToJson(*snapshot, good) << "\n";
  if (options.output == "text") PrintText(*snapshot, out);
  return good ? 0 : 1;
}

}  // namespace

void AddCheckRegistries(CLI::App& check, Action& action, const JudgeOnce& judge_once) {
  auto* command = check.add_subcommand("registries", "Read each registry, ask each source once, say which rows are wrong, overridden or of no job; exit 0 good, 1 not");
  auto options = std::make_shared<CheckRegistriesOptions>();
  AddAskOptions(*command, options->ask);
  command->add_option("--output", options->output, "text or json (default: text)")->check(CLI::IsMember({"text", "json"}))->option_text("FORMAT");
  command->callback([options, judge_once, &action] {
    action = [options, judge_once](std::ostream& out, std::ostream& err) { return CheckRegistries(*options, judge_once, out, err); };
  });
}

}  // namespace batchslo
