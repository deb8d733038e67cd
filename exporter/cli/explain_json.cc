// Tested by tests/cli/explain_test.py.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "exporter/cli/explain_text.h"
#include "exporter/cli/facts_json.h"

namespace batchslo {
namespace {

using Json = nlohmann::ordered_json;

Json Instant(const std::optional<TimePoint>& time) { return time ? Json(FormatRfc3339(*time)) : Json(nullptr); }
Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json ToJson(const WindowSight& window) {
  return {{"opens", FormatRfc3339(window.begin)}, {"due", FormatRfc3339(window.due)}, {"due_with_grace", FormatRfc3339(window.end)}, {"is", WindowSightName(window.what)},
          {"evidence", TextOrNull(window.evidence)}, {"success_at", Instant(window.success_at)}, {"excused", TextOrNull(window.excuse)}};
}

Json ToJson(const Turn& turn) {
  Json json = {{"what", turn.what}, {"at", FormatRfc3339(turn.at)}, {"verdict", VerdictName(turn.verdict)}, {"late", turn.late}, {"facts", Json::array()}};
  for (const Fact& fact : turn.facts) json["facts"].push_back(Json::parse(FactLine(fact)));
  if (turn.left_out > 0) json["note"] = std::to_string(turn.left_out) + " more facts are left out";
  return json;
}

Json ToJson(const ExplainedGap& gap) { return {{"of", gap.of}, {"from", FormatRfc3339(gap.span.from)}, {"to", FormatRfc3339(gap.span.to)}, {"why", gap.why}}; }

Json ToJson(const ExplainedTick& tick) { return {{"at", FormatRfc3339(tick.at)}, {"note", TextOrNull(tick.note)}}; }

Json ToJson(const Run& run, const Explanation& all) {
  const bool counts = std::find(all.runs_not_counted.begin(), all.runs_not_counted.end(), run.id) == all.runs_not_counted.end();
  return {{"run_id", run.id}, {"scheduled_at", Instant(run.scheduled)}, {"started_at", Instant(run.started)}, {"finished_at", Instant(run.finished)},
          {"outcome", OutcomeName(run.outcome)}, {"counts", counts}};
}

Json ToJson(const OutputState& output) {
  Json json = {{"output", *output.name}, {"source", *output.source}, {"updated_at", Instant(output.updated)}, {"observed_at", Instant(output.observed)}};
  json["rows"] = output.rows ? Json(*output.rows) : Json(nullptr);
  return json;
}

template <class Item>
Json ToList(const std::vector<Item>& items) {
  Json list = Json::array();
  for (const Item& item : items) list.push_back(ToJson(item));
  return list;
}

// The keys of a rule, as a job's block has them.
struct Keys {
  const ExplainedObjective& one;
  Json operator()(const Within& rule) const { return {{"within", FormatDuration(rule.window)}}; }
  Json operator()(const By& rule) const {
    Json keys = {{"by", rule.deadline.Text()}, {"timezone", rule.deadline.ZoneName()}};
    if (const auto* reach = std::get_if<Duration>(&rule.since)) keys["since"] = FormatDuration(*reach);
    if (const auto* ticks = std::get_if<Ticks>(&rule.since)) keys["since"] = ticks->Text();
    return keys;
  }
  Json operator()(const EveryRun& rule) const {
    Json run = Json::object();
    if (one.tolerate) run["tolerate"] = *one.tolerate;
    if (rule.finish_within) run["finish_within"] = FormatDuration(*rule.finish_within);
    return {{"every_run", run}};
  }
  Json operator()(const StartBy& rule) const { return {{"start_by", FormatDuration(rule.limit)}}; }
  Json operator()(const MaxRuntime& rule) const { return {{"max_runtime", FormatDuration(rule.limit)}}; }
  Json operator()(const Checks&) const { return Json::object(); }
};

Json Definition(const ExplainedObjective& one) {
  Json keys = std::visit(Keys{one}, one.objective.rule);
  if (one.objective.grace > Duration{0}) keys["grace"] = FormatDuration(one.objective.grace);
  if (one.objective.calendar) keys["calendar"] = *one.objective.calendar->name;
  if (one.objective.target) keys["target"] = TargetText(one.objective.target);
  keys["severity"] = *one.objective.severity;
  return keys;
}

Json Properties(const JobDef& def) {
  Json json = Json::object();
  const std::pair<const char*, const SharedText&> texts[] = {{"team", def.team}, {"consumer", def.consumer}, {"runbook_url", def.runbook_url}, {"dashboard_url", def.dashboard_url}};
  for (const auto& [key, text] : texts) {
    if (!text.empty()) json[key] = *text;
  }
  return json;
}

Json ToJson(const ExplainedObjective& one) {
  Json json = {{"objective", *one.objective.name}, {"kind", KindName(one.objective.rule)}, {"rule", one.rule}, {"verdict", VerdictName(one.state.verdict)}, {"late", one.state.late}};
  json["objective_from"] = ObjectiveFromName(one.objective.from);
  json["definition"] = Definition(one);
  json["headline"] = one.headline;
  json["why"] = one.why;
  json["expected"] = one.expected;
  json["evidence"] = TextOrNull(one.state.evidence);
  json["next_due"] = Instant(one.state.next_due);
  json["windows"] = ToList(one.windows);
  json["gaps"] = ToList(one.gaps);
  json["would_change"] = ToList(one.what_if.turns);
  const auto& by_itself = one.what_if.by_itself;
  json["by_itself"] = by_itself ? Json{{"at", FormatRfc3339(by_itself->at)}, {"verdict", VerdictName(by_itself->verdict)}, {"late", by_itself->late}} : Json(nullptr);
  json["excused_until"] = Instant(one.what_if.excused_until);
  return json;
}

}  // namespace

std::string ExplanationJson(const Explanation& all) {
  const JobState& state = *all.state;
  Json json = {{"at", FormatRfc3339(all.at)}, {"job", state.def->name}, {"state", StateName(state.state)}, {"headline", all.headline}, {"timezone", all.zone.Name()}};
  json["configured"] = state.def->configured;
  json["properties"] = Properties(*state.def);
  json["objectives"] = Json::array();
  for (const ExplainedObjective& one : all.objectives) json["objectives"].push_back(ToJson(one));
  json["schedule"] = TextOrNull(*state.schedule);
  json["schedule_timezone"] = TextOrNull(*state.timezone);
  json["ticks"] = ToList(all.ticks);
  json["last_success"] = Instant(state.last_success);
  json["runs"] = Json::array();
  for (const Run& run : all.runs) json["runs"].push_back(ToJson(run, all));
  json["outputs"] = ToList(state.outputs);
  json["newest_view"] = Instant(all.newest_view);
  json["notes"] = all.notes;
  json["text"] = ExplanationText(all);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace batchslo
