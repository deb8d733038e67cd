#include "exporter/config/config.h"

#include <algorithm>
#include <filesystem>

#include "exporter/config/jobs.h"
#include "exporter/config/keys.h"
#include "exporter/config/read_file.h"
#include "exporter/config/registries.h"
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

// The parts of a configuration, from its tree: first what stands at the top, then each job.
class ConfigReader {
 public:
  ConfigReader(std::span<const SourceSpec> kinds, std::filesystem::path folder, FileReader read) : kinds_(kinds), folder_(std::move(folder)), read_(std::move(read)) {}
  void ReadTop(const Node& root);
  bool HasTop() const { return jobs_.has_value(); }
  void ReadJob(const Node& key, const Node& value) {
    if (!key.bad && !faults_.IsFull()) jobs_->ReadJob(key, value);
  }
  Config Finish();
  FaultList& Faults() { return faults_; }
  FaultList& Lints() { return lints_; }

 private:
  std::span<const SourceSpec> kinds_;
  std::filesystem::path folder_;
  FileReader read_;
  FaultList faults_, lints_;
  Config config_;
  std::optional<JobReader> jobs_;
};

void ConfigReader::ReadTop(const Node& root) {
  const Block top = ReadBlock(root, "the configuration", {KeysOf(BlockKind::kTop)}, faults_);
  if (top.options.Has("store")) config_.store = *SqlitePath(top.options.String("store"));
  if (top.options.Has("retention")) config_.retention = top.options.Time("retention");
  if (auto redactor = Redactor::Make(top.options.Strings("redact"))) config_.fleet.redactor = std::move(redactor).Value();
  if (const Node* node = top.At("defaults")) {
    const Block defaults = ReadBlock(*node, "\"defaults\"", {KeysOf(BlockKind::kDefaults)}, faults_);
    if (defaults.Has("timezone")) config_.timezone = defaults.options.String("timezone");
    if (defaults.Has("severity")) config_.severity = defaults.options.String("severity");
  }
  if (const Node* node = top.At("calendars")) config_.calendars = ReadCalendars(*node, folder_, read_, faults_);
  SourceRefs refs;
  if (const Node* node = top.At("sources")) refs = ReadSources(*node, kinds_, config_, faults_, lints_);
  for (const SourceConfig& source : config_.sources) config_.fleet.sources.push_back(DefOf(*refs.at(source.name).spec, source));
  if (const Node* node = top.At("registries")) config_.registries = ReadRegistries(*node, folder_, faults_);
  jobs_.emplace(config_, std::move(refs), faults_, lints_);
}

Config ConfigReader::Finish() {
  jobs_->CheckDiscovered();
  jobs_->CheckNeeds();
  config_.said = std::make_shared<const Config::Said>(jobs_->TakeSaid());
  return std::move(config_);
}

bool IsLast(const Node& root, std::string_view key) {
  const Node* const found = root.Find(key);
  return !found || found == &root.entries.back().value;
}

// Jobs are read, and their part of the tree let go, while the text is parsed, if they stand last, as they do in any
// large configuration; what stands behind them might change what they mean, and then all of the tree is needed.
std::optional<Node> ReadText(std::string_view text, std::optional<ConfigReader>& reader, const std::function<void()>& make, std::vector<Fault>& faults) {
  make();
  const auto take = [&](const Node& root, const Node::Entry& job) {
    if (!reader->HasTop()) reader->ReadTop(root);
    reader->ReadJob(job.key, job.value);
  };
  auto root = ParseTree(text, faults, {"jobs", take});
  if (root && !IsLast(*root, "jobs")) {
    make();
    faults.clear();
    root = ParseTree(text, faults);
  }
  if (!root || reader->HasTop()) return root;
  reader->ReadTop(*root);
  const Node* const jobs = root->Find("jobs");
  if (jobs && jobs->kind == Node::Kind::kMap) {
    for (const auto& [key, value] : jobs->entries) reader->ReadJob(key, value);
  }
  return root;
}

ConfigResult Unreadable(const std::string& path, const std::string& why) {
  ConfigResult result;
  result.file = path;
  result.faults.push_back(CantBeRead(why));
  return result;
}

}  // namespace

ConfigResult ParseConfig(std::string text, const std::string& file, std::span<const SourceSpec> kinds, const FileReader& read) {
  ConfigResult result;
  result.file = file;
  result.text = std::move(text);
  std::optional<ConfigReader> reader;
  const FileReader noting = [&](const std::string& path) {
    auto contents = read(path);
    const NamedFile seen = LookAt(path, contents);
    if (std::find(result.named_files.begin(), result.named_files.end(), seen) == result.named_files.end()) result.named_files.push_back(seen);
    return contents;
  };
  const std::filesystem::path folder = file.starts_with("/dev/") ? "" : std::filesystem::path(file).parent_path();
  const auto root = ReadText(result.text, reader, [&] { reader.emplace(kinds, folder, noting); }, result.faults);
  if (root && root->kind == Node::Kind::kNull) result.faults.push_back({0, 0, "the file is empty", "a configuration that says nothing is written {}"});
  if (root) {  // else nothing can be said of what it means
    auto& all = reader->Faults().All();
    all.insert(all.begin(), result.faults.begin(), result.faults.end());
    result.config = reader->Finish();
    result.faults = reader->Faults().Take();
  }
  if (result.faults.empty()) {
    result.lints = reader->Lints().Take();  // else they may come of what was left out for its fault
  } else {
    result.config.reset();
  }
  const Lines lines(result.text);
  CountColumns(result.faults, lines);
  CountColumns(result.lints, lines);
  return result;
}

ConfigResult ReadConfig(const std::string& path, std::span<const SourceSpec> kinds) {
  auto text = ReadFile(path);
  return text ? ParseConfig(std::move(text).Value(), path, kinds) : Unreadable(path, text.Message());
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
