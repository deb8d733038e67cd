#include "exporter/core/spans.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace batchslo {
namespace {

TimePoint T(std::int64_t micros) { return TimePoint{Duration{micros}}; }

TEST(Spans, BothEndsBelong) {
  Spans spans;
  spans.Add(T(10), T(20));
  EXPECT_TRUE(spans.Cover(T(10), T(20)));
  EXPECT_FALSE(spans.Cover(T(9), T(20)));
  EXPECT_FALSE(spans.Cover(T(10), T(21)));
  EXPECT_EQ(spans.LongestSince(T(0)), Duration{10});
}

TEST(Spans, WhatIsAddedBackwardsIsNothing) {
  Spans spans;
  spans.Add(T(20), T(10));
  spans.AddAfter(T(20), T(20));
  EXPECT_TRUE(spans.Empty());
}

TEST(Spans, AfterAValueTheValueItselfIsNotCoveredButTheLengthIsExact) {
  Spans spans;
  spans.AddAfter(T(10), T(20));
  EXPECT_FALSE(spans.Cover(T(10), T(20)));
  EXPECT_TRUE(spans.Cover(T(11), T(20)));
  EXPECT_EQ(spans.LongestSince(T(0)), Duration{10});
  EXPECT_EQ(spans.LongestSince(T(15)), Duration{5});
}

TEST(Spans, WhatTouchesIsOneAndAGapParts) {
  Spans touching, apart;
  touching.Add(T(10), T(20));
  touching.AddAfter(T(20), T(30));
  EXPECT_TRUE(touching.Cover(T(10), T(30)));
  apart.Add(T(10), T(20));
  apart.Add(T(22), T(30));
  EXPECT_FALSE(apart.Cover(T(10), T(30)));
}

TEST(Spans, ARemovedInstantParts) {
  Spans spans;
  spans.Add(T(10), T(20));
  spans.Remove(T(14));
  EXPECT_FALSE(spans.Cover(T(10), T(20)));
  EXPECT_TRUE(spans.Cover(T(10), T(13)));
  EXPECT_TRUE(spans.Cover(T(15), T(20)));
  EXPECT_EQ(spans.LongestSince(T(0)), Duration{6});
}

TEST(Spans, NoTimeIsTooEarlyOrTooLate) {
  Spans spans;
  spans.Add(TimePoint::min(), TimePoint::max());
  EXPECT_TRUE(spans.Cover(T(0), T(1)));
}

TEST(Stretches, JoinWhatIsAtMostTheBoundApart) {
  Stretches stretches;
  for (const std::int64_t at : {0, 10, 21, 30}) stretches.Add(T(at), Duration{10});
  EXPECT_EQ(stretches.All(), (std::vector<Span>{{T(0), T(10)}, {T(21), T(30)}}));
  stretches.Add(T(15), Duration{10});
  EXPECT_EQ(stretches.All(), (std::vector<Span>{{T(0), T(30)}}));
}

RC_GTEST_PROP(SpansProperties, AgreeWithASetOfInstants, ()) {
  Spans spans;
  std::vector<bool> covered(64);
  for (int i = *rc::gen::inRange(0, 8); i > 0; --i) {
    const int from = *rc::gen::inRange(0, 32), to = from + *rc::gen::inRange(0, 12);
    if (*rc::gen::inRange(0, 4) == 0) {
      spans.Remove(T(from));
      covered[static_cast<std::size_t>(2 * from)] = false;
      continue;
    }
    spans.Add(T(from), T(to));
    for (int half = 2 * from; half <= std::min(2 * to, 63); ++half) covered[static_cast<std::size_t>(half)] = true;
  }
  const int from = *rc::gen::inRange(0, 30), to = *rc::gen::inRange(from, 31);
  const bool expected = std::all_of(covered.begin() + 2 * from, covered.begin() + 2 * to + 1, [](bool bit) { return bit; });
  RC_ASSERT(spans.Cover(T(from), T(to)) == expected);
}

}  // namespace
}  // namespace batchslo
