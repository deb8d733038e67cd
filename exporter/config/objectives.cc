#include <algorithm>

#include "exporter/config/jobs.h"
#include "exporter/config/keys.h"
#include "exporter/core/judge.h"

namespace batchslo {
namespace {

constexpr std::string_view kKinds[] = {"within", "by", "every_run", "start_by", "max_runtime"};

Zone ZoneOf(const std::string& name) {
  const auto zone = Zone::Find(name);
  return zone ? *zone : Zone{};
}

// How far a window of `by` reaches, at most, over its next deadlines; none where the job's schedule may open it.
std::optional<Duration> LongestWindow(const By& rule) {
  if (const auto* reach = std::get_if<Duration>(&rule.since)) return *reach;
  constexpr TimePoint kStart{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
  std::optional<Duration> longest;
  auto deadline = rule.deadline.Next(kStart);
  for (int i = 0; i < 16 && deadline; ++i, deadline = rule.deadline.Next(*deadline)) {
    const auto opening = OpeningOf(rule, ScheduleLine{}, *deadline);
    if (opening) longest = std::max(longest.value_or(Duration{0}), Duration{*deadline - opening->at});
  }
  return longest;
}

void CheckLength(const Node& at, const Rule& rule, Duration retention, FaultList& faults) {
  std::optional<Duration> length;
  if (const auto* within = std::get_if<Within>(&rule)) length = within->window;
  if (const auto* by = std::get_if<By>(&rule)) length = LongestWindow(*by);
  if (!length || *length <= retention) return;
  faults.Add(at, "its window is " + FormatDuration(*length) + " long, but the ledger keeps only " + FormatDuration(retention),
             "set retention to more than that at the top of the file");
}

std::optional<Rule> ReadBy(const Block& block, const std::string& since, const std::string& zone_name, FaultList& faults) {
  const Zone zone = ZoneOf(zone_name);
  By rule{ParseDeadline(block.options.String("by"), zone).Value(), {}};
  if (!since.empty()) {
    const auto reach = ParseDuration(since);
    if (reach) {
      rule.since = *reach;
    } else {
      rule.since = ParseDeadline(since, zone).Value();
    }
  }
  if (rule.deadline.Next(TimePoint{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}})) return rule;
  faults.Add(*block.At("by"), "\"by\": no such day ever comes", "the 30th of February, for example, is never due");
  return std::nullopt;
}

std::optional<Rule> ReadEveryRun(const Block& block, FaultList& faults) {
  const std::size_t before = faults.All().size();
  const Block rule = ReadBlock(*block.At("every_run"), "every_run", {KeysOf(BlockKind::kEveryRun)}, faults);
  if (faults.All().size() != before) return std::nullopt;
  EveryRun every{static_cast<int>(rule.options.Integer("tolerate")), std::nullopt, false};
  if (rule.Has("finish_within")) every.finish_within = rule.options.Time("finish_within");
  return every;
}

std::optional<Rule> ReadRule(std::string_view kind, const Block& block, const std::string& since, const std::string& zone, FaultList& faults) {
  if (kind == "within") return Within{block.options.Time(kind)};
  if (kind == "start_by") return StartBy{block.options.Time(kind)};
  if (kind == "max_runtime") return MaxRuntime{block.options.Time(kind)};
  return kind == "by" ? ReadBy(block, since, zone, faults) : ReadEveryRun(block, faults);
}

std::string TextOr(const Block& block, std::string_view key, const std::string& fallback) {
  return block.Has(key) ? block.options.String(key) : fallback;
}

void Add(std::string_view kind, std::string name, const Block& block, const ObjectiveDefaults& defaults, ObjectiveFrom from,
         std::vector<Objective>& out, FaultList& faults) {
  const auto rule = ReadRule(kind, block, TextOr(block, "since", defaults.since), TextOr(block, "timezone", defaults.timezone), faults);
  if (!rule) return;
  CheckLength(*block.At(kind), *rule, defaults.retention, faults);
  const Duration grace = block.Has("grace") ? block.options.Time("grace") : defaults.grace;
  out.push_back({std::move(name), *rule, grace, TextOr(block, "severity", defaults.severity), from});
}

void ReadNamed(const Node& key, const Node& node, const ObjectiveDefaults& defaults, ObjectiveFrom from, std::vector<Objective>& out,
               FaultList& faults) {
  const std::string what = "objective \"" + key.text + "\"";
  const bool taken = key.text == "checks" || std::any_of(out.begin(), out.end(), [&](const Objective& o) { return o.name == key.text; });
  if (taken) return faults.Add(key, what + ": the name is taken by the short form beside it", "choose another name");
  const Block block = ReadBlock(node, what, {KeysOf(BlockKind::kObjective)}, faults);
  if (node.kind != Node::Kind::kMap && node.kind != Node::Kind::kNull) return;
  std::vector<std::string_view> kinds;
  std::copy_if(std::begin(kKinds), std::end(kKinds), std::back_inserter(kinds), [&](std::string_view kind) { return node.Find(kind); });
  if (kinds.size() != 1) {
    return faults.Add(key, what + (kinds.empty() ? " says nothing to be met" : " says more than one thing to be met"),
                      "give it exactly one of within, by, every_run, start_by, max_runtime");
  }
  if (block.Has("since") && kinds[0] != "by") faults.Add(*block.At("since"), "\"since\" belongs to \"by\" only");
  if (block.Has(kinds[0])) Add(kinds[0], key.text, block, defaults, from, out, faults);
}

}  // namespace

std::vector<Objective> ReadObjectives(const Block& job, const ObjectiveDefaults& around, ObjectiveFrom from, FaultList& faults) {
  std::vector<Objective> objectives;
  ObjectiveDefaults defaults = around;
  for (const std::string_view kind : kKinds) {
    if (job.Has(kind)) Add(kind, std::string(kind), job, defaults, from, objectives, faults);
  }
  defaults.timezone = TextOr(job, "timezone", around.timezone);
  defaults.severity = TextOr(job, "severity", around.severity);
  defaults.since = TextOr(job, "since", around.since);
  if (job.Has("grace")) defaults.grace = job.options.Time("grace");
  const Node* named = job.At("objectives");
  if (named && IsMap(*named, "objectives", faults)) {
    for (std::size_t i = 0; i < named->items.size(); ++i) ReadNamed(named->keys[i], named->items[i], defaults, from, objectives, faults);
  }
  const bool has_by = std::any_of(objectives.begin(), objectives.end(), [](const Objective& o) { return std::holds_alternative<By>(o.rule); });
  if (job.Has("since") && !has_by && !(named && job.node->Find("by"))) {
    const bool by_is_broken = job.node->Find("by") != nullptr;
    if (!by_is_broken) faults.Add(*job.At("since"), "\"since\" belongs to \"by\", and there is none");
  }
  return objectives;
}

}  // namespace batchslo
