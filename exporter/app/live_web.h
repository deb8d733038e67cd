#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "exporter/config/web_config.h"
#include "exporter/core/snapshot.h"
#include "exporter/web/guard.h"

namespace batchslo {

// The web configuration in force, and what is told of it: a bad file changes only the telling.
class LiveWeb {
 public:
  enum class Look { kSame, kAccepted, kRefused };

  // `file` empty: there is none, all may come, and nothing is told.
  explicit LiveWeb(std::string file) : file_(std::move(file)) {}

  // The main thread: reads the file, and those that it names, anew. kSame: as at the last look, good or bad.
  Look Read(TimePoint now);
  bool IsNamed() const { return !file_.empty(); }

  // Any thread.
  std::shared_ptr<const Guard> Get() const;
  std::optional<ConfigState> State() const;  // none: no file is named

 private:
  struct Seen {
    std::optional<WebAccess> access;
    std::string faults;
    bool operator==(const Seen&) const = default;
  };

  const std::string file_;
  std::optional<Seen> seen_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Guard> guard_;  // guarded by mutex_
  ConfigState state_;                   // guarded by mutex_
};

}  // namespace batchslo
