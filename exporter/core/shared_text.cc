#include "exporter/core/shared_text.h"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace batchslo {

// The last holder lets go under the mutex, so that nobody finds a text that is about to end.
struct SharedText::Pool {
  std::mutex mutex;
  std::unordered_map<std::string_view, std::unique_ptr<Kept>> texts;  // by the text itself

  // Never destroyed: texts may end after it.
  static Pool& The() {
    static Pool& pool = *new Pool;
    return pool;
  }
};

SharedText::SharedText(std::string_view text) {
  Pool& pool = Pool::The();
  const std::lock_guard lock(pool.mutex);
  const auto at = pool.texts.find(text);
  if (at != pool.texts.end()) {
    kept_ = at->second.get();
    Hold();
    return;
  }
  std::unique_ptr<Kept> kept(new Kept{std::string(text), 1});
  kept_ = kept.get();
  pool.texts.emplace(kept->text, std::move(kept));
}

const std::string& SharedText::operator*() const {
  static const std::string kNone;
  return kept_ ? kept_->text : kNone;
}

void SharedText::LetGo() {
  if (!kept_) return;
  std::size_t holders = kept_->holders.load(std::memory_order_relaxed);
  while (holders > 1) {
    if (kept_->holders.compare_exchange_weak(holders, holders - 1, std::memory_order_release)) return;
  }
  Pool& pool = Pool::The();
  const std::lock_guard lock(pool.mutex);
  if (kept_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) pool.texts.erase(pool.texts.find(kept_->text));
}

}  // namespace batchslo
