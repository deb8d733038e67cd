#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "exporter/cli/ask.h"
#include "exporter/cli/command.h"
#include "exporter/cli/table.h"
#include "exporter/config/registry_files.h"
#include "exporter/config/windows.h"
#include "exporter/sources/registry.h"
#include "exporter/web/escape.h"
#include "exporter/web/registry_text.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

struct CheckOptions {
  std::string config_file, output = "text";
  std::vector<std::string> files;
};

// What is wrong with the rows of a registry that is a file.
struct CheckedTable {
  std::string file;
  std::vector<RegistryReading::Note> notes;
};

struct Checked {
  ConfigResult result;
  std::vector<NextWindow> windows;
  std::vector<NextExcused> excuses;
  std::vector<std::string> errors;  // why a registry that is a file can't be read
  std::vector<CheckedTable> tables;
};

std::vector<CheckedTable> TablesOf(const Registered& registered) {
  std::vector<CheckedTable> tables;
  for (const RegistryDef& registry : registered.config.registries) {
    const auto reading = registered.readings.find(registry.name);
    if (reading == registered.readings.end()) continue;
    CheckedTable& table = tables.emplace_back(CheckedTable{registry.options.String("file"), reading->second->faults});
    table.notes.insert(table.notes.end(), reading->second->remarks.begin(), reading->second->remarks.end());
  }
  return tables;
}

Checked CheckFile(const std::string& file, TimePoint now) {
  const auto kinds = SourceSpecs();
  Checked checked{ReadConfig(file == "-" ? "/dev/stdin" : file, kinds), {}, {}, {}, {}};
  if (!checked.result.config) return checked;
  const Registered registered = CompleteByFiles(*checked.result.config, checked.errors);
  checked.tables = TablesOf(registered);
  checked.windows = NextWindows(registered.config, now);
  checked.excuses = NextExcuses(registered.config, now);
  return checked;
}

// ---- text ----

std::string Count(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

void PrintWindows(const std::vector<NextWindow>& windows, std::ostream& out) {
  if (windows.empty()) return;
  Table table({"job", "objective", "next window opens", "due", "why it opens there"});
  for (const NextWindow& window : windows)
    table.Add({window.job, window.objective, FormatRfc3339(window.opens), FormatRfc3339(window.due), window.why});
  table.Print(out);
}

void PrintExcuses(const std::vector<NextExcused>& excuses, std::ostream& out) {
  if (excuses.empty()) return;
  Table table({"calendar", "zone", "excuses next from", "until", "why"});
  const auto second = [](TimePoint time) { return FormatRfc3339(std::chrono::floor<seconds>(time)); };
  for (const auto& [calendar, zone, excuse] : excuses) {
    if (excuse) {
      table.Add({calendar, zone, second(excuse->from), second(excuse->until), excuse->why});
    } else {
      table.Add({calendar, zone, "-", "-", "it excuses nothing that is to come"});
    }
  }
  table.Print(out);
}

void PrintText(const Checked& checked, std::ostream& out, std::ostream& err) {
  const ConfigResult& result = checked.result;
  err << result.Faults() << result.Lints();
  for (const std::string& error : checked.errors) err << result.file << ": warning: " << EscapeTerminal(error) << "\n";
  for (const auto& [file, notes] : checked.tables) {
    for (const auto& note : notes) err << EscapeTerminal(file + ": warning: " + NoteText(note)) << "\n";
  }
  out << result.file << ": ";
  if (!result.config) {
    out << Count(result.faults.size(), "error") << "\n";
    return;
  }
  out << "good: " << Count(result.config->sources.size(), "source") << ", "
      << Count(result.config->fleet.jobs.size(), "job") << ", " << Count(result.lints.size(), "warning") << "\n";
  PrintWindows(checked.windows, out);
  PrintExcuses(checked.excuses, out);
}

// ---- GitHub's workflow commands ----

std::string Escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += special.find(c) == std::string_view::npos ? std::string(1, c) : code;
  }
  return out;
}

std::vector<Fault> ToFaults(const Checked& checked) {
  std::vector<Fault> faults;
  for (const std::string& error : checked.errors) faults.push_back({0, 0, error, ""});
  return faults;
}

// A row is a line where no cell has two.
std::vector<Fault> ToFaults(const CheckedTable& table) {
  std::vector<Fault> faults;
  for (const auto& note : table.notes) faults.push_back({note.row, 0, NoteText(note), ""});
  return faults;
}

