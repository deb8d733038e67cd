// Tested by tests/web/negotiate_test.cc.
#include "exporter/web/negotiate.h"

#include <algorithm>
#include <cctype>

namespace batchslo {
namespace {

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool Same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The part before the next separator; `text` goes on behind it.
std::string_view Cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return Trim(part);
}

// "0.75" in thousandths; what is no quality counts as not wanted.
int ParseQuality(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.') || text.size() > 5) return 0;
  int thousandths = (text[0] - '0') * 1000, unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return 0;
    thousandths += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(thousandths, 1000);
}

struct Item {
  std::string_view name, version;
  int quality = 1000;
};

Item ParseItem(std::string_view text) {
  Item item;
  item.name = Cut(text, ';');
  while (!text.empty()) {
    std::string_view value = Cut(text, ';');
    const std::string_view key = Cut(value, '=');
    if (Same(key, "q")) item.quality = ParseQuality(Trim(value));
    if (Same(key, "version")) item.version = Trim(value);
  }
  return item;
}

}  // namespace

Format Negotiate(std::string_view accept) {
  int text = 0, open_metrics = 0;
  while (!accept.empty()) {
    const Item item = ParseItem(Cut(accept, ','));
    const bool spoken = item.version.empty() || item.version == "1.0.0" || item.version == "0.0.1";
    if (Same(item.name, "application/openmetrics-text") && spoken) open_metrics = std::max(open_metrics, item.quality);
    if (Same(item.name, "text/plain") || item.name == "*/*" || Same(item.name, "text/*")) text = std::max(text, item.quality);
  }
  return open_metrics > 0 && open_metrics >= text ? Format::kOpenMetrics : Format::kText;
}

std::string_view ContentType(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
}

bool AcceptsGzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const Item item = ParseItem(Cut(accept_encoding, ','));
    if (Same(item.name, "gzip") || Same(item.name, "x-gzip")) return item.quality > 0;
    if (item.name == "*") any = item.quality > 0;
  }
  return any;
}

}  // namespace batchslo
