#include <algorithm>

#include "exporter/config/jobs.h"
#include "exporter/config/keys.h"

namespace batchslo {
namespace {

// Three polls, at least a minute; for a watch three minutes.
Duration DefaultStaleness(const SourceSpec& spec, Duration poll_interval) {
  return spec.watches ? Duration{seconds{180}} : std::max<Duration>(3 * poll_interval, seconds{60});
}

// {kubernetes: {...}, poll_interval: 1m}: the one key that names a kind, and the common ones beside it.
class SourceReader {
 public:
  SourceReader(const Node& key, std::span<const SourceSpec> kinds, FaultList& faults)
      : key_(key), what_("source " + Quoted(key.text)), kinds_(kinds), faults_(faults) {}

  std::optional<SourceConfig> Read(const Node& node) {
    const bool is_list = node.kind == Node::Kind::kSequence;
    if (is_list || node.kind == Node::Kind::kScalar) {
      faults_.AddSecret(node, what_ + " wants a block of keys, not a " + (is_list ? "list" : "text"), Suggest("", Kinds()));
      return std::nullopt;
    }
    if (node.bad || !IsMap(node, what_, faults_)) return std::nullopt;
    Node common = node, own;
    if (!Part(node, common, own)) return std::nullopt;
    const std::size_t before = faults_.Count();
    const Block block = ReadBlock(own, what_ + " (" + std::string(spec_->kind) + ")", {spec_->options}, faults_);
    const Block beside = ReadBlock(common, what_, {KeysOf(BlockKind::kSource)}, faults_);
    SourceConfig source;
    source.name = key_.text;
    source.options = block.options;
    source.options.Merge(beside.options);
    FinishSource(*spec_, source);
    good_ = faults_.Count() == before;
    return source;
  }

  const SourceSpec* Spec() const { return spec_; }
  bool Good() const { return good_; }

 private:
  std::vector<std::string_view> Kinds() const {
    std::vector<std::string_view> kinds;
    for (const SourceSpec& spec : kinds_) kinds.push_back(spec.kind);
    return kinds;
  }

  // Parts the common keys from the kind's own block. False: its kind is not known.
  bool Part(const Node& node, Node& common, Node& own) {
    common.entries.clear();
    bool has_unknown = false;
    for (const Node::Entry& entry : node.entries) {
      const Node& key = entry.key;
      const auto kind =
          std::find_if(kinds_.begin(), kinds_.end(), [&](const SourceSpec& spec) { return spec.kind == key.text; });
      const auto rows = KeysOf(BlockKind::kSource);
      if (key.bad ||
          std::any_of(rows.begin(), rows.end(), [&](const OptionSpec& row) { return row.key == key.text; })) {
        common.entries.push_back(entry);
      } else if (kind == kinds_.end()) {
        has_unknown = true;
        AddUnknown(entry);
      } else if (spec_) {
        faults_.Add(key, what_ + " has two kinds", "one source is one system: make it two");
      } else {
        spec_ = &*kind;
        own = entry.value;
      }
    }
    if (!spec_ && !has_unknown) faults_.Add(key_, what_ + " names no kind of system", Suggest("", Kinds()));
    return spec_ != nullptr;
  }

  void AddUnknown(const Node::Entry& entry) {
    std::vector<std::string_view> known = Kinds();
    for (const OptionSpec& row : KeysOf(BlockKind::kSource)) known.push_back(row.key);
    AddUnknownBySecrets(entry, what_, known, faults_);
  }

  const Node& key_;
  std::string what_;
  std::span<const SourceSpec> kinds_;
  FaultList& faults_;
  const SourceSpec* spec_ = nullptr;
  bool good_ = false;
};

// Two sources that discover under one prefix would bring two jobs of one name.
void CheckOverlap(const SourceSpec& spec, const SourceConfig& source, const Node& key,
                  std::map<std::string, std::string>& discoverers, FaultList& faults) {
  if (!Discovers(spec, source)) return;
  const auto [other, fresh] = discoverers.try_emplace(source.prefix, source.name);
  if (fresh) return;
  faults.Add(key,
             "sources " + Quoted(other->second) + " and " + Quoted(source.name) +
                 " both discover jobs, and nothing tells their names apart",
             "give one of them a prefix");
}

void LintStaleness(const SourceSpec& spec, const SourceConfig& source, const Node& key, FaultList& lints) {
  if (spec.watches || source.staleness >= source.poll_interval) return;
  lints.Add(key,
            "source " + Quoted(source.name) + ": its staleness (" + FormatDuration(source.staleness) +
                ") is shorter than its poll_interval (" + FormatDuration(source.poll_interval) +
                "): no two polls will join, and nothing is ever proven missed",
            "make staleness at least twice the poll_interval");
}

}  // namespace

void FinishSource(const SourceSpec& spec, SourceConfig& source) {
  const auto or_default = [&](std::string_view key, Duration fallback) {
    return source.options.Has(key) ? source.options.Time(key) : fallback;
  };
  source.kind = spec.kind;
  source.poll_interval = or_default("poll_interval", spec.poll_interval);
  source.timeout = or_default("timeout", spec.timeout);
  source.staleness = or_default("staleness", DefaultStaleness(spec, source.poll_interval));
  source.prefix = source.options.String("prefix");
  if (source.options.Has("severity_of_derived"))
    source.severity_of_derived = source.options.String("severity_of_derived");
}

bool Discovers(const SourceSpec& spec, const SourceConfig& source) {
  return spec.discovers && source.options.String("discover") != "none";
}

SourceRefs ReadSources(const Node& node, std::span<const SourceSpec> kinds, Config& config, FaultList& faults,
                       FaultList& lints) {
  std::map<std::string, const SourceSpec*, std::less<>> specs;
  std::map<std::string, std::string> discoverers;
  ForEachEntry(node, faults, [&](const Node& key, const Node& value) {
    if (!IsGoodName(key, "a source", faults)) return;
    if (key.text.find('/') != std::string::npos)
      return faults.Add(key, "a source's name has no slash: it parts the source from the table");
    SourceReader reader(key, kinds, faults);
    auto source = reader.Read(value);
    specs[key.text] = reader.Spec();
    if (!source) return;
    if (reader.Good()) {
      CheckOverlap(*reader.Spec(), *source, key, discoverers, faults);
      LintStaleness(*reader.Spec(), *source, key, lints);
    }
    const Node* const defaults = value.Find("job_defaults");
    if (defaults && !defaults->bad && reader.Spec()) ReadJobDefaults(*defaults, *reader.Spec(), *source, config, faults);
    config.sources.push_back(*std::move(source));
  });
  SourceRefs refs;
  for (const auto& [name, spec] : specs) refs[name].spec = spec;
  for (SourceConfig& source : config.sources) refs[source.name].config = &source;
  return refs;
}

}  // namespace batchslo
