// Tested by tests/web/api_test.cc.
#include "exporter/web/api.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "exporter/web/build_info.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

Json Instant(const std::optional<TimePoint>& time) { return time ? Json(FormatRfc3339(*time)) : Json(nullptr); }
Json Seconds(const std::optional<Duration>& duration) { return duration ? Json(std::chrono::duration<double>(*duration).count()) : Json(nullptr); }
template <class T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json Names(const SharedValue<JobNames>& names) {
  Json json = Json::array();
  if (!names) return json;
  for (const SharedText& name : *names) json.push_back(*name);
  return json;
}

constexpr std::size_t kPiece = 64 << 10;

std::string Text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }
std::string Dump(const Json& json) { return Text(json) + "\n"; }
std::string Success(Json data) { return Dump({{"status", "success"}, {"data", std::move(data)}}); }

Json NextExcused(const Objective& objective, TimePoint now) {
  const auto next = objective.calendar ? NextExcuse(*objective.calendar, now) : std::nullopt;
  return next ? Json{{"from", FormatRfc3339(next->from)}, {"until", FormatRfc3339(next->until)}, {"why", next->why}} : Json(nullptr);
}

Json ToJson(const Endings& endings, int days) {
  return {{"over", std::to_string(days) + "d"}, {"met", endings.met},         {"missed", endings.missed},
          {"unknown", endings.unknown},         {"excused", endings.excused}, {"ratio", OrNull(AttainmentOf(endings))}};
}

Json Attainment(const Tally& tally) {
  Json spans = Json::array();
  for (const int days : kAttainmentDays) spans.push_back(ToJson(tally.days.Newest(days), days));
  return spans;
}

// What is counted of an objective: its windows, or where it has none the seconds that have passed.
void AddCounted(const SharedValue<Tally>& tally, const Rule& rule, Json& json) {
  json["windows"] = json["seconds"] = nullptr;
  if (!tally) return;
  if (!HasWindows(rule)) {
    json["seconds"] = {{"attainment", Attainment(*tally)}};
  } else {
    json["windows"] = {{"closed", tally->windows}, {"missed", tally->missed}, {"unknown", tally->unknown}, {"attainment", Attainment(*tally)}};
  }
}

Json ToJson(SloTarget target) {
  return target ? Json{{"percent", target.per_million / 1e4}, {"over", std::to_string(target.days) + "d"}} : Json(nullptr);
}

Json Remaining(const SharedValue<Tally>& tally, SloTarget target) {
  return tally ? OrNull(RemainingOf(*tally, target)) : Json(nullptr);
}

// Null: it is not known, or nobody asked.
Json AtRisk(const Outlook& outlook) { return outlook.risk == Risk::kNotKnown ? Json(nullptr) : Json(IsAtRisk(outlook.risk)); }

Json ToJson(const ObjectiveState& state, const Objective& objective, const Outlook& outlook, TimePoint now) {
  Json json;
  json["objective"] = objective.name;
  json["kind"] = KindName(objective.rule);
  json["severity"] = objective.severity;
  json["objective_from"] = ObjectiveFromName(objective.from);
  json["verdict"] = VerdictName(state.verdict);
  json["late"] = state.late;
  json["unproven"] = state.unproven;
  json["window"] = state.window ? Json{{"opens", FormatRfc3339(state.window->opens)}, {"due", FormatRfc3339(state.window->due)}} : Json(nullptr);
  json["next_due"] = Instant(state.next_due);
  json["evidence"] = state.evidence.empty() ? Json(nullptr) : Json(state.evidence);
  json["margin_seconds"] = Seconds(state.margin);
  json["excused"] = state.excused ? Json{{"due", FormatRfc3339(state.excused->due)}, {"why", *state.excused->why}} : Json(nullptr);
  json["calendar"] = objective.calendar ? Json(*objective.calendar->name) : Json(nullptr);
  json["next_excused"] = NextExcused(objective, now);
  AddCounted(state.tally, objective.rule, json);
  json["target"] = ToJson(objective.target);
  json["error_budget_remaining"] = Remaining(state.tally, objective.target);
  json["at_risk"] = AtRisk(outlook);
  json["runtime_p95_seconds"] = Seconds(outlook.runtime_p95);
  json["margin_trend_ratio"] = OrNull(outlook.margin_lost);
  json["predicted_miss"] = Instant(outlook.predicted_miss);
  return json;
}

