#include "exporter/config/jobs.h"

#include <algorithm>

#include "exporter/config/option_value.h"
#include "exporter/config/windows.h"
#include "exporter/core/nearest.h"

namespace batchslo {
namespace {

SuccessMode ParseMode(const std::string& text) {
  static constexpr std::pair<std::string_view, SuccessMode> kModes[] = {
      {"any", SuccessMode::kAny}, {"runs", SuccessMode::kRuns}, {"outputs", SuccessMode::kOutputs}};
  const auto* found =
      std::find_if(std::begin(kModes), std::end(kModes), [&](const auto& mode) { return mode.first == text; });
  return found == std::end(kModes) ? SuccessMode::kAll : found->second;
}

}  // namespace

void JobReader::ReadJob(const Node& key, const Node& node) {
  if (!IsGoodName(key, "a job", faults_)) return;
  const Block block = ReadBlock(node, "job " + Quoted(key.text), {KeysOf(BlockKind::kJob)}, faults_);
  JobDef job;
  job.name = key.text;
  job.configured = true;
  job.success = ParseMode(block.options.String("success"));
  TakeProperties(block, job);
  if (const Node* runs = block.At("runs")) ReadRuns(*runs, job);
  ReadOutputs(block, job);
  ReadSchedule(block, job);
  ReadJudging(key, block, job);
  ReadNeeds(block, job);
  CheckProofs(key, block, job);
  if (!config_.registries.empty()) NoteWords(key.text, block);
  config_.fleet.jobs.push_back(std::make_shared<const JobDef>(std::move(job)));
}

void JobReader::ReadJudging(const Node& key, const Block& block, JobDef& job) {
  const ObjectiveDefaults defaults{config_.timezone, config_.severity, *config_.calendars, config_.retention, WrittenSchedule(job),
                                   MayLearnSchedule(job)};
  job.objectives = ReadObjectives(block, defaults, ObjectiveFrom::kJob, faults_);
  if (job.objectives.empty()) job.objectives.push_back(ReadDerived(block, defaults, SeverityOfDerived(config_, job), faults_));
  const bool checked = std::any_of(job.outputs.begin(), job.outputs.end(),
                                   [](const OutputDef& output) { return !output.checks.empty(); });
  if (checked) job.objectives.push_back(ReadChecksObjective(block, config_.severity));
  Lint(key, job, defaults.line);
}

const SourceRef* JobReader::FindSource(const Node& at, const std::string& name) {
  const auto found = sources_.find(name);
  if (found != sources_.end()) return found->second.spec && found->second.config ? &found->second : nullptr;
  std::vector<std::string_view> known;
  for (const auto& [source, ref] : sources_) known.push_back(source);
  faults_.Add(at, "no source is named " + Quoted(name),
              known.empty() ? "write one under sources" : Suggest(name, known));
  return nullptr;
}

// The source that a `runs` or output block names; null: there is none, or it is wrong itself, and a fault tells so.
// Which keys may stand beside `source` only the source tells.
const SourceRef* JobReader::SourceOf(const Node& node, std::string_view what, BlockKind block) {
  const OptionSpec& spec = KeysOf(block).front();
  const Node* named = node.Find(spec.key);
  if (!named) {
    const auto meant = std::find_if(node.entries.begin(), node.entries.end(), [&](const Node::Entry& entry) {
      return !Nearest(entry.key.text, {&spec.key, 1}).empty();
    });
    if (meant != node.entries.end())
      faults_.Add(meant->key, "unknown key " + Quoted(meant->key.text) + " in " + std::string(what),
                  Suggest(meant->key.text, {spec.key}));
    faults_.Add(node, std::string(what) + " needs \"source\"", "for example source: " + std::string(spec.example));
    return nullptr;
  }
  const OptionValue name = ReadValue(*named, spec, faults_);
  return std::holds_alternative<std::string>(name) ? FindSource(*named, named->text) : nullptr;
}

void JobReader::ReadRuns(const Node& node, JobDef& job) {
  const SourceRef* source = SourceOf(node, "\"runs\"", BlockKind::kRuns);
  if (!source) return;
  const Node& named = *node.Find("source");
  if (!source->spec->has_runs) {
    return faults_.Add(named, "source " + Quoted(named.text) + " (" + std::string(source->spec->kind) + ") has no runs",
                       "name it under outputs");
  }
  const std::size_t before = faults_.Count();
  const Block block = ReadBlock(node, "\"runs\"", {KeysOf(BlockKind::kRuns), source->spec->runs}, faults_);
  if (faults_.Count() != before) return;
  const std::string fault = source->spec->runs_fault ? source->spec->runs_fault(block.options) : "";
  if (!fault.empty()) return faults_.Add(node, "\"runs\": " + fault);
  const std::string object = source->spec->claim ? source->spec->claim(block.options) : "";
  if (!object.empty()) Claim({job.name, named.text, object, node.line, node.column});
  job.runs_source = named.text;
  source->config->runs.push_back({job.name, block.options});
}

void JobReader::Claim(const Claimed& claimed) {
  const auto [first, fresh] = claims_.try_emplace(claimed.source + "\n" + claimed.object, claimed);
  if (!fresh && first->second.job != claimed.job) AddClaimedTwice(claimed, first->second.job, "");
}

void JobReader::AddClaimedTwice(const Claimed& claimed, const std::string& first, std::string_view by) {
  Node at;
  at.line = claimed.line;
  at.column = claimed.column;
  faults_.Add(at,
              Quoted(claimed.object) + " of source " + Quoted(claimed.source) + " is claimed by two jobs: " +
                  Quoted(first) + std::string(by) + " and " + Quoted(claimed.job),
              "one object is one job");
}

// A job without runs has those of the discovered object of its name: another job that names that object takes them
// away.
void JobReader::CheckDiscovered() {
  std::unordered_map<std::string, const JobDef*> jobs;
  for (const auto& job : config_.fleet.jobs) jobs[job->name] = job.get();
  for (const auto& [key, claimed] : claims_) {
    const SourceRef& source = sources_.find(claimed.source)->second;
    const auto named = jobs.find(source.config->prefix + claimed.object);
    const bool taken = Discovers(*source.spec, *source.config) && named != jobs.end() && named->first != claimed.job &&
                       named->second->runs_source.empty();
    if (taken) AddClaimedTwice(claimed, named->first, ", by its name,");
  }
}

void JobReader::ReadSchedule(const Block& block, JobDef& job) {
  if (block.Has("dialect") && !block.Names("schedule"))
    faults_.Add(*block.At("dialect"), "\"dialect\" belongs to \"schedule\", and there is none");
  if (!block.Has("schedule") || (block.Names("dialect") && !block.Has("dialect"))) return;
  const auto source = sources_.find(*job.runs_source);
  const std::string_view fallback = source == sources_.end() ? "vixie" : source->second.spec->dialect;
  const std::string dialect = block.Has("dialect") ? block.options.String("dialect") : std::string(fallback);
  const auto zone = Zone::Find(block.Has("timezone") ? block.options.String("timezone") : "UTC");
  const Node& at = *block.At("schedule");
  const auto schedule = Schedule::Parse(at.text, *ParseDialect(dialect), zone ? *zone : Zone{}, job.name);
  constexpr TimePoint kAnyTime{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}};
  if (!schedule) return faults_.Add(at, "\"schedule\": " + schedule.Message());
  if (schedule->Every())
    return faults_.Add(at, "\"schedule\": " + Quoted(at.text) + " has no fixed times",
                       "write a five-field cron, like */5 * * * *");
  if (!schedule->Next(kAnyTime))
    return faults_.Add(at, "\"schedule\": " + Quoted(at.text) + ": no such day ever comes");
  job.schedule = at.text;
  job.schedule_timezone = schedule->GetZone().Name();
  job.schedule_dialect = dialect;
}

