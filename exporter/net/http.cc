#include "exporter/net/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>

namespace batchslo {
namespace {

constexpr std::size_t kMostHeadBytes = 64 << 10;
constexpr std::chrono::milliseconds kQuiet{900};  // curl looks about once a second

// The host of a URL, for messages: never its query, which may hold a secret.
std::string HostOf(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t from = scheme == std::string::npos ? 0 : scheme + 3;
  std::string host = url.substr(from, url.find_first_of("/?#", from) - from);
  return host.substr(host.find('@') + 1);
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// One call: what curl's callbacks write into, and why they stopped it.
struct Exchange {
  CURL* easy = nullptr;
  HttpReply reply;
  std::size_t most_body = 0, head_bytes = 0, body_bytes = 0;
  std::string stopped;  // our own reason for ending it
  const HttpClient::OnHead* on_head = nullptr;
  const HttpClient::OnChunk* on_chunk = nullptr;
  bool head_told = false, ended_by_handler = false;
  Deadline hard = Deadline::max(), last_byte, last_told;
  std::chrono::milliseconds idle{0};  // 0: no limit
  std::stop_token stop;

  bool TellHead() {
    if (head_told || !on_head) return true;
    head_told = true;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply.status);
    ended_by_handler = !(*on_head)(reply);
    return !ended_by_handler;
  }

  bool TellBytes(std::string_view bytes) {
    last_told = std::chrono::steady_clock::now();
    ended_by_handler = !(*on_chunk)(bytes);
    return !ended_by_handler;
  }
};

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.last_byte = std::chrono::steady_clock::now();
  exchange.head_bytes += size;
  if (exchange.head_bytes > kMostHeadBytes) {
    exchange.stopped = "its reply's head is larger than 64 KiB";
    return 0;
  }
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) exchange.reply.headers.clear();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string value(line.substr(colon + 1));
  value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
  value.erase(value.find_last_not_of(" \t\r\n") + 1);
  exchange.reply.headers.emplace_back(Lower(std::string(line.substr(0, colon))), std::move(value));
  return size;
}

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.last_byte = std::chrono::steady_clock::now();
  if (!exchange.TellHead()) return 0;
  exchange.body_bytes += size;
  if (exchange.on_chunk) return exchange.TellBytes({data, size}) ? size : 0;
  if (exchange.body_bytes > exchange.most_body) {
    exchange.stopped = "its reply is larger than " + std::to_string(exchange.most_body >> 20) + " MiB";
    return 0;
  }
  exchange.reply.body.append(data, size);
  return size;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(user);
  const auto now = std::chrono::steady_clock::now();
  if (exchange.stop.stop_requested()) exchange.stopped = "it was stopped";
  if (now > exchange.hard) exchange.stopped = "no whole answer within the timeout";
  if (exchange.idle.count() > 0 && now - exchange.last_byte > exchange.idle) exchange.stopped = "nothing came for " + std::to_string(exchange.idle.count() / 1000) + " s";
  if (!exchange.stopped.empty()) return 1;
  return exchange.head_told && now - exchange.last_told >= kQuiet && !exchange.TellBytes({}) ? 1 : 0;
}

int OnSocket(void*, curl_socket_t socket, curlsocktype) {
  const int timeout = 60'000;  // a peer that no longer acknowledges
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
  return CURL_SOCKOPT_OK;
}

void SetBlob(CURL* easy, CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
  curl_easy_setopt(easy, option, &blob);
}

// curl takes the expected name from the URL: with another name, that goes into the URL and the connection elsewhere.
struct Address {
  std::string url;
  curl_slist* connect_to = nullptr;
  ~Address() { curl_slist_free_all(connect_to); }
};

void Aim(Address& address, const HttpRequest& request) {
  address.url = request.url;
  if (request.tls.server_name.empty() || !request.url.starts_with("https://")) return;
  const std::string host = HostOf(request.url);
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
  const std::string port = has_port ? host.substr(colon + 1) : "443";
  const std::string name = has_port ? host.substr(0, colon) : host;
  address.url = "https://" + request.tls.server_name + ":" + port + request.url.substr(8 + host.size());
  address.connect_to = curl_slist_append(nullptr, ("::" + name + ":" + port).c_str());
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

void SetLimits(CURL* easy, Exchange& exchange) {
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
    case CURLE_COULDNT_RESOLVE_HOST: return "its name can't be resolved";
    case CURLE_COULDNT_CONNECT: return "no connection (refused, or nothing there)";
    case CURLE_OPERATION_TIMEDOUT: return "no answer within the timeout";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return std::string("its certificate is not trusted: ") + detail;
    case CURLE_SSL_CONNECT_ERROR: return std::string("no TLS: ") + detail;
    case CURLE_PARTIAL_FILE: return "its reply is shorter than announced";
    case CURLE_GOT_NOTHING: return "it closed the connection without a reply";
    default: return detail[0] != '\0' ? detail : curl_easy_strerror(code);
  }
}

