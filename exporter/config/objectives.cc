#include <algorithm>
#include <set>

#include "exporter/config/jobs.h"
#include "exporter/config/keys.h"
#include "exporter/config/values.h"
#include "exporter/config/windows.h"

namespace batchslo {
namespace {

constexpr std::string_view kKinds[] = {"within", "by", "every_run", "start_by", "max_runtime"};

SloTarget TargetOf(const std::string& text) { return text.empty() ? SloTarget() : ParseTarget(text).Value(); }

std::string TextOr(const Block& block, std::string_view key, const std::string& fallback) {
  return block.Has(key) ? block.options.String(key) : fallback;
}

// The calendar that a block names; none: it names none, or a fault tells why not.
CalendarRef CalendarOf(const Block& block, const std::string& timezone, const CalendarBook& calendars, FaultList& faults) {
  if (!block.Has("calendar")) return {};
  const std::string& name = block.options.String("calendar");
  if (!calendars.Has(name)) {
    const auto known = calendars.Names();
    faults.Add(*block.At("calendar"), "no calendar is named " + Quoted(name), known.empty() ? "write one under calendars" : Suggest(name, known));
    return {};
  }
  const auto zone = Zone::Find(timezone);
  return calendars.Find(name, zone ? *zone : Zone{});
}

// Reads the objectives of one job.
class ObjectiveReader {
 public:
  ObjectiveReader(const Block& job, const ObjectiveDefaults& defaults, ObjectiveFrom from, FaultList& faults)
      : job_(job), defaults_(defaults), from_(from), faults_(faults) {}

  // In the order of the file.
  std::vector<Objective> Read() {
    for (const std::string_view kind : kKinds) {
      if (job_.Names(kind)) names_.insert(std::string(kind));
    }
    bool has_by = job_.Names("by");
    for (const auto& [key, value] : job_.node->entries) {
      if (!job_.Has(key.text)) continue;
      if (names_.contains(key.text)) Add(key.text, key.text, job_);
      if (key.text != "objectives") continue;
      ForEachEntry(*job_.At(key.text), faults_, [&](const Node& name, const Node& node) {
        ReadNamed(name, node);
        has_by = has_by || (node.kind == Node::Kind::kMap && node.Find("by"));
      });
    }
    if (job_.Has("since") && !has_by) faults_.Add(*job_.At("since"), "\"since\" belongs to \"by\", and there is none");
    return std::move(objectives_);
  }

 private:
  void ReadNamed(const Node& key, const Node& node) {
    const std::string what = "objective " + Quoted(key.text);
    if (!IsGoodName(key, "an objective", faults_)) return;
    if (names_.contains(key.text))
      return faults_.Add(key, what + ": the short form beside it has that name", "choose another name");
    if (key.text == "checks")
      return faults_.Add(key, what + ": the job's checks have that name", "choose another name");
    const Block block = ReadBlock(node, what, {KeysOf(BlockKind::kObjective)}, faults_);
    if (node.kind != Node::Kind::kMap && node.kind != Node::Kind::kNull) return;
    std::vector<std::string_view> kinds;
    std::copy_if(std::begin(kKinds), std::end(kKinds), std::back_inserter(kinds),
                 [&](std::string_view kind) { return block.Names(kind); });
    if (kinds.size() != 1) {
      return faults_.Add(key,
                         what + (kinds.empty() ? " says nothing to be met" : " says more than one thing to be met"),
                         "give it exactly one of within, by, every_run, start_by, max_runtime");
    }
    if (block.Has("since") && kinds[0] != "by") faults_.Add(*block.At("since"), "\"since\" belongs to \"by\" only");
    if (block.Has(kinds[0])) Add(kinds[0], key.text, block);
  }

  // A key of the objective's own block, else of the job's.
  std::string Around(const Block& block, std::string_view key, const std::string& fallback) const {
    return TextOr(block, key, TextOr(job_, key, fallback));
  }

  void Add(std::string_view kind, std::string name, const Block& block) {
    const auto rule = ReadRule(kind, block);
    if (!rule) return;
    const Duration grace = block.Has("grace")  ? block.options.Time("grace")
                           : job_.Has("grace") ? job_.options.Time("grace")
                                               : Duration{0};
    CheckLength(*block.At(kind), *rule, grace);
    objectives_.push_back({std::move(name), *rule, grace, Around(block, "severity", defaults_.severity), from_, TargetOf(Around(block, "target", "")),
                           CalendarOf(block.Names("calendar") ? block : job_, Around(block, "timezone", defaults_.timezone), defaults_.calendars, faults_)});
  }

