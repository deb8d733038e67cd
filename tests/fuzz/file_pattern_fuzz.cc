// Fuzzes exporter/sources/files_pattern.cc. An input: a pattern in the first line, then a name in each.
#include <set>

#include "exporter/sources/files_pattern.h"
#include "tests/fuzz/fuzz.h"

// Whether it takes a part of its date from a name above it.
static bool GoesOn(const batchslo::PatternStep& step) {
  const std::set<std::size_t> fields(step.fields.begin(), step.fields.end());
  return !fields.empty() && *fields.rbegin() + 1 != fields.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  const auto lines = fuzz::LinesOf(fuzz::TextOf(data, size));
  if (lines.empty() || lines[0].find('\0') != std::string_view::npos) return 0;  // no configuration holds one
  const auto pattern = ParseFilePattern(lines[0]);
  if (!pattern) {
    CHECK(!pattern.Message().empty());
    return 0;
  }
  CHECK(pattern->leading_names <= pattern->steps.size());
  for (const PatternStep& step : pattern->steps) {
    CHECK(step.kind != PatternStep::Kind::kName || (step.name != ".." && step.name.find('/') == std::string::npos));
    if (GoesOn(step)) continue;
    for (const std::string_view name : lines) {
      DateParts date;
      if (step.kind != PatternStep::Kind::kGlob || !step.Matches(std::string(name), date)) continue;
      CHECK(date.size() <= 4);
      DateParts again = date;
      CHECK(step.Matches(std::string(name), again) && again == date);
    }
  }
  return 0;
}
