// Tested by tests/config/registry_rows_test.cc.
#include "exporter/config/registry_rows.h"

#include <algorithm>
#include <unordered_map>

#include "exporter/config/jobs.h"
#include "exporter/config/windows.h"

namespace batchslo {
namespace {

bool IsOfObjectives(std::string_view key) {
  const auto keys = KeysOf(BlockKind::kObjective);
  return std::any_of(keys.begin(), keys.end(), [&](const OptionSpec& spec) { return spec.key == key; });
}

void MoveTo(int line, int column, Node& node) {
  node.line = line;
  node.column = column;
  for (auto& [key, value] : node.entries) {
    MoveTo(line, column, key);
    MoveTo(line, column, value);
  }
}

Node NameNode(std::string_view text, int line, int column) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = text;
  MoveTo(line, column, node);
  return node;
}

// A spreadsheet writes TRUE.
std::string ValueText(const RegistryCell& cell) {
  const auto& keys = AnnotationKeys();
  const auto spec = std::find_if(keys.begin(), keys.end(), [&](const OptionSpec& one) { return one.key == cell.key; });
  if (spec->type != OptionType::kBool || (cell.text != "TRUE" && cell.text != "FALSE")) return cell.text;
  return cell.text == "TRUE" ? "true" : "false";
}

// The row as the block that would say the same, in what the job's own leaves out; what that says of objectives, which the row
// has, goes with them.
Node ToNode(const RegistryRow& row, const JobWords& words, RegistryReading& reading, FaultList& faults) {
  Node node;
  node.kind = Node::Kind::kMap;
  const auto overrule = [&](const RegistryCell& cell, std::string why) { AddNote(reading.remarks, {row.number, std::string(cell.key), row.job, std::move(why)}); };
  for (const RegistryCell& cell : row.cells) {
    const auto said = words.said.find(cell.key);
    if (said != words.said.end()) {
      if (said->second != cell.text) overrule(cell, "the job's block says " + Quoted(said->second) + ", which comes before " + Quoted(cell.text));
    } else if (words.has_objectives && IsOfObjectives(cell.key)) {
      overrule(cell, "the job's block has objectives of its own, which come before it");
    } else {
      Node key = NameNode(cell.key, row.number, cell.column), value = TextValue(key, cell.key, ValueText(cell), faults);
      MoveTo(row.number, cell.column, value);
      node.entries.push_back({std::move(key), std::move(value)});
    }
  }
  for (const auto& [key, text] : words.said) {
    if (IsOfObjectives(key) && !words.has_objectives) node.entries.push_back({NameNode(key, row.number, 0), NameNode(text, row.number, 0)});
  }
  return node;
}

// The job as its block and the row define it together. `faults` tell what is wrong with the row.
JobDef Complete(JobDef job, const RegistryRow& row, const JobWords& words, const Config& config, RegistryReading& reading, FaultList& faults) {
  IsGoodName(NameNode(row.job, row.number, row.job_column), "a job", faults);
  const Node node = ToNode(row, words, reading, faults);
  const Block block = ReadBlock(node, "the row", {AnnotationKeys()}, faults);
  TakeProperties(block, job);
  if (words.has_objectives) return job;
  const ObjectiveDefaults defaults{config.timezone, config.severity, *config.calendars, config.retention, WrittenSchedule(job), !job.schedule, kMostOpenOfOthers};
  auto objectives = ReadObjectives(block, defaults, ObjectiveFrom::kRegistry, faults);
  if (objectives.empty()) objectives.push_back(ReadDerived(block, defaults, SeverityOfDerived(config, job), faults));
  std::erase_if(job.objectives, IsDerived);
  job.objectives.insert(job.objectives.begin(), std::make_move_iterator(objectives.begin()), std::make_move_iterator(objectives.end()));
  return job;
}

void AddFaults(const RegistryRow& row, const std::vector<Fault>& faults, RegistryReading& reading) {
  ++reading.invalid;
  for (const Fault& fault : faults) {
    const auto cell = std::find_if(row.cells.begin(), row.cells.end(), [&](const RegistryCell& one) { return one.column == fault.column; });
    const std::string column = cell != row.cells.end() ? std::string(cell->key) : fault.column == row.job_column ? "job" : "";
    const std::string named = "\"" + column + "\": ";
    const std::string message = fault.message.starts_with(named) ? fault.message.substr(named.size()) : fault.message;
    AddNote(reading.faults, {row.number, column, row.job, message + (fault.help.empty() ? "" : " (" + fault.help + ")")});
  }
}

// Takes row by row into the fleet.
class RowTaker {
 public:
  explicit RowTaker(Config& config) : config_(config) {
    for (std::size_t i = 0; i < config.fleet.jobs.size(); ++i) written_[config.fleet.jobs[i]->name] = i;
  }

  void Take(const std::string& registry, const RegistryRow& row, RegistryReading& reading) {
    const auto first = taken_.find(row.job);
    if (first != taken_.end()) return AddSecond(registry, row, first->second, reading);
    const auto written = written_.find(row.job);
    const bool has_block = written != written_.end();
    static const JobWords kSilent;
    const auto said = config_.said->find(row.job);
    const JobWords& words = said == config_.said->end() ? kSilent : said->second;
    JobDef job;
    if (has_block) job = *config_.fleet.jobs[written->second];
    job.name = row.job;
    job.configured = true;
    FaultList faults;
    auto done = std::make_shared<const JobDef>(Complete(std::move(job), row, words, config_, reading, faults));
    if (faults.Count() > 0) return AddFaults(row, faults.Take(), reading);
    ++reading.rows;
    taken_.emplace(row.job, RowOf{registry, row.number});
    if (has_block) {
      config_.fleet.jobs[written->second] = std::move(done);
    } else {
      config_.fleet.jobs.push_back(std::move(done));
      reading.alone.push_back({row.number, row.job});
    }
  }

 private:
  struct RowOf {
    std::string registry;
    int row;
  };

  static void AddSecond(const std::string& registry, const RegistryRow& row, const RowOf& first, RegistryReading& reading) {
    const std::string place = "row " + std::to_string(first.row);
    if (first.registry != registry) return AddNote(reading.remarks, {row.number, "", row.job, place + " of registry " + Quoted(first.registry) + " comes before it"});
    ++reading.invalid;
    AddNote(reading.faults, {row.number, "job", row.job, place + " is of that job, too, and is the one that counts"});
  }

  Config& config_;
  std::unordered_map<std::string, std::size_t> written_;  // job -> of the fleet's
  std::unordered_map<std::string, RowOf> taken_;          // job -> the row that defines it
};

}  // namespace

Registered CompleteByRegistries(const Config& config, const RegistryTables& tables) {
  Registered registered{config, {}};
  RowTaker taker(registered.config);
  for (const RegistryDef& registry : config.registries) {
    const auto table = tables.find(registry.name);
    if (table == tables.end()) continue;
    RegistryReading reading = table->second->reading;
    for (const RegistryRow& row : table->second->rows) taker.Take(registry.name, row, reading);
    std::sort(reading.alone.begin(), reading.alone.end(), [](const auto& a, const auto& b) { return a.job < b.job; });
    registered.readings[registry.name] = std::make_shared<const RegistryReading>(std::move(reading));
  }
  return registered;
}

}  // namespace batchslo
