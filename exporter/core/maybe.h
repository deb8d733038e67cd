#pragma once

#include <compare>
#include <concepts>
#include <optional>

namespace batchslo {

// A TimePoint, a Duration or a struct of them that may be missing, in the bytes of one: std::optional in the states and histories
// that each job has. Missing is told by T::min(), which nothing real is.
template <class T>
class Maybe {
 public:
  Maybe() = default;  // missing
  Maybe(std::nullopt_t) {}
  template <std::convertible_to<T> Value>
  Maybe(Value value) : value_(value) {}
  Maybe(const std::optional<T>& other) : value_(other.value_or(T::min())) {}
  operator std::optional<T>() const { return *this ? std::optional(value_) : std::nullopt; }

  explicit operator bool() const { return value_ != T::min(); }
  bool has_value() const { return static_cast<bool>(*this); }
  const T& operator*() const { return value_; }  // of one that is there
  T& operator*() { return value_; }
  const T* operator->() const { return &value_; }
  T* operator->() { return &value_; }
  T value_or(T fallback) const { return *this ? value_ : fallback; }
  void reset() { value_ = T::min(); }
  auto operator<=>(const Maybe&) const = default;  // missing ones first

 private:
  T value_ = T::min();
};

}  // namespace batchslo
