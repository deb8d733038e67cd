#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/time.h"
#include "exporter/web/negotiate.h"

namespace batchslo {

struct FamilyHead {
  std::string_view name, help, type, unit;  // unit: empty, or the last word of the name
};

// HELP, TYPE and, in OpenMetrics, UNIT.
std::string RenderHead(const FamilyHead& head, Format format);

struct Label {
  std::string_view name, value;  // the value raw
};
using Labels = std::vector<Label>;

// Appends the samples of one family after the other; for what is small. The head of a family comes with its first
// sample; a series that was there before is left out.
class Writer {
 public:
  Writer(std::string& out, Format format) : out_(out), format_(format) {}

  void Begin(const FamilyHead& head);
  void Sample(const Labels& labels, double value, std::string_view suffix = "");
  void Sample(const Labels& labels, TimePoint value);

 private:
  void Line(const Labels& labels, std::string_view suffix, std::string_view value);

  std::string& out_;
  Format format_;
  FamilyHead head_{};
  bool begun_ = false;
  std::set<std::string> written_;  // series of this family
};

}  // namespace batchslo
