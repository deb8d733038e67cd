#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "exporter/cli/command.h"
#include "exporter/config/config.h"
#include "exporter/sources/registry.h"

namespace batchslo {
namespace {

struct CheckOptions {
  std::string config_file, output = "text";
  std::vector<std::string> files;
};

void PrintGithub(const std::vector<Fault>& faults, const char* level, const std::string& file, std::ostream& out) {
  const auto escape = [](std::string text) {
    std::string safe;
    for (const char c : text) safe += c == '%' ? "%25" : c == '\n' ? "%0A" : c == '\r' ? "%0D" : std::string(1, c);
    return safe;
  };
  for (const Fault& fault : faults) {
    out << "::" << level << " file=" << escape(file) << ",line=" << std::max(1, fault.line) << ",col=" << std::max(1, fault.column)
        << "::" << escape(fault.message + (fault.help.empty() ? "" : " (" + fault.help + ")")) << "\n";
  }
}

nlohmann::ordered_json ToJson(const std::vector<Fault>& faults, const char* level, const std::string& file) {
  auto array = nlohmann::ordered_json::array();
  for (const Fault& fault : faults) {
    array.push_back({{"file", file}, {"line", fault.line}, {"column", fault.column}, {"level", level}, {"message", fault.message}, {"help", fault.help}});
  }
  return array;
}

void Summarise(const ConfigResult& result, std::ostream& out) {
  const auto count = [](std::size_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); };
  if (result.config) {
    out << result.file << ": good: " << count(result.config->sources.size(), "source") << ", " << count(result.config->fleet.jobs.size(), "job") << ", "
        << count(result.lints.size(), "warning") << "\n";
  } else {
    out << result.file << ": " << count(result.faults.size(), "error") << "\n";
  }
}

int CheckConfig(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  std::vector<std::string> files = options.files;
  if (!options.config_file.empty()) files.insert(files.begin(), options.config_file);
  if (files.empty()) return err << "check config: name a file: check config --config.file=FILE\n", 2;
  const auto kinds = SourceSpecs();
  int code = 0;
  auto json = nlohmann::ordered_json::array();
  for (const std::string& file : files) {
    const ConfigResult result = ReadConfig(file, kinds);
    if (!result.config) code = 2;
    if (options.output == "json") {
      for (auto& item : ToJson(result.faults, "error", file)) json.push_back(item);
      for (auto& item : ToJson(result.lints, "warning", file)) json.push_back(item);
    } else if (options.output == "github") {
      PrintGithub(result.faults, "error", file, out);
      PrintGithub(result.lints, "warning", file, out);
    } else {
      err << result.Faults() << result.Lints();
      Summarise(result, out);
    }
  }
  if (options.output == "json") out << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
  return code;
}

}  // namespace

void AddCheck(CLI::App& root, Action& action) {
  auto* check = root.add_subcommand("check", "Check things without starting");
  check->require_subcommand(1);
  auto* command = check->add_subcommand("config", "Check configuration files: every fault at once; exit 0 good, 2 not");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("--config.file", options->config_file, "The configuration");
  command->add_option("files", options->files, "More of them");
  command->add_option("--output", options->output, "How to print")->check(CLI::IsMember({"text", "json", "github"}))->capture_default_str();
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return CheckConfig(*options, out, err); };
  });
}

}  // namespace batchslo
