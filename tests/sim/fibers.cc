#include "tests/sim/fibers.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace sim {
namespace {

constexpr std::size_t kStack = 512 << 10;

// Stacks are used again: mapping them anew takes longer than what runs on them.
std::vector<void*>& FreeStacks() {
  static std::vector<void*> stacks;
  return stacks;
}

void* TakeStack() {
  auto& free = FreeStacks();
  if (!free.empty()) {
    void* const stack = free.back();
    free.pop_back();
    return stack;
  }
  void* const stack = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) throw std::bad_alloc();
  return stack;
}

}  // namespace

Fibers::~Fibers() {
  for (const auto& fiber : fibers_) Reap(*fiber);
}

void Fibers::Reap(Fiber& fiber) {
  if (fiber.stack) FreeStacks().push_back(fiber.stack);
  fiber.stack = nullptr;
  fiber.body = nullptr;
}

Fibers::Id Fibers::Spawn(std::function<void()> body) {
  auto fiber = std::make_unique<Fiber>();
  fiber->body = std::move(body);
  fiber->wakes = steady_;
  fiber->stack = TakeStack();
  getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack;
  fiber->context.uc_stack.ss_size = kStack;
  fiber->context.uc_link = nullptr;
  const auto self = reinterpret_cast<std::uintptr_t>(fiber.get());
  makecontext(&fiber->context, reinterpret_cast<void (*)()>(Enter), 2, static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
  fibers_.push_back(std::move(fiber));
  return fibers_.size() - 1;
}

Fibers* Fibers::entered_ = nullptr;

void Fibers::Enter(unsigned high, unsigned low) {
  auto* const fiber = reinterpret_cast<Fiber*>(std::uintptr_t{high} << 32 | low);
  fiber->body();
  fiber->ended = true;
  _longjmp(entered_->here_, 1);
}

void Fibers::Resume(Fiber& fiber) {
  running_ = &fiber;
  entered_ = this;
  if (_setjmp(here_) == 0) {
    if (fiber.begun) _longjmp(fiber.at, 1);
    fiber.begun = true;
    setcontext(&fiber.context);
  }
  running_ = nullptr;
  if (fiber.ended) Reap(fiber);
}

// Of those that are due at one instant the first to have begun.
Fibers::Fiber* Fibers::NextDue() {
  Fiber* next = nullptr;
  for (const auto& fiber : fibers_) {
    if (!fiber->ended && (!next || fiber->wakes < next->wakes)) next = fiber.get();
  }
  return next;
}

void Fibers::Pass(Instant steady) {
  if (steady <= steady_) return;
  now_ += steady - steady_;
  steady_ = steady;
}

void Fibers::Run(Instant until, const std::function<void()>& after) {
  for (Fiber* next = NextDue(); next && now_ + (next->wakes - steady_) <= until; next = NextDue()) {
    Pass(next->wakes);
    Resume(*next);
    after();
  }
  if (until > now_) Pass(steady_ + (until - now_));
}

bool Fibers::WaitUntil(Instant steady) {
  Fiber* const self = running_;
  if (!self) std::abort();  // only a fiber may wait
  self->wakes = steady > steady_ ? steady : steady_;
  if (_setjmp(self->at) == 0) _longjmp(here_, 1);
  return steady_ >= steady;
}

}  // namespace sim
