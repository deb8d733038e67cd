// Why is a job missed, and what would change it? Of a daemon, or by facts without one. Tested by tests/cli/explain_test.py
// and tests/daemon/explain_test.py.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/cli/command.h"
#include "exporter/cli/daemon_address.h"
#include "exporter/cli/explain_text.h"
#include "exporter/cli/facts_json.h"
#include "exporter/cli/replayed.h"
#include "exporter/config/registry_files.h"
#include "exporter/sources/registry.h"
#include "exporter/store/ledger.h"
#include "exporter/web/escape.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

struct ExplainOptions {
  DaemonAddress address;
  std::string job, at, output = "text", config_file, facts_file, store;
};

// ---- of a daemon ----

Result<Json> Ask(const ExplainOptions& options) {
  const std::string query = options.at.empty() ? "" : "?at=" + UrlQuery(options.at);
  const auto request = RequestFor(options.address, "/api/v1/explain/" + UrlPath(options.job) + query);
  if (!request) return request.GetError();
  const auto reply = MakeHttpClient("batchslo_exporter explain")->Send(*request, std::chrono::steady_clock::now() + std::chrono::seconds(60));
  if (!reply) return Error{reply.Message() + "; is the daemon running? --url says where it is, --facts or --store do without it"};
  if (reply->status == 401) return Error{request->url + " wants a user; --http.config.file says which"};
  const Json json = Json::parse(reply->body, nullptr, false);
  const bool is_answer = json.is_object() && json.contains("status");
  if (is_answer && json.contains("data") && json["data"].is_object()) return json["data"];
  if (is_answer && json.contains("error") && json["error"].is_string()) return Error{EscapeTerminal(json["error"].get<std::string>())};
  return Error{request->url + " gives no explanation (" + std::to_string(reply->status) + "); does --url name a batchslo_exporter?"};
}

// ---- by facts ----

Result<std::vector<Fact>> ReadAll(const ExplainOptions& options) {
  std::vector<Fact> all;
  if (!options.store.empty()) {
    const auto read = ReadLedger(options.store, [&](const Fact& fact) { all.push_back(fact); });
    return read ? Result<std::vector<Fact>>(std::move(all)) : read.GetError();
  }
  std::ifstream in(options.facts_file, std::ios::binary);
  if (!in) return Error{options.facts_file + ": the file can't be read; is it there?"};
  FactsFile facts = ReadFacts(in, options.facts_file);
  std::string faults;
  for (const std::string& fault : facts.faults) faults += (faults.empty() ? "" : "\n") + fault;
  return faults.empty() ? Result<std::vector<Fact>>(std::move(facts.facts)) : Error{faults};
}

Result<Json> Replay(const ExplainOptions& options) {
  TimePoint at = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  if (!options.at.empty()) {
    const auto time = ParseRfc3339(options.at);
    if (!time) return Error{"--at: " + time.Message()};
    at = *time;
  }
  const auto kinds = SourceSpecs();
  const ConfigResult config = ReadConfig(options.config_file, kinds);
  if (!config.config) return Error{config.Faults()};
  std::vector<std::string> unread;
  const Fleet fleet = CompleteByFiles(*config.config, unread).config.fleet;
  if (!unread.empty()) return Error{unread.front()};
  const auto& jobs = fleet.jobs;
  const bool known = std::any_of(jobs.begin(), jobs.end(), [&](const auto& job) { return job->name == options.job; });
  if (!known) return Error{"the configuration has no job \"" + options.job + "\"; a daemon knows those that it discovered, too"};
  auto facts = ReadAll(options);
  if (!facts) return facts.GetError();
  const SourceErrors errors = ErrorsOf(*facts, at);
  const Tracker tracker = TrackerAt(fleet, std::move(facts).Value(), at);
  return Json::parse(ExplanationJson(Explain(tracker.Alone(options.job), options.job, at, errors)));
}

// Whatever a daemon says must only be shown.
void PrintText(const Json& told, std::ostream& out) {
  const auto text = told.find("text");
  std::istringstream lines(text != told.end() && text->is_string() ? text->get<std::string>() : "");
  for (std::string line; std::getline(lines, line);) out << EscapeTerminal(line) << "\n";
}

int Explained(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  const bool by_facts = !options.facts_file.empty() || !options.store.empty();
  if (!by_facts && !options.config_file.empty()) return err << "explain: --config.file wants the facts, too: --facts=FILE or --store=sqlite:///PATH\n", 2;
  const Result<Json> told = by_facts ? Replay(options) : Ask(options);
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
  auto* url = AddDaemonAddress(*command, options->address);
  command->add_option("job", options->job, "The job")->required()->option_text("JOB");
  command->add_option("--at", options->at, "As of then, by what was observed until then (default: now)")->option_text("T");
  command->add_option("--output", options->output, "text or json (default: text)")->check(CLI::IsMember({"text", "json"}))->option_text("FORMAT");
  const std::string group = "Without a daemon";
  auto* config = command->add_option("--config.file", options->config_file, "The configuration")->excludes(url)->option_text("FILE")->group(group);
  auto* facts = command->add_option("--facts", options->facts_file, "Facts as of replay, one JSON object a line")->needs(config)->option_text("FILE")->group(group);
  AddStore(*command, options->store, "A ledger, also beside its daemon")->needs(config)->excludes(facts)->group(group);
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Explained(*options, out, err); };
  });
}

}  // namespace batchslo
