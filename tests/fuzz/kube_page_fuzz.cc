// Fuzzes the lists and the refusals of exporter/sources/kubernetes_parse.cc: a part of a list is never a list.
#include "exporter/sources/kubernetes_parse.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  const std::string text(fuzz::TextOf(data, size));
  std::size_t named = 0, visits = 0;
  const auto visit = [&](KubeObject&& object) {
    ++visits;
    named += object.name.empty() || object.uid.empty() ? 0 : 1;
    CHECK(object.message.size() <= 2048);
  };
  std::string body = text;
  const auto page = ParseKubePage(body, visit);
  CHECK(KubeErrorText(text).size() <= 300);
  if (!page) {
    CHECK(!page.Message().empty() && page.Message().size() < 400 && !fuzz::HasControl(page.Message()));
    return 0;
  }
  CHECK(page->items == visits && visits == named && !page->resource_version.empty());
  std::uint32_t mix = 2166136261;
  for (const char c : text) mix = (mix ^ static_cast<unsigned char>(c)) * 16777619;
  std::string cut = text.substr(0, mix % (text.find_last_of('}') + 1));
  CHECK(!ParseKubePage(cut, [](KubeObject&&) {}));
  std::string more = text + "{}";
  CHECK(!ParseKubePage(more, [](KubeObject&&) {}));
  return 0;
}
