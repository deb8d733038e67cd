// E1: what one evaluation costs a job, in the real Tracker over the fleet of fleet.h: the verdicts, and what of them has to
// outlive a restart.
//
// E1 is the steady state: the daemon's tick, a look at the sources and nothing else since the one before, over two minutes.
// What is due in them (a tick of a schedule, a deadline, the end of a window) is judged again, with cron and zone; all other
// jobs are passed by. Letting the states go that nobody needs any more is not counted. A note says what a job costs that has
// a new run, and so is judged from all of its history. E3 is the same tick for 100,000 jobs with all kinds of objectives, and
// E3n one in which each of them has a new run.
#include "tests/bench/fleet.h"
#include "tests/bench/measure.h"

#include <algorithm>
#include <limits>

namespace batchslo::bench {
namespace {

constexpr Duration kTick = seconds{5};  // the default of --evaluation.interval
constexpr int kTicks = 24, kRounds = 5;
constexpr std::size_t kMostJobs = 100'000;

using States = std::vector<std::shared_ptr<const JobState>>;

bool IsUp(const std::string&, const std::string&) { return true; }

void TellStates(const States& states) {
  std::size_t counts[6] = {};
  for (const auto& state : states) ++counts[static_cast<std::size_t>(state->state)];
  Note("%zu jobs: met %zu, missed %zu, unknown %zu, pending %zu", states.size(), counts[0], counts[1], counts[2], counts[3]);
}

struct Costs {
  double steady = std::numeric_limits<double>::max(), fresh = steady;  // nanoseconds a job
  std::size_t judged = 0;                                              // of them in a steady round, a tick
};

// The least of so many rounds of two minutes; each begins with a run for everybody and ends at the next one.
Costs Measure(std::size_t jobs, Kinds kinds) {
  Tracker tracker = MakeFleet(jobs, kinds);
  TimePoint now = kFleetNow + seconds{1};
  States states = tracker.Evaluate(now, IsUp);
  TellStates(states);
  Costs costs;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < jobs; ++i) tracker.Apply(FreshRun(i, now));
    states.clear();
    const double fresh = CpuOf([&] {
      states = tracker.Evaluate(now, IsUp);
      Keep(tracker.TakeChangedMemory());
      Keep(tracker.TakeChangedTallies());
    });
    costs.fresh = std::min(costs.fresh, fresh * 1e9 / static_cast<double>(jobs));
    double steady = 0;
    std::size_t judged = 0;
    for (int tick = 0; tick < kTicks; ++tick) {
      now += kTick;
      SeeSources(tracker, now);
      const States before = std::move(states);
      steady += CpuOf([&] {
        states = tracker.Evaluate(now, IsUp);
        Keep(tracker.TakeChangedMemory());
        Keep(tracker.TakeChangedTallies());
      });
      for (std::size_t i = 0; i < jobs; ++i) judged += states[i] != before[i];
    }
    costs.steady = std::min(costs.steady, steady * 1e9 / static_cast<double>(jobs) / kTicks);
    costs.judged = judged / kTicks;
  }
  TellStates(states);
  return costs;
}

}  // namespace

void BenchEvaluation() {
  double worst = 0;
  for (const Kinds kinds : {Kinds::kCommon, Kinds::kAll}) {
    for (const std::size_t jobs : {std::size_t{10'000}, kMostJobs}) {
      const Costs costs = Measure(jobs, kinds);
      worst = std::max(worst, costs.steady);
      Note("%zu jobs%s: a tick costs %.1f ns a job, of which %zu are judged anew; all with a new run %.0f ns a job", jobs,
           kinds == Kinds::kAll ? " with all kinds of objectives" : "", costs.steady, costs.judged, costs.fresh);
      if (jobs != kMostJobs || kinds != Kinds::kAll) continue;
      Print({"E3", costs.steady * jobs / 1e6, "ms", 50, 100});
      Print({"E3n", costs.fresh * jobs / 1e6, "ms", 250, 500});
    }
  }
  Print({"E1", worst, "ns", 100, 500});
}

}  // namespace batchslo::bench
