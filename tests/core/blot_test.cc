#include "exporter/core/blot.h"

#include <gtest/gtest.h>

#include <chrono>

namespace batchslo {
namespace {

std::string Blotted(std::string text, std::string_view secret) {
  Blot(text, secret);
  return text;
}

TEST(Blot, EachPlaceOfTheSecret) {
  EXPECT_EQ(Blotted("token-1 and token-1token-1.", "token-1"), "<secret> and <secret><secret>.");
  EXPECT_EQ(Blotted("token-2", "token-1"), "token-2");
  EXPECT_EQ(Blotted("secret", "secret"), "<secret>");
  EXPECT_EQ(Blotted("a", ""), "a");
}

// A place by itself for each would move all behind it, each time.
TEST(Blot, ATextOfNothingElseTakesAMoment) {
  const std::string secret = "canary-token-of-20-b";
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += secret;
  const auto began = std::chrono::steady_clock::now();
  const std::string blotted = Blotted(text, secret);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  EXPECT_EQ(blotted.size(), 200'000 * std::string_view("<secret>").size());
}

}  // namespace
}  // namespace batchslo
