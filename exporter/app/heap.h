#pragma once

#include <malloc.h>

namespace batchslo {

// glibc gives every thread an arena of its own, eight a core, and each keeps what its busiest moment needed: scrapes of
// 100,000 jobs held 150 MB for good. Two are enough; small blocks are cached by each thread anyway. And it learns to
// take large blocks from the heap, where they leave holes: the columns of a page shall come and go by themselves.
// Before the first thread starts.
inline void ShareHeap() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

// Gives the pages back to the system that nothing lies in, also between those in use: after a configuration was read
// a third of the heap are holes. Milliseconds.
inline void GiveBackHeap() { malloc_trim(0); }

}  // namespace batchslo
