#pragma once

#include <atomic>

namespace batchslo {

// One of those that are at work at once; `before`: how many others were.
struct Turn {
  std::atomic<int>& count;
  const int before = count.fetch_add(1);
  ~Turn() { --count; }
};

}  // namespace batchslo
