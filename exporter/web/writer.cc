#include "exporter/web/writer.h"

namespace batchslo {
namespace {

std::string EscapeHelp(std::string_view help) {
  std::string out;
  for (const char c : help) {
    if (c == '\\') out += "\\\\";
    else if (c == '\n') out += "\\n";
    else out.push_back(c);
  }
  return out;
}

}  // namespace

void Writer::Family(std::string_view name, std::string_view help, std::string_view type, std::string_view unit) {
  name_ = name;
  help_ = help;
  type_ = type;
  unit_ = unit;
  begun_ = false;
}

void Writer::Head() {
  begun_ = true;
  std::string_view family = name_;
  const bool open_metrics = format_ == Format::kOpenMetrics;
  if (open_metrics && type_ == "counter" && family.ends_with("_total")) family.remove_suffix(6);
  out_.append("# HELP ").append(family).append(" ").append(EscapeHelp(help_)).append("\n# TYPE ").append(family).append(" ").append(type_).append("\n");
  if (open_metrics && !unit_.empty() && family.ends_with(unit_)) out_.append("# UNIT ").append(family).append(" ").append(unit_).append("\n");
}

void Writer::Begin(std::string_view suffix, std::string_view labels, std::initializer_list<Label> more) {
  if (!begun_) Head();
  out_.append(name_);
  if (!suffix.empty()) out_.append(suffix);
  if (labels.empty() && more.size() == 0) {
    out_.push_back(' ');
    return;
  }
  out_.push_back('{');
  out_.append(labels);
  bool first = labels.empty();
  for (const Label& label : more) {
    if (!first) out_.push_back(',');
    first = false;
    out_.append(label.name).append("=\"").append(EscapeLabel(label.value)).append("\"");
  }
  out_.append("} ");
}

void Writer::Number(double value) {
  char text[40];
  if (std::isnan(value)) {
    out_.append("NaN\n");
    return;
  }
  if (std::isinf(value)) {
    out_.append(value > 0 ? "+Inf\n" : "-Inf\n");
    return;
  }
  const bool whole = value == std::floor(value) && std::fabs(value) < 1e15;
  char* end = whole ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value)).ptr : std::to_chars(text, text + sizeof text, value).ptr;
  *end++ = '\n';
  out_.append(text, static_cast<std::size_t>(end - text));
}

void Writer::Line(std::string_view suffix, std::string_view labels, std::initializer_list<Label> more, double value) {
  Begin(suffix, labels, more);
  Number(value);
}

// Exact to the microsecond, which a double of today's seconds just holds.
void Writer::Sample(std::string_view labels, TimePoint value) {
  Begin("", labels, {});
  const std::int64_t count = value.time_since_epoch().count();
  char text[40];
  if (count < 0) return Number(ToUnixSeconds(value));
  char* end = std::to_chars(text, text + sizeof text, count / 1'000'000).ptr;
  std::int64_t fraction = count % 1'000'000;
  if (fraction != 0) {
    *end++ = '.';
    for (std::int64_t digit = 100'000; fraction != 0; digit /= 10) {
      *end++ = static_cast<char>('0' + fraction / digit);
      fraction %= digit;
    }
  }
  *end++ = '\n';
  out_.append(text, static_cast<std::size_t>(end - text));
}

void Writer::End() {
  if (format_ == Format::kOpenMetrics) out_.append("# EOF\n");
}

}  // namespace batchslo
