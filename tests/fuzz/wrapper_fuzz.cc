// Fuzzes what batchslo-run reads: an answer's head, a spooled event, a url, a job's last words.
#include "exporter/wrapper/http.h"
#include "exporter/wrapper/spool.h"
#include "exporter/wrapper/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace batchslo;

void CheckHead(std::string_view text) {
  Head head;
  if (ParseHead(text, head) != HeadState::kWhole) return;
  CHECK(head.size <= text.size() && head.size <= kHeadBytes && head.status >= 0 && head.retry_after >= 0);
  const Outcome outcome = OutcomeOf(head, "job");
  CHECK((outcome.kind == Outcome::Kind::kDelivered) == outcome.detail.empty());
}

void CheckSpool(std::string_view text) {
  SpoolEntry entry, again;
  if (!ParseSpoolFile(text, entry)) return;
  CHECK(ParseSpoolFile(RenderSpoolFile(entry), again));
  CHECK(again.url == entry.url && again.job == entry.job && again.body == entry.body);
}

void CheckTexts(std::string_view text) {
  const std::string valid = ToUtf8(text);
  CHECK(ToUtf8(valid) == valid);
  const std::string quoted = JsonQuote(valid), message = MessageOf(text), path = PercentEncode(text);
  CHECK(quoted.size() >= 2 && !fuzz::HasControl(quoted));
  CHECK(message.size() <= kMessageBytes && ToUtf8(message) == message);
  CHECK(path.find_first_of(" ?#\r\n\"") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::TextOf(data, size);
  CheckHead(text);
  CheckSpool(text);
  CheckTexts(text);
  if (const auto url = ParseUrl(text)) {
    CHECK(!url->host.empty() && !url->port.empty() && !url->path.ends_with('/'));
    CHECK(!fuzz::HasControl(url->host + url->path) && (url->host + url->path).find(' ') == std::string::npos);
    CHECK(RenderRequest({*url, "t", ""}, "job", "{}").starts_with("POST " + url->path + "/api/"));
  }
  return 0;
}
