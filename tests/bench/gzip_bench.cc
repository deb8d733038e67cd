// S3: CPU of one gzip scrape of 100,000 jobs when nothing has changed since the last: the ages are written and deflated
// anew, all else was deflated before. A NOTE has the first scrape, one after a hundred jobs changed, and the snapshot's
// columns, which the first scrape of a snapshot makes.
#include <stdexcept>

#include "exporter/web/gzip_rendering.h"
#include "tests/bench/measure.h"
#include "tests/web/sample.h"

namespace batchslo::bench {
namespace {

constexpr std::size_t kJobs = 100'000, kChanged = 100;
constexpr int kRounds = 7;

std::size_t Scrape(const std::shared_ptr<const Page>& page, TimePoint now) {
  GzipRendering rendering(page, Format::kText, now);
  std::size_t bytes = 0;
  for (std::string_view piece = rendering.Next(); !piece.empty(); piece = rendering.Next()) bytes += piece.size();
  return bytes;
}

// As the evaluator gives it: a snapshot of its own, whose jobs are the same objects but for those that changed.
std::shared_ptr<const Snapshot> After(const Snapshot& snapshot, std::size_t changed) {
  auto next = std::make_shared<Snapshot>(snapshot);
  for (std::size_t i = 0; i < changed; ++i) {
    auto& job = next->jobs[i * (next->jobs.size() / changed)];
    auto other = sample::UsualJob(job->def->name);
    *other->last_success -= seconds{static_cast<std::int64_t>(i)};
    job = other;
  }
  return next;
}

}  // namespace

void BenchGzip() {
  std::shared_ptr<const Snapshot> snapshot = sample::Fleet(kJobs);
  std::shared_ptr<const Page> page = std::make_shared<const Page>(snapshot, std::set<std::string>{});
  TimePoint now = sample::kNow;
  std::size_t bytes = 0;
  const double first = CpuOf([&] { bytes = Scrape(page, now); });
  const auto scrape_after = [&](std::size_t changed) {
    snapshot = After(*snapshot, changed);
    now += seconds{15};
  };
  double quiet = 1e9, busy = 1e9, columns = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    scrape_after(0);
    quiet = std::min(quiet, CpuOf([&] {
                       page = std::make_shared<const Page>(snapshot, std::set<std::string>{}, nullptr, page.get());
                       bytes = Scrape(page, now);
                     }));
    scrape_after(kChanged);
    columns = std::min(columns, CpuOf([&] {
                         page = std::make_shared<const Page>(snapshot, std::set<std::string>{}, nullptr, page.get());
                       }));
    busy = std::min(busy, CpuOf([&] { bytes = Scrape(page, now); }));
  }
  if (bytes < kJobs) throw std::runtime_error("a page came short");
  Note(
      "%zu jobs, %.1f MB in gzip: first %.0f ms; nothing changed %.1f ms; %zu jobs changed %.0f ms, and %.0f ms for "
      "the columns",
      kJobs, static_cast<double>(bytes) / 1e6, first * 1e3, quiet * 1e3, kChanged, busy * 1e3, columns * 1e3);
  Print({"S3", quiet * 1e3, "ms", 60, 150});
}

}  // namespace batchslo::bench
