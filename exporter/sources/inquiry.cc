// Tested by tests/sources/inquiry_test.cc.
#include "exporter/sources/inquiry.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>

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
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      out += c;
      continue;
    }
    char code[8];
    std::snprintf(code, sizeof code, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += code;
  }
  return out + '"';
}

}  // namespace batchslo
