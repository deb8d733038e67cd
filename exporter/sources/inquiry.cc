// Tested by tests/sources/inquiry_test.cc.
#include "exporter/sources/inquiry.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>

#include "exporter/core/utf8.h"

namespace batchslo {
namespace {

bool IsPlain(std::string_view text) {
  static constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"};
  const auto is_safe = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.' || c == '/' || c == '-'; };
  if (text.empty() || text.size() > 200 || !std::all_of(text.begin(), text.end(), is_safe)) return false;
  const bool is_word = std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) {
    return std::equal(word.begin(), word.end(), text.begin(), text.end(),
                      [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
  });
  return !is_word && std::isalpha(static_cast<unsigned char>(text.front()));
}

constexpr std::size_t kLongestName = 200;

// What a terminal would obey, or not show.
bool IsEscaped(std::uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0) || IsInvisible(code); }

std::string Escape(std::uint32_t code) {
  char text[8];
  std::snprintf(text, sizeof text, code < 0x100 ? "\\x%02X" : "\\u%04X", static_cast<unsigned>(code));
  return text;
}

}  // namespace

void Finish(Discovery& discovery) {
  std::set<std::string> names;
  const std::size_t unnamed = std::erase_if(discovery.jobs, [](const Discovery::Job& job) { return job.name.empty() || job.name.size() > kLongestName; });
  for (Discovery::Job& job : discovery.jobs) {
    const std::string base = job.name;
    for (int number = 2; !names.insert(job.name).second; ++number) job.name = base + "-" + std::to_string(number);
  }
  if (unnamed > 0) discovery.notes.push_back(std::to_string(unnamed) + " are left out: their names are too long for a job");
  if (discovery.jobs.size() <= kMostDiscovered) return;
  discovery.notes.push_back("only the first " + std::to_string(kMostDiscovered) + " of " + std::to_string(discovery.jobs.size()) + " are shown");
  discovery.jobs.resize(kMostDiscovered);
}

std::string YamlText(std::string_view text) {
  if (IsPlain(text) || (text.starts_with('/') && IsPlain(text.substr(1)))) return std::string(text);
  std::string out = "\"";
  EachCharacter(text, [&](std::string_view character, bool) {
    const std::uint32_t code = Utf8Decode(character);
    if (code == '"' || code == '\\') out += '\\';
    return out += IsEscaped(code) ? Escape(code) : std::string(character), true;
  });
  return out + '"';
}

}  // namespace batchslo
