#include "exporter/config/config.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "exporter/config/jobs.h"
#include "exporter/config/keys.h"

namespace batchslo {
namespace {

using KindMap = std::map<std::string_view, const SourceSpec*>;

SourceDef DefOf(const SourceSpec& spec, const SourceConfig& config) {
  SourceDef def;
  def.name = config.name;
  def.kind = spec.kind;
  def.coverage = spec.coverage;
  def.staleness = config.staleness;
  def.spool_allowance = spec.spool_allowance;
  def.dialect = spec.dialect;
  const std::string& zone = config.options.Has("controller_timezone") ? config.options.String("controller_timezone") : "";
  if (!zone.empty()) def.controller_timezone = zone;
  return def;
}

// Three polls, at least a minute; for a watch three minutes.
Duration DefaultStaleness(const SourceSpec& spec, Duration poll_interval) {
  return spec.watches ? Duration{seconds{180}} : std::max<Duration>(3 * poll_interval, seconds{60});
}

void FinishSource(const SourceSpec& spec, SourceConfig& source) {
  const auto or_default = [&](std::string_view key, Duration fallback) { return source.options.Has(key) ? source.options.Time(key) : fallback; };
  source.kind = spec.kind;
  source.poll_interval = or_default("poll_interval", spec.poll_interval);
  source.timeout = or_default("timeout", spec.timeout);
  source.staleness = or_default("staleness", DefaultStaleness(spec, source.poll_interval));
  source.prefix = source.options.String("prefix");
  source.severity_of_derived = source.options.String("severity_of_derived");
}

// {kubernetes: {...}, poll_interval: 1m}: the one key that names a kind, and the common ones beside it.
std::optional<SourceConfig> ReadSource(const Node& key, const Node& node, const KindMap& kinds, FaultList& faults) {
  const std::string what = "source \"" + key.text.substr(0, 100) + "\"";
  if (!IsMap(node, what, faults)) return std::nullopt;
  std::vector<std::string_view> known;
  for (const auto& [kind, spec] : kinds) known.push_back(kind);
  Node common = node, own;
  common.keys.clear();
  common.items.clear();
  const SourceSpec* spec = nullptr;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto kind = kinds.find(node.keys[i].text);
    const bool is_common = std::any_of(KeysOf(BlockKind::kSource).begin(), KeysOf(BlockKind::kSource).end(),
                                       [&](const OptionSpec& row) { return row.key == node.keys[i].text; });
    if (kind != kinds.end() && spec) {
      faults.Add(node.keys[i], what + " has two kinds", "one source is one system: make it two");
    } else if (kind != kinds.end()) {
      spec = kind->second;
      own = node.items[i];
    } else if (is_common) {
      common.keys.push_back(node.keys[i]);
      common.items.push_back(node.items[i]);
    } else {
      std::vector<std::string_view> all = known;
      for (const OptionSpec& row : KeysOf(BlockKind::kSource)) all.push_back(row.key);
      faults.Add(node.keys[i], "unknown key \"" + node.keys[i].text.substr(0, 100) + "\" in " + what, Suggest(node.keys[i].text, all));
      return std::nullopt;
    }
  }
  if (!spec) {
    faults.Add(key, what + " names no kind of system", Suggest("", known));
    return std::nullopt;
  }
  const Block block = ReadBlock(own, what + " (" + std::string(spec->kind) + ")", {spec->options}, faults);
  const Block beside = ReadBlock(common, what, {KeysOf(BlockKind::kSource)}, faults);
  SourceConfig source;
  source.name = key.text;
  source.options = block.options;
  source.options.Merge(beside.options);
  FinishSource(*spec, source);
  return source;
}

void CheckOverlap(const std::vector<SourceConfig>& sources, const Node& node, const KindMap& kinds, FaultList& faults) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool both_discover = kinds.at(sources[i].kind)->discovers && kinds.at(sources[j].kind)->discovers;
      if (!both_discover || sources[i].prefix != sources[j].prefix) continue;
      faults.Add(node, "sources \"" + sources[j].name + "\" and \"" + sources[i].name + "\" both discover jobs, and nothing tells them apart",
                 "give one of them a prefix");
    }
  }
}

