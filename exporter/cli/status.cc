// Tested by tests/daemon/status_test.py.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/cli/command.h"
#include "exporter/cli/daemon_address.h"
#include "exporter/cli/table.h"
#include "exporter/core/time.h"
#include "exporter/web/api.h"
#include "exporter/web/escape.h"
#include "exporter/web/html.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

struct StatusOptions {
  DaemonAddress address;
  std::string output = "table", job, state, team, timeout = "20s";
  bool once = false;
  OnceOptions of_once;
};

// What the API tells, from a daemon or of a snapshot.
struct Told {
  std::vector<Json> jobs, sources;
};

std::string Text(const Json& json, const char* key) {
  if (!json.is_object()) return "";
  const auto at = json.find(key);
  return at != json.end() && at->is_string() ? at->get<std::string>() : "";
}

Result<std::vector<Json>> DataOf(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  const auto data = json.is_object() ? json.find("data") : json.end();
  if (!json.is_object() || data == json.end() || !data->is_array()) return Error{"this is no answer of a batchslo_exporter"};
  std::vector<Json> items;
  for (const Json& item : *data) {
    if (item.is_object()) items.push_back(item);
  }
  return items;
}

Result<std::vector<Json>> Ask(const DaemonAddress& address, const std::string& path) {
  const auto request = RequestFor(address, path);
  if (!request) return request.GetError();
  const auto reply = MakeHttpClient("batchslo_exporter status")->Send(*request, std::chrono::steady_clock::now() + std::chrono::seconds(10));
  if (!reply) return Error{reply.Message() + "; is the daemon running? --url says where it is, --once does without it"};
  if (reply->status == 401) return Error{request->url + " wants a user; --http.config.file says which"};
  auto data = DataOf(reply->body);
  if (reply->status != 200 || !data) return Error{request->url + " gives no list (" + std::to_string(reply->status) + "); does --url name a batchslo_exporter?"};
  return data;
}

Result<Told> AskDaemon(const DaemonAddress& address) {
  auto jobs = Ask(address, "/api/v1/jobs");
  if (!jobs) return jobs.GetError();
  auto sources = Ask(address, "/api/v1/sources");
  if (!sources) return sources.GetError();
  return Told{std::move(jobs).Value(), std::move(sources).Value()};
}

Told ToldOf(const std::shared_ptr<const Snapshot>& snapshot) {
  std::string text;
  const Pieces pieces = JobsPieces(snapshot, snapshot->at, "", "");
  for (std::string_view piece = pieces(); !piece.empty(); piece = pieces()) text += piece;
  return {DataOf(text).Value(), DataOf(RenderSources(*snapshot)).Value()};
}

std::string Ago(const std::string& instant, TimePoint now) {
  const auto time = ParseRfc3339(instant);
  if (!time) return "never";
  return *time > now ? "in " + Roughly(*time - now) : Roughly(now - *time) + " ago";
}

// When a missed window was due, else when the open one is; of several objectives the first.
std::string Due(const Json& job, TimePoint now) {
  std::string first;
  for (const Json& objective : job.value("objectives", Json::array())) {
    const std::string verdict = Text(objective, "verdict");
    std::string due = verdict == "missed" ? Text(objective.value("window", Json()), "due") : "";
    if (due.empty() && verdict != "paused") due = Text(objective, "next_due");
    if (!due.empty() && (first.empty() || due < first)) first = due;
  }
  return first.empty() ? "-" : Ago(first, now);
}

std::string Verdicts(const Json& job) {
  std::string text;
  for (const Json& objective : job.value("objectives", Json::array())) {
    const std::string excuse = Text(objective.value("excused", Json()), "why");
    text += (text.empty() ? "" : ", ") + Text(objective, "objective") + " " + Text(objective, "verdict") + (objective.value("late", false) ? " (late)" : "");
    text += excuse.empty() ? "" : " (excused: " + excuse + ")";
  }
  return text;
}

std::string LastError(const Json& job) {
  const Json failure = job.value("last_failure", Json());
  if (!failure.is_object()) return "-";
  const std::string error = Text(failure, "error");
  return Text(failure, "reason") + (error.empty() ? "" : ": " + error);
}

void PrintTables(const Told& told, TimePoint now, std::ostream& out) {
  Table jobs({"STATE", "JOB", "LAST SUCCESS", "DUE", "OBJECTIVES", "LAST ERROR"});
  for (const Json& job : told.jobs) jobs.Add({Text(job, "state"), Text(job, "job"), Ago(Text(job, "last_success"), now), Due(job, now), Verdicts(job), LastError(job)});
  jobs.Print(out);
  out << "\n";
  Table sources({"SOURCE", "KIND", "HEALTH", "LAST ANSWER", "ERROR"});
  for (const Json& source : told.sources) {
    const std::string health = !source.value("up", false) ? "down" : source.value("complete", false) ? "up" : "partly dark";
    const std::string error = Text(source, "error");
    sources.Add({Text(source, "source"), Text(source, "kind"), health, Ago(Text(source, "last_poll_success"), now), error.empty() ? "-" : error});
  }
  sources.Print(out);
}

// What the calendars of one job excuse next.
void PrintExcuses(const Json& job, std::ostream& out) {
  for (const Json& objective : job.value("objectives", Json::array())) {
    const Json next = objective.value("next_excused", Json());
    if (!next.is_object()) continue;
    out << "\n" << EscapeTerminal(Text(objective, "objective")) << " is excused from " << Text(next, "from") << " to " << Text(next, "until") << ": " << EscapeTerminal(Text(next, "why")) << "\n";
  }
}

