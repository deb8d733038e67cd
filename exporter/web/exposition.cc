#include "exporter/web/exposition.h"

#include <prometheus/registry.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "exporter/web/families.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostLabelBytes = 200;

// The length of the valid UTF-8 sequence that `text` begins with; 0: none.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool outside = (lead == 0xed && byte(1) >= 0xa0) || (lead == 0xf4 && byte(1) >= 0x90);
  return overlong || outside ? 0 : length;
}

double Quality(std::string_view parameters) {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return 1;
  return std::strtod(std::string(parameters.substr(at + 2)).c_str(), nullptr);
}

std::string_view TypeName(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter: return "counter";
    case prometheus::MetricType::Gauge: return "gauge";
    default: return "untyped";
  }
}

void RenderOwn(const prometheus::Registry& registry, Writer& writer) {
  const auto families = registry.Collect();
  for (const auto& family : families) {
    writer.Family(family.name, family.help, TypeName(family.type), "");
    for (const auto& metric : family.metric) {
      std::string labels;
      for (const auto& label : metric.label) labels += (labels.empty() ? "" : ",") + label.name + "=\"" + EscapeLabel(label.value) + "\"";
      writer.Sample(labels, family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value);
    }
  }
}

// What only one kind of source has, by metric.
void RenderExtras(const Snapshot& snapshot, Writer& writer) {
  std::map<std::string_view, std::vector<std::pair<const SourceState*, const SourceState::Extra*>>> families;
  for (const SourceState& source : snapshot.sources) {
    for (const auto& extra : source.extras) families[extra.metric].emplace_back(&source, &extra);
  }
  for (const auto& [name, samples] : families) {
    writer.Family(name, "Told by the source; see its documentation.", name.ends_with("_total") ? "counter" : "gauge", "");
    for (const auto& [source, extra] : samples) {
      std::string labels = "source=\"" + EscapeLabel(source->name) + "\"";
      for (const auto& [key, value] : extra->labels) labels += "," + key + "=\"" + EscapeLabel(value) + "\"";
      writer.Sample(labels, extra->value);
    }
  }
}

}  // namespace

Format Negotiate(std::string_view accept) {
  double text = 0, open_metrics = 0;
  while (!accept.empty()) {
    const std::string_view item = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(item.size() + 1, accept.size()));
    const std::size_t first = std::min(item.find_first_not_of(' '), item.size());
    const std::string_view type = item.substr(first, item.find_first_of("; ", first) - first);
    const std::string_view parameters = item.substr(std::min(first + type.size(), item.size()));
    const double quality = Quality(parameters);
    const bool other_version = type == "application/openmetrics-text" && parameters.find("version=") != std::string_view::npos &&
                               parameters.find("version=1.0.0") == std::string_view::npos && parameters.find("version=0.0.1") == std::string_view::npos;
    if (type == "application/openmetrics-text" && !other_version) open_metrics = std::max(open_metrics, quality);
    if (type == "text/plain" || type == "*/*" || type == "text/*") text = std::max(text, quality);
  }
  return open_metrics > 0 && open_metrics >= text ? Format::kOpenMetrics : Format::kText;
}

std::string_view ContentType(Format format) {
  return format == Format::kOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
}

std::string EscapeLabel(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  std::size_t kept = 0;
  while (!value.empty()) {
    const std::size_t length = SequenceLength(value);
    const std::string_view piece = length == 0 ? std::string_view("\xef\xbf\xbd") : value.substr(0, length);
    if (kept + piece.size() > kMostLabelBytes) break;
    kept += piece.size();
    value.remove_prefix(std::max<std::size_t>(length, 1));
    if (piece == "\\") out += "\\\\";
    else if (piece == "\"") out += "\\\"";
    else if (piece == "\n") out += "\\n";
    else out += piece;
  }
  return out;
}

Page::Page(std::shared_ptr<const Snapshot> snapshot, std::set<std::string> off, const prometheus::Registry* own)
    : snapshot_(std::move(snapshot)), off_(std::move(off)), own_(own) {
  label_ends_.reserve(snapshot_->jobs.size());
  for (const auto& job : snapshot_->jobs) {
    arena_.append("job_name=\"").append(EscapeLabel(job->def->name)).push_back('"');
    label_ends_.push_back(static_cast<std::uint32_t>(arena_.size()));
  }
  arena_.shrink_to_fit();
}

void Page::Render(Format format, TimePoint now, std::string& out) const {
  Writer writer(out, format);
  for (const JobFamily& family : JobFamilies()) {
    if (family.group == Group::kRuns && off_.contains("runs")) continue;
    writer.Family(family.name, family.help, family.type, family.unit);
    std::size_t from = 0;
    for (std::size_t i = 0; i < snapshot_->jobs.size(); ++i) {
      const std::string_view labels(arena_.data() + from, label_ends_[i] - from);
      family.each(*snapshot_->jobs[i], labels, now, writer);
      from = label_ends_[i];
    }
  }
  if (!off_.contains("self")) {
    for (const SelfFamily& family : SelfFamilies()) {
      writer.Family(family.name, family.help, family.type, family.unit);
      family.all(*snapshot_, now, writer);
    }
    RenderExtras(*snapshot_, writer);
    if (own_) RenderOwn(*own_, writer);
  }
  writer.End();
}

}  // namespace batchslo
