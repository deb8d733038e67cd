#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "exporter/core/result.h"

namespace batchslo {

// Where other threads ask the main thread for something, and wait for what came of it.
template <class In, class Out>
class Desk {
 public:
  explicit Desk(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Any thread but the main one. Errors: it takes too long; the daemon is ending.
  Result<Out> Ask(In in) {
    auto asked = std::make_shared<Question>();
    asked->in = std::move(in);
    auto answer = asked->out.get_future();
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return Ending();
      asked_.push_back(std::move(asked));
    }
    wake_();
    if (answer.wait_for(std::chrono::seconds(10)) != std::future_status::ready) return Error{"it takes longer than 10 s; see the log"};
    return answer.get();
  }

  // The main thread: all that was asked since the last time.
  void Answer(const std::function<Result<Out>(const In&)>& answer) {
    const auto asked = [&] {
      const std::lock_guard lock(mutex_);
      return std::exchange(asked_, {});
    }();
    for (const auto& question : asked) question->out.set_value(answer(question->in));
  }

  // The main thread ends: nobody waits any more.
  void Close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    Answer([](const In&) { return Ending(); });
  }

 private:
  struct Question {
    In in;
    std::promise<Result<Out>> out;
  };
  static Result<Out> Ending() { return Error{"the daemon is ending"}; }

  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Question>> asked_;  // guarded by mutex_
  bool closed_ = false;                           // guarded by mutex_
};

}  // namespace batchslo
