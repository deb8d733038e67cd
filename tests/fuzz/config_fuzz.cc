// Fuzzes exporter/config: a configuration, what is told of its faults, and how it is shown without secrets.
#include "exporter/config/config.h"

#include <algorithm>

#include "exporter/config/secret_line.h"
#include "exporter/sources/registry.h"
#include "tests/fuzz/fuzz.h"

namespace {

batchslo::Result<std::string> ReadNamed(const std::string& path) {
  if (path.ends_with("none.ics")) return batchslo::Error{"No such file or directory"};
  return path.ends_with(".ics") ? "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\nEND:VCALENDAR\n" : "2026-01-01 New Year\n" + path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  static const std::vector<SourceSpec> kinds = SourceSpecs();
  const std::string_view text = fuzz::TextOf(data, size);
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  const ConfigResult result = ParseConfig(std::string(text), "c.yml", kinds, ReadNamed);
  CHECK(result.config.has_value() == result.faults.empty());
  CHECK(result.faults.size() <= kMostFaults + 1);
  for (const auto* faults : {&result.faults, &result.lints}) {
    for (const Fault& fault : *faults) {
      CHECK(!fault.message.empty() && fault.line >= 0 && fault.line <= lines + 1 && fault.column >= 0);
      CHECK(fault.line > 0 || fault.column == 0);
    }
  }
  const std::string told = result.Faults();
  CHECK(told.empty() == result.faults.empty() && (told.empty() || told.starts_with("c.yml:")));
  CHECK(!fuzz::HasControl(told, "\n") && !fuzz::HasControl(result.Lints(), "\n"));
  const std::string shown = WithoutSecrets(text);
  CHECK(std::count(shown.begin(), shown.end(), '\n') == lines - (text.empty() || text.ends_with('\n') ? 1 : 0));
  if (result.config) CHECK(ParseConfig(std::string(text), "c.yml", kinds, ReadNamed).config->sources == result.config->sources);
  return 0;
}
