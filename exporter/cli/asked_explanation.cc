// Tested by tests/cli/explain_test.py, tests/cli/adopt_test.py and tests/daemon/explain_test.py.
#include "exporter/cli/asked_explanation.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "exporter/cli/command.h"
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

// ---- of a daemon ----

Result<Json> Ask(const ExplanationOptions& options) {
  const std::string query = options.at.empty() ? "" : "?at=" + UrlQuery(options.at);
  const auto request = RequestFor(options.address, "/api/v1/explain/" + UrlPath(options.job) + query);
  if (!request) return request.GetError();
  const auto reply = MakeHttpClient("batchslo_exporter")->Send(*request, std::chrono::steady_clock::now() + std::chrono::seconds(60));
  if (!reply) return Error{reply.Message() + "; is the daemon running? --url says where it is, --facts or --store do without it"};
  if (reply->status == 401) return Error{request->url + " wants a user; --http.config.file says which"};
  const Json json = Json::parse(reply->body, nullptr, false);
  const bool is_answer = json.is_object() && json.contains("status");
  if (is_answer && json.contains("data") && json["data"].is_object()) return json["data"];
  if (is_answer && json.contains("error") && json["error"].is_string()) return Error{EscapeTerminal(json["error"].get<std::string>())};
  return Error{request->url + " gives no explanation (" + std::to_string(reply->status) + "); does --url name a batchslo_exporter?"};
}

// ---- by facts ----

Result<std::vector<Fact>> ReadAll(const ExplanationOptions& options) {
  std::vector<Fact> all;
  if (!options.store.empty()) {
    const auto read = ReadLedger(options.store, [&](const Fact& fact) { all.push_back(fact); });
    return read ? Result<std::vector<Fact>>(std::move(all)) : read.GetError();
  }
  FactsFile facts = ReadFactsFile(options.facts_file);
  std::string faults;
  for (const std::string& fault : facts.faults) faults += (faults.empty() ? "" : "\n") + fault;
  return faults.empty() ? Result<std::vector<Fact>>(std::move(facts.facts)) : Error{faults};
}

Result<Json> Replay(const ExplanationOptions& options) {
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

}  // namespace

void AddExplanationOptions(CLI::App& command, ExplanationOptions& options) {
  auto* url = AddDaemonAddress(command, options.address);
  command.add_option("job", options.job, "The job")->required()->option_text("JOB");
  command.add_option("--at", options.at, "As of then, by what was observed until then (default: now)")->option_text("T");
  const std::string group = "Without a daemon";
  auto* config = command.add_option("--config.file", options.config_file, "The configuration")->excludes(url)->option_text("FILE")->group(group);
  auto* facts = command.add_option("--facts", options.facts_file, "Facts as of replay, one JSON object a line")->needs(config)->option_text("FILE")->group(group);
  AddStore(command, options.store, "A ledger, also beside its daemon")->needs(config)->excludes(facts)->group(group);
}

Result<Json> AskExplanation(const ExplanationOptions& options) {
  const bool by_facts = !options.facts_file.empty() || !options.store.empty();
  if (!by_facts && !options.config_file.empty()) return Error{"--config.file wants the facts, too: --facts=FILE or --store=sqlite:///PATH"};
  return by_facts ? Replay(options) : Ask(options);
}

}  // namespace batchslo
