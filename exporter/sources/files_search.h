#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "exporter/core/option.h"
#include "exporter/net/http.h"
#include "exporter/sources/files_walk.h"

namespace batchslo {

// What an output of a files source asks for.
FilesWanted FilesWantedOf(const std::string& root, const Options& output, TimePoint now);

// One walk, and the thread that may hang in it: a file system that does not answer can't be interrupted. It is then
// left behind, and ends by itself.
class FilesSearch {
 public:
  // Error: no thread can be had.
  static Result<std::shared_ptr<FilesSearch>> Begin(FilesWanted wanted);

  // None: it had not ended by then, and is told to.
  std::optional<FilesAnswer> Wait(Deadline deadline, const std::stop_token& stop);
  bool HasEnded();

 private:
  void Finish(FilesAnswer answer);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<FilesAnswer> answer_;  // guarded by mutex_
  std::atomic<bool> given_up_ = false;
};

}  // namespace batchslo
