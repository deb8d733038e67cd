// Fuzzes exporter/core/time.cc: what is parsed and printed is parsed as the same.
#include "exporter/core/time.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  const std::string_view text = fuzz::TextOf(data, size);
  const auto time = ParseRfc3339(text);
  if (!time) CHECK(time.Message().find("is no instant") != std::string::npos);
  if (time) {
    const auto again = ParseRfc3339(FormatRfc3339(*time));
    CHECK(again && *again == *time);
  }
  const auto duration = ParseDuration(text);
  if (!duration) {
    CHECK(duration.Message().find(" is ") != std::string::npos);
    return 0;
  }
  CHECK(*duration >= Duration{0} && *duration <= days{365'000});
  const auto again = ParseDuration(FormatDuration(*duration));
  CHECK(again && *again == *duration);
  return 0;
}
