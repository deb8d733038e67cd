#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "exporter/cli/command.h"
#include "exporter/cli/facts_json.h"
#include "exporter/sql/url.h"
#include "exporter/store/ledger.h"

namespace batchslo {
namespace {

constexpr std::size_t kBatch = 500;

LedgerOptions OptionsFor(const std::string& store, const std::string& staleness) {
  const auto bound = ParseDuration(staleness);
  LedgerOptions options;
  options.path = store;
  options.staleness = [bound = bound ? *bound : Duration{seconds{60}}](const std::string&) { return bound; };
  return options;
}

bool Concerns(const Fact& fact, const std::string& job) {
  const std::string& own = JobOf(fact);
  return job.empty() || own.empty() || own == job;
}

int Export(const std::string& store, const std::string& job, std::ostream& out, std::ostream& err) {
  const auto done = ReadLedger(store, [&](const Fact& fact) {
    if (Concerns(fact, job)) out << FactLine(fact) << "\n";
  });
  if (!done) return err << "ledger export: " << done.Message() << "\n", 2;
  return 0;
}

int Import(const std::string& store, const std::string& staleness, const std::string& file, std::ostream& out, std::ostream& err) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return err << "ledger import: " << file << " can't be read; is it there?\n", 2;
  FactsFile facts = ReadFacts(in, file);
  for (const std::string& fault : facts.faults) err << fault << "\n";
  if (!facts.faults.empty()) return 2;
  auto ledger = Ledger::Open(OptionsFor(store, staleness));
  if (!ledger) return err << "ledger import: " << ledger.Message() << "\n", 2;
  for (std::size_t from = 0; from < facts.facts.size(); from += kBatch) {
    const auto first = facts.facts.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = facts.facts.begin() + static_cast<std::ptrdiff_t>(std::min(from + kBatch, facts.facts.size()));
    const auto done = (*ledger)->Append(Report(first, last));
    if (!done) return err << "ledger import: " << done.Message() << "\n", 2;
  }
  out << facts.facts.size() << " facts imported\n";
  return 0;
}

struct Options {
  std::string store, staleness = "60s", job, file;
};

}  // namespace

CLI::Option* AddStore(CLI::App& command, std::string& path, const std::string& help) {
  const auto to_path = [](std::string& text) {
    const auto file = SqliteFile(text);
    if (file) text = *file;
    return file ? "" : file.Message();
  };
  return command.add_option("--store", path, help)->transform(CLI::Validator(to_path, ""))->option_text("sqlite:///PATH");
}

void AddLedger(CLI::App& root, Action& action) {
  auto* ledger = root.add_subcommand("ledger", "Facts out of a ledger (also beside a daemon) and into it (while no daemon has it)");
  ledger->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* out_command = ledger->add_subcommand("export", "Print the facts, one JSON object a line");
  auto* in_command = ledger->add_subcommand("import", "Add the facts of a file");
  for (auto* command : {out_command, in_command}) {
    AddStore(*command, options->store, "The ledger")->required();
  }
  out_command->add_option("--job", options->job, "Only facts about this job, and views");
  in_command->add_option("--staleness", options->staleness, "How far apart two views may be and still join")->capture_default_str();
  in_command->add_option("file", options->file, "The facts")->required();
  out_command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Export(options->store, options->job, out, err); };
  });
  in_command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Import(options->store, options->staleness, options->file, out, err); };
  });
}

}  // namespace batchslo