Json ToJson(const OutputState& output) {
  Json json = {{"output", output.name}, {"source", output.source}};
  json["updated_at"] = Instant(output.updated);
  json["observed_at"] = Instant(output.observed);
  json["rows"] = OrNull(output.rows);
  json["bytes"] = OrNull(output.bytes);
  json["checks"] = Json::array();
  for (const auto& check : output.checks) json["checks"].push_back({{"check", check.name}, {"passed", OrNull(check.passed)}, {"value", OrNull(check.value)}});
  return json;
}

Json ToJson(const RunsState& runs) {
  Json json;
  json["last_start"] = Instant(runs.last_start);
  json["last_completion"] = Instant(runs.last_completion);
  json["last_duration_seconds"] = Seconds(runs.last_duration);
  json["running_since"] = Instant(runs.running_since);
  json["next_run"] = Instant(runs.next_run);
  json["completed"] = runs.completed;
  json["failed"] = runs.failed;
  json["consecutive_failures"] = runs.consecutive_failures;
  return json;
}

Json ToJson(const JobState& job, TimePoint now) {
  const JobDef& def = *job.def;
  Json json;
  json["job"] = def.name;
  json["state"] = StateName(job.state);
  json["state_since"] = FormatRfc3339(job.state_since);
  json["first_seen"] = FormatRfc3339(job.first_seen);
  json["last_success"] = Instant(job.last_success);
  json["seconds_since_last_success"] = job.last_success ? Json(std::chrono::duration<double>(now - *job.last_success).count()) : Json(nullptr);
  json["team"] = def.team;
  json["consumer"] = def.consumer;
  json["schedule"] = job.schedule;
  json["timezone"] = job.timezone;
  json["source"] = job.runs_source;
  json["runbook_url"] = def.runbook_url;
  json["dashboard_url"] = def.dashboard_url;
  json["needs"] = Names(def.needs);
  json["blocked_by"] = Names(job.blocked_by);
  json["objectives"] = Json::array();
  for (std::size_t i = 0; i < job.objectives.size(); ++i) {
    json["objectives"].push_back(ToJson(job.objectives[i], def.objectives[i], job.outlooks ? (*job.outlooks)[i] : Outlook(), now));
  }
  json["runs"] = job.runs ? ToJson(*job.runs) : Json(nullptr);
  json["outputs"] = Json::array();
  for (const OutputState& output : job.outputs) json["outputs"].push_back(ToJson(output));
  if (!job.failure) return json["last_failure"] = nullptr, json;
  const LastFailure& failure = *job.failure;
  json["last_failure"] = {{"run_id", failure.run_id}, {"reason", failure.reason}, {"error", failure.error}, {"frame", failure.frame}, {"excerpt", failure.excerpt}, {"fingerprint", failure.fingerprint}, {"link", failure.link}, {"at", FormatRfc3339(failure.at)}};
  return json;
}


Json Notes(const std::vector<RegistryReading::Note>& notes) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  Json json = Json::array();
  for (const auto& [row, column, job, text] : notes) json.push_back({{"row", row}, {"column", or_null(column)}, {"job", or_null(job)}, {"message", text}});
  return json;
}

}  // namespace

bool IsState(std::string_view name) {
  for (const State state : {State::kMet, State::kMissed, State::kUnknown, State::kPending, State::kPaused, State::kGone}) {
    if (StateName(state) == name) return true;
  }
  return false;
}

