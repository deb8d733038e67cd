// Tested by tests/web/request_reader_test.cc.
#include "exporter/web/request_reader.h"

#include <algorithm>

namespace batchslo {

// The end of the head may have come in part: the last bytes are searched again.
std::optional<Refusal> RequestReader::FindHead() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t at = received_.find(kEnd, searched_);
  searched_ = received_.size() - std::min(received_.size(), kEnd.size() - 1);
  const bool is_whole = at != std::string::npos;
  if (!is_whole && received_.size() <= kMostHead) return std::nullopt;
  head_size_ = is_whole ? at + kEnd.size() : received_.size();
  auto checked = CheckHead(std::string_view(received_).substr(0, head_size_));
  if (const auto* refusal = std::get_if<Refusal>(&checked)) return *refusal;
  head_ = std::get<RequestHead>(std::move(checked));
  return std::nullopt;
}

std::variant<RequestReader::Unfinished, RequestReader::Request, Refusal> RequestReader::Next() {
  if (!head_) {
    if (const auto refusal = FindHead()) return *refusal;
    if (!head_) return Unfinished{};
  }
  const std::size_t body_bytes = head_->body_bytes;
  if (std::exchange(head_->expects_continue, false)) return Unfinished{true};
  if (received_.size() < head_size_ + body_bytes) return Unfinished{};
  Request request{*std::exchange(head_, std::nullopt), received_.substr(head_size_, body_bytes)};
  received_.erase(0, head_size_ + body_bytes);
  received_.shrink_to_fit();  // what came may have been large, and the next may be long in coming
  searched_ = 0;
  return request;
}

}  // namespace batchslo
