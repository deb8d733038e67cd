#include "exporter/config/config.h"

#include "exporter/config/jobs.h"
#include "exporter/config/keys.h"
#include "exporter/config/read_file.h"
#include "exporter/config/text.h"
#include "exporter/sql/url.h"

namespace batchslo {
namespace {

SourceDef DefOf(const SourceSpec& spec, const SourceConfig& config) {
  SourceDef def;
  def.name = config.name;
  def.kind = spec.kind;
  def.coverage = spec.coverage;
  def.staleness = config.staleness;
  def.spool_allowance = spec.spool_allowance;
  def.discovers = Discovers(spec, config);
  def.dialect = spec.dialect;
  if (config.options.Has("controller_timezone")) def.controller_timezone = config.options.String("controller_timezone");
  return def;
}

// Takes the value of a key of the map, which then is none.
Node Take(Node& map, std::string_view key) {
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (map.keys[i].text == key) return std::exchange(map.items[i], Node());
  }
  return {};
}

Config ReadTop(Node root, std::span<const SourceSpec> kinds, FaultList& faults, FaultList& lints) {
  Config config;
  const Block top = ReadBlock(root, "the configuration", {KeysOf(BlockKind::kTop)}, faults);
  if (top.options.Has("store")) config.store = *SqlitePath(top.options.String("store"));
  if (top.options.Has("retention")) config.retention = top.options.Time("retention");
  if (const Node* node = top.At("defaults")) {
    const Block defaults = ReadBlock(*node, "\"defaults\"", {KeysOf(BlockKind::kDefaults)}, faults);
    if (defaults.Has("timezone")) config.timezone = defaults.options.String("timezone");
    if (defaults.Has("severity")) config.severity = defaults.options.String("severity");
  }
  SourceRefs refs;
  if (const Node* node = top.At("sources")) refs = ReadSources(*node, kinds, config, faults, lints);
  if (top.Has("jobs")) JobReader(config, refs, faults, lints).Read(Take(root, "jobs"));
  for (const SourceConfig& source : config.sources)
    config.fleet.sources.push_back(DefOf(*refs.at(source.name).spec, source));
  return config;
}

ConfigResult Unreadable(const std::string& path, const std::string& why) {
  ConfigResult result;
  result.file = path;
  result.faults.push_back({0, 0, "the file can't be read: " + why, "does it exist, and may this user read it?"});
  return result;
}

}  // namespace

ConfigResult ParseConfig(std::string_view text, const std::string& file, std::span<const SourceSpec> kinds) {
  ConfigResult result;
  result.file = file;
  result.text = text;
  FaultList faults, lints;
  auto root = ParseTree(text, faults.All());
  std::optional<Config> config;
  if (root && root->kind == Node::Kind::kNull) faults.All().push_back({0, 0, "the file is empty", "a configuration that says nothing is written {}"});
  if (root) config = ReadTop(std::move(*root), kinds, faults, lints);
  result.faults = faults.Take();
  if (result.faults.empty()) result.lints = lints.Take();  // else they may come of what was left out for its fault
  const Lines lines(text);
  CountColumns(result.faults, lines);
  CountColumns(result.lints, lines);
  if (result.faults.empty()) result.config = std::move(config);
  return result;
}

ConfigResult ReadConfig(const std::string& path, std::span<const SourceSpec> kinds) {
  const auto text = ReadFile(path);
  return text ? ParseConfig(*text, path, kinds) : Unreadable(path, text.Message());
}

void AddSource(Config& config, const SourceSpec& kind, Options options) {
  SourceConfig source;
  source.name = kind.kind;
  source.options = std::move(options);
  FinishSource(kind, source);
  config.fleet.sources.push_back(DefOf(kind, source));
  config.sources.push_back(std::move(source));
}

}  // namespace batchslo
