#pragma once
// Private to the readers of exporter/config.

#include <unordered_map>

#include "exporter/config/block.h"
#include "exporter/config/config.h"
#include "exporter/config/keys.h"
#include "exporter/core/history.h"

namespace batchslo {

// What the objectives of a job take from around it.
struct ObjectiveDefaults {
  std::string timezone, severity;
  const CalendarBook& calendars;
  Duration retention{0};
  ScheduleLine line;                // the job's schedule, as the configuration knows it
  bool may_learn_schedule = false;  // a source may tell another later
  int most_open = 1000;             // deadlines that one `since` may hold
};
// The same of what others than the file's owner may write: each that is open is looked at whenever the job is.
constexpr int kMostOpenOfOthers = 50;

// The objectives of a job's block: the short forms, then those by name.
std::vector<Objective> ReadObjectives(const Block& job, const ObjectiveDefaults& defaults, ObjectiveFrom from,
                                      FaultList& faults);

// Whether the block says of objectives what no default may replace.
bool NamesObjectives(const Block& job);

bool IsDerived(const Objective& objective);  // nobody wrote it

// The objective of a job for which nobody wrote one: what the block says of its severity, grace and calendar holds for it,
// too. `severity`: else.
Objective ReadDerived(const Block& job, const ObjectiveDefaults& defaults, const std::string& severity, FaultList& faults);

// The objective of a job with checks. `severity`: of none in the block.
Objective ReadChecksObjective(const Block& job, const std::string& severity);

// The keys that annotations and the rows of registries may have: those of a job that need nothing of another source.
const std::vector<OptionSpec>& AnnotationKeys();

// Who may write one must not be able to keep the judging of all others waiting.
constexpr std::size_t kLongestAnnotation = 1u << 10;

// The value of such a key, which is a text, but that of every_run, which is YAML. `name`: of the key, as it is written.
Node TextValue(const Node& key, std::string_view name, const std::string& value, FaultList& faults);

// What a block says of the job itself, where nobody has said it before: team, links, what counts.
void TakeProperties(const Block& block, JobDef& job);

// These in place of the objective that nobody wrote, where the job has that one; what was said of it holds for them.
void TakeObjectives(std::vector<Objective> objectives, const SourceConfig& source, JobDef& job);

// Reads the `job_defaults` of a source, and applies the first that fits a job which has no objectives of its own.
void ReadJobDefaults(const Node& node, const SourceSpec& spec, SourceConfig& source, Config& config, FaultList& faults);
void TakeJobDefaults(const Config& config, const SourceConfig& source, const std::map<std::string, std::string>& annotations, JobDef& job);

// Of the objective that nobody wrote: as the job's source wants it, or those that may have it.
std::string SeverityOfDerived(const Config& config, const JobDef& job);

// A source as jobs may name it. Without `spec`: it is written, but wrong, and what names it is not read.
struct SourceRef {
  const SourceSpec* spec = nullptr;
  SourceConfig* config = nullptr;
};
using SourceRefs = std::map<std::string, SourceRef, std::less<>>;

// Reads `sources` into the configuration.
SourceRefs ReadSources(const Node& node, std::span<const SourceSpec> kinds, Config& config, FaultList& faults,
                       FaultList& lints);

// The rest of a source that was read: defaults of its kind.
void FinishSource(const SourceSpec& spec, SourceConfig& source);

// Whether it brings jobs that nobody configured.
bool Discovers(const SourceSpec& spec, const SourceConfig& source);

class JobReader {
 public:
  JobReader(Config& config, SourceRefs sources, FaultList& faults, FaultList& lints)
      : config_(config), sources_(std::move(sources)), faults_(faults), lints_(lints) {}
  void ReadJob(const Node& key, const Node& node);
  // After the last one: what only all of them together can have wrong.
  void CheckDiscovered();
  void CheckNeeds();
  // What the blocks say of that which a registry's row may say, too.
  Config::Said TakeSaid() { return std::move(said_); }

 private:
  struct Claimed {
    std::string job, source, object;
    int line, column;
  };

  void ReadRuns(const Node& node, JobDef& job);
  void ReadOutputs(const Block& block, JobDef& job);
  void ReadOutput(const Node& key, const Node& node, const Block& job_block, JobDef& job);
  void ReadChecks(const Block& output_block, const Block& job_block, OutputDef& output);
  void ReadSchedule(const Block& block, JobDef& job);
  void ReadJudging(const Node& key, const Block& block, JobDef& job);
  void ReadNeeds(const Block& block, JobDef& job);
  void CheckProofs(const Node& key, const Block& block, const JobDef& job);
  void Claim(const Claimed& claimed);
  void AddClaimedTwice(const Claimed& claimed, const std::string& first, std::string_view by);
  void NoteWords(const std::string& job, const Block& block);
  void Lint(const Node& key, const JobDef& job, const ScheduleLine& line);

  const SourceRef* FindSource(const Node& at, const std::string& name);
  const SourceRef* SourceOf(const Node& node, std::string_view what, BlockKind block);
  // A source may bring runs and a schedule to a job that names none: one that is wrong itself, and where none is
  // written the cluster.
  bool MayBeDiscovered() const;
  bool MayLearnSchedule(const JobDef& job) const;

  Config& config_;
  SourceRefs sources_;
  FaultList &faults_, &lints_;
  std::unordered_map<std::string, Claimed> claims_;  // by source and object
  Config::Said said_;
  std::map<std::string, std::vector<Node>> needs_;   // by job: the names of its upstreams, where they stand
};

}  // namespace batchslo