Pieces JobsPieces(std::shared_ptr<const Snapshot> snapshot, TimePoint now, std::string state, std::string team) {
  struct Progress {
    std::size_t next = 0;
    bool began = false, ended = false;
    std::string piece;
  };
  return [snapshot = std::move(snapshot), now, state = std::move(state), team = std::move(team), progress = std::make_shared<Progress>()]() -> std::string_view {
    Progress& at = *progress;
    at.piece = at.began || at.ended ? "" : R"({"status":"success","data":[)";
    while (at.next < snapshot->jobs.size() && at.piece.size() < kPiece) {
      const JobState& job = *snapshot->jobs[at.next++];
      if ((!state.empty() && StateName(job.state) != state) || (!team.empty() && job.def->team != team)) continue;
      if (at.began) at.piece += ",";
      at.began = true;
      at.piece += Text(ToJson(job, now));
    }
    if (at.next == snapshot->jobs.size() && !std::exchange(at.ended, true)) at.piece += "]}\n";
    return at.piece;
  };
}

std::string RenderJob(const JobState& job, TimePoint now) { return Success(ToJson(job, now)); }

std::string RenderSources(const Snapshot& snapshot) {
  Json sources = Json::array();
  for (const SourceState& source : snapshot.sources) {
    Json json = {{"source", source.name}, {"kind", source.kind}, {"up", source.up}, {"complete", source.complete}};
    json["last_poll_success"] = Instant(source.last_success);
    json["error"] = source.error.empty() ? Json(nullptr) : Json(source.error);
    json["clock_skew_seconds"] = OrNull(source.clock_skew_seconds);
    json["scopes"] = Json::array();
    for (const auto& scope : source.scopes) json["scopes"].push_back({{"scope", scope.name}, {"up", scope.up}, {"error", scope.error.empty() ? Json(nullptr) : Json(scope.error)}});
    sources.push_back(std::move(json));
  }
  return Success(std::move(sources));
}

std::string RenderRegistries(const Snapshot& snapshot) {
  Json registries = Json::array();
  for (const RegistryState& registry : snapshot.registries) {
    const auto& reading = registry.reading;
    Json json = {{"registry", registry.name}, {"kind", registry.kind}, {"up", OrNull(registry.up)}, {"last_success", Instant(registry.last_success)}};
    json["error"] = registry.error.empty() ? Json(nullptr) : Json(registry.error);
    json["rows"] = reading ? Json(reading->rows) : Json(nullptr);
    json["rows_invalid"] = reading ? Json(reading->invalid) : Json(nullptr);
    json["faults"] = reading ? Notes(reading->faults) : Json::array();
    json["remarks"] = reading ? Notes(reading->remarks) : Json::array();
    json["unknown_jobs"] = Json::array();
    for (const auto& [row, job] : registry.unknown) json["unknown_jobs"].push_back({{"row", row}, {"job", job}});
    registries.push_back(std::move(json));
  }
  return Success(std::move(registries));
}

std::string RenderBuildInfo() { return Success({{"version", kVersion}, {"revision", kRevision}, {"compiler", kCompiler}}); }

std::string RenderConfigStatus(const Snapshot& snapshot, const std::string& masked_text) {
  const ConfigState& config = snapshot.config;
  Json json = {{"file", config.file}, {"last_reload_successful", config.last_reload_ok}, {"last_reload_success", FormatRfc3339(config.last_reload_success)}, {"hash", config.hash}};
  json["error"] = config.error.empty() ? Json(nullptr) : Json(config.error);
  json["text"] = masked_text;
  return Success(std::move(json));
}

std::string RenderFlags(const Pairs& flags) {
  Json json = Json::object();
  for (const auto& [name, value] : flags) json[name].is_null() ? json[name] = value : json[name] = json[name].get<std::string>() + ", " + value;
  return Success(std::move(json));
}

std::string RenderError(std::string_view type, std::string_view message) {
  return Dump({{"status", "error"}, {"errorType", type}, {"error", message}});
}

std::string RenderJson(std::string_view json) { return R"({"status":"success","data":)" + std::string(json) + "}\n"; }

std::string RenderData(std::string_view key, std::string_view text) { return Success({{std::string(key), text}}); }

const JobState* FindJob(const Snapshot& snapshot, std::string_view name) {
  const auto at = std::lower_bound(snapshot.jobs.begin(), snapshot.jobs.end(), name, [](const auto& job, std::string_view wanted) { return job->def->name < wanted; });
  return at != snapshot.jobs.end() && (*at)->def->name == name ? at->get() : nullptr;
}

}  // namespace batchslo
