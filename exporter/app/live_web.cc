// Tested by tests/app/live_web_test.cc and tests/daemon/web_config_test.py.
#include "exporter/app/live_web.h"

namespace batchslo {

LiveWeb::Look LiveWeb::Read(TimePoint now) {
  if (file_.empty()) return Look::kSame;
  WebConfigResult read = ReadWebConfig(file_);
  Seen seen{std::move(read.access), read.Faults()};
  if (seen_ == seen) return Look::kSame;
  seen_ = std::move(seen);
  auto guard = seen_->access ? Guard::Make(*seen_->access, Get().get()) : Error{seen_->faults};
  const std::lock_guard lock(mutex_);
  state_.file = file_;
  state_.last_reload_ok = guard.Ok();
  state_.error = guard ? "" : seen_->access ? file_ + ": error: " + guard.Message() + "\n" : guard.Message();
  if (!guard) return Look::kRefused;
  state_.last_reload_success = now;
  guard_ = std::move(guard).Value();
  return Look::kAccepted;
}

std::shared_ptr<const Guard> LiveWeb::Get() const {
  const std::lock_guard lock(mutex_);
  return guard_;
}

std::optional<ConfigState> LiveWeb::State() const {
  if (file_.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace batchslo
