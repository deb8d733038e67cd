// Fuzzes ParseKubeEvent of exporter/sources/kubernetes_parse.cc: each line of an input is one of a watch.
#include "exporter/sources/kubernetes_parse.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  for (const std::string_view text : fuzz::LinesOf(fuzz::TextOf(data, size))) {
    std::string line(text);
    const auto event = ParseKubeEvent(line);
    if (!event) {
      CHECK(event.Message().starts_with("a watch event") && event.Message().size() < 400 && !fuzz::HasControl(event.Message()));
      continue;
    }
    const bool is_of_object = event->type != KubeEvent::Type::kBookmark && event->type != KubeEvent::Type::kError;
    CHECK(!is_of_object || (!event->object.name.empty() && !event->object.uid.empty()));
    std::string cut(text.substr(0, text.find_last_of('}')));
    CHECK(!ParseKubeEvent(cut));
  }
  return 0;
}
