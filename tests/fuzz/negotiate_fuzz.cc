// Fuzzes exporter/web/negotiate.cc.
#include "exporter/web/negotiate.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  const std::string_view text = fuzz::TextOf(data, size);
  if (Negotiate(text) == Format::kOpenMetrics) CHECK(text.size() >= std::string_view("application/openmetrics-text").size());
  const bool named = text.find_first_of("gG*") != std::string_view::npos;
  CHECK(named || !AcceptsGzip(text));
  return 0;
}
