// Fuzzes DefineDiscovered of exporter/config/annotations.cc. An input: a line "key=value" each.
#include "exporter/config/config.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  std::map<std::string, std::string> annotations;
  for (std::string_view line : fuzz::LinesOf(fuzz::TextOf(data, size))) {
    const std::string_view key = fuzz::Cut(line, '=');
    annotations.emplace(key, line);
  }
  SourceConfig source;
  source.name = "gke";
  source.kind = "kubernetes";
  std::vector<std::string> faults;
  const JobDef job = DefineDiscovered(nullptr, "ns/job", source, Config{}, annotations, faults);
  CHECK(job.name == "ns/job" && !job.objectives.empty());
  for (const std::string& fault : faults) CHECK(!fault.empty() && fault.size() < 2000);
  for (const Objective& objective : job.objectives) {
    CHECK(faults.empty() || objective.from == ObjectiveFrom::kDerived);
    CHECK(objective.severity == "critical" || objective.severity == "warning" || objective.severity == "info");
  }
  return 0;
}
