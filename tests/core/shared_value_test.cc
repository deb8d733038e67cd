#include "exporter/core/shared_value.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace batchslo {
namespace {

using Text = SharedValue<std::string>;

TEST(SharedValue, CopiesShareWhatIsKept) {
  const Text a("maintenance of the data base");
  Text b = a, c;
  c = b;
  EXPECT_EQ(&*a, &*c);
  b = Text();
  EXPECT_FALSE(b);
  EXPECT_EQ(*c, "maintenance of the data base");
}

TEST(SharedValue, IsEqualByValue) {
  EXPECT_EQ(Text("a"), Text("a"));
  EXPECT_EQ(Text(), Text());
  EXPECT_FALSE(Text("a") == Text("b"));
  EXPECT_FALSE(Text("") == Text());
}

TEST(SharedValue, LivesAsLongAsAnyHoldsIt) {
  std::vector<Text> all;
  {
    const Text first("outlives it");
    all.assign(100, first);
  }
  Text last = std::move(all.back());
  all.clear();
  last = *&last;
  EXPECT_EQ(last->size(), 11u);
}

}  // namespace
}  // namespace batchslo
