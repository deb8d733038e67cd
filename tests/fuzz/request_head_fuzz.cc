// Fuzzes exporter/web/request_head.cc and, with what it lets through, exchange.cc and the library behind it.
#include <cstdint>
#include <cstdlib>

#include "exporter/web/exchange.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

bool HasControl(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace batchslo;
  const auto checked = CheckHead({reinterpret_cast<const char*>(data), size});
  if (const auto* refusal = std::get_if<Refusal>(&checked)) {
    Check(refusal->status >= 400 && refusal->status < 600);
    return 0;
  }
  const auto& head = std::get<RequestHead>(checked);
  Check(size <= kMostHead && head.body_bytes <= kMostRequestBody && head.headers.size() <= kMostHeaders);
  Check(head.forwarded.ends_with("\r\n\r\n"));
  for (const auto& [name, value] : head.headers) Check(!name.empty() && !HasControl(name) && !HasControl(value));
  int answers = 0;
  std::string reply;
  const auto answer = [&](const WebRequest& request) {
    ++answers;
    Check(request.body.size() == head.body_bytes && request.headers == head.headers && request.target.starts_with('/'));
    WebReply out;
    out.body = "well\n";
    return out;
  };
  Held held;
  Exchange(head, std::string(head.body_bytes, 'x'), Then::kKeep, answer, held, [&](const char* bytes, std::size_t count) {
    reply.append(bytes, count);
    return true;
  });
  Check(answers <= 1 && reply.starts_with("HTTP/1.1 "));
  return 0;
}
