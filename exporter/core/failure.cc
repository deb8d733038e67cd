#include "exporter/core/failure.h"

#include <re2/re2.h>

#include <cstdint>
#include <cstdio>

#include "exporter/core/fnv.h"

namespace batchslo {
namespace {

constexpr std::size_t kLineBytes = 200;

std::string_view LastLine(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) return {};
    text = text.substr(0, end + 1);
    const std::size_t start = text.find_last_of('\n');
    const std::string_view line = text.substr(start == std::string_view::npos ? 0 : start + 1);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first != std::string_view::npos) return line.substr(first);
    text = text.substr(0, start);
  }
  return {};
}

void Normalise(std::string& line) {
  struct Rule {
    RE2 pattern;
    const char* replacement;
  };
  static const Rule kRules[] = {
      {RE2("://[^/@\\s]+@"), "://<redacted>@"},
      {RE2("(?i)\\b(password|passwd|pwd|secret|token|api[_-]?key|authorization|bearer)(\\s*[:=]\\s*|\\s+)[^\\s,;]+"), "\\1\\2<redacted>"},
      {RE2("\\beyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*"), "<redacted>"},
      {RE2("\\b(AKIA|ASIA)[0-9A-Z]{16}\\b"), "<redacted>"},
      {RE2("'[^']*'|\"[^\"]*\"|`[^`]*`"), "*"},
      {RE2("\\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\\b|\\b0x[0-9a-fA-F]+\\b|\\b[0-9a-fA-F]*[0-9][0-9a-fA-F]{7,}\\b"), "*"},
      {RE2("[0-9]+"), "*"},
      {RE2("[\\x00-\\x1f\\x7f]+"), " "},
  };
  for (const Rule& rule : kRules) RE2::GlobalReplace(&line, rule.pattern, rule.replacement);
}

}  // namespace

std::string ErrorLine(std::string_view excerpt) {
  std::string line(LastLine(excerpt).substr(0, 4096));
  Normalise(line);
  if (line.size() <= kLineBytes) return line;
  std::size_t end = kLineBytes;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
  return line.substr(0, end);
}

std::string Fingerprint(std::string_view reason, std::string_view error_line) {
  Fnv1a<std::uint64_t> hash;
  hash.Field(reason);
  hash.Field(error_line);
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash.Value()));
  return text;
}

}  // namespace batchslo
