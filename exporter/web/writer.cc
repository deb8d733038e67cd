// Tested by tests/web/exposition_test.cc.
#include "exporter/web/writer.h"

#include "exporter/web/escape.h"
#include "exporter/web/put.h"

namespace batchslo {

std::string RenderHead(const FamilyHead& head, Format format) {
  std::string name(head.name);
  const bool open_metrics = format == Format::kOpenMetrics;
  if (open_metrics && head.type == "counter" && name.ends_with("_total")) name.resize(name.size() - 6);
  std::string text = "# HELP " + name + " " + EscapeHelp(head.help) + "\n# TYPE " + name + " " + std::string(head.type) + "\n";
  if (open_metrics && !head.unit.empty()) text += "# UNIT " + name + " " + std::string(head.unit) + "\n";
  return text;
}

void Writer::Begin(const FamilyHead& head) {
  head_ = head;
  begun_ = false;
  written_.clear();
}

void Writer::Line(const Labels& labels, std::string_view suffix, std::string_view value) {
  std::string series = std::string(head_.name) + std::string(suffix);
  for (const Label& label : labels) {
    series += (&label == labels.data() ? "{" : ",") + std::string(label.name) + "=\"" + EscapeLabel(label.value) + "\"";
  }
  if (!labels.empty()) series += "}";
  if (!written_.insert(series).second) return;
  if (!begun_) out_ += RenderHead(head_, format_);
  begun_ = true;
  out_.append(series).append(" ").append(value).append("\n");
}

void Writer::Sample(const Labels& labels, double value, std::string_view suffix) {
  char text[40];
  Line(labels, suffix, {text, static_cast<std::size_t>(PutDouble(text, value) - text)});
}

void Writer::Sample(const Labels& labels, TimePoint value) {
  char text[40];
  Line(labels, "", {text, static_cast<std::size_t>(PutSeconds(text, value.time_since_epoch().count()) - text)});
}

}  // namespace batchslo
