// Tested by tests/net/http_test.cc and tests/net/tls_test.cc.
#include "exporter/net/http_call.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>

#include "exporter/core/http_token.h"
#include "exporter/net/global_address.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostHeadBytes = 64 << 10;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<HttpExchange*>(user);
  exchange.last_byte = std::chrono::steady_clock::now();
  exchange.head_bytes += size;
  if (exchange.head_bytes > kMostHeadBytes) {
    exchange.stopped = "its reply's head is larger than 64 KiB";
    return 0;
  }
  const std::string_view line(data, size);
  if (line == "\r\n" || line == "\n") return exchange.EndHead() ? size : 0;
  if (line.starts_with("HTTP/")) exchange.reply.headers.clear();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string value(line.substr(colon + 1));
  value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
  value.erase(value.find_last_not_of(" \t\r\n") + 1);
  exchange.reply.headers.emplace_back(Lower(std::string(line.substr(0, colon))), std::move(value));
  return size;
}

std::string TooLarge(const HttpExchange& exchange) { return "its reply is larger than " + std::to_string(exchange.most_body >> 20) + " MiB"; }

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<HttpExchange*>(user);
  exchange.last_byte = std::chrono::steady_clock::now();
  exchange.body_bytes += size;
  if (exchange.on_chunk) return exchange.TellBytes({data, size}) ? size : 0;
  if (exchange.body_bytes > exchange.most_body) {
    exchange.stopped = TooLarge(exchange);
    return 0;
  }
  exchange.reply.body.append(data, size);
  return size;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<HttpExchange*>(user);
  const auto now = std::chrono::steady_clock::now();
  if (exchange.stop.stop_requested()) exchange.stopped = "it was stopped";
  if (now > exchange.hard) exchange.stopped = "no whole answer within the timeout";
  if (exchange.idle.count() > 0 && now - exchange.last_byte > exchange.idle)
    exchange.stopped = "nothing came for " + std::to_string(exchange.idle.count() / 1000) + " s";
  return exchange.stopped.empty() && !exchange.ended_by_handler ? 0 : 1;
}

int OnSocket(void*, curl_socket_t socket, curlsocktype) {
  const int timeout = 60'000;  // a peer that no longer acknowledges
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
  return CURL_SOCKOPT_OK;
}

// Asked of each address that is tried, so no name that resolves otherwise from one moment to the next gets around it.
curl_socket_t OpenGlobal(void* user, curlsocktype, curl_sockaddr* address) {
  if (IsGlobalAddress(address->addr)) return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  static_cast<HttpExchange*>(user)->stopped = "its address " + AddressText(address->addr) + " is not one of the open internet, and nothing but those is asked here";
  return CURL_SOCKET_BAD;
}

// A connection that is there already was opened by other rules.
void SetGlobal(CURL* easy, HttpExchange& exchange) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OpenGlobal);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

void SetBlob(CURL* easy, CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
  curl_easy_setopt(easy, option, &blob);
}

// curl takes the expected name from the URL: with another name, that goes into the URL and the connection elsewhere.
struct Address {
  std::string url, connect_to;  // the latter empty: as the URL says
};

Address Aim(const HttpRequest& request) {
  if (request.tls.server_name.empty() || !request.url.starts_with("https://")) return {request.url, ""};
  const std::string host = HostOf(request.url);
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  const std::string port = has_port ? host.substr(colon + 1) : "443";
  const std::string name = has_port ? host.substr(0, colon) : host;
  return {"https://" + request.tls.server_name + ":" + port + request.url.substr(8 + host.size()),
          "::" + name + ":" + port};
}

void SetTls(CURL* easy, const TlsOptions& tls) {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls.insecure ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls.insecure ? 0L : 2L);
  if (!tls.ca_file.empty() || !tls.ca_pem.empty()) curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // that one alone
  if (!tls.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, tls.ca_file.c_str());
  SetBlob(easy, CURLOPT_CAINFO_BLOB, tls.ca_pem);
  SetBlob(easy, CURLOPT_SSLCERT_BLOB, tls.certificate_pem);
  SetBlob(easy, CURLOPT_SSLKEY_BLOB, tls.private_key_pem);
  if (!tls.certificate_pem.empty()) curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
}

void SetLimits(CURL* easy, HttpExchange& exchange) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // no waiting for a resolver that hangs
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  // A thread has its connection to itself, and one that is given up must not be used again: HTTP/2 would keep it.
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, OnSocket);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // what a proxy says is not the server's head
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

