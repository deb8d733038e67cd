// Tested by tests/net/http_test.cc and tests/net/tls_test.cc.
#include "exporter/net/http.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <cctype>
#include <deque>

#include "exporter/core/blot.h"
#include "exporter/net/http_call.h"

namespace batchslo {
namespace {

// One a thread: keeps its connections open between calls.
class Caller {
 public:
  Caller() = default;
  ~Caller() {
    for (CURL* easy : idle_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  // Calls in their order, so many at a time, until all have ended. Each tells how by its number.
  using Ended = std::function<void(std::size_t call, Result<void> how)>;
  void Perform(std::deque<HttpCall>& calls, std::size_t at_once, const std::string& user_agent, const std::stop_token& stop, const Ended& ended);

 private:
  bool Start(HttpCall& call, std::size_t number, const std::string& user_agent, const Ended& ended);
  void Wait(std::deque<HttpCall>& calls, const std::stop_token& stop);
  // How many of them have ended.
  std::size_t TakeEnded(std::deque<HttpCall>& calls, const Ended& ended);

  CURL* Take();
  void GiveBack(CURL* easy);

  CURLM* const multi_ = curl_multi_init();
  std::vector<CURL*> idle_;
};

CURL* Caller::Take() {
  if (idle_.empty()) return curl_easy_init();
  CURL* const easy = idle_.back();
  idle_.pop_back();
  return easy;
}

// The connection stays with `multi_`, so one handle is as good as many.
void Caller::GiveBack(CURL* easy) {
  if (idle_.empty()) {
    idle_.push_back(easy);
  } else {
    curl_easy_cleanup(easy);
  }
}

bool Caller::Start(HttpCall& call, std::size_t number, const std::string& user_agent, const Ended& ended) {
  CURL* const easy = Take();
  auto ready = call.Prepare(easy, user_agent);
  if (!ready) {
    GiveBack(easy);
    ended(number, std::move(ready));
    return false;
  }
  curl_easy_setopt(easy, CURLOPT_PRIVATE, reinterpret_cast<void*>(number));
  curl_multi_add_handle(multi_, easy);
  return true;
}

std::size_t Caller::TakeEnded(std::deque<HttpCall>& calls, const Ended& ended) {
  std::size_t count = 0;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    void* number = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &number);
    auto how = calls[reinterpret_cast<std::size_t>(number)].Finish(code);
    curl_multi_remove_handle(multi_, easy);
    GiveBack(easy);
    ended(reinterpret_cast<std::size_t>(number), std::move(how));
    ++count;
  }
  return count;
}

// A stop wakes it; curl then asks each call's OnProgress, which ends it.
void Caller::Perform(std::deque<HttpCall>& calls, std::size_t at_once, const std::string& user_agent, const std::stop_token& stop, const Ended& ended) {
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_); });
  std::size_t next = 0, active = 0;
  while (next < calls.size() || active > 0) {
    while (next < calls.size() && active < at_once) {
      active += Start(calls[next], next, user_agent, ended) ? 1 : 0;
      ++next;
    }
    int running = 0;
    curl_multi_perform(multi_, &running);
    const std::size_t count = TakeEnded(calls, ended);
    active -= count;
    if (count == 0 && active > 0) Wait(calls, stop);
  }
}

// Streams are told when all that has come was given to them.
void Caller::Wait(std::deque<HttpCall>& calls, const std::stop_token& stop) {
  int ready = 0;
  curl_multi_poll(multi_, nullptr, 0, 0, &ready);
  if (ready > 0 || stop.stop_requested()) return;
  for (HttpCall& call : calls) call.Exchange().TellDrained();
  curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
}

class CurlClient : public HttpClient {
 public:
  explicit CurlClient(std::string user_agent) : user_agent_(std::move(user_agent)) {
    static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(kReady);
  }

  std::vector<Result<HttpReply>> SendAll(const std::vector<HttpRequest>& requests, std::size_t at_once, Deadline deadline, std::stop_token stop) override {
    std::deque<HttpCall> calls;
    for (const HttpRequest& request : requests) {
      HttpExchange exchange;
      exchange.stop = stop;
      exchange.hard = deadline;
      calls.emplace_back(request, std::move(exchange));
    }
    std::vector<Result<HttpReply>> replies(requests.size(), Error{"it was not sent"});
    ThisThreads().Perform(calls, at_once, user_agent_, stop, [&](std::size_t call, Result<void> how) {
      HttpReply& reply = calls[call].Exchange().reply;
      HideCredentials(reply.body, requests[call]);
      replies[call] = how ? Result<HttpReply>(std::move(reply)) : how.GetError();
    });
    return replies;
  }

  Result<void> Stream(const HttpRequest& request, const OnHead& on_head, const OnChunk& on_chunk, Deadline hard,
                      std::chrono::milliseconds idle, std::stop_token stop) override {
    HttpExchange exchange;
    exchange.on_head = &on_head;
    exchange.on_chunk = &on_chunk;
    exchange.hard = hard;
    exchange.idle = idle;
    exchange.stop = stop;
    std::deque<HttpCall> calls;
    const HttpExchange& ours = calls.emplace_back(request, std::move(exchange)).Exchange();
    Result<void> done = {};
    ThisThreads().Perform(calls, 1, user_agent_, stop, [&](std::size_t, Result<void> how) { done = std::move(how); });
    return ours.ended_by_handler ? Result<void>() : done;
  }

 private:
  static Caller& ThisThreads() {
    thread_local Caller caller;
    return caller;
  }

  std::string user_agent_;
};

}  // namespace

Result<HttpReply> HttpClient::Send(const HttpRequest& request, Deadline deadline, std::stop_token stop) {
  return std::move(SendAll({request}, 1, deadline, std::move(stop)).front());
}

std::string_view HttpReply::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

void HideCredentials(std::string& text, const HttpRequest& request) {
  constexpr std::size_t kLeast = 8;  // shorter ones are no secrets, and would be found in any word
  for (const auto& [name, value] : request.headers) {
    const std::string_view credentials = std::string_view(value).substr(value.find(' ') + 1);
    if (strcasecmp(name.c_str(), "authorization") == 0 && credentials.size() >= kLeast) Blot(text, credentials);
  }
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
  constexpr std::chrono::seconds kMost{999'999'999};
  if (digits) return text.size() > 9 ? kMost : std::chrono::seconds{std::stol(text)};
  const time_t date = text.empty() ? -1 : curl_getdate(text.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::clamp(seconds{date} - std::chrono::floor<seconds>(now.time_since_epoch()), seconds{0}, kMost);
}

std::unique_ptr<HttpClient> MakeHttpClient(std::string user_agent) { return std::make_unique<CurlClient>(std::move(user_agent)); }

}  // namespace batchslo
