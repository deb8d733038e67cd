#include <algorithm>

#include "exporter/config/jobs.h"
#include "exporter/config/values.h"

namespace batchslo {
namespace {

bool WantsRows(const Check& check) { return std::holds_alternative<RowsCheck>(check.rule) || std::holds_alternative<ShrinkCheck>(check.rule); }

// The day of what is written begins where the source says it does.
PartitionCheck PartitionOf(const Block& checks, const Block& output) {
  PartitionCheck partition = ParsePartitionCheck(checks.options.String("partition")).Value();
  if (const auto zone = Zone::Find(output.options.String("timezone"))) partition.zone = *zone;
  return partition;
}

std::vector<std::string> NotNullColumns(const OutputDef& output) {
  std::vector<std::string> columns;
  for (const Check& check : output.checks) {
    if (const auto* not_null = std::get_if<NotNullCheck>(&check.rule)) columns.push_back(not_null->column);
  }
  return columns;
}

// The long form of SOURCE/TABLE, all of it where the short one stands. `table`: the key that the source has for it.
Node LongForm(const Node& node, std::string_view table) {
  const std::size_t slash = node.text.find('/');
  Node block = node;
  block.kind = Node::Kind::kMap;
  for (const auto& [key, value] :
       {std::pair(std::string_view("source"), node.text.substr(0, slash)), std::pair(table, node.text.substr(slash + 1))}) {
    Node::Entry& entry = block.entries.emplace_back(Node::Entry{node, node});
    entry.key.text = key;
    entry.value.text = value;
  }
  return block;
}

}  // namespace

void JobReader::ReadChecks(const Block& output_block, const Block& job_block, OutputDef& output) {
  if (job_block.Has("rows"))
    output.checks.push_back({"rows", ParseRowsCheck(job_block.options.String("rows")).Value()});
  const Node* node = output_block.At("checks");
  if (!node) return;
  const Block block = ReadBlock(*node, "\"checks\"", {KeysOf(BlockKind::kChecks)}, faults_);
  if (block.Has("rows") && job_block.Has("rows")) {
    return faults_.Add(*block.At("rows"), "\"rows\" of the job holds for all its outputs: this is a second one",
                       "leave one of them out");
  }
  if (block.Has("rows")) output.checks.push_back({"rows", ParseRowsCheck(block.options.String("rows")).Value()});
  for (const std::string& column : block.options.Strings("not_null"))
    output.checks.push_back({"not_null." + column, NotNullCheck{column}});
  if (block.Has("shrink"))
    output.checks.push_back({"shrink", ParseShrinkCheck(block.options.String("shrink")).Value()});
  if (block.Has("partition")) output.checks.push_back({"partition", PartitionOf(block, output_block)});
}

void JobReader::ReadOutput(const Node& key, const Node& node, const Block& job_block, JobDef& job) {
  const std::string what = "output " + Quoted(key.text);
  if (!IsGoodName(key, "an output", faults_) || node.bad || !IsMap(node, what, faults_)) return;
  const SourceRef* source = SourceOf(node, what, BlockKind::kOutput);
  if (!source) return;
  const Node& named = *node.Find("source");
  if (source->spec->outputs.empty()) {
    return faults_.Add(named,
                       "source " + Quoted(named.text) + " (" + std::string(source->spec->kind) + ") has no outputs",
                       "name it under runs");
  }
  const std::size_t before = faults_.Count();
  Block block = ReadBlock(node, what, {KeysOf(BlockKind::kOutput), source->spec->outputs}, faults_);
  OutputDef output{key.text, named.text, {}};
  ReadChecks(block, job_block, output);
  if (faults_.Count() != before) return;
  const auto columns = NotNullColumns(output);
  if (!columns.empty() && !source->spec->has_columns) {
    return faults_.Add(*block.At("checks"), what + " has no columns: \"not_null\" can't be checked", "leave it out");
  }
  const bool needs_partition = std::any_of(output.checks.begin(), output.checks.end(), [](const Check& check) { return std::holds_alternative<PartitionCheck>(check.rule); });
  if (needs_partition && !(source->spec->tells_partition && source->spec->tells_partition(block.options))) {
    return faults_.Add(*block.At("checks"), what + " tells of no partition: \"partition\" can't be checked",
                       "name a table or path with a date (%Y%m%d), or write a query that gives the column partition_id");
  }
  const std::string fault =
      source->spec->output_fault ? source->spec->output_fault(block.options, source->config->options) : "";
  if (!fault.empty()) return faults_.Add(key, what + ": " + fault);
  SourceConfig::OutputTarget target{job.name, output.name, std::move(block.options), columns, false};
  target.wants_rows = std::any_of(output.checks.begin(), output.checks.end(), WantsRows);
  source->config->outputs.push_back(std::move(target));
  job.outputs.push_back(std::move(output));
}

// The short form, named by its table, then `outputs` by name.
void JobReader::ReadOutputs(const Block& block, JobDef& job) {
  std::string short_name;
  if (const Node* node = block.At("output")) {
    const auto source = sources_.find(node->text.substr(0, node->text.find('/')));
    const SourceSpec* spec = source == sources_.end() ? nullptr : source->second.spec;
    const Node written = LongForm(*node, spec && !spec->outputs.empty() ? spec->outputs.front().key : "table");
    const Node& table = written.entries.back().value;
    short_name = table.text;
    ReadOutput(table, written, block, job);
  }
  const Node* named = block.At("outputs");
  if (!named) return;
  ForEachEntry(*named, faults_, [&](const Node& key, const Node& node) {
    if (!short_name.empty() && key.text == short_name) {
      return faults_.Add(key, "output " + Quoted(key.text) + " is there already, as the short form", "leave one out");
    }
    ReadOutput(key, node, block, job);
  });
}

}  // namespace batchslo
