#include "exporter/store/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

namespace batchslo {
namespace {

using namespace std::string_literals;

const TimePoint kNow = *ParseRfc3339("2026-03-01T00:00:00.000001Z");

const std::vector<Fact> kFacts = {
    {"s", kNow, JobFact{"a/b", false, "ns", "0 8 * * *", "Asia/Tokyo", "kubernetes", true, {{{"within", "30m"}, {"", "=\t\n%09"}}}}},
    {"s", kNow, JobFact{"j", true, {}, {}, {}, {}, {}, {}}},
    {"s", kNow, JobFact{"j", false, "", {}, {}, {}, false, {std::map<std::string, std::string>{}}}},
    {"s", kNow, ViewFact{"", true, kNow}},
    {"s", kNow, ViewFact{{}, false, {}}},
    {"s", kNow, RunFact{"j", "-", {}, {}, {}, {}, {}, Outcome::kSkipped, Trigger::kBackfill, "", "", ""}},
    {"s", kNow, RunFact{"j", "=", "-", kNow, kNow, kNow, kNow, Outcome::kFailed, Trigger::kManual, "r\0r"s, "T\tr\na%c\xff", "https://x"}},
    {"s", kNow, ObservationFact{"j", "o", kNow, -1, std::numeric_limits<std::int64_t>::max(), "p", {{"null.a", 0.1}, {"b", -1e300}}}},
    {"s", kNow, ObservationFact{"j", "o", {}, {}, {}, {}, {}}},
    {"s", kNow, LastSuccessFact{"j", kNow}},
    {"s", kNow, LastSuccessFact{"j", {}}},
    {"s", kNow, GoneFact{"j"}},
    {"s", kNow, DownFact{"-"}},
    {"s", kNow, DownFact{""}},
};

TEST(Codec, EveryFactComesBackAsItWas) {
  for (const Fact& fact : kFacts) {
    const StoredFact stored = Encode(fact);
    EXPECT_EQ(stored.fields.find('\0'), std::string::npos);
    EXPECT_EQ(Decode(stored), fact) << stored.fields;
  }
}

TEST(Codec, AnyTextComesBackAsItWas) {
  EXPECT_TRUE(rc::check([] {
    const Fact fact{"s", kNow, DownFact{*rc::gen::arbitrary<std::string>()}};
    RC_ASSERT(Decode(Encode(fact)) == fact);
  }));
}

TEST(Codec, DifferentFactsAreDifferentRows) {
  for (const Fact& a : kFacts) {
    for (const Fact& b : kFacts) {
      const StoredFact x = Encode(a), y = Encode(b);
      const bool same = x.kind == y.kind && x.job == y.job && x.key == y.key && x.fields == y.fields;
      EXPECT_EQ(same, a == b);
    }
  }
}

TEST(Codec, ADamagedRowIsNoFact) {
  const StoredFact run = Encode(kFacts[6]);
  for (const char* fields : {"", "-", "=\t=", "-\t-\t-\t-\t-\t=9\t=0\t-\t-\t-", "-\t-\t-\t-\t-\t=0\t=4\t-\t-\t-", "-\t=x\t-\t-\t-\t=0\t=0\t-\t-\t-"}) {
    StoredFact damaged = run;
    damaged.fields = fields;
    EXPECT_EQ(Decode(damaged), std::nullopt) << fields;
  }
  StoredFact later = run;
  later.kind = static_cast<FactKind>(7);
  EXPECT_EQ(Decode(later), std::nullopt);
}

TEST(Codec, GarbageNeverCrashes) {
  EXPECT_TRUE(rc::check([] {
    StoredFact stored;
    stored.kind = static_cast<FactKind>(*rc::gen::inRange(-1, 9));
    stored.fields = *rc::gen::container<std::string>(rc::gen::element('\t', '=', '-', '%', '0', '1', '9', 'A'));
    Decode(stored);
  }));
}

TEST(Codec, ASuccessIsNeverLaterThanItsSight) {
  RunFact run;
  run.outcome = Outcome::kSucceeded;
  EXPECT_EQ(Encode({"s", kNow, run}).success, kNow);
  run.finished = kNow + seconds{1};
  EXPECT_EQ(Encode({"s", kNow, run}).success, kNow);
  run.finished = kNow - seconds{1};
  EXPECT_EQ(Encode({"s", kNow, run}).success, kNow - seconds{1});
  run.outcome = Outcome::kFailed;
  EXPECT_EQ(Encode({"s", kNow, run}).success, std::nullopt);
}

}  // namespace
}  // namespace batchslo
