#include "exporter/core/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace batchslo {
namespace {

TEST(Rfc3339, ReadsAnyOffsetAndCutsFractionsToMicroseconds) {
  for (const auto& [text, utc] : std::vector<std::pair<std::string, std::string>>{
           {"2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"},
           {"2026-03-01t09:00:00z", "2026-03-01T09:00:00Z"},
           {"2026-03-01T09:00:00+09:00", "2026-03-01T00:00:00Z"},
           {"2026-03-01T00:00:00-12:45", "2026-03-01T12:45:00Z"},
           {"2026-03-01T09:00:00.5Z", "2026-03-01T09:00:00.5Z"},
           {"2026-03-01T09:00:00.123456789Z", "2026-03-01T09:00:00.123456Z"},
           {"2024-02-29T23:59:59.999999Z", "2024-02-29T23:59:59.999999Z"},
           {"1970-01-01T00:01:00+00:01", "1970-01-01T00:00:00Z"},
           {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
           {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"}}) {
    const auto time = ParseRfc3339(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(FormatRfc3339(*time), utc) << text;
  }
}

TEST(Rfc3339, RefusesWhatIsNoInstant) {
  for (const std::string text : {"", "2026-03-01", "2026-03-01T09:00:00", "2026-03-01T09:00Z", "2026-02-29T09:00:00Z", "2026-13-01T09:00:00Z",
                                 "2026-03-01T24:00:00Z", "2026-03-01T09:60:00Z", "2026-03-01T09:00:00.Z", "2026-03-01T09:00:00+9:00",
                                 "2026-03-01T09:00:00+25:00", "2026-03-01T09:00:00Zx", " 2026-03-01T09:00:00Z", "1969-12-31T23:59:59Z",
                                 "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:00-00:01", "9999-12-31T23:59:60Z"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(Time, WhatIsNoneIsToldWithoutWhatMovesATerminal) {
  for (const std::string text : {"evil\x1b]0;pwn\x07", "a\nb", "\xc2\x9b" "1m", "\xe2\x80\xae"}) {
    for (const std::string& message : {ParseRfc3339(text).Message(), ParseDuration(text).Message()}) {
      EXPECT_TRUE(std::all_of(message.begin(), message.end(), [](char c) { return c >= 0x20 && c < 0x7f; })) << message;
    }
  }
}

RC_GTEST_PROP(Rfc3339Properties, ReadsWhatItWrites, ()) {
  const TimePoint time{Duration{*rc::gen::inRange<std::int64_t>(0, 253'402'300'799'999'999)}};
  RC_ASSERT(ParseRfc3339(FormatRfc3339(time)).Value() == time);
}

TEST(Durations, AreThoseOfPrometheus) {
  for (const auto& [text, duration] : std::vector<std::pair<std::string, Duration>>{{"0", Duration{0}},
                                                                                    {"90s", seconds{90}},
                                                                                    {"1h30m", minutes{90}},
                                                                                    {"2d", days{2}},
                                                                                    {"1w", days{7}},
                                                                                    {"1y", days{365}},
                                                                                    {"500ms", Duration{500'000}},
                                                                                    {"1d2h3m4s5ms", days{1} + hours{2} + minutes{3} + seconds{4} + Duration{5000}}}) {
    ASSERT_TRUE(ParseDuration(text)) << text;
    EXPECT_EQ(ParseDuration(text).Value(), duration) << text;
  }
}

TEST(Durations, RefuseWhatPrometheusDoes) {
  for (const std::string text : {"", "5", "-5m", "1.5h", "5 m", "m", "5m1h", "5m5m", "5x", "99999999999999999999s", "1h 30m"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

RC_GTEST_PROP(DurationProperties, ReadWhatTheyWrite, ()) {
  const Duration duration{*rc::gen::inRange<std::int64_t>(0, 400LL * 86'400'000) * 1000};
  RC_ASSERT(ParseDuration(FormatDuration(duration)).Value() == duration);
}

}  // namespace
}  // namespace batchslo