  std::optional<Rule> ReadRule(std::string_view kind, const Block& block) {
    if (kind == "within") return Within{block.options.Time(kind)};
    if (kind == "start_by") return StartBy{block.options.Time(kind)};
    if (kind == "max_runtime") return MaxRuntime{block.options.Time(kind)};
    return kind == "by" ? ReadBy(block) : ReadEveryRun(block);
  }

  std::optional<Rule> ReadBy(const Block& block) {
    const auto found = Zone::Find(Around(block, "timezone", defaults_.timezone));
    const Zone zone = found ? *found : Zone{};
    By rule{ParseDeadline(block.options.String("by"), zone).Value(), {}};
    if (!Comes(rule.deadline, *block.At("by"))) return std::nullopt;
    const Block& since_block = block.Has("since") ? block : job_;
    const std::string since = since_block.options.String("since");
    if (since.empty()) return rule;
    const Node& since_at = *since_block.At("since");
    if (const auto reach = ParseDuration(since)) {
      rule.since = *reach;
    } else {
      rule.since = ParseDeadline(since, zone).Value();
      if (!Comes(std::get<Ticks>(rule.since), since_at)) return std::nullopt;
    }
    return FewEnough(rule, since_at) ? std::optional<Rule>(rule) : std::nullopt;
  }

  bool FewEnough(const By& rule, const Node& since) {
    if (!HoldsMoreDeadlines(rule, defaults_.most_open)) return true;
    faults_.Add(since, "\"since\": a window of " + Quoted(since.text) + " holds more than " + std::to_string(defaults_.most_open) + " deadlines of " + Quoted(rule.deadline.Text()),
                "let since reach back less, or write fewer deadlines");
    return false;
  }

  bool Comes(const Ticks& ticks, const Node& at) {
    constexpr TimePoint kAnyTime{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
    if (ticks.Next(kAnyTime)) return true;
    faults_.Add(at, Quoted(at.text) + ": no such day ever comes", "the 30th of February, for example, is never due");
    return false;
  }

  std::optional<Rule> ReadEveryRun(const Block& block) {
    const std::size_t before = faults_.Count();
    const Block rule = ReadBlock(*block.At("every_run"), "\"every_run\"", {KeysOf(BlockKind::kEveryRun)}, faults_);
    if (faults_.Count() != before) return std::nullopt;
    EveryRun every{static_cast<int>(rule.options.Integer("tolerate")), std::nullopt, false};
    if (rule.Has("finish_within")) every.finish_within = rule.options.Time("finish_within");
    return every;
  }

  void CheckLength(const Node& at, const Rule& rule, Duration grace) {
    const auto* by = std::get_if<By>(&rule);
    const bool may_be_shorter = by && std::holds_alternative<std::monostate>(by->since) && defaults_.may_learn_schedule;
    const auto length = LongestWindow(rule, defaults_.line);
    if (!length || *length + grace <= defaults_.retention || may_be_shorter) return;
    faults_.Add(at,
                "its window is " + FormatDuration(*length + grace) + " long, but the ledger keeps only " +
                    FormatDuration(defaults_.retention),
                "set retention to more than that at the top of the file");
  }

  const Block& job_;
  const ObjectiveDefaults& defaults_;
  ObjectiveFrom from_;
  FaultList& faults_;
  std::set<std::string, std::less<>> names_;
  std::vector<Objective> objectives_;
};

}  // namespace

std::vector<Objective> ReadObjectives(const Block& job, const ObjectiveDefaults& defaults, ObjectiveFrom from,
                                      FaultList& faults) {
  return ObjectiveReader(job, defaults, from, faults).Read();
}

bool NamesObjectives(const Block& job) {
  return job.Names("objectives") || std::any_of(std::begin(kKinds), std::end(kKinds), [&](std::string_view kind) { return job.Names(kind); });
}

bool IsDerived(const Objective& objective) { return objective.from == ObjectiveFrom::kDerived; }

Objective ReadChecksObjective(const Block& job, const std::string& severity) {
  return {"checks", Checks{}, Duration{0}, TextOr(job, "severity", severity), ObjectiveFrom::kJob, TargetOf(TextOr(job, "target", "")), {}};
}

Objective ReadDerived(const Block& job, const ObjectiveDefaults& defaults, const std::string& severity, FaultList& faults) {
  Objective derived = DerivedObjective(TextOr(job, "severity", severity));
  if (job.Has("grace")) derived.grace = job.options.Time("grace");
  derived.target = TargetOf(TextOr(job, "target", ""));
  derived.calendar = CalendarOf(job, TextOr(job, "timezone", defaults.timezone), defaults.calendars, faults);
  return derived;
}

}  // namespace batchslo
