#pragma once

#include <charconv>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

#include "exporter/core/time.h"
#include "exporter/web/exposition.h"

namespace batchslo {

struct Label {
  std::string_view name, value;  // the value raw
};

// Appends samples of one family after the other. Not a checker: each series must be given once.
class Writer {
 public:
  Writer(std::string& out, Format format) : out_(out), format_(format) {}

  // Begins a family: HELP, TYPE and, in OpenMetrics, UNIT are written with its first sample.
  void Family(std::string_view name, std::string_view help, std::string_view type, std::string_view unit);

  void Sample(std::string_view labels, double value) { Line("", labels, {}, value); }
  void Sample(std::string_view labels, std::initializer_list<Label> more, double value) { Line("", labels, more, value); }
  void Sample(std::string_view labels, TimePoint value);
  void Suffixed(std::string_view suffix, std::string_view labels, std::initializer_list<Label> more, double value) { Line(suffix, labels, more, value); }
  void End();

 private:
  void Head();
  void Line(std::string_view suffix, std::string_view labels, std::initializer_list<Label> more, double value);
  void Begin(std::string_view suffix, std::string_view labels, std::initializer_list<Label> more);
  void Number(double value);

  std::string& out_;
  Format format_;
  std::string_view name_, help_, type_, unit_;
  bool begun_ = false;
};

}  // namespace batchslo
