#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/wrapper/limits.h"

namespace batchslo {

struct Url {
  enum class Scheme { kHttp, kHttps } scheme = Scheme::kHttp;
  std::string host, port;  // host without the brackets of an IPv6 address
  std::string authority;   // as a Host header has it
  std::string path;        // before /api; never ends with a slash
};

// "http://host", "https://[::1]:8443/prefix/". None: anything else, such as a user, a query or a blank in it.
std::optional<Url> ParseUrl(std::string_view text);

struct Target {
  Url url;
  std::string token;
  std::string ca_file;  // empty: the system's
};

// The whole POST.
std::string RenderRequest(const Target& target, std::string_view job, std::string_view body);

struct Head {
  int status = 0;
  int retry_after = 0;   // seconds; 0: not told
  std::size_t size = 0;  // with the blank line
  bool is_json = false;  // as all that the exporter says of heartbeats; a proxy's own pages are not
};

enum class HeadState { kIncomplete, kBroken, kWhole };

// The head of a reply out of its first bytes. Broken: no HTTP/1, or longer than kHeadBytes.
HeadState ParseHead(std::string_view bytes, Head& head);

// What became of an event.
struct Outcome {
  enum class Kind {
    kDelivered,
    kLater,    // may work when tried again
    kRefused,  // never will, as it is
  } kind = Kind::kLater;
  int retry_after = 0;
  std::string detail;  // for a person; empty when delivered
};

// What a reply means.
Outcome OutcomeOf(const Head& head, std::string_view job);

// Sends one event and reads the head of the answer. Ends at the deadline, except for a resolver that hangs.
Outcome Exchange(const Target& target, std::string_view job, std::string_view body, SteadyTime deadline);

}  // namespace batchslo
