#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "exporter/cli/command.h"
#include "exporter/cli/table.h"
#include "exporter/core/time.h"
#include "exporter/net/http.h"
#include "exporter/web/html.h"

namespace batchslo {
namespace {

using Json = nlohmann::json;

struct StatusOptions {
  std::string url = "http://127.0.0.1:10510", output = "table", state, team;
};

std::string Text(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_string() ? at->get<std::string>() : "";
}

std::string Ago(const Json& job) {
  const auto at = job.find("seconds_since_last_success");
  if (at == job.end() || !at->is_number()) return "never";
  return Roughly(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(at->get<double>()))) + " ago";
}

std::string Verdicts(const Json& job) {
  std::string text;
  for (const Json& objective : job.value("objectives", Json::array())) {
    text += (text.empty() ? "" : ", ") + Text(objective, "objective") + " " + Text(objective, "verdict") + (objective.value("late", false) ? " (late)" : "");
  }
  return text;
}

// Worst first, as the page.
int Rank(const std::string& state) {
  static const std::vector<std::string> kOrder = {"missed", "unknown", "gone", "paused", "pending", "met"};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), state) - kOrder.begin());
}

void Print(std::vector<Json> jobs, std::ostream& out) {
  std::stable_sort(jobs.begin(), jobs.end(), [](const Json& a, const Json& b) { return Rank(Text(a, "state")) < Rank(Text(b, "state")); });
  Table table({"STATE", "JOB", "LAST SUCCESS", "OBJECTIVES", "LAST ERROR"});
  for (const Json& job : jobs) {
    const Json failure = job.value("last_failure", Json());
    table.Add({Text(job, "state"), Text(job, "job"), Ago(job), Verdicts(job), failure.is_object() ? Text(failure, "reason") + " " + Text(failure, "error") : ""});
  }
  table.Print(out);
}

// 0: all well; 1: something missed; 2: something unknown, or the daemon can't be asked.
int CodeOf(const std::vector<Json>& jobs) {
  const auto any = [&](const char* state) { return std::any_of(jobs.begin(), jobs.end(), [&](const Json& job) { return Text(job, "state") == state; }); };
  return any("missed") ? 1 : any("unknown") ? 2 : 0;
}

int Status(const StatusOptions& options, std::ostream& out, std::ostream& err) {
  HttpRequest request;
  request.url = options.url + "/api/v1/jobs";
  const auto reply = MakeHttpClient("batchslo_exporter status")->Send(request, std::chrono::steady_clock::now() + std::chrono::seconds(10));
  if (!reply) return err << "status: " << reply.Message() << "; is the daemon running? Name it with --url\n", 2;
  const Json json = Json::parse(reply->body, nullptr, false);
  if (reply->status != 200 || !json.is_object() || !json.contains("data") || !json["data"].is_array()) {
    return err << "status: " << options.url << " gives no list of jobs (" << reply->status << "); is it a batchslo_exporter?\n", 2;
  }
  std::vector<Json> jobs;
  for (const Json& job : json["data"]) {
    const bool shown = (options.state.empty() || Text(job, "state") == options.state) && (options.team.empty() || Text(job, "team") == options.team);
    if (shown) jobs.push_back(job);
  }
  if (options.output == "json") {
    out << Json(jobs).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    Print(jobs, out);
  }
  return CodeOf(jobs);
}

}  // namespace

void AddStatus(CLI::App& root, Action& action) {
  auto* command = root.add_subcommand("status", "Print the jobs of a running daemon, worst first; exit 0 all well, 1 missed, 2 unknown");
  auto options = std::make_shared<StatusOptions>();
  command->add_option("--url", options->url, "Where the daemon is")->capture_default_str();
  command->add_option("--state", options->state, "Only jobs in this state");
  command->add_option("--team", options->team, "Only jobs of this team");
  command->add_option("--output", options->output, "How to print")->check(CLI::IsMember({"table", "json"}))->capture_default_str();
  command->callback([options, &action] {
    action = [options](std::ostream& out, std::ostream& err) { return Status(*options, out, err); };
  });
}

}  // namespace batchslo
