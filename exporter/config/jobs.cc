#include "exporter/config/jobs.h"

#include <algorithm>

#include "exporter/config/keys.h"
#include "exporter/config/values.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostNameBytes = 200;

bool IsGoodName(std::string_view name) {
  return !name.empty() && name.size() <= kMostNameBytes &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

SuccessMode ParseMode(const std::string& text) {
  static constexpr std::pair<std::string_view, SuccessMode> kModes[] = {
      {"any", SuccessMode::kAny}, {"runs", SuccessMode::kRuns}, {"outputs", SuccessMode::kOutputs}};
  for (const auto& [name, mode] : kModes) {
    if (name == text) return mode;
  }
  return SuccessMode::kAll;
}

void ReadChecks(const Node& node, OutputDef& output, FaultList& faults) {
  const Block block = ReadBlock(node, "checks", {KeysOf(BlockKind::kChecks)}, faults);
  if (block.Has("rows")) output.checks.push_back({"rows", ParseRowsCheck(block.options.String("rows")).Value()});
  for (const std::string& column : block.options.Strings("not_null")) output.checks.push_back({"not_null." + column, NotNullCheck{column}});
  if (block.Has("shrink")) output.checks.push_back({"shrink", ParseShrinkCheck(block.options.String("shrink")).Value()});
}

bool WantsRows(const Check& check) { return !std::holds_alternative<NotNullCheck>(check.rule); }

std::vector<std::string> NotNullColumns(const OutputDef& output) {
  std::vector<std::string> columns;
  for (const Check& check : output.checks) {
    if (const auto* not_null = std::get_if<NotNullCheck>(&check.rule)) columns.push_back(not_null->column);
  }
  return columns;
}

}  // namespace

void JobReader::Read(const Node& jobs) {
  if (!IsMap(jobs, "jobs", faults_)) return;
  for (std::size_t i = 0; i < jobs.items.size(); ++i) ReadJob(jobs.keys[i], jobs.items[i]);
}

const SourceRef* JobReader::FindSource(const Node& at, const std::string& name) {
  const auto found = sources_.find(name);
  if (found != sources_.end()) return &found->second;
  std::vector<std::string_view> known;
  for (const auto& [source, ref] : sources_) known.push_back(source);
  faults_.Add(at, "no source is named \"" + name.substr(0, 100) + "\"", known.empty() ? "write one under sources" : Suggest(name, known));
  return nullptr;
}

void JobReader::Claim(const std::string& object, const std::string& source, const Node& at, const std::string& job) {
  const auto [claim, fresh] = claims_.try_emplace(source + "\n" + object, job);
  if (fresh || claim->second == job) return;
  faults_.Add(at, "\"" + object + "\" of source \"" + source + "\" is claimed by two jobs: \"" + claim->second + "\" and \"" + job + "\"",
              "one object is one job");
}

void JobReader::ReadRuns(const Node& node, JobDef& job) {
  const Node* named = node.Find("source");
  const auto found = named ? sources_.find(named->text) : sources_.end();
  std::vector<std::span<const OptionSpec>> tables = {KeysOf(BlockKind::kRuns)};
  if (found != sources_.end()) tables.push_back(found->second.spec->runs);
  if (named && named->kind == Node::Kind::kScalar && found == sources_.end()) {
    FindSource(*named, named->text);
    return;
  }
  const std::size_t before = faults_.All().size();
  const Block block = ReadBlock(node, "runs", tables, faults_);
  if (faults_.All().size() != before || found == sources_.end()) return;
  const SourceRef& source = found->second;
  if (!source.spec->has_runs) return faults_.Add(*named, "source \"" + named->text + "\" (" + std::string(source.spec->kind) + ") has no runs", "name it under outputs");
  const std::string fault = source.spec->runs_fault ? source.spec->runs_fault(block.options) : "";
  if (!fault.empty()) return faults_.Add(node, "runs: " + fault);
  const std::string claim = source.spec->claim ? source.spec->claim(block.options) : "";
  if (!claim.empty()) Claim(claim, named->text, node, job.name);
  job.runs_source = named->text;
  source.config->runs.push_back({job.name, block.options});
}

void JobReader::AddOutput(OutputDef output, Options options, const SourceRef& source, JobDef& job) {
  SourceConfig::OutputTarget target{job.name, output.name, std::move(options), NotNullColumns(output), false};
  target.wants_rows = std::any_of(output.checks.begin(), output.checks.end(), WantsRows);
  source.config->outputs.push_back(std::move(target));
  job.outputs.push_back(std::move(output));
}

void JobReader::ReadOutput(const std::string& name, const Node& at, const Node& node, const Block& job_block, JobDef& job) {
  const std::string what = "output \"" + name + "\"";
  if (!IsGoodName(name)) return faults_.Add(at, "an output's name is too long or has odd characters", "use at most 200 bytes of plain text");
  const Node* named = node.Find("source");
  const auto found = named ? sources_.find(named->text) : sources_.end();
  if (named && named->kind == Node::Kind::kScalar && found == sources_.end()) {
    FindSource(*named, named->text);
    return;
  }
  std::vector<std::span<const OptionSpec>> tables = {KeysOf(BlockKind::kOutput)};
  if (found != sources_.end()) tables.push_back(found->second.spec->outputs);
  const std::size_t before = faults_.All().size();
  Block block = ReadBlock(node, what, tables, faults_);
  OutputDef output{name, block.options.String("source"), {}};
  if (job_block.Has("rows")) output.checks.push_back({"rows", ParseRowsCheck(job_block.options.String("rows")).Value()});
  if (const Node* checks = block.At("checks")) ReadChecks(*checks, output, faults_);
  if (faults_.All().size() != before || found == sources_.end()) return;
  const SourceSpec& spec = *found->second.spec;
  if (spec.outputs.empty()) return faults_.Add(*named, "source \"" + named->text + "\" (" + std::string(spec.kind) + ") has no outputs", "name it under runs");
  const std::string fault = spec.output_fault ? spec.output_fault(block.options, found->second.config->options) : "";
  if (!fault.empty()) return faults_.Add(at, what + ": " + fault);
  AddOutput(std::move(output), std::move(block.options), found->second, job);
}

