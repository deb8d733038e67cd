#pragma once

#include <atomic>

namespace batchslo {

// A place among those that are at work at once; `before`: how many others there were.
struct Place {
  std::atomic<int>& count;
  const int before = count.fetch_add(1);
  ~Place() { --count; }
};

}  // namespace batchslo