std::string Reason(CURLcode code, const char* detail) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "its name can't be resolved";
    case CURLE_COULDNT_RESOLVE_PROXY:  // the detail repeats what may hold a password
      return "the address of the proxy is wrong, or its name can't be resolved";
    case CURLE_COULDNT_CONNECT:
      return "no connection (refused, or nothing there)";
    case CURLE_OPERATION_TIMEDOUT:
      return "no answer within the timeout";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return std::string("its certificate is not trusted: ") + detail;
    case CURLE_SSL_CONNECT_ERROR:
      return std::string("no TLS: ") + detail;
    case CURLE_PARTIAL_FILE:
      return "its reply is shorter than announced";
    case CURLE_GOT_NOTHING:
      return "it closed the connection without a reply";
    default:
      return detail[0] != '\0' ? detail : curl_easy_strerror(code);
  }
}

}  // namespace

std::string HostOf(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t from = scheme == std::string::npos ? 0 : scheme + 3;
  std::string host = url.substr(from, url.find_first_of("/?#", from) - from);
  host.erase(0, host.rfind('@') + 1);
  const std::size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  const bool is_port = colon == std::string::npos || host.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  return is_port ? host : host.substr(0, colon);  // what is none may be of a password that has a slash in it
}

// Told at once: a stream may have nothing more to say for a while. After an interim reply (100, 103) comes the real one,
// and after a body there may be trailers.
bool HttpExchange::EndHead() {
  constexpr long kLeastFinal = 200;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply.status);
  if (reply.status < kLeastFinal || head_told || !on_head) return true;
  head_told = true;
  ended_by_handler = !(*on_head)(reply);
  return !ended_by_handler;
}

bool HttpExchange::TellBytes(std::string_view bytes) {
  ended_by_handler = !(*on_chunk)(bytes);
  return !ended_by_handler;
}

void HttpExchange::TellDrained() {
  if (head_told && !ended_by_handler) TellBytes({});
}

Result<void> HttpCall::SetHeaders() {
  for (const auto& [name, value] : request_.headers) {
    if (!IsHttpToken(name)) return Error{HostOf(request_.url) + ": a header has a name that is none"};
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return Error{HostOf(request_.url) + ": the header " + name + " would hold a line break"};
    headers_.reset(curl_slist_append(headers_.release(), (name + ": " + value).c_str()));
  }
  curl_easy_setopt(exchange_.easy, CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

void HttpCall::SetRequest(std::int64_t milliseconds_left, const std::string& user_agent) {
  CURL* const easy = exchange_.easy;
  const Address address = Aim(request_);
  curl_easy_setopt(easy, CURLOPT_URL, address.url.c_str());
  if (!address.connect_to.empty()) {
    connect_to_.reset(curl_slist_append(nullptr, address.connect_to.c_str()));
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
  }
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::min<std::int64_t>(milliseconds_left, 3'600'000)));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail_);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent.c_str());
  // What goes to this machine in clear may hold secrets, and no proxy has to see them.
  const bool is_local = request_.url.starts_with("http://") && IsPrivateUrl(request_.url);
  if (request_.is_direct || is_local) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  if (!request_.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, request_.proxy.c_str());
  if (!exchange_.on_chunk)
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(exchange_.most_body));
  if (request_.accept_gzip) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (request_.method != "GET") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (request_.body.empty()) return;
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request_.body.c_str());
}

Result<void> HttpCall::Prepare(CURL* easy, const std::string& user_agent) {
  curl_easy_reset(easy);
  exchange_.easy = easy;
  exchange_.most_body = request_.max_body_bytes;
  exchange_.last_byte = std::chrono::steady_clock::now();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(exchange_.hard - exchange_.last_byte).count();
  if (left <= 0) return Error{HostOf(request_.url) + ": no time was left to ask"};
  SetLimits(easy, exchange_);
  if (request_.is_global) SetGlobal(easy, exchange_);
  SetTls(easy, request_.tls);
  SetRequest(left, user_agent);
  return SetHeaders();
}

Result<void> HttpCall::Finish(CURLcode code) {
  curl_easy_getinfo(exchange_.easy, CURLINFO_RESPONSE_CODE, &exchange_.reply.status);
  const std::string date(exchange_.reply.Header("date")), host = HostOf(request_.url);
  const time_t seconds_of_date = date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
  constexpr time_t kLast = 253402300799;  // of the year 9999
  if (seconds_of_date >= 0 && seconds_of_date <= kLast) exchange_.reply.date = TimePoint{seconds{seconds_of_date}};
  if (code == CURLE_FILESIZE_EXCEEDED) return Error{host + ": " + TooLarge(exchange_)};  // as it says itself
  if (!exchange_.stopped.empty()) return Error{host + ": " + exchange_.stopped};
  if (code != CURLE_OK) return Error{host + ": " + Reason(code, detail_)};
  return {};
}

}  // namespace batchslo
