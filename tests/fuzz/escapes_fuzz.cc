// Fuzzes exporter/web/escape.cc: each place's escape leaves nothing that means something there, and reads back where it
// must.
#include "exporter/web/escape.h"

#include "exporter/core/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/web/parse.h"

namespace {

using namespace batchslo;

bool IsUtf8(std::string_view text) {
  bool valid = true;
  EachCharacter(text, [&](std::string_view, bool one) { return valid = valid && one; });
  return valid;
}

// Of the Unicode ones too: what moves a terminal's cursor or ends a line.
bool HasAnyControl(std::string_view text) {
  bool control = false;
  EachCharacter(text, [&](std::string_view character, bool) {
    const std::uint32_t code = Utf8Decode(character);
    control |= code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 || (code >= 0x202a && code <= 0x202e);
    return !control;
  });
  return control;
}

// The only characters that an HTML parser would not take as they are.
std::string PlainOf(std::string html) {
  for (const auto& [entity, character] : {std::pair{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&amp;", '&'}}) {
    for (std::size_t at = html.find(entity); at != std::string::npos; at = html.find(entity, at + 1))
      html.replace(at, std::string_view(entity).size(), 1, character);
  }
  return html;
}

void CheckHtml(std::string_view text) {
  const std::string html = EscapeHtml(text);
  CHECK(html.find_first_of("<>\"'") == std::string::npos && IsUtf8(html));
  for (std::size_t at = html.find('&'); at != std::string::npos; at = html.find('&', at + 1)) {
    const std::string_view rest = std::string_view(html).substr(at);
    CHECK(rest.starts_with("&lt;") || rest.starts_with("&gt;") || rest.starts_with("&quot;") || rest.starts_with("&#39;") || rest.starts_with("&amp;"));
  }
  if (html.find(kReplacement) == std::string::npos) CHECK(PlainOf(html) == text);
}

void CheckLog(std::string_view text) {
  const std::string log = EscapeLog(text);
  CHECK(!HasAnyControl(log) && IsUtf8(log));
  for (std::size_t i = 0; i < log.size(); ++i) {
    CHECK(log[i] != '"');
    if (log[i] != '\\') continue;
    CHECK(i + 1 < log.size() && std::string_view("\"\\n").find(log[i + 1]) != std::string_view::npos);
    ++i;
  }
}

void CheckUrl(std::string_view text) {
  CHECK(DecodeUrl(UrlQuery(text)) == text && DecodeUrl(UrlPath(text)) == text);
  CHECK(UrlQuery(text).find_first_of("/?#&=\"'<>: ") == std::string::npos);
  const std::string path = "/" + UrlPath(text) + "/";
  CHECK(path.find_first_of("?#&=\"'<>: ") == std::string::npos);
  if (text == "." || text == "..") return;  // no escape helps: a browser takes %2e for a dot
  CHECK(path.find("/../") == std::string::npos && path.find("/./") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::TextOf(data, size);
  CheckHtml(text);
  CheckLog(text);
  CheckUrl(text);
  CHECK(!HasAnyControl(EscapeTerminal(text)) && IsUtf8(EscapeTerminal(text)));
  const ParsedPage page = ParsePage("m{l=\"" + EscapeLabel(text) + "\"} 1\n");
  CHECK(page.faults.empty() && page.samples.size() == 1 && IsUtf8(page.samples[0].labels.at("l")));
  CHECK(IsLossyLabel(text) || page.samples[0].labels.at("l") == text);
  CHECK(EscapeHelp(text).find('\n') == std::string::npos);
  return 0;
}
