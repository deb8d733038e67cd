#pragma once
// A strict reader of the text format, for tests: what a scraper would understand.

#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batchslo {

struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

struct ParsedPage {
  std::vector<Sample> samples;
  std::map<std::string, std::string> help, type, unit;  // by family
  std::vector<std::string> faults;                      // lines that could not be read, series that came twice
  bool ended = false;                                   // "# EOF"

  // The value of the only sample of that name and labels; nothing if there is none.
  std::optional<double> Find(const std::string& name, const std::map<std::string, std::string>& labels) const {
    for (const Sample& sample : samples) {
      if (sample.name == name && sample.labels == labels) return sample.value;
    }
    return std::nullopt;
  }
};

namespace parse_detail {

// Reads `key="value",...}`; false: broken.
inline bool ReadLabels(std::string_view& text, std::map<std::string, std::string>& labels) {
  while (!text.empty() && text[0] != '}') {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals + 1 >= text.size() || text[equals + 1] != '"') return false;
    const std::string key(text.substr(0, equals));
    text.remove_prefix(equals + 2);
    std::string value;
    while (!text.empty() && text[0] != '"') {
      if (text[0] != '\\') {
        value.push_back(text[0]);
        text.remove_prefix(1);
        continue;
      }
      if (text.size() < 2) return false;
      value.push_back(text[1] == 'n' ? '\n' : text[1]);
      text.remove_prefix(2);
    }
    if (text.empty() || !labels.emplace(key, value).second) return false;
    text.remove_prefix(1);
    if (!text.empty() && text[0] == ',') text.remove_prefix(1);
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  return true;
}

inline bool ReadSample(std::string_view line, Sample& sample) {
  const std::size_t end = line.find_first_of("{ ");
  if (end == std::string_view::npos || end == 0) return false;
  sample.name = line.substr(0, end);
  line.remove_prefix(end);
  if (line[0] == '{') {
    line.remove_prefix(1);
    if (!ReadLabels(line, sample.labels)) return false;
  }
  if (line.size() < 2 || line[0] != ' ') return false;
  const std::string number(line.substr(1));
  char* read = nullptr;
  sample.value = std::strtod(number.c_str(), &read);
  return read == number.c_str() + number.size();
}

inline void ReadComment(std::string_view line, ParsedPage& page) {
  if (line == "# EOF") {
    page.ended = true;
    return;
  }
  for (const auto& [word, into] : {std::pair{"# HELP ", &page.help}, std::pair{"# TYPE ", &page.type}, std::pair{"# UNIT ", &page.unit}}) {
    if (!line.starts_with(word)) continue;
    const std::string_view rest = line.substr(std::string_view(word).size());
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos || !into->emplace(rest.substr(0, space), rest.substr(space + 1)).second) {
      page.faults.push_back("a head that is broken or comes twice: " + std::string(line));
    }
    return;
  }
  page.faults.push_back("a comment that says nothing: " + std::string(line));
}

}  // namespace parse_detail

inline ParsedPage ParsePage(std::string_view text) {
  ParsedPage page;
  std::map<std::string, int> seen;
  if (!text.empty() && text.back() != '\n') page.faults.push_back("the last line has no end");
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (page.ended) page.faults.push_back("text after the end");
    if (line.starts_with('#')) {
      parse_detail::ReadComment(line, page);
      continue;
    }
    Sample sample;
    if (!parse_detail::ReadSample(line, sample)) {
      page.faults.push_back("no sample: " + std::string(line));
      continue;
    }
    const std::string series(line.substr(0, line.rfind(' ')));
    if (seen[series]++ > 0) page.faults.push_back("a series that comes twice: " + series);
    page.samples.push_back(std::move(sample));
  }
  return page;
}

}  // namespace batchslo
