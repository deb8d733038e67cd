#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "exporter/web/message.h"
#include "exporter/web/request_head.h"

namespace batchslo {

using Answer = std::function<WebReply(const WebRequest&)>;

// Takes bytes for the peer; false: it is gone, or too slow.
using SendBytes = std::function<bool(const char* bytes, std::size_t size)>;

enum class Then { kKeep, kClose };

// What is held in memory until it is sent, on all connections together.
struct Held {
  std::atomic<int> whole = 0;      // bodies in pieces that HTTP/1.0 wants in one; they are few, and small
  std::atomic<int> kibibytes = 0;  // of large bodies
};

// Lets the library read one bounded request, `answer` answer it, and the library write the reply. The only place that
// knows the library. `then`: kClose ends the connection in any case. An exception of a handler becomes a plain 500.
Then Exchange(const RequestHead& head, std::string body, Then then, const Answer& answer, Held& held, const SendBytes& send);

}  // namespace batchslo