bool JobReader::MayBeDiscovered() const {
  return sources_.empty() || std::any_of(sources_.begin(), sources_.end(), [](const auto& entry) {
           const auto& [spec, config] = entry.second;
           return !spec || !config || Discovers(*spec, *config);
         });
}

bool JobReader::MayLearnSchedule(const JobDef& job) const {
  if (job.schedule) return false;
  const auto source = sources_.find(*job.runs_source);
  return source == sources_.end() ? MayBeDiscovered() : source->second.spec->discovers;
}

std::string SeverityOfDerived(const Config& config, const JobDef& job) {
  std::string severity;
  for (const SourceConfig& source : config.sources) {
    if (source.name == job.runs_source) return source.severity_of_derived;
  }
  for (std::size_t i = 0; i < config.sources.size(); ++i) {
    if (!config.fleet.sources[i].discovers) continue;
    const std::string& one = config.sources[i].severity_of_derived;
    if (!severity.empty() && severity != one) return "warning";
    severity = one;
  }
  return severity.empty() ? "warning" : severity;
}

void JobReader::NoteWords(const std::string& job, const Block& block) {
  JobWords words;
  words.has_objectives = NamesObjectives(block);
  for (const OptionSpec& spec : AnnotationKeys()) {
    const Node* const said = block.At(spec.key);
    if (said && said->kind == Node::Kind::kScalar) words.said.emplace(spec.key, said->text);
  }
  if (words.has_objectives || !words.said.empty()) said_.emplace(job, std::move(words));
}

// What can never be met, whatever the sources will tell.
void JobReader::CheckProofs(const Node& key, const Block& block, const JobDef& job) {
  const bool has_outputs = block.Names("outputs") || block.Names("output");
  if (job.success == SuccessMode::kOutputs && !has_outputs) {
    faults_.Add(*block.At("success"), "\"success\" wants outputs, and the job has none",
                "write its output, or leave success out");
  }
  if (block.Has("rows") && !has_outputs) {
    faults_.Add(*block.At("rows"), "\"rows\" is checked on outputs, and the job has none",
                "write its output, like output: SOURCE/TABLE");
  }
  if (block.Names("runs") || MayBeDiscovered()) return;
  const bool some_have =
      std::any_of(sources_.begin(), sources_.end(), [](const auto& entry) { return entry.second.spec->has_runs; });
  const std::string help = some_have ? "name the source that has them, like runs: {source: NAME}" : "leave it out";
  if (!has_outputs)
    return faults_.Add(key, "job " + Quoted(job.name) + " has neither runs nor outputs, and no source discovers jobs",
                       some_have ? help : "write its output, like output: SOURCE/TABLE");
  if (job.success == SuccessMode::kRuns)
    faults_.Add(*block.At("success"), "\"success\" wants runs, and the job has none", help);
  for (const std::string_view kind : {"start_by", "max_runtime"}) {
    if (block.Has(kind))
      faults_.Add(*block.At(kind), "\"" + std::string(kind) + "\" watches runs, and the job has none", help);
  }
}

}  // namespace batchslo
