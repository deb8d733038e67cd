// S0, S1, S2: our page against prometheus-cpp's Collect and TextSerializer, and against memcpy of the same bytes.
#include <prometheus/text_serializer.h>

#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include "exporter/web/exposition.h"
#include "tests/bench/exposition_baseline.h"
#include "tests/bench/measure.h"
#include "tests/web/parse.h"
#include "tests/web/sample.h"

namespace batchslo::bench {
namespace {

constexpr int kRounds = 7;

using Samples = std::map<std::pair<std::string, std::map<std::string, std::string>>, double>;

// All but the figures of the process itself, which move. A bound of a histogram is a number: "1" and "1.0" are one.
Samples SamplesOf(const std::string& page, double& faults) {
  ParsedPage parsed = ParsePage(page);
  for (const std::string& fault : parsed.faults) Note("S0: %s", fault.c_str());
  faults += static_cast<double>(parsed.faults.size());
  Samples samples;
  for (Sample& one : parsed.samples) {
    if (one.name.starts_with("process_")) continue;
    if (const auto bound = one.labels.find("le"); bound != one.labels.end()) bound->second = std::to_string(std::strtod(bound->second.c_str(), nullptr));
    samples[{std::move(one.name), std::move(one.labels)}] = one.value;
  }
  return samples;
}

// The library writes 16 digits: equal to that.
bool Same(double a, double b) { return a == b || std::fabs(a - b) <= 1e-15 * std::fabs(a); }

std::string Ours(const std::shared_ptr<const Snapshot>& snapshot) {
  return RenderAll(std::make_shared<const Page>(snapshot, std::set<std::string>{}), Format::kText, sample::kNow);
}
std::string Theirs(const std::shared_ptr<const Snapshot>& snapshot) {
  return prometheus::TextSerializer().Serialize(Baseline(snapshot, sample::kNow).Collect());
}

double Differences(const std::shared_ptr<const Snapshot>& snapshot) {
  double differences = 0;
  const Samples ours = SamplesOf(Ours(snapshot), differences), theirs = SamplesOf(Theirs(snapshot), differences);
  const auto compare = [&](const Samples& some, const Samples& others, const char* whose) {
    for (const auto& [series, value] : some) {
      const auto at = others.find(series);
      if (at != others.end() && Same(value, at->second)) continue;
      if (++differences <= 5) Note("S0: %s of %s is not in the other page, or not so", series.first.c_str(), whose);
    }
  };
  compare(ours, theirs, "ours");
  compare(theirs, ours, "the baseline");
  Note("S0: %zu samples compared", ours.size());
  return differences;
}

// 10,000 usual jobs, and those that show all that can be shown.
std::shared_ptr<const Snapshot> Everything() {
  const auto snapshot = sample::Fleet(10'000);
  const auto mixed = sample::Mixed();
  snapshot->jobs.insert(snapshot->jobs.begin(), mixed->jobs.begin(), mixed->jobs.end());
  snapshot->sources = mixed->sources;
  return snapshot;
}

void MeasureRender(std::size_t jobs, bool printed) {
  const std::shared_ptr<const Snapshot> snapshot = sample::Fleet(jobs);
  const prometheus::TextSerializer serializer;
  const std::string text = Ours(snapshot);
  std::string copy(text.size(), '\0');
  std::shared_ptr<const Page> page;
  const auto build = [&] { page = std::make_shared<const Page>(snapshot, std::set<std::string>{}); };
  const auto render = [&] {
    Rendering rendering(page, Format::kText, sample::kNow);
    std::size_t bytes = 0;
    for (std::string_view piece = rendering.Next(); !piece.empty(); piece = rendering.Next()) bytes += piece.size();
    if (bytes + 1024 < text.size()) throw std::runtime_error("a page came short");
  };
  const auto baseline = [&] { Keep(serializer.Serialize(Baseline(snapshot, sample::kNow).Collect())); };
  const auto copied = [&] {
    std::memcpy(copy.data(), text.data(), text.size());
    Keep(copy);
  };
  build();
  const std::vector<double> least = Minima(kRounds, {render, baseline, copied, build});
  Note("%zu jobs, %.1f MB: render %.2f ms, prometheus-cpp %.1f ms, memcpy %.2f ms; columns of a new snapshot %.2f ms", jobs,
       static_cast<double>(text.size()) / 1e6, least[0] * 1e3, least[1] * 1e3, least[2] * 1e3, least[3] * 1e3);
  if (!printed) return;
  Print({"S1", least[1] / least[0], "x", 60, 40});
  Print({"S2", least[0] / least[2], "x", 4, 6});
}

}  // namespace

void BenchExposition() {
  const double differences = Differences(Everything());
  Print({"S0", differences, "samples", 0, 0});
  if (differences > 0) throw std::runtime_error("the two pages differ, so their times can't be compared");
  MeasureRender(1'000, false);
  MeasureRender(10'000, true);
}

}  // namespace batchslo::bench
