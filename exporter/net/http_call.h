#pragma once

#include <curl/curl.h>

#include <memory>

#include "exporter/net/http.h"

namespace batchslo {

// One request of http.cc, and what became of it. No other file uses this.

// What curl's callbacks write into, and why they stopped it.
struct HttpExchange {
  CURL* easy = nullptr;
  HttpReply reply;
  std::size_t most_body = 0, head_bytes = 0, body_bytes = 0;
  std::string stopped;  // our own reason for ending it
  const HttpClient::OnHead* on_head = nullptr;
  const HttpClient::OnChunk* on_chunk = nullptr;
  bool head_told = false, ended_by_handler = false;
  Deadline hard = Deadline::max(), last_byte;
  std::chrono::milliseconds idle{0};  // 0: no limit
  std::stop_token stop;

  bool EndHead();
  bool TellBytes(std::string_view bytes);
  void TellDrained();  // of a stream: nothing more is there at the moment
};

class HttpCall {
 public:
  HttpCall(const HttpRequest& request, HttpExchange exchange) : request_(request), exchange_(std::move(exchange)) {}
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;

  // Makes `easy` ready for it; an Error if it can't be sent at all. What curl is told points here: no moving until
  // Finish.
  Result<void> Prepare(CURL* easy, const std::string& user_agent);
  // After curl ended it.
  Result<void> Finish(CURLcode code);
  HttpExchange& Exchange() { return exchange_; }

 private:
  Result<void> SetHeaders();
  void SetRequest(std::int64_t milliseconds_left, const std::string& user_agent);

  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  const HttpRequest& request_;
  HttpExchange exchange_;
  std::unique_ptr<curl_slist, FreeList> headers_, connect_to_;
  char detail_[CURL_ERROR_SIZE] = "";
};

}  // namespace batchslo
