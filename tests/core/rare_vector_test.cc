#include "exporter/core/rare_vector.h"

#include <gtest/gtest.h>

namespace batchslo {
namespace {

TEST(RareVector, TakesAPointer) { EXPECT_EQ(sizeof(RareVector<int>), sizeof(void*)); }

TEST(RareVector, IsAVectorOfItsOwn) {
  RareVector<int> all;
  EXPECT_TRUE(all.empty());
  EXPECT_EQ(all.begin(), all.end());
  all.Own().push_back(3);
  RareVector<int> copy = all;
  copy.Own().push_back(4);
  EXPECT_EQ(all.back(), 3);
  EXPECT_EQ(static_cast<const std::vector<int>&>(copy), (std::vector<int>{3, 4}));
  all = std::move(copy);
  EXPECT_EQ(all.back(), 4);
  all.clear();
  EXPECT_TRUE(all.empty());
  copy = all;
  EXPECT_TRUE(copy.empty());
}

}  // namespace
}  // namespace batchslo