// The short form `output: source/table`, then `outputs` by name.
void JobReader::ReadOutputs(const Block& block, JobDef& job) {
  if (const Node* node = block.At("output")) {
    const std::size_t slash = node->text.find('/');
    Node written = *node;
    written.kind = Node::Kind::kMap;
    Node key = *node, value = *node;
    key.text = "source";
    value.text = node->text.substr(0, slash);
    written.keys.push_back(key);
    written.items.push_back(value);
    key.text = "table";
    value.text = node->text.substr(slash + 1);
    written.keys.push_back(key);
    written.items.push_back(value);
    ReadOutput(value.text, *node, written, block, job);
  }
  const Node* named = block.At("outputs");
  if (!named || !IsMap(*named, "outputs", faults_)) return;
  for (std::size_t i = 0; i < named->items.size(); ++i) {
    const bool twice = std::any_of(job.outputs.begin(), job.outputs.end(), [&](const OutputDef& o) { return o.name == named->keys[i].text; });
    if (twice) {
      faults_.Add(named->keys[i], "output \"" + named->keys[i].text + "\" is there already, as the short form", "leave one out");
    } else {
      ReadOutput(named->keys[i].text, named->keys[i], named->items[i], block, job);
    }
  }
}

void JobReader::ReadSchedule(const Block& block, JobDef& job) {
  if (block.Has("dialect") && !block.node->Find("schedule")) faults_.Add(*block.At("dialect"), "\"dialect\" belongs to \"schedule\", and there is none");
  if (!block.Has("schedule")) return;
  const auto source = sources_.find(job.runs_source);
  const std::string fallback = source == sources_.end() ? "vixie" : std::string(source->second.spec->dialect);
  const std::string dialect = block.Has("dialect") ? block.options.String("dialect") : fallback;
  const auto zone = Zone::Find(block.Has("timezone") ? block.options.String("timezone") : "UTC");
  const auto schedule = Schedule::Parse(block.options.String("schedule"), *ParseDialect(dialect), zone ? *zone : Zone{});
  if (!schedule) return faults_.Add(*block.At("schedule"), "\"schedule\": " + schedule.Message());
  job.schedule = block.options.String("schedule");
  job.schedule_timezone = schedule->GetZone().Name();
  job.schedule_dialect = dialect;
}

void JobReader::CheckSuccess(const Block& block, const JobDef& job) {
  const bool needs_outputs = job.success == SuccessMode::kOutputs;
  if (needs_outputs && job.outputs.empty() && !block.node->Find("outputs") && !block.node->Find("output")) {
    faults_.Add(*block.At("success"), "success wants outputs, and the job has none", "write its output, or leave success out");
  }
  if (block.Has("rows") && !block.node->Find("outputs") && !block.node->Find("output")) {
    faults_.Add(*block.At("rows"), "\"rows\" is checked on outputs, and the job has none", "write its output, like output: SOURCE/TABLE");
  }
}

void JobReader::ReadJob(const Node& key, const Node& node) {
  const std::string what = "job \"" + key.text.substr(0, 100) + "\"";
  if (!IsGoodName(key.text)) return faults_.Add(key, "a job's name is empty, too long or has odd characters", "use at most 200 bytes of plain text");
  const Block block = ReadBlock(node, what, {KeysOf(BlockKind::kJob)}, faults_);
  JobDef job;
  job.name = key.text;
  job.configured = true;
  job.team = block.options.String("team");
  job.consumer = block.options.String("consumer");
  job.runbook_url = block.options.String("runbook_url");
  job.dashboard_url = block.options.String("dashboard_url");
  job.success = ParseMode(block.options.String("success"));
  job.count_manual = block.options.Bool("count_manual");
  job.count_backfill = block.options.Bool("count_backfill");
  if (block.Has("max_suspend")) job.max_suspend = block.options.Time("max_suspend");
  if (const Node* runs = block.At("runs"); runs && IsMap(*runs, "runs", faults_)) ReadRuns(*runs, job);
  ReadOutputs(block, job);
  ReadSchedule(block, job);
  CheckSuccess(block, job);
  const ObjectiveDefaults defaults{config_.timezone, config_.severity, Duration{0}, "", config_.retention};
  job.objectives = ReadObjectives(block, defaults, ObjectiveFrom::kJob, faults_);
  const auto source = sources_.find(job.runs_source);
  if (job.objectives.empty()) {
    job.objectives.push_back(DerivedObjective(source == sources_.end() ? "warning" : source->second.config->severity_of_derived));
  }
  const bool checked = std::any_of(job.outputs.begin(), job.outputs.end(), [](const OutputDef& output) { return !output.checks.empty(); });
  const std::string severity = block.Has("severity") ? block.options.String("severity") : config_.severity;
  if (checked) job.objectives.push_back({"checks", Checks{}, Duration{0}, severity, ObjectiveFrom::kJob});
  LintJob(key, job);
  config_.fleet.jobs.push_back(std::move(job));
}

}  // namespace batchslo
