#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/core/result.h"
#include "exporter/core/time.h"

namespace batchslo {

// When a call must have ended, whatever the peer does. Steady: waiting is never done by the wall clock.
using Deadline = std::chrono::steady_clock::time_point;

struct TlsOptions {
  std::string ca_file, ca_pem;                   // PEM; both empty: the system's
  std::string certificate_pem, private_key_pem;  // client certificate
  std::string server_name;                       // expected instead of the host of the URL
  bool insecure = false;                         // kubeconfig's insecure-skip-tls-verify
};

struct HttpRequest {
  std::string method = "GET", url;  // http or https only
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  TlsOptions tls;
  std::string proxy;                        // empty: none, but the environment's
  bool is_direct = false;                   // by no proxy at all: of what only this machine can reach
  bool is_global = false;                   // only to an address (a proxy's, too) that is on the open internet, however its name resolves
  std::size_t max_body_bytes = 64u << 20;   // counted after decompression
  bool accept_gzip = true;
};

struct HttpReply {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::optional<TimePoint> date;  // the server's clock
  std::string_view Header(std::string_view lower_case_name) const;
};

// Outgoing HTTP, the border with a fake (tests/fakes/fake_http.h). Total deadline, counted size cap, no redirects (follow.h),
// TLS >= 1.2 verified, a body shorter than announced is an error; credentials of ours that a body repeats are blotted out.
// A reply of any status is a value; what kept us from a whole reply is an Error that names the host, never the query or a
// header. Safe from any thread.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Ends at once with an Error when `stop` is requested.
  Result<HttpReply> Send(const HttpRequest& request, Deadline deadline, std::stop_token stop = {});
  // The same for many, so many of them at a time, on this thread: an answer each, in their order. What waits for its
  // turn when the time is over is an Error, too. `at_once` is at least 1.
  virtual std::vector<Result<HttpReply>> SendAll(const std::vector<HttpRequest>& requests, std::size_t at_once, Deadline deadline, std::stop_token stop = {}) = 0;
  // Gives the head (status, headers) once, then the bytes as they come, and nothing whenever all that has come was given,
  // at least once a second then. A handler that is slower than the server gets no such pause: it knows that more lies
  // waiting. A handler that returns false ends it, which is no error. Ends with an
  // Error at the hard deadline, when nothing at all (not one byte) came for `idle`, or at once when `stop` is requested.
  using OnHead = std::function<bool(const HttpReply& head)>;
  using OnChunk = std::function<bool(std::string_view bytes)>;
  virtual Result<void> Stream(const HttpRequest& request, const OnHead& on_head, const OnChunk& on_chunk,
                              Deadline hard, std::chrono::milliseconds idle, std::stop_token stop) = 0;
};

// Of a URL's path, query or form: all but letters, digits, "-", ".", "_" and "~" becomes %XX.
std::string UrlEncode(std::string_view text);

// The host of a URL, for messages: never its query, which may hold a secret.
std::string HostOf(const std::string& url);

// Whether what is sent there can't be read on its way: https, or a host that is this machine.
bool IsPrivateUrl(std::string_view url);

// Blots out of what the peer says the credentials that the request brought: errors are shown, and some peers repeat them.
void HideCredentials(std::string& text, const HttpRequest& request);

// How long a reply wants us to stay away, by its Retry-After (seconds, or a date); none if it does not say.
std::optional<std::chrono::seconds> RetryAfter(const HttpReply& reply, TimePoint now);

// libcurl; each call runs on the caller's thread.
std::unique_ptr<HttpClient> MakeHttpClient(std::string user_agent);

}  // namespace batchslo
