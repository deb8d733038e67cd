#include "exporter/core/judged_by.h"

#include "exporter/core/fnv.h"

namespace batchslo {
namespace {

// One kind of thing after the other, each begun by what tells it from the others.
class Hash {
 public:
  void Add(std::string_view text) { hash_.Field(text); }
  void Add(std::int64_t number) { Add(std::to_string(number)); }
  void Add(Duration duration) { Add(duration.count()); }
  void Add(const Ticks& ticks) {
    Add(ticks.Text());
    Add(ticks.ZoneName());
  }

  void operator()(std::monostate) { Add("-"); }
  void operator()(Duration duration) { Add(duration); }
  void operator()(const Ticks& ticks) { Add(ticks); }

  void operator()(const Within& rule) { Add(rule.window); }
  void operator()(const By& rule) {
    Add(rule.deadline);
    std::visit(*this, rule.since);
  }
  void operator()(const EveryRun& rule) {
    Add(rule.derived ? -1 : rule.tolerate);
    rule.finish_within ? Add(*rule.finish_within) : Add("next tick");
  }
  void operator()(const StartBy& rule) { Add(rule.limit); }
  void operator()(const MaxRuntime& rule) { Add(rule.limit); }
  void operator()(const Checks&) {}

  void operator()(const RowsCheck& check) {
    Add(static_cast<std::int64_t>(check.compare));
    Add(check.bound);
  }
  void operator()(const NotNullCheck& check) { Add(check.column); }
  void operator()(const ShrinkCheck& check) {
    Add(std::to_string(check.percent));
    Add(static_cast<std::int64_t>(check.compare));
  }
  void operator()(const PartitionCheck& check) {
    Add(check.zone.Name());
    Add(std::int64_t{check.fields});
    Add(check.back);
  }

  void Add(const OutputDef& output) {
    Add(output.name);
    Add(output.source);
    for (const Check& check : output.checks) {
      Add(check.name);
      std::visit(*this, check.rule);
    }
    Add("end of checks");
  }

  void AddJob(const JobDef& def, const SourceDef& runs) {
    Add(runs.dialect);
    Add(runs.controller_timezone);
    Add(static_cast<std::int64_t>(runs.coverage));
    Add(runs.spool_allowance);
    for (const SharedText* text : {&def.runs_source, &def.schedule, &def.schedule_timezone, &def.schedule_dialect}) Add(*text);
    for (const bool option : {def.count_manual, def.count_backfill}) Add(option ? "yes" : "no");
    Add(static_cast<std::int64_t>(def.success));
    for (const OutputDef& output : def.outputs) Add(output);
  }
  void AddObjective(const Objective& objective) {
    Add(objective.name);
    Add(KindName(objective.rule));
    std::visit(*this, objective.rule);
    Add(objective.grace);
    if (!objective.calendar) return;
    const bool only_maintenance = std::holds_alternative<Within>(objective.rule) || std::holds_alternative<MaxRuntime>(objective.rule);
    Add(std::to_string(only_maintenance ? objective.calendar->maintenance_hash : objective.calendar->windows_hash));
  }

  std::uint64_t Value() const { return hash_.Value(); }

 private:
  Fnv1a<std::uint64_t> hash_;
};

}  // namespace

std::uint64_t JudgedBy(const JobDef& def, const Objective& objective, const SourceDef& runs) {
  Hash hash;
  hash.AddJob(def, runs);
  hash.AddObjective(objective);
  return hash.Value();
}

std::uint64_t JudgedBy(const JobDef& def, const SourceDef& runs) {
  Hash hash;
  hash.AddJob(def, runs);
  for (const Objective& objective : def.objectives) hash.AddObjective(objective);
  return hash.Value();
}

}  // namespace batchslo
