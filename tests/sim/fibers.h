#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <functional>
#include <memory>
#include <vector>

#include "exporter/core/clock.h"
#include "tests/sim/timetable.h"

namespace sim {

// The virtual world's time, and the loops of the product that wait in it: each runs on a stack of its own until it waits,
// and is gone on with at its instant. One real thread; the order is the same each time.
class Fibers {
 public:
  explicit Fibers(Instant now) : now_(now) {}
  ~Fibers();

  using Id = std::size_t;
  Id Spawn(std::function<void()> body);  // begins with the next Run
  bool HasEnded(Id id) const { return fibers_[id]->ended; }
  void Wake(Id id) { fibers_[id]->wakes = steady_; }  // what it waits for is over

  // Runs all that is due up to `until` (truly), in order; `after` is called after each piece. Then it is that instant.
  void Run(Instant until, const std::function<void()>& after);

  // Of a fiber: until then, by the steady clock; false: it was woken before.
  bool WaitUntil(Instant steady);

  Instant Now() const { return now_; }        // as it truly is
  Instant Steady() const { return steady_; }  // stands still while the machine sleeps
  void Sleep(Instant time) { now_ += time; }

 private:
  struct Fiber {
    ucontext_t context{};  // of its beginning
    jmp_buf at{};          // where it waits; to go on from there asks nothing of the kernel
    bool begun = false;
    void* stack = nullptr;
    std::function<void()> body;
    Instant wakes = 0;
    bool ended = false;
  };
  static void Enter(unsigned high, unsigned low);
  static Fibers* entered_;
  void Resume(Fiber& fiber);
  Fiber* NextDue();
  void Pass(Instant steady);
  void Reap(Fiber& fiber);

  Instant now_, steady_ = 1000 * oracle::kDay;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  Fiber* running_ = nullptr;
  jmp_buf here_{};
};

// Our clock, which may be wrong.
class SimClock : public batchslo::Clock {
 public:
  explicit SimClock(Fibers& fibers) : fibers_(fibers) {}
  batchslo::TimePoint Now() override { return batchslo::TimePoint{batchslo::Duration{fibers_.Now() + error}}; }
  batchslo::SteadyPoint Steady() override { return batchslo::SteadyPoint{batchslo::Duration{fibers_.Steady()}}; }
  bool WaitFor(std::chrono::milliseconds time, std::stop_token stop) override {
    if (stop.stop_requested()) return false;
    fibers_.WaitUntil(fibers_.Steady() + batchslo::Duration(time).count());
    return !stop.stop_requested();
  }

  Instant error = 0;

 private:
  Fibers& fibers_;
};

}  // namespace sim