class ConfigReader {
 public:
  ConfigReader(std::span<const SourceSpec> kinds) {
    for (const SourceSpec& spec : kinds) kinds_[spec.kind] = &spec;
  }

  void Read(const Node& root) {
    const Block top = ReadBlock(root, "the configuration", {KeysOf(BlockKind::kTop)}, faults_);
    config_.store = top.options.String("store");
    if (top.Has("retention")) config_.retention = top.options.Time("retention");
    if (const Node* node = top.At("defaults")) {
      const Block defaults = ReadBlock(*node, "defaults", {KeysOf(BlockKind::kDefaults)}, faults_);
      config_.timezone = defaults.options.Has("timezone") ? defaults.options.String("timezone") : "UTC";
      config_.severity = defaults.options.Has("severity") ? defaults.options.String("severity") : "critical";
    }
    if (const Node* node = top.At("sources"); node && IsMap(*node, "sources", faults_)) ReadSources(*node);
    std::map<std::string, SourceRef, std::less<>> refs;
    for (SourceConfig& source : config_.sources) refs[source.name] = {kinds_.at(source.kind), &source};
    JobReader jobs(config_, std::move(refs), faults_, lints_);
    if (const Node* node = top.At("jobs")) jobs.Read(*node);
    for (const SourceConfig& source : config_.sources) config_.fleet.sources.push_back(DefOf(*kinds_.at(source.kind), source));
  }

  void Give(ConfigResult& result) {
    result.faults.insert(result.faults.end(), faults_.All().begin(), faults_.All().end());
    FaultList sorted;
    sorted.All() = std::move(result.faults);
    result.faults = sorted.Take();
    result.lints = lints_.Take();
    if (result.faults.empty()) result.config = std::move(config_);
  }

 private:
  void ReadSources(const Node& node) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (node.keys[i].text.empty() || node.keys[i].text.find('/') != std::string::npos) {
        faults_.Add(node.keys[i], "a source's name must not be empty or have a slash");
        continue;
      }
      auto source = ReadSource(node.keys[i], node.items[i], kinds_, faults_);
      if (source) config_.sources.push_back(*std::move(source));
    }
    CheckOverlap(config_.sources, node, kinds_, faults_);
  }

  KindMap kinds_;
  Config config_;
  FaultList faults_, lints_;
};

}  // namespace

ConfigResult ParseConfig(std::string_view text, const std::string& file, std::span<const SourceSpec> kinds) {
  ConfigResult result;
  result.file = file;
  result.text = text;
  const Node root = ParseTree(text, result.faults);
  ConfigReader reader(kinds);
  const bool readable = std::none_of(result.faults.begin(), result.faults.end(), [](const Fault& fault) { return fault.line == 0; });
  if (readable) reader.Read(root);
  reader.Give(result);
  return result;
}

ConfigResult ReadConfig(const std::string& path, std::span<const SourceSpec> kinds) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (file && !file.bad()) return ParseConfig(text.str(), path, kinds);
  ConfigResult result;
  result.file = path;
  result.faults.push_back({0, 0, "the file can't be read", "does it exist, and may this user read it?"});
  return result;
}

Config DefaultConfig(const SourceSpec& kind, Options options) {
  Config config;
  SourceConfig source;
  source.name = kind.kind;
  source.options = std::move(options);
  FinishSource(kind, source);
  if (source.severity_of_derived.empty()) source.severity_of_derived = "warning";
  config.fleet.sources.push_back(DefOf(kind, source));
  config.sources.push_back(std::move(source));
  return config;
}

}  // namespace batchslo
