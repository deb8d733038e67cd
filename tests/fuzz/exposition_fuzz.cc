// Fuzzes exporter/web/exposition.cc, columns.cc and writer.cc with names, texts and numbers: what a strict reader reads
// back is what was put in. An input: a line a job; its words, parted by tabs, are name, team, output, source, number.
#include "exporter/web/exposition.h"

#include <cstring>
#include <set>

#include "exporter/web/escape.h"
#include "tests/fuzz/fuzz.h"
#include "tests/web/parse.h"

namespace {

using namespace batchslo;

double NumberOf(std::string_view bytes) {
  double number = 0;
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
  return number;
}

std::shared_ptr<JobState> JobOf(std::string_view words) {
  auto def = std::make_shared<JobDef>();
  auto job = std::make_shared<JobState>();
  def->name = fuzz::Cut(words, '\t');
  def->team = SharedText(fuzz::Cut(words, '\t'));
  OutputState output;
  output.name = SharedText(fuzz::Cut(words, '\t'));
  output.source = SharedText(fuzz::Cut(words, '\t'));
  const double number = NumberOf(words);
  output.rows = static_cast<std::int64_t>(words.size()) - 4;
  output.checks = {{SharedText("rows"), number > 0, number}};
  def->outputs = {{output.name, output.source, {}}};
  job->outputs = {output};
  job->state_since = job->first_seen = TimePoint{Duration{static_cast<std::int64_t>(words.size()) * 1'234'567}};
  job->runs_source = output.source;
  job->runs = RunsState{};
  job->def = std::move(def);
  return job;
}

std::shared_ptr<const Snapshot> SnapshotOf(std::string_view text) {
  auto snapshot = std::make_shared<Snapshot>();
  for (const std::string_view line : fuzz::LinesOf(text)) snapshot->jobs.push_back(JobOf(line));
  SourceState source;
  source.name = std::string(text.substr(0, 40));
  source.kind = "sql";
  source.failures = {{std::string(text.substr(0, 30)), 1}};
  source.scopes = {{std::string(text.substr(0, 20)), true, std::string(text)}};
  source.extras = {{"batchslo_kubernetes_list_total", {{"result", std::string(text.substr(0, 10))}}, 1}};
  snapshot->sources = {source};
  snapshot->config.file = std::string(text);
  return snapshot;
}

void CheckPage(const std::shared_ptr<const Snapshot>& snapshot, Format format) {
  const std::string text = RenderAll(std::make_shared<const Page>(snapshot, std::set<std::string>{}), format, TimePoint{days{1}});
  const ParsedPage page = ParsePage(text);
  for (const std::string& fault : page.faults) std::fprintf(stderr, "%s\n", fault.c_str());
  CHECK(page.faults.empty() && page.ended == (format == Format::kOpenMetrics));
  std::multiset<std::string> names;
  for (const Sample& sample : page.samples) {
    if (sample.name == "batchslo_job_first_seen_timestamp_seconds") names.insert(sample.labels.at("job_name"));
  }
  for (const auto& job : snapshot->jobs) CHECK(IsLossyLabel(job->def->name) || names.count(job->def->name) == 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto snapshot = SnapshotOf(fuzz::TextOf(data, size));
  CheckPage(snapshot, Format::kText);
  CheckPage(snapshot, Format::kOpenMetrics);
  return 0;
}
