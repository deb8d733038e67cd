// M1: resident bytes a job, at 100,000 jobs: the Tracker with 32 runs a job behind it (definitions, histories, texts that
// outlive a restart), its newest Snapshot, and the Page that a scrape renders from. Not counted, for they do not grow with
// the jobs: threads, sockets, libraries, the ledger's cache.
#include <malloc.h>

#include "exporter/web/exposition.h"
#include "tests/bench/fleet.h"
#include "tests/bench/measure.h"

namespace batchslo::bench {

void BenchMemory() {
  constexpr std::size_t kJobs = 100'000;
  const double before = Resident(), live = static_cast<double>(mallinfo2().uordblks);
  Tracker tracker = MakeFleet(kJobs);
  static_cast<void>(tracker.TakeChangedMemory());
  const double tracked = Resident();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->at = kFleetNow;
  snapshot->jobs = tracker.Evaluate(kFleetNow, [](const auto&, const auto&) { return true; });
  static_cast<void>(tracker.TakeChangedMemory());
  static_cast<void>(tracker.TakeChangedTallies());
  const double judged = Resident();
  const auto page = std::make_shared<const Page>(snapshot, std::set<std::string>{});
  const double shown = Resident();
  const auto each = [&](double bytes) { return bytes / static_cast<double>(kJobs); };
  Note("bytes a job: %.0f live on the heap; resident: tracker %.0f, states and memories %.0f, page %.0f", each(static_cast<double>(mallinfo2().uordblks) - live), each(tracked - before), each(judged - tracked), each(shown - judged));
  Keep(page);
  Print({"M1", each(shown - before) / 1024, "KB", 1.5, 3});
}

}  // namespace batchslo::bench
