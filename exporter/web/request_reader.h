#pragma once

#include <optional>
#include <variant>

#include "exporter/web/request_head.h"

namespace batchslo {

// Cuts what a peer sends into whole requests, one at a time, however it comes. Pure. Who gives no more bytes while a
// request is there holds it to one request and one read.
class RequestReader {
 public:
  struct Request {
    RequestHead head;
    std::string body;
  };
  struct Unfinished {
    bool wants_go_ahead = false;  // true once, whatever has come: the peer wants to be told to send the body
  };

  void Add(std::string_view bytes) { received_ += bytes; }
  // The next request; after a refusal there is none.
  std::variant<Unfinished, Request, Refusal> Next();
  // Something of the next one has come.
  bool HasBegun() const { return !received_.empty(); }

 private:
  std::optional<Refusal> FindHead();

  std::string received_;  // not yet used
  std::size_t searched_ = 0, head_size_ = 0;
  std::optional<RequestHead> head_;
};

}  // namespace batchslo
