#pragma once

#include <atomic>

namespace batchslo {

// A place among those that are at work at once, or several; `before`: how many others had.
struct Place {
  explicit Place(std::atomic<int>& of, int many = 1) : count(of), places(many), before(of.fetch_add(many)) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { count -= places; }

  std::atomic<int>& count;
  const int places;
  const int before;
};

}  // namespace batchslo
