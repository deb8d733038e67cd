#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/result.h"

namespace batchslo {

// A label selector as kubectl takes it: "a=b,c!=d,e in (x, y),f notin (z),g,!h"; all parts must hold. As there, what
// excludes values also takes objects without the label. Without parts it takes everything.
class LabelSelector {
 public:
  static Result<LabelSelector> Parse(std::string_view text);
  bool Takes(const std::map<std::string, std::string>& labels) const;

 private:
  enum class Rule { kIn, kNotIn, kExists, kAbsent };
  struct Part {
    std::string label;
    Rule rule;
    std::vector<std::string> values;
  };
  static Result<Part> ParsePart(std::string_view text);
  std::vector<Part> parts_;
};

}  // namespace batchslo
