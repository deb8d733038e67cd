#pragma once

#include <atomic>

namespace batchslo {

// A place among those that are at work at once; `before`: how many others there were.
struct Place {
  explicit Place(std::atomic<int>& of) : count(of), before(of.fetch_add(1)) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --count; }

  std::atomic<int>& count;
  const int before;
};

}  // namespace batchslo
