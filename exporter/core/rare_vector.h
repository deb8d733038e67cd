#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace batchslo {

// A vector that is empty in most of its places, where it takes a pointer and nothing else.
template <class T>
class RareVector {
 public:
  RareVector() = default;
  RareVector(const RareVector& other) : all_(other.empty() ? nullptr : std::make_unique<std::vector<T>>(*other.all_)) {}
  RareVector(RareVector&&) noexcept = default;
  RareVector& operator=(RareVector other) noexcept { return std::swap(all_, other.all_), *this; }

  bool empty() const { return !all_ || all_->empty(); }
  operator const std::vector<T>&() const {
    static const std::vector<T> kNone;
    return all_ ? *all_ : kNone;
  }
  auto begin() const { return All().begin(); }
  auto end() const { return All().end(); }
  const T& back() const { return all_->back(); }  // of one that is not empty

  // To be changed.
  std::vector<T>& Own() {
    if (!all_) all_ = std::make_unique<std::vector<T>>();
    return *all_;
  }
  void clear() { all_.reset(); }

 private:
  const std::vector<T>& All() const { return *this; }

  std::unique_ptr<std::vector<T>> all_;
};

}  // namespace batchslo
