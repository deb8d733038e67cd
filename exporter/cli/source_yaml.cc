// Tested by tests/cli/discover_test.py.
#include "exporter/cli/source_yaml.h"

#include <span>

#include "exporter/config/keys.h"
#include "exporter/web/escape.h"

namespace batchslo {
namespace {

std::string ListOf(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + YamlText(text);
  return "[" + list + "]";
}

std::string ValueOf(const OptionSpec& key, const Options& options) {
  switch (key.type) {
    case OptionType::kBool: return options.Bool(key.key) ? "true" : "false";
    case OptionType::kInteger: return std::to_string(options.Integer(key.key));
    case OptionType::kDuration: return FormatDuration(options.Time(key.key));
    case OptionType::kStrings: return ListOf(options.Strings(key.key));
    case OptionType::kSecret: {
      const SecretRef& secret = *options.Secret(key.key);
      return secret.env.empty() ? "{file: " + YamlText(secret.file) + "}" : "{env: " + YamlText(secret.env) + "}";
    }
    case OptionType::kString:
    case OptionType::kZone:
    case OptionType::kFile: return YamlText(options.String(key.key));
    case OptionType::kBlock:
    case OptionType::kLater: break;
  }
  return "";
}

// "url: ..., password: ..." of what was written and is not the default.
std::string Written(std::span<const OptionSpec> keys, const Options& options) {
  std::string text;
  for (const OptionSpec& key : keys) {
    const std::string value = options.Has(key.key) ? ValueOf(key, options) : "";
    const bool is_default = value == key.fallback || value == "\"" + std::string(key.fallback) + "\"";
    if (!value.empty() && !is_default) text += (text.empty() ? "" : ", ") + std::string(key.key) + ": " + value;
  }
  return text;
}

}  // namespace

std::string SourceYaml(const SourceSpec& spec, const SourceConfig& source) {
  const std::string common = Written(KeysOf(BlockKind::kSource), source.options);
  return "  " + YamlText(source.name) + ":\n    {" + std::string(spec.kind) + ": {" + Written(spec.options, source.options) + "}" +
         (common.empty() ? "" : ", " + common) + "}\n";
}

std::string DiscoveryYaml(const SourceSpec& spec, const SourceConfig& source, const Discovery& discovery, TimePoint now) {
  std::string text = "# By batchslo_exporter discover, " + FormatRfc3339(std::chrono::floor<seconds>(now)) + ": " + EscapeTerminal(discovery.summary) + ".\n";
  if (!discovery.jobs.empty())
    text += "# Nothing below jobs counts yet: take away the # before a job that matters, and say by when it must have\n"
            "# succeeded: add within: 26h, or by: \"10:00 mon-fri\". config/README.md has all keys.\n";
  for (const std::string& note : discovery.notes) text += "# " + EscapeTerminal(note) + "\n";
  text += "sources:\n" + SourceYaml(spec, source) + "jobs:\n";
  for (const Discovery::Job& job : discovery.jobs) {
    text += "  # " + EscapeTerminal(job.facts) + "\n  #" + YamlText(job.name) + ": " + job.block + "\n";
  }
  return text;
}

}  // namespace batchslo
