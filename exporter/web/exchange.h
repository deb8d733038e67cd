#pragma once

#include <functional>
#include <string>

#include "exporter/web/message.h"
#include "exporter/web/request_head.h"

namespace batchslo {

using Answer = std::function<WebReply(const WebRequest&)>;

enum class Then { kKeep, kClose };

// One request that has come whole. `then`: kClose ends the connection in any case.
struct Question {
  RequestHead head;
  std::string body;
  Then then = Then::kKeep;
};

// What is sent for it.
struct Reply {
  std::string bytes;      // the head, and a body that was made at once
  Pieces pieces = {};     // what comes after them, framed already; null: nothing
  Then then = Then::kClose;
};

// Lets the library read one bounded request, `answer` answer it, and the library write the head. The only place that
// knows the library. An exception of `answer` becomes a plain 500. What comes in pieces is sent in chunks, which HTTP/1.0
// does not know: there, with or without pieces, the end of the connection ends the reply.
Reply Exchange(Question question, const Answer& answer);

// The replies to what no handler sees; each ends its connection.
std::string Written(const Refusal& refusal);
inline constexpr std::string_view kComeAgain = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

}  // namespace batchslo
