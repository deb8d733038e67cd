// Tested by tests/cli/check_sources_test.py.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "exporter/cli/ask.h"
#include "exporter/cli/command.h"
#include "exporter/config/config.h"
#include "exporter/core/nearest.h"
#include "exporter/sources/registry.h"
#include "exporter/web/escape.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;
using Found = CheckRow::Found;

struct CheckSourcesOptions {
  AskOptions ask;
  std::string listen = "127.0.0.1:10510", output = "text";
  std::vector<std::string> names;
};

struct Checked {
  const SourceConfig* source;
  std::vector<CheckRow> rows;

  std::ptrdiff_t Failed() const {
    return std::count_if(rows.begin(), rows.end(), [](const CheckRow& row) { return row.found == Found::kFailed; });
  }
};

const char* WordOf(Found found) { return found == Found::kGood ? "ok" : found == Found::kFailed ? "FAILED" : "unknown"; }

std::vector<CheckRow> RowsOf(const Inquiry& inquiry) {
  const SourceKind& kind = KindOf(inquiry.config);
  const auto made = kind.make(inquiry.config, inquiry.services);
  std::vector<CheckRow> rows = kind.check(inquiry);
  const bool is_told = std::any_of(rows.begin(), rows.end(), [&](const CheckRow& row) { return !made && row.message == made.Message(); });
  if (!made && !is_told) rows.insert(rows.begin(), {Found::kFailed, "start it", "everything", made.Message(), ""});
  return rows;
}

void PrintLines(const std::string& text, const char* indent, std::ostream& out) {
  std::size_t from = 0;
  for (std::size_t end = 0; end != std::string::npos; from = end + 1) {
    end = text.find('\n', from);
    out << indent << EscapeTerminal(text.substr(from, end == std::string::npos ? end : end - from)) << "\n";
  }
}

void PrintRow(const CheckRow& row, std::ostream& out) {
  const std::string word = WordOf(row.found);
  out << "  " << word << std::string(9 - word.size(), ' ') << EscapeTerminal(row.tried) << "\n";
  if (!row.message.empty()) PrintLines(row.message, "           ", out);
  if (row.found == Found::kGood) return;
  out << "           it turns on: " << EscapeTerminal(row.feature) << "\n";
  if (row.remedy.empty()) return;
  out << "           to mend it:\n";
  PrintLines(row.remedy, "             ", out);
}

std::string Count(std::size_t n, const std::string& noun) { return std::to_string(n) + " " + noun + (n == 1 ? "" : "s"); }

void PrintText(const std::vector<Checked>& all, std::ostream& out) {
  std::size_t bad = 0;
  for (const Checked& checked : all) {
    const std::ptrdiff_t failed = checked.Failed();
    bad += failed > 0 ? 1 : 0;
    out << EscapeTerminal(checked.source->name) << " (" << checked.source->kind << "): "
        << (failed == 0 ? "good" : std::to_string(failed) + " of " + Count(checked.rows.size(), "check") + " failed") << "\n";
    for (const CheckRow& row : checked.rows) PrintRow(row, out);
    out << "\n";
  }
  out << Count(all.size(), "source") << ", " << (bad == 0 ? "all good" : std::to_string(bad) + " with something to mend") << "\n";
}

Json ToJson(const std::vector<Checked>& all) {
  Json json = {{"good", true}, {"sources", Json::array()}};
  for (const Checked& checked : all) {
    const bool good = checked.Failed() == 0;
    if (!good) json["good"] = false;
    Json rows = Json::array();
    for (const CheckRow& row : checked.rows) {
      const char* result = row.found == Found::kFailed ? "failed" : WordOf(row.found);
      rows.push_back({{"tried", row.tried}, {"result", result}, {"feature", row.feature}, {"message", row.message}, {"remedy", row.remedy}});
    }
    json["sources"].push_back({{"source", checked.source->name}, {"kind", checked.source->kind}, {"good", good}, {"checks", std::move(rows)}});
  }
  return json;
}

// Those that are named, else all; empty: a name is not known, and `err` says so.
std::vector<const SourceConfig*> Choose(const Config& config, const std::vector<std::string>& names, std::ostream& err) {
  std::vector<const SourceConfig*> chosen;
  for (const SourceConfig& source : config.sources) {
    if (names.empty() || std::find(names.begin(), names.end(), source.name) != names.end()) chosen.push_back(&source);
  }
  if (config.sources.empty()) err << "check sources: the configuration names none; --config.file or --kubeconfig says where they are\n";
  std::vector<std::string_view> known;
  for (const SourceConfig& source : config.sources) known.push_back(source.name);
  bool all_known = true;
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string_view nearest = Nearest(name, known);
    err << "check sources: no source is named \"" << name << "\"" << (nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?") << "\n";
    all_known = false;
  }
  if (!all_known) chosen.clear();
  return chosen;
}

int CheckSources(const CheckSourcesOptions& options, const AskSources& ask, std::ostream& out, std::ostream& err) {
  const auto timeout = TimeoutOf(options.ask, "check sources", err);
  if (!timeout) return 2;
  const ConfigResult loaded = ask.load(options.ask.config_file, options.ask.kubeconfig);
  if (!loaded.config) return err << loaded.Faults(), 2;
  const auto chosen = Choose(*loaded.config, options.names, err);
  if (chosen.empty()) return 2;
  std::vector<Checked> all;
  ask.use([&](const SourceServices& services) {
    for (const SourceConfig* source : chosen) {
      all.push_back({source, RowsOf({*source, services, options.listen, std::chrono::steady_clock::now() + *timeout})});
    }
  });
  std::stable_sort(all.begin(), all.end(), [](const Checked& a, const Checked& b) { return a.Failed() > b.Failed(); });
  const bool good = std::all_of(all.begin(), all.end(), [](const Checked& checked) { return checked.Failed() == 0; });
  if (options.output == "json") out << ToJson(all).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  if (options.output == "text") PrintText(all, out);
  return good ? 0 : 1;
}

}  // namespace

void AddCheckSources(CLI::App& check, Action& action, const AskSources& ask) {
  auto* command = check.add_subcommand("sources", "Ask each source for the least that it must give, say what is wrong and how to mend it; exit 0 good, 1 not");
  auto options = std::make_shared<CheckSourcesOptions>();
  AddAskOptions(*command, options->ask);
  command->add_option("sources", options->names, "Only these, by their names")->option_text("SOURCE...");
  command->add_option("--web.listen-address", options->listen, "Where the daemon will listen, for heartbeats (default: 127.0.0.1:10510)")->option_text("ADDRESS");
  command->add_option("--output", options->output, "text or json (default: text)")->check(CLI::IsMember({"text", "json"}))->option_text("FORMAT");
  command->callback([options, ask, &action] {
    action = [options, ask](std::ostream& out, std::ostream& err) { return CheckSources(*options, ask, out, err); };
  });
}

}  // namespace batchslo
