#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "exporter/web/exchange.h"

namespace batchslo {

inline constexpr std::size_t kMostWorkers = 288;

// Threads that make replies which may be long in coming. They come when they are needed and go when they are not.
class Workers {
 public:
  struct Work {
    std::uint64_t id;
    Question question;
    std::optional<Reply> reply = {};  // none: it could not be made
  };

  // `wake`: there is something finished; called from any thread.
  Workers(Answer answer, std::function<void()> wake) : answer_(std::move(answer)), wake_(std::move(wake)) {}
  ~Workers();  // waits for those at work

  // False: there are too many at work.
  bool Take(std::uint64_t id, Question question);
  std::list<Work> Finished();

 private:
  using Threads = std::list<std::jthread>;
  bool Start();
  void Run(Threads::iterator self);

  const Answer answer_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Work> waiting_, finished_;  // guarded by mutex_, as all below
  std::size_t idle_ = 0;
  bool is_stopping_ = false;
  Threads threads_;
  std::jthread gone_;  // the last that went; it is joined by the next
};

}  // namespace batchslo
