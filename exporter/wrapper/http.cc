// Tested by tests/wrapper/wrapper_test.cc.
#include "exporter/wrapper/http.h"

#include <algorithm>
#include <charconv>

#include "exporter/wrapper/text.h"

namespace batchslo {
namespace {

bool IsVisible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool BeginsWithName(std::string_view line, std::string_view lower_case_name) {
  return line.size() > lower_case_name.size() && line[lower_case_name.size()] == ':' &&
         std::equal(lower_case_name.begin(), lower_case_name.end(), line.begin(),
                    [](char a, char b) { return a == Lower(b); });
}

// None: not only digits, or too many.
std::optional<int> WholeNumber(std::string_view text) {
  int value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// host, host:port, [v6], [v6]:port
bool TakeAuthority(std::string_view text, Url& url) {
  url.authority = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    url.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    url.host = text.substr(0, text.find(':'));
    rest = text.substr(url.host.size());
  }
  if (!rest.empty() && rest.front() != ':') return false;
  url.port = rest.empty() ? (url.scheme == Url::Scheme::kHttps ? "443" : "80") : rest.substr(1);
  const auto port = WholeNumber(url.port);
  return !url.host.empty() && port && *port >= 1 && *port <= 65535;
}

}  // namespace

std::optional<Url> ParseUrl(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) url.scheme = Url::Scheme::kHttps;
  if (!text.starts_with("http://") && !text.starts_with("https://")) return std::nullopt;
  if (!IsVisible(text) || text.find_first_of("?#@\"<>\\") != std::string_view::npos) return std::nullopt;
  text.remove_prefix(text.find("//") + 2);
  const std::size_t slash = std::min(text.find('/'), text.size());
  if (!TakeAuthority(text.substr(0, slash), url)) return std::nullopt;
  std::string_view path = text.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  url.path = path;
  return url;
}

std::string RenderRequest(const Target& target, std::string_view job, std::string_view body) {
  return "POST " + target.url.path + "/api/v1/heartbeat/" + PercentEncode(job) +
         " HTTP/1.1\r\nHost: " + target.url.authority +
         "\r\nUser-Agent: batchslo-run/" BATCHSLO_VERSION "\r\nAuthorization: Bearer " + target.token +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + std::string(body);
}

HeadState ParseHead(std::string_view bytes, Head& head) {
  constexpr std::string_view kStart = "HTTP/1.";
  if (bytes.substr(0, kStart.size()) != kStart.substr(0, bytes.size())) return HeadState::kBroken;
  const std::size_t end = bytes.substr(0, kHeadBytes).find("\r\n\r\n");
  if (end == std::string_view::npos) return bytes.size() < kHeadBytes ? HeadState::kIncomplete : HeadState::kBroken;
  head = {0, 0, end + 4, false};
  const auto status = bytes.size() > 12 && bytes[8] == ' ' && (bytes[12] == ' ' || bytes[12] == '\r')
                          ? WholeNumber(bytes.substr(9, 3))
                          : std::nullopt;
  if (!status || *status < 100) return HeadState::kBroken;
  head.status = *status;
  for (std::string_view lines = bytes.substr(0, end + 2); !lines.empty();) {
    const std::string_view line = lines.substr(0, lines.find('\n') + 1);
    lines.remove_prefix(line.size());
    constexpr std::string_view kRetryAfter = "retry-after", kType = "content-type";
    if (BeginsWithName(line, kType)) head.is_json = Trimmed(line.substr(kType.size() + 1)).starts_with("application/json");
    if (BeginsWithName(line, kRetryAfter)) {
      head.retry_after =
          WholeNumber(Trimmed(line.substr(kRetryAfter.size() + 1, line.size() - kRetryAfter.size() - 2))).value_or(0);
    }
  }
  return HeadState::kWhole;
}

Outcome OutcomeOf(const Head& head, std::string_view job) {
  const std::string answered = "the exporter answered " + std::to_string(head.status);
  const int status = head.status;
  if ((status == 200 || status == 404) && !head.is_json) {
    return {Outcome::Kind::kLater, 0, "something answered " + std::to_string(status) + ", but not as batchslo_exporter does; is a proxy in between?"};
  }
  if (status == 200) return {Outcome::Kind::kDelivered, 0, {}};
  if (status == 404) {
    return {Outcome::Kind::kRefused, 0,
            answered + ": it has no job \"" + ToUtf8(job) +
                "\", or the token is wrong; check --job, the exporter's configuration and the token"};
  }
  if (status == 401 || status == 403)
    return {Outcome::Kind::kRefused, 0, answered + "; check the token, and any proxy in between"};
  if (status >= 300 && status < 400)
    return {Outcome::Kind::kRefused, 0, answered + ", a redirect, which is not followed; check --url"};
  if (status >= 400 && status < 500 && status != 408 && status != 425 && status != 429) {
    return {Outcome::Kind::kRefused, 0,
            answered + "; check --url, --run-id, and that the exporter is not older than batchslo-run"};
  }
  return {Outcome::Kind::kLater, head.retry_after, answered};
}

}  // namespace batchslo
