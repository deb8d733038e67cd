// Fuzzes exporter/sources/kubernetes_selector.cc. An input: a selector, then a line "label=value" each.
#include "exporter/sources/kubernetes_selector.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  std::string_view text = fuzz::TextOf(data, size);
  const std::string_view expression = fuzz::Cut(text);
  std::map<std::string, std::string> labels;
  for (std::string_view line : fuzz::LinesOf(text)) {
    const std::string_view key = fuzz::Cut(line, '=');
    labels.emplace(key, line);
  }
  const auto selector = LabelSelector::Parse(expression);
  if (!selector) {
    CHECK(selector.Message().find("label selector") != std::string::npos);
    return 0;
  }
  const bool takes = selector->Takes(labels);
  const std::string twice = std::string(expression) + "," + std::string(expression);  // all parts must hold: no more than once
  const auto again = LabelSelector::Parse(twice);
  if (again) CHECK(again->Takes(labels) == takes);
  return 0;
}
