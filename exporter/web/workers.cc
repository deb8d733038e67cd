// Tested by tests/web/server_test.cc.
#include "exporter/web/workers.h"

#include <chrono>
#include <system_error>

namespace batchslo {
namespace {

constexpr std::chrono::seconds kIdle{2};
constexpr std::size_t kMostWaiting = kMostWorkers;  // for a worker: some always get free soon

void Make(Workers::Work& work, const Answer& answer) {
  try {
    work.reply = Exchange(std::move(work.question), answer);
  } catch (const std::exception&) {  // no memory: its connection ends
  }
}

}  // namespace

Workers::~Workers() {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  waiting_.clear();
  changed_.notify_all();
  changed_.wait(lock, [&] { return threads_.empty(); });
}

bool Workers::Take(std::uint64_t id, Question question) {
  std::list<Work> one;
  one.push_back({id, std::move(question)});
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= idle_) {
      if (threads_.size() == kMostWorkers && waiting_.size() >= kMostWaiting) return false;
      if (threads_.size() < kMostWorkers && !Start()) return false;
    }
    waiting_.splice(waiting_.end(), one);
  }
  changed_.notify_one();  // who wakes finds the lock free
  return true;
}

// False: there are no more threads for us.
bool Workers::Start() {
  try {
    const auto self = threads_.emplace(threads_.end());
    try {
      *self = std::jthread([this, self] { Run(self); });
    } catch (const std::exception&) {
      threads_.erase(self);
      throw;
    }
  } catch (const std::exception&) {
    return false;
  }
  return true;
}

void Workers::Run(Threads::iterator self) {
  std::jthread before;
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait_for(lock, kIdle, [&] { return is_stopping_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) break;
    std::list<Work> one;
    one.splice(one.end(), waiting_, waiting_.begin());
    lock.unlock();
    Make(one.front(), answer_);
    lock.lock();
    const bool is_first = finished_.empty();
    finished_.splice(finished_.end(), one);
    lock.unlock();
    if (is_first) wake_();
    lock.lock();
  }
  before = std::exchange(gone_, std::move(*self));
  threads_.erase(self);
  changed_.notify_all();
}

std::list<Workers::Work> Workers::Finished() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

}  // namespace batchslo