// One a thread: keeps its connections open between calls.
struct Caller {
  CURLM* multi = curl_multi_init();
  CURL* easy = curl_easy_init();
  ~Caller() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }

  // As curl_easy_perform, but a stop wakes it.
  CURLcode Perform(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi); });
    curl_multi_add_handle(multi, easy);
    CURLMcode code = CURLM_OK;
    for (int running = 1; running > 0 && code == CURLM_OK;) {
      code = curl_multi_perform(multi, &running);
      if (running > 0 && code == CURLM_OK) code = curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    CURLcode result = code == CURLM_OK ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) result = message->data.result;
    }
    curl_multi_remove_handle(multi, easy);
    return result;
  }
};

class CurlClient : public HttpClient {
 public:
  explicit CurlClient(std::string user_agent) : user_agent_(std::move(user_agent)) {
    static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(kReady);
  }

  Result<HttpReply> Send(const HttpRequest& request, Deadline deadline, std::stop_token stop) override {
    Exchange exchange;
    exchange.stop = std::move(stop);
    exchange.most_body = request.max_body_bytes;
    exchange.hard = deadline;
    auto done = Perform(request, exchange);
    if (!done) return done.GetError();
    return std::move(exchange.reply);
  }

  Result<void> Stream(const HttpRequest& request, const OnHead& on_head, const OnChunk& on_chunk, Deadline hard,
                      std::chrono::milliseconds idle, std::stop_token stop) override {
    Exchange exchange;
    exchange.on_head = &on_head;
    exchange.on_chunk = &on_chunk;
    exchange.hard = hard;
    exchange.idle = idle;
    exchange.stop = std::move(stop);
    auto done = Perform(request, exchange);
    if (done) exchange.TellHead();
    return exchange.ended_by_handler ? Result<void>() : done;
  }

 private:
  Result<void> Perform(const HttpRequest& request, Exchange& exchange) {
    thread_local Caller caller;
    CURL* const easy = caller.easy;
    curl_easy_reset(easy);
    exchange.easy = easy;
    exchange.last_byte = exchange.last_told = std::chrono::steady_clock::now();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(exchange.hard - exchange.last_byte).count();
    const std::string host = HostOf(request.url);
    if (left <= 0) return Error{host + ": no time was left to ask"};
    char detail[CURL_ERROR_SIZE] = "";
    Address address;
    Aim(address, request);
    SetLimits(easy, exchange);
    SetTls(easy, request.tls);
    curl_easy_setopt(easy, CURLOPT_URL, address.url.c_str());
    if (address.connect_to) curl_easy_setopt(easy, CURLOPT_CONNECT_TO, address.connect_to);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::min<std::int64_t>(left, 3'600'000)));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent_.c_str());
    if (request.is_direct) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    if (!request.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, request.proxy.c_str());
    if (!exchange.on_chunk) curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(exchange.most_body));
    if (request.accept_gzip) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (request.method != "GET") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty()) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    }
    for (const auto& [name, value] : request.headers) {
      if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return Error{host + ": the header " + name + " would hold a line break"};
    }
    curl_slist* headers = nullptr;
    for (const auto& [name, value] : request.headers) headers = curl_slist_append(headers, (name + ": " + value).c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    const CURLcode code = caller.Perform(exchange.stop);
    curl_slist_free_all(headers);
    return Finish(code, detail, host, exchange);
  }

  static Result<void> Finish(CURLcode code, const char* detail, const std::string& host, Exchange& exchange) {
    curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &exchange.reply.status);
    const std::string date(exchange.reply.Header("date"));
    const time_t seconds_of_date = date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
    if (seconds_of_date >= 0) exchange.reply.date = TimePoint{seconds{seconds_of_date}};
    if (!exchange.stopped.empty()) return Error{host + ": " + exchange.stopped};
    if (code != CURLE_OK) return Error{host + ": " + Reason(code, detail)};
    return {};
  }

  std::string user_agent_;
};

}  // namespace

std::string_view HttpReply::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::string UrlEncode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    const bool is_plain = c < 0x80 && (std::isalnum(c) != 0 || std::string_view("-._~").find(static_cast<char>(c)) != std::string_view::npos);
    if (is_plain) {
      out.push_back(static_cast<char>(c));
    } else {
      out.append({'%', kHex[c >> 4], kHex[c & 15]});
    }
  }
  return out;
}

bool IsPrivateUrl(std::string_view url) {
  if (url.starts_with("https://")) return url.size() > 8;
  if (!url.starts_with("http://") || url.substr(0, url.find_first_of("/?#", 7)).find_first_of("@\\") != std::string_view::npos) return false;
  const std::string host = HostOf(std::string(url));
  const std::string name = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  in_addr address{};
  const bool is_loopback = inet_pton(AF_INET, name.c_str(), &address) == 1 && name.starts_with("127.");
  return is_loopback || name == "localhost" || name == "[::1]";
}

std::optional<std::chrono::seconds> RetryAfter(const HttpReply& reply, TimePoint now) {
  const std::string text(reply.Header("retry-after"));
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (digits) return std::chrono::seconds{text.size() > 9 ? 999'999'999 : std::stol(text)};
  const time_t date = text.empty() ? -1 : curl_getdate(text.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::max(std::chrono::seconds{0}, std::chrono::ceil<std::chrono::seconds>(TimePoint{seconds{date}} - now));
}

std::unique_ptr<HttpClient> MakeHttpClient(std::string user_agent) { return std::make_unique<CurlClient>(std::move(user_agent)); }

}  // namespace batchslo
