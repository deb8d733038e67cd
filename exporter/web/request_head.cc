// Tested by tests/web/request_head_test.cc.
#include "exporter/web/request_head.h"

#include <strings.h>

#include <algorithm>
#include <optional>

#include "exporter/core/http_token.h"

namespace batchslo {
namespace {

constexpr std::string_view kEnd = "\r\n";

std::string_view CutLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find(kEnd));
  text.remove_prefix(std::min(line.size() + kEnd.size(), text.size()));
  return line;
}

bool Is(std::string_view name, std::string_view wanted) { return name.size() == wanted.size() && strncasecmp(name.data(), wanted.data(), name.size()) == 0; }

bool IsInValue(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }
bool IsInTarget(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }

template <class Pred>
bool All(std::string_view text, Pred pred) {
  return !text.empty() && std::all_of(text.begin(), text.end(), pred);
}

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<Refusal> CheckRequestLine(std::string_view line) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Refusal{400, "head", "the first line is not METHOD TARGET VERSION"};
  const std::string_view target = line.substr(first + 1, last - first - 1), version = line.substr(last + 1);
  if (!All(line.substr(0, first), [](char c) { return c >= 'A' && c <= 'Z'; })) return Refusal{400, "head", "the method can't be read"};
  if (target.size() > kMostTarget) return Refusal{414, "head", "the address is too long"};
  if (!All(target, IsInTarget) || target[0] != '/') return Refusal{400, "head", "the address must begin with / and hold no blanks"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Refusal{505, "head", "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  return std::nullopt;
}

// What the headers said so far.
class Checker {
 public:
  std::optional<Refusal> Take(std::string_view name, std::string_view value);
  std::optional<Refusal> Finish(std::string_view request_line) const;
  RequestHead head;

 private:
  std::optional<Refusal> TakeLength(std::string_view value);
  void Append(std::string_view name, std::string_view value);
  int hosts_ = 0, lengths_ = 0;
};

constexpr Refusal kTooLarge{413, "body", "a body has at most 64 KiB; of a log send the end"};

std::optional<Refusal> Checker::TakeLength(std::string_view value) {
  if (++lengths_ > 1) return Refusal{400, "body", "Content-Length is said twice"};
  if (!All(value, [](char c) { return c >= '0' && c <= '9'; })) return Refusal{400, "body", "Content-Length is not a number"};
  value.remove_prefix(std::min(value.find_first_not_of('0'), value.size()));
  constexpr std::size_t kDigits = 8;
  if (value.size() > kDigits) return kTooLarge;
  for (const char c : value) head.body_bytes = head.body_bytes * 10 + static_cast<std::size_t>(c - '0');
  if (head.body_bytes > kMostRequestBody) return kTooLarge;
  return std::nullopt;
}

// A header that comes again goes on with its list.
void Checker::Append(std::string_view name, std::string_view value) {
  for (auto& [known, values] : head.headers) {
    if (Is(known, name)) return static_cast<void>(values.append(", ").append(value));
  }
  head.headers.emplace_back(name, value);
}

std::optional<Refusal> Checker::Take(std::string_view name, std::string_view value) {
  if (Is(name, "Host")) ++hosts_;
  if (Is(name, "Content-Length")) return TakeLength(value);
  if (Is(name, "Transfer-Encoding")) return Refusal{411, "body", "send the body with a Content-Length"};
  if (Is(name, "Content-Encoding") && !Is(value, "identity")) return Refusal{415, "body", "send the body uncompressed"};
  if (Is(name, "Expect")) {
    if (!Is(value, "100-continue")) return Refusal{417, "head", "only 100-continue can be expected"};
    head.expects_continue = true;
    return std::nullopt;
  }
  if (Is(name, "Connection")) head.forwarded.append("Connection: ").append(value).append(kEnd);
  Append(name, value);
  return std::nullopt;
}

std::optional<Refusal> Checker::Finish(std::string_view request_line) const {
  if (hosts_ > 1 || (hosts_ == 0 && request_line.ends_with("1.1"))) return Refusal{400, "head", "there must be one Host"};
  const bool reads = request_line.starts_with("GET ") || request_line.starts_with("HEAD ");
  if (reads && head.body_bytes > 0) return Refusal{400, "body", "GET and HEAD have no body"};
  return std::nullopt;
}

}  // namespace

std::variant<RequestHead, Refusal> CheckHead(std::string_view head) {
  if (head.size() > kMostHead) return Refusal{431, "head", "the head is too large"};
  const std::string_view request_line = CutLine(head);
  if (const auto refusal = CheckRequestLine(request_line)) return *refusal;
  Checker checker;
  checker.head.forwarded.append(request_line).append(kEnd);
  std::size_t count = 0;
  for (std::string_view line = CutLine(head); !line.empty(); line = CutLine(head)) {
    if (++count > kMostHeaders) return Refusal{431, "head", "there are too many headers"};
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsHttpToken(line.substr(0, colon))) return Refusal{400, "head", "a header can't be read"};
    const std::string_view value = Trim(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), IsInValue)) return Refusal{400, "head", "a header holds control bytes"};
    if (const auto refusal = checker.Take(line.substr(0, colon), value)) return *refusal;
  }
  if (const auto refusal = checker.Finish(request_line)) return *refusal;
  checker.head.forwarded.append(kEnd);
  return std::move(checker.head);
}

}  // namespace batchslo
