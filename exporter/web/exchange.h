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

// Lets the library read one bounded request, `answer` answer it, and the library write the reply. The only place that
// knows the library. `then`: kClose ends the connection in any case. An exception of a handler becomes a plain 500.
// `whole`: how many bodies in pieces are held as a whole, on all connections, as HTTP/1.0 wants them; they are few, and small.
Then Exchange(const RequestHead& head, std::string body, Then then, const Answer& answer, std::atomic<int>& whole, const SendBytes& send);

}  // namespace batchslo
