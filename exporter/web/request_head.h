#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "exporter/web/message.h"

namespace batchslo {

// What guards the parser: one request's head, judged before anything else reads it. Pure.

inline constexpr std::size_t kMostHead = 16 << 10, kMostHeaders = 100, kMostTarget = 8000, kMostRequestBody = 64 << 10;

struct RequestHead {
  std::string forwarded;          // for the library: the first line, and of the headers Connection alone
  Pairs headers;                  // as they came; the library would percent-decode their values
  std::size_t body_bytes = 0;
  bool expects_continue = false;
};

struct Refusal {
  int status;
  std::string_view reason;  // a label: "head", "body" ...
  std::string_view message;
};

// `head` ends with its empty line. Refused: control bytes, folded lines, a body whose length is not said, said twice, not
// in digits or too large, compressed bodies, bodies of GET and HEAD, no Host or two.
std::variant<RequestHead, Refusal> CheckHead(std::string_view head);

}  // namespace batchslo
