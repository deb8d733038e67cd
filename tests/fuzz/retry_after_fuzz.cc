// Fuzzes RetryAfter of exporter/net/http.cc.
#include "exporter/net/http.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  HttpReply reply;
  reply.headers = {{"retry-after", std::string(fuzz::TextOf(data, size))}};
  const std::string& text = reply.headers[0].second;
  const auto pause = RetryAfter(reply, TimePoint{seconds{1'772'355'600}});
  CHECK(!pause || *pause >= seconds{0});
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  CHECK(!digits || pause);
  if (digits && text.size() <= 9) CHECK(pause->count() == std::stol(text));
  return 0;
}
