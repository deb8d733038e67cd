// Tested by tests/core/shared_value_test.cc.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace batchslo {

// An immutable value that may be missing, in eight bytes: for what few states have, or many have in common. Copies share it;
// equal by value. Any thread, as a shared_ptr is.
template <class T>
class SharedValue {
 public:
  SharedValue() = default;  // missing
  explicit SharedValue(T value) : kept_(new Kept{std::move(value), 1}) {}
  SharedValue(const SharedValue& other) : kept_(other.kept_) {
    if (kept_) kept_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  SharedValue(SharedValue&& other) noexcept : kept_(std::exchange(other.kept_, nullptr)) {}
  SharedValue& operator=(SharedValue other) noexcept { return std::swap(kept_, other.kept_), *this; }
  ~SharedValue() {
    if (kept_ && kept_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete kept_;
  }

  explicit operator bool() const { return kept_ != nullptr; }
  const T& operator*() const { return kept_->value; }  // of one that is there
  const T* operator->() const { return &kept_->value; }
  bool operator==(const SharedValue& other) const {
    return kept_ == other.kept_ || (kept_ && other.kept_ && kept_->value == other.kept_->value);
  }

 private:
  struct Kept {
    const T value;
    std::atomic<std::size_t> holders;
  };
  Kept* kept_ = nullptr;
};

}  // namespace batchslo