// What the newest failure of one job said, so that a terminal shows it and does nothing.
void PrintFailure(const Json& job, std::ostream& out) {
  const Json failure = job.value("last_failure", Json());
  if (!failure.is_object()) return;
  const std::string frame = Text(failure, "frame");
  out << "\nrun " << EscapeTerminal(Text(failure, "run_id")) << " failed, " << Text(failure, "at") << (frame.empty() ? "" : ", in " + EscapeTerminal(frame)) << "\n";
  std::istringstream excerpt(Text(failure, "excerpt"));
  for (std::string line; std::getline(excerpt, line);) out << "  " << EscapeTerminal(line) << "\n";
}

bool Names(const Json& job, const std::string& source) {
  const Json outputs = job.value("outputs", Json::array());
  return Text(job, "source") == source || std::any_of(outputs.begin(), outputs.end(), [&](const Json& output) { return Text(output, "source") == source; });
}

// A source in the dark of which no job is known may hide any.
bool Hides(const Json& source, const std::vector<Json>& jobs) {
  if (source.value("complete", false)) return false;
  return std::none_of(jobs.begin(), jobs.end(), [&](const Json& job) { return Names(job, Text(source, "source")); });
}

// 0: all well; 1: something missed; 2: something unknown.
int CodeOf(const Told& shown, bool hidden) {
  const auto any = [&](const char* state) { return std::any_of(shown.jobs.begin(), shown.jobs.end(), [&](const Json& job) { return Text(job, "state") == state; }); };
  return any("missed") ? 1 : any("unknown") || hidden ? 2 : 0;
}

// Filters, and sorts worst first.
void Choose(std::vector<Json>& jobs, const StatusOptions& options) {
  std::erase_if(jobs, [&](const Json& job) { return (!options.job.empty() && Text(job, "job") != options.job) || (!options.state.empty() && Text(job, "state") != options.state) || (!options.team.empty() && Text(job, "team") != options.team); });
  std::stable_sort(jobs.begin(), jobs.end(), [](const Json& a, const Json& b) { return Badness(Text(a, "state")) < Badness(Text(b, "state")); });
}

int Status(StatusOptions options, const JudgeOnce& judge_once, std::ostream& out, std::ostream& err) {
  const auto timeout = ParseDuration(options.timeout);
  if (!timeout || *timeout <= Duration{0}) return err << "status: --timeout wants a duration like 20s, not \"" << options.timeout << "\"\n", 2;
  options.of_once.timeout = *timeout;
  Result<Told> told = Told{};
  if (options.once) {
    const auto snapshot = judge_once(options.of_once, err);
    if (!snapshot) return 2;
    told = ToldOf(snapshot);
  } else {
    told = AskDaemon(options.address);
  }
  if (!told) return err << "status: " << told.Message() << "\n", 2;
  const bool hidden = std::any_of(told->sources.begin(), told->sources.end(), [&](const Json& source) { return Hides(source, told->jobs); });
  Choose(told->jobs, options);
  if (!options.job.empty() && told->jobs.empty()) return err << "status: there is no job " << EscapeTerminal(options.job) << " here\n", 2;
  if (options.output == "json") {
    out << Json{{"jobs", told->jobs}, {"sources", told->sources}}.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    PrintTables(*told, std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()), out);
    if (!options.job.empty()) {
      PrintExcuses(told->jobs.front(), out);
      PrintFailure(told->jobs.front(), out);
    }
  }
  return CodeOf(*told, hidden);
}

}  // namespace

void AddStatus(CLI::App& root, Action& action, const JudgeOnce& judge_once) {
  auto* command = root.add_subcommand("status", "Print all jobs, worst first; exit 0 all well, 1 missed, 2 unknown");
  auto options = std::make_shared<StatusOptions>();
  auto* url = AddDaemonAddress(*command, options->address);
  command->add_option("job", options->job, "Only this job, and what its newest failure said")->option_text("JOB");
  command->add_option("--state", options->state, "Only jobs in this state")->check(CLI::IsMember({"met", "missed", "unknown", "pending", "paused", "gone"}))->option_text("STATE");
  command->add_option("--team", options->team, "Only jobs of this team")->option_text("TEAM");
  command->add_option("--output", options->output, "table or json (default: table)")->check(CLI::IsMember({"table", "json"}))->option_text("FORMAT");
  auto* once = command->add_flag("--once", options->once, "Ask every source once and judge; opens no port, writes nothing")->excludes(url)->option_text(" ")->group("Without a daemon");
  command->add_option("--config.file", options->of_once.config_file, "The configuration; none: all CronJobs of the cluster")->needs(once)->option_text("FILE")->group("Without a daemon");
  command->add_option("--kubeconfig", options->of_once.kubeconfig, "How to reach the cluster")->needs(once)->option_text("FILE")->group("Without a daemon");
  AddStore(*command, options->of_once.store, "A ledger to read first")->needs(once)->group("Without a daemon");
  command->add_option("--timeout", options->timeout, "How long to wait for the sources (default: 20s)")->needs(once)->option_text("DURATION")->group("Without a daemon");
  command->callback([options, judge_once, &action] {
    action = [options, judge_once](std::ostream& out, std::ostream& err) { return Status(*options, judge_once, out, err); };
  });
}

}  // namespace batchslo