void PrintGithub(const std::vector<Fault>& faults, std::string_view level, const std::string& file, std::ostream& out) {
  for (const Fault& fault : faults) {
    out << "::" << level << " file=" << Escaped(file, "%\r\n:,") << ",line=" << std::max(1, fault.line)
        << ",col=" << std::max(1, fault.column)
        << "::" << Escaped(fault.message + (fault.help.empty() ? "" : " (" + fault.help + ")"), "%\r\n") << "\n";
  }
}

// ---- JSON ----

void AddFaults(const std::vector<Fault>& faults, const char* level, const std::string& file, Json& array) {
  for (const Fault& fault : faults)
    array.push_back({{"file", file},
                     {"line", fault.line},
                     {"column", fault.column},
                     {"level", level},
                     {"message", fault.message},
                     {"help", fault.help}});
}

Json ToJson(const std::vector<Checked>& all) {
  Json json = {{"good", true}, {"faults", Json::array()}, {"windows", Json::array()}, {"excused", Json::array()}};
  for (const Checked& checked : all) {
    const auto& [result, windows, excuses, errors, tables] = checked;
    if (!result.config) json["good"] = false;
    AddFaults(result.faults, "error", result.file, json["faults"]);
    AddFaults(result.lints, "warning", result.file, json["faults"]);
    AddFaults(ToFaults(checked), "warning", result.file, json["faults"]);
    for (const CheckedTable& table : tables) AddFaults(ToFaults(table), "warning", table.file, json["faults"]);
    for (const NextWindow& window : windows)
      json["windows"].push_back({{"file", result.file},
                                 {"job", window.job},
                                 {"objective", window.objective},
                                 {"opens", FormatRfc3339(window.opens)},
                                 {"due", FormatRfc3339(window.due)},
                                 {"why", window.why}});
    for (const auto& [calendar, zone, excuse] : excuses) {
      json["excused"].push_back({{"file", result.file},
                                 {"calendar", calendar},
                                 {"zone", zone},
                                 {"from", excuse ? Json(FormatRfc3339(excuse->from)) : Json(nullptr)},
                                 {"until", excuse ? Json(FormatRfc3339(excuse->until)) : Json(nullptr)},
                                 {"why", excuse ? Json(excuse->why) : Json(nullptr)}});
    }
  }
  return json;
}

int CheckConfig(const CheckOptions& options, std::ostream& out, std::ostream& err) {
  std::vector<std::string> files = options.files;
  if (!options.config_file.empty()) files.insert(files.begin(), options.config_file);
  if (files.empty()) return err << "check config: name a file, or - for the standard input\n", 2;
  const TimePoint now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  std::vector<Checked> all;
  for (const std::string& file : files) all.push_back(CheckFile(file, now));
  for (const Checked& checked : all) {
    if (options.output == "text") PrintText(checked, out, err);
    if (options.output != "github") continue;
    PrintGithub(checked.result.faults, "error", checked.result.file, out);
    PrintGithub(checked.result.lints, "warning", checked.result.file, out);
    PrintGithub(ToFaults(checked), "warning", checked.result.file, out);
    for (const CheckedTable& table : checked.tables) PrintGithub(ToFaults(table), "warning", table.file, out);
  }
  if (options.output == "json") out << ToJson(all).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  return std::all_of(all.begin(), all.end(), [](const Checked& checked) { return checked.result.config.has_value(); })
             ? 0
             : 2;
}

}  // namespace

void AddCheck(CLI::App& root, Action& action, const AskSources& ask, const JudgeOnce& judge_once) {
  auto* check = root.add_subcommand("check", "Check things without starting");
  check->require_subcommand(1);
  auto* command = check->add_subcommand("config", "Check configuration files: every fault at once; exit 0 good, 2 not");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("--config.file", options->config_file, "The configuration");
  command->add_option("files", options->files, "More of them; - is the standard input");
  command->add_option("--output", options->output, "How to print")
      ->check(CLI::IsMember({"text", "json", "github"}))
      ->capture_default_str();
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return CheckConfig(*options, out, err); };
  });
  AddCheckSources(*check, action, ask);
  AddCheckRegistries(*check, action, judge_once);
}

}  // namespace batchslo
