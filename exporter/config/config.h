#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/calendars.h"
#include "exporter/config/fault.h"
#include "exporter/config/registry.h"
#include "exporter/core/job.h"
#include "exporter/core/source.h"

namespace batchslo {

// What a job's block says of that which a registry's row may say, too.
struct JobWords {
  bool has_objectives = false;
  std::map<std::string_view, std::string> said;  // by key
};

struct Config {
  std::string store;  // the path of the ledger; empty: the daemon's default
  Duration retention = days{100};
  std::string timezone = "UTC", severity = "critical";  // `defaults`
  std::shared_ptr<const CalendarBook> calendars = std::make_shared<CalendarBook>();
  std::vector<SourceConfig> sources;
  std::vector<RegistryDef> registries;
  using Said = std::map<std::string, JobWords, std::less<>>;
  std::shared_ptr<const Said> said = std::make_shared<Said>();  // by job; none where there is no registry
  Fleet fleet;
};

struct ConfigResult {
  std::optional<Config> config;  // none: there are faults
  std::vector<Fault> faults;     // all of them, by line
  std::vector<Fault> lints;      // doubtful, but allowed; none where there are faults
  std::string file, text;
  std::vector<NamedFile> named_files;  // what was read for it beside it

  std::string Faults() const { return RenderFaults(faults, FaultKind::kError, file, text); }
  std::string Lints() const { return RenderFaults(lints, FaultKind::kWarning, file, text); }
};

// Reads a configuration; an empty text is none. `kinds`: the registry of sources. Pure, but for the files that calendars
// name, which `read` gives.
ConfigResult ParseConfig(std::string text, const std::string& file, std::span<const SourceSpec> kinds, const FileReader& read = ReadFile);

// The same from a file; what keeps it from being read is a fault.
ConfigResult ReadConfig(const std::string& path, std::span<const SourceSpec> kinds);

// One source of `kind`, named so, with these options: for a configuration that names none.
void AddSource(Config& config, const SourceSpec& kind, Options options);

// A job that was discovered: by its scheduler's annotations ("by" of "batchslo/by"), else with the derived default.
// With `configured`, a job block that wrote no objectives takes them from the annotations. What is wrong in annotations
// is told in `faults`; then none of them changes an objective, for nobody knows what was meant.
JobDef DefineFromAnnotations(const JobDef* configured, const std::string& name, const SourceConfig& source,
                             const Config& config, const std::map<std::string, std::string>& annotations,
                             std::vector<std::string>& faults);

}  // namespace batchslo
