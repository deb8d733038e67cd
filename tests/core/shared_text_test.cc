#include "exporter/core/shared_text.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace batchslo {
namespace {

TEST(SharedText, IsKeptOnceAndReadsAsAString) {
  const SharedText a = "Asia/Tokyo", b = std::string("Asia/") + "Tokyo";
  EXPECT_EQ(a, b);
  EXPECT_EQ(&*a, &*b);
  EXPECT_EQ(a, "Asia/Tokyo");
  EXPECT_NE(a, std::string("UTC"));
  EXPECT_EQ("in " + a + ".", "in Asia/Tokyo.");
  EXPECT_EQ(sizeof a, sizeof(void*));
}

TEST(SharedText, NoneIsNotTheEmptyTextButReadsAsIt) {
  const SharedText none, empty = "";
  EXPECT_FALSE(none);
  EXPECT_TRUE(empty);
  EXPECT_NE(none, empty);
  EXPECT_EQ(none, "");
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.Or("UTC"), "UTC");
  EXPECT_EQ(empty.Or("UTC"), "");
}

TEST(SharedText, LivesAsLongAsItsLastHolder) {
  SharedText kept;
  {
    const SharedText first = "held by two";
    kept = first;
  }
  SharedText moved = std::move(kept);
  EXPECT_EQ(moved, "held by two");
  moved = moved;
  EXPECT_EQ(moved, "held by two");
  moved = SharedText();
  EXPECT_EQ(SharedText("held by two"), "held by two");
}

// Under TSan and ASan: the last holder lets go while others find the same text.
TEST(SharedText, ComesAndGoesOnManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 20'000; ++i) {
        const SharedText text = i % 2 == 0 ? "even" : "odd", copy = text;
        if (copy.empty()) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(SharedText("even"), "even");
}

}  // namespace
}  // namespace batchslo
