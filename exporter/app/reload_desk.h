#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "exporter/web/server.h"

namespace batchslo {

// Where other threads ask for a reload and wait for what came of it; the main thread does it.
class ReloadDesk {
 public:
  explicit ReloadDesk(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Any thread but the main one.
  ReloadOut Ask() {
    auto asked = std::make_shared<std::promise<ReloadOut>>();
    auto answer = asked->get_future();
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return kEnding;
      asked_.push_back(std::move(asked));
    }
    wake_();
    if (answer.wait_for(std::chrono::seconds(10)) != std::future_status::ready) return {false, "the reload takes longer than 10 s; see the log\n"};
    return answer.get();
  }

  // The main thread: one reload for all that asked.
  void Answer(const std::function<ReloadOut()>& reload) {
    const auto asked = [&] {
      const std::lock_guard lock(mutex_);
      return std::exchange(asked_, {});
    }();
    if (asked.empty()) return;
    const ReloadOut out = reload();
    for (const auto& promise : asked) promise->set_value(out);
  }

  // The main thread ends: nobody waits any more.
  void Close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    Answer([] { return kEnding; });
  }

 private:
  static inline const ReloadOut kEnding{false, "the daemon is ending\n"};
  std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<std::promise<ReloadOut>>> asked_;  // guarded by mutex_
  bool closed_ = false;                                          // guarded by mutex_
};

}  // namespace batchslo
