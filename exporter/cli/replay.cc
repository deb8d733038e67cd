// What would it have said? The verdicts of a configuration over a file of facts; no ledger, network, clock or secrets.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "exporter/cli/command.h"
#include "exporter/cli/facts_json.h"
#include "exporter/cli/replayed.h"
#include "exporter/cli/table.h"
#include "exporter/config/registry_files.h"
#include "exporter/sources/registry.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostInstants = 1'000'000;

struct ReplayOptions {
  std::string config_file, facts_file, every, from, to, job, output = "table";
  std::vector<std::string> at;
};

struct Row {
  TimePoint at;
  std::string job;
  const Objective* objective;
  ObjectiveState state;
  State job_state;
  std::optional<TimePoint> last_success;
  std::vector<Because> why;
};

Result<std::vector<TimePoint>> Instants(const ReplayOptions& options) {
  std::vector<TimePoint> instants;
  for (const std::string& text : options.at) {
    const auto time = ParseRfc3339(text);
    if (!time) return Error{"--at: " + time.Message()};
    instants.push_back(*time);
  }
  const bool row = !options.every.empty() || !options.from.empty() || !options.to.empty();
  if (!row && instants.empty()) return Error{"say when: --at=T, or --every=5m --from=A --to=B"};
  if (!row) return instants;
  if (options.every.empty() || options.from.empty() || options.to.empty()) {
    return Error{"a row of instants wants all three: --every=5m --from=A --to=B"};
  }
  const auto every = ParseDuration(options.every);
  const auto from = ParseRfc3339(options.from), to = ParseRfc3339(options.to);
  if (!every || *every <= Duration{0}) return Error{"--every wants a duration like 5m"};
  if (!from) return Error{"--from: " + from.Message()};
  if (!to) return Error{"--to: " + to.Message()};
  if (*to < *from) return Error{"--to is earlier than --from"};
  if (static_cast<std::size_t>((*to - *from) / *every) > kMostInstants) return Error{"--every gives more than a million instants"};
  for (TimePoint time = *from; time <= *to; time += *every) instants.push_back(time);
  return instants;
}

std::vector<Row> RowsAt(const Tracker& tracker, const Fleet& fleet, const std::string& only, TimePoint at) {
  std::vector<Row> rows;
  for (const auto& job : fleet.jobs) {
    if (!only.empty() && job->name != only) continue;
    const JudgedJob judged = tracker.Judge(job->name, at);
    for (std::size_t i = 0; i < judged.state->objectives.size(); ++i) {
      rows.push_back({at, job->name, &job->objectives[i], judged.state->objectives[i], judged.state->state, judged.state->last_success, judged.objectives[i].why});
    }
  }
  return rows;
}

std::vector<Row> Evaluate(const Fleet& fleet, std::vector<Fact> facts, const std::vector<TimePoint>& instants, const std::string& only,
                          std::size_t& foreign) {
  SortFacts(facts);
  Tracker tracker = TrackerBefore(fleet, facts);
  std::vector<TimePoint> sorted = instants;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::map<TimePoint, std::vector<Row>> by_instant;
  auto fact = facts.begin();
  for (const TimePoint at : sorted) {
    for (; fact != facts.end() && fact->observed <= at; ++fact) foreign += tracker.Apply(*fact) ? 0 : 1;
    by_instant[at] = RowsAt(tracker, fleet, only, at);
  }
  for (; fact != facts.end(); ++fact) foreign += tracker.Apply(*fact) ? 0 : 1;
  std::vector<Row> rows;
  for (const TimePoint at : instants) rows.insert(rows.end(), by_instant[at].begin(), by_instant[at].end());
  return rows;
}

