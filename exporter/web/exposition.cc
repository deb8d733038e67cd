// Tested by tests/web/exposition_test.cc, timed by tests/bench/exposition_bench.cc.
#include "exporter/web/exposition.h"

#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "exporter/web/families.h"
#include "exporter/web/put.h"

namespace batchslo {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr std::size_t kSlack = kMostLine + 2 * kPadding + 1024;  // a head and a line fit behind a full piece

std::size_t RowsOf(const Columns& columns, Rows rows) {
  switch (rows) {
    case Rows::kJobs: return columns.job.size();
    case Rows::kObjectives: return columns.objective_job.size();
    case Rows::kAttainments: return columns.attainment.size();
    case Rows::kUpstreams: return columns.blocked_job.size();
    case Rows::kOutlooks: return columns.outlook_job.size();
    case Rows::kOutputs: return columns.output_job.size();
    case Rows::kChecks: return columns.check_output.size();
    case Rows::kLinks: return columns.job.size() + columns.output_job.size();
  }
  return 0;
}

std::string_view TypeName(prometheus::MetricType type) { return type == prometheus::MetricType::Counter ? "counter" : "gauge"; }

void RenderOwn(const prometheus::Registry& registry, Writer& writer) {
  for (const auto& family : registry.Collect()) {
    writer.Begin({family.name, family.help, TypeName(family.type), ""});
    for (const auto& metric : family.metric) {
      Labels labels;
      for (const auto& label : metric.label) labels.push_back({label.name, label.value});
      writer.Sample(labels, family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value);
    }
  }
}

// The samples of one name stand together, whichever sources told them. A name that is not in the table is shown too, but
// not one that is another family's.
std::map<std::string_view, FamilyHead> ExtraHeads(const Snapshot& snapshot) {
  std::map<std::string_view, FamilyHead> heads;
  for (const SourceState& source : snapshot.sources) {
    for (const auto& extra : source.extras) {
      const std::string_view type = extra.metric.ends_with("_total") ? "counter" : "gauge";
      heads.try_emplace(extra.metric, FamilyHead{extra.metric, "What only this kind of source tells.", type, ""});
    }
  }
  for (const FamilyHead& head : ExtraFamilies()) {
    if (const auto at = heads.find(head.name); at != heads.end()) at->second = head;
  }
  for (const JobFamily& family : JobFamilies()) heads.erase(family.head.name);
  for (const SelfFamily& family : SelfFamilies()) heads.erase(family.head.name);
  return heads;
}

void RenderExtras(const Snapshot& snapshot, Writer& writer) {
  for (const auto& [name, head] : ExtraHeads(snapshot)) {
    writer.Begin(head);
    for (const SourceState& source : snapshot.sources) {
      for (const auto& extra : source.extras) {
        if (extra.metric != name) continue;
        Labels labels = {{"source", source.name}};
        for (const auto& [key, value] : extra.labels) labels.push_back({key, value});
        writer.Sample(labels, extra.value);
      }
    }
  }
}

std::shared_ptr<const Columns> ColumnsOf(const std::shared_ptr<const Snapshot>& snapshot, const Page* before, std::vector<int> attainment_days) {
  if (before && before->Values().snapshot->jobs == snapshot->jobs) return before->ShareValues();
  return std::make_shared<const Columns>(MakeColumns(snapshot, std::move(attainment_days)));
}

}  // namespace

Page::Page(std::shared_ptr<const Snapshot> snapshot, std::set<std::string> off, const prometheus::Registry* own, const Page* before, std::vector<int> attainment_days)
    : snapshot_(std::move(snapshot)),
      columns_(ColumnsOf(snapshot_, before, std::move(attainment_days))),
      blocks_(MakeBlocks(*columns_, before ? &before->Values() : nullptr, before ? before->Jobs() : JobBlocks())),
      off_(std::move(off)),
      own_(own) {}

bool Page::Shows(const JobFamily& family) const {
  static constexpr std::pair<Group, const char*> kMayBeOff[] = {{Group::kRuns, "runs"}, {Group::kBudget, "budget"}, {Group::kTrend, "trend"}};
  return std::ranges::none_of(kMayBeOff, [&](const auto& group) { return family.group == group.first && off_.contains(group.second); });
}

std::string Page::RenderSelf(Format format) const {
  const std::string end = format == Format::kOpenMetrics ? "# EOF\n" : "";
  if (off_.contains("self")) return end;
  std::string out;
  Writer writer(out, format);
  const SelfView view{*snapshot_, ReadProcess(), *columns_};
  for (const SelfFamily& family : SelfFamilies()) {
    writer.Begin(family.head);
    family.write(view, writer);
  }
  RenderExtras(view.snapshot, writer);
  if (own_) RenderOwn(*own_, writer);
  return out + end;
}

Rendering::Rendering(std::shared_ptr<const Page> page, Format format, TimePoint now) : page_(std::move(page)), format_(format), now_(now), piece_(std::make_unique_for_overwrite<char[]>(kPiece)) {}

// The lines of the present family, until it ends or the buffer is full.
char* Rendering::PutRows(char* to, const char* full) {
  const Columns& columns = page_->Values();
  const JobFamily& family = JobFamilies()[family_];
  std::array<char, 96> prefix{};
  const Line line = MakeLine(family, now_, prefix);
  const std::size_t rows = RowsOf(columns, family.rows);
  for (; row_ < rows && !headed_; ++row_) {
    char* const end = family.put(columns, row_, line, to);
    if (end == to) continue;
    const std::string head = RenderHead(family.head, format_);
    std::memmove(to + head.size(), to, static_cast<std::size_t>(end - to));
    std::memcpy(to, head.data(), head.size());
    to = end + head.size();
    headed_ = true;
  }
  for (; row_ < rows && to < full; ++row_) to = family.put(columns, row_, line, to);
  if (row_ < rows) return to;
  ++family_;
  row_ = 0;
  headed_ = false;
  return to;
}

std::string_view Rendering::Next() {
  char* to = piece_.get();
  const char* const full = to + kPiece - kSlack;
  while (family_ < JobFamilies().size() && to < full) {
    if (page_->Shows(JobFamilies()[family_])) {
      to = PutRows(to, full);
    } else {
      ++family_;
    }
  }
  if (to != piece_.get()) return {piece_.get(), static_cast<std::size_t>(to - piece_.get())};
  self_ = ended_ ? "" : page_->RenderSelf(format_);
  ended_ = true;
  return self_;
}

std::string RenderAll(const std::shared_ptr<const Page>& page, Format format, TimePoint now) {
  Rendering rendering(page, format, now);
  std::string all;
  for (std::string_view piece = rendering.Next(); !piece.empty(); piece = rendering.Next()) all += piece;
  return all;
}

}  // namespace batchslo
