// Tested by tests/cli/discover_test.py.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "exporter/cli/ask.h"
#include "exporter/cli/command.h"
#include "exporter/cli/source_yaml.h"
#include "exporter/sources/registry.h"
#include "exporter/web/escape.h"

namespace batchslo {
namespace {

struct Given {
  const OptionSpec* key;
  std::string text;
};

struct DiscoverOptions {
  AskOptions ask;
  std::string source;
};

// A key of the configuration as a flag: "label_selector" is --label-selector.
std::string FlagOf(const OptionSpec& key) {
  std::string flag = "--" + std::string(key.key);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string HelpOf(const OptionSpec& key) {
  if (key.type == OptionType::kSecret) return std::string(key.help) + ": file:PATH or env:NAME";
  if (key.type == OptionType::kStrings) return std::string(key.help) + "; parted by commas";
  return std::string(key.help);
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

// As it would stand in a file. Errors: a secret that is written out.
Result<std::string> YamlOf(const Given& given) {
  const auto& [key, text] = given;
  if (key->type == OptionType::kBool || key->type == OptionType::kInteger) return text;
  if (key->type == OptionType::kSecret) {
    if (text.starts_with("file:")) return "{file: " + YamlText(text.substr(5)) + "}";
    if (text.starts_with("env:")) return "{env: " + YamlText(text.substr(4)) + "}";
    return Error{FlagOf(*key) + " wants file:PATH or env:NAME; a secret on the command line shows in the list of processes"};
  }
  if (key->type != OptionType::kStrings) return YamlText(text);
  std::string list;
  for (const std::string& part : Split(text)) list += (list.empty() ? "" : ", ") + YamlText(part);
  return "[" + list + "]";
}

// The source that flags name, checked as one of a file is.
Result<SourceConfig> SourceOfFlags(const SourceSpec& spec, const std::vector<Given>& flags) {
  std::string keys;
  for (const Given& given : flags) {
    if (given.text.empty()) continue;
    const auto value = YamlOf(given);
    if (!value) return value.GetError();
    keys += (keys.empty() ? "" : ", ") + std::string(given.key->key) + ": " + *value;
  }
  const std::string name(spec.kind);
  const auto read = ParseConfig("sources: {" + name + ": {" + name + ": {" + keys + "}}}", "the flags", SourceSpecs());
  if (read.config) return read.config->sources.front();
  std::string faults;
  for (const Fault& fault : read.faults) faults += (faults.empty() ? "" : "; ") + fault.message + (fault.help.empty() ? "" : " (" + fault.help + ")");
  return Error{faults + "; batchslo_exporter discover " + name + " --help lists its flags"};
}

// Of a configuration the source of that name, else the one of that kind.
Result<SourceConfig> SourceOfFile(const Config& config, const std::string& name) {
  std::string known;
  for (const SourceConfig& source : config.sources) {
    if (source.name == name) return source;
    known += (known.empty() ? "" : ", ") + source.name;
  }
  const auto is_kind = [&](const SourceConfig& source) { return source.kind == name; };
  const auto first = std::find_if(config.sources.begin(), config.sources.end(), is_kind);
  const bool is_one = std::count_if(config.sources.begin(), config.sources.end(), is_kind) == 1;
  if (is_one) return *first;
  if (known.empty()) return Error{"the configuration names no source"};
  return Error{(name.empty() ? "name a source of the configuration" : "\"" + name + "\" is no source of the configuration, nor the kind of just one") + ": " + known};
}

int Print(const Result<SourceConfig>& source, const DiscoverOptions& options, const AskSources& ask, std::ostream& out, std::ostream& err) {
  const auto timeout = TimeoutOf(options.ask, "discover", err);
  if (!timeout) return 2;
  if (!source) return err << "discover: " << EscapeTerminal(source.Message()) << "\n", 2;
  int code = 0;
  ask.use([&](const SourceServices& services) {
    const SourceKind& kind = KindOf(*source);
    const auto found = kind.discover({*source, services, "", std::chrono::steady_clock::now() + *timeout});
    if (found) {
      out << DiscoveryYaml(kind.spec, *source, *found, services.clock.Now());
    } else {
      err << "discover: " << EscapeTerminal(found.Message()) << "\n";
      code = 1;
    }
  });
  return code;
}

int DiscoverNamed(const DiscoverOptions& options, const AskSources& ask, std::ostream& out, std::ostream& err) {
  if (options.ask.config_file.empty())
    return err << "discover: name a kind, like discover sql --url ..., or a source of a file, like discover --config.file=FILE NAME\n", 2;
  const ConfigResult loaded = ask.load(options.ask.config_file, "");
  if (!loaded.config) return err << loaded.Faults(), 2;
  return Print(SourceOfFile(*loaded.config, options.source), options, ask, out, err);
}

void AddKind(CLI::App& discover, const SourceKind& kind, const std::shared_ptr<DiscoverOptions>& options, Action& action, const AskSources& ask) {
  auto* command = discover.add_subcommand(std::string(kind.spec.kind), std::string(kind.spec.summary));
  command->fallthrough();
  auto flags = std::make_shared<std::vector<Given>>();
  flags->reserve(kind.spec.options.size());  // the flags write into it
  for (const OptionSpec& key : kind.spec.options) {
    if (key.type == OptionType::kLater || key.type == OptionType::kBlock) continue;
    flags->push_back({&key, ""});
    command->add_option(FlagOf(key), flags->back().text, HelpOf(key))->option_text(key.required ? "VALUE (needed)" : "VALUE");
  }
  command->callback([&kind, options, flags, ask, &action] {
    action = [&kind, options, flags, ask](std::ostream& out, std::ostream& err) {
      const bool is_of_file = !options->ask.config_file.empty();
      options->source = kind.spec.kind;
      return is_of_file ? DiscoverNamed(*options, ask, out, err) : Print(SourceOfFlags(kind.spec, *flags), *options, ask, out, err);
    };
  });
}

}  // namespace

void AddDiscover(CLI::App& root, Action& action, const AskSources& ask) {
  auto* command = root.add_subcommand("discover", "Print a configuration of what a source knows");
  auto options = std::make_shared<DiscoverOptions>();
  command->add_option("--config.file", options->ask.config_file, "A configuration with the source")->option_text("FILE");
  command->add_option("--timeout", options->ask.timeout, "How long to wait for it (default: 1m)")->option_text("DURATION");
  command->add_option("source", options->source, "A source of the configuration, by its name")->option_text("NAME");
  command->callback([options, ask, &action] {
    if (!action) action = [options, ask](std::ostream& out, std::ostream& err) { return DiscoverNamed(*options, ask, out, err); };
  });
  for (const SourceKind& kind : SourceKinds()) AddKind(*command, kind, options, action, ask);
}

}  // namespace batchslo