nlohmann::ordered_json Instant(const std::optional<TimePoint>& time) {
  return time ? nlohmann::ordered_json(FormatRfc3339(*time)) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json Seconds(const std::optional<Duration>& duration) {
  if (!duration) return nullptr;
  if (duration->count() % 1'000'000 == 0) return duration->count() / 1'000'000;
  return std::chrono::duration<double>(*duration).count();
}

void PrintJson(const std::vector<Row>& rows, std::ostream& out) {
  auto array = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    nlohmann::ordered_json json;
    json["at"] = FormatRfc3339(row.at);
    json["job"] = row.job;
    json["objective"] = row.objective->name;
    json["kind"] = KindName(row.objective->rule);
    json["verdict"] = VerdictName(row.state.verdict);
    json["late"] = row.state.late;
    const auto& window = row.state.window;
    json["window"] = window ? nlohmann::ordered_json{{"opens", FormatRfc3339(window->opens)}, {"due", FormatRfc3339(window->due)}} : nlohmann::ordered_json(nullptr);
    json["evidence"] = row.state.evidence.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(row.state.evidence);
    json["last_success"] = Instant(row.last_success);
    json["margin_seconds"] = Seconds(row.state.margin);
    json["excused"] = row.state.excused ? nlohmann::ordered_json(*row.state.excused->why) : nlohmann::ordered_json(nullptr);
    json["state"] = StateName(row.job_state);
    json["why"] = nlohmann::ordered_json::array();
    for (const Because& because : row.why) json["why"].push_back(Sentence(because));
    array.push_back(std::move(json));
  }
  out << array.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

std::string Shown(const ObjectiveState& state) {
  return std::string(VerdictName(state.verdict)) + (state.late ? " (late)" : "") + (state.excused ? " (excused: " + state.excused->why + ")" : "");
}

void PrintTable(const std::vector<Row>& rows, std::ostream& out) {
  Table table({"AT", "JOB", "OBJECTIVE", "VERDICT", "WINDOW", "EVIDENCE", "MARGIN", "STATE"});
  for (const Row& row : rows) {
    const auto& window = row.state.window;
    table.Add({FormatRfc3339(row.at), row.job, row.objective->name, Shown(row.state),
               window ? FormatRfc3339(window->opens) + " to " + FormatRfc3339(window->due) : "-", row.state.evidence.empty() ? "-" : row.state.evidence,
               row.state.margin ? FormatDuration(*row.state.margin) : "-", std::string(StateName(row.job_state))});
  }
  table.Print(out);
}

int Replay(const ReplayOptions& options, std::ostream& out, std::ostream& err) {
  const auto instants = Instants(options);
  if (!instants) return err << "replay: " << instants.Message() << "\n", 2;
  const auto kinds = SourceSpecs();
  const ConfigResult config = ReadConfig(options.config_file, kinds);
  std::ifstream in(options.facts_file, std::ios::binary);
  FactsFile facts;
  if (in) {
    facts = ReadFacts(in, options.facts_file);
  } else {
    facts.faults.push_back(options.facts_file + ": the file can't be read; is it there?");
  }
  err << config.Faults();
  for (const std::string& fault : facts.faults) err << fault << "\n";
  if (!config.config || !facts.faults.empty()) return 2;
  std::vector<std::string> errors;
  const Fleet fleet = CompleteByFiles(*config.config, errors).config.fleet;
  for (const std::string& error : errors) err << "note: " << error << "\n";
  const auto& jobs = fleet.jobs;
  const bool known = options.job.empty() || std::any_of(jobs.begin(), jobs.end(), [&](const auto& job) { return job->name == options.job; });
  if (!known) return err << "replay: --job: the configuration has no job \"" << options.job << "\"\n", 2;
  std::size_t foreign = 0;
  const auto rows = Evaluate(fleet, std::move(facts.facts), *instants, options.job, foreign);
  if (foreign > 0) err << "note: " << foreign << " facts are about jobs or sources that are not configured\n";
  options.output == "json" ? PrintJson(rows, out) : PrintTable(rows, out);
  return 0;
}

}  // namespace

void AddReplay(CLI::App& root, Action& action) {
  auto* command = root.add_subcommand("replay", "Evaluate a configuration over a file of facts");
  auto options = std::make_shared<ReplayOptions>();
  command->add_option("--config.file", options->config_file, "The configuration")->required();
  command->add_option("--facts", options->facts_file, "The facts, one JSON object a line")->required();
  command->add_option("--at", options->at, "An instant to evaluate at; may be repeated")->allow_extra_args(false);
  command->add_option("--every", options->every, "A row of instants, this far apart");
  command->add_option("--from", options->from, "The first of them");
  command->add_option("--to", options->to, "The last of them, at most");
  command->add_option("--job", options->job, "Only this job");
  command->add_option("--output", options->output, "How to print")->check(CLI::IsMember({"table", "json"}))->capture_default_str();
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Replay(*options, out, err); };
  });
}

}  // namespace batchslo
