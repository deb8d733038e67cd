#include "exporter/core/zone.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace batchslo {
namespace {

TimePoint At(const std::string& text) { return ParseRfc3339(text).Value(); }
LocalTime Local(const std::string& text) { return {At(text + "Z").time_since_epoch()}; }

struct Row {
  std::string zone, local;
  Zone::Kind kind;
  std::string first, last;
};

// Changes of an hour, of half an hour, of two hours, of a whole day, and backwards in Ramadan.
const Row kRows[] = {
    {"Europe/Berlin", "2026-03-29T01:59:59", Zone::Kind::kUnique, "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"},
    {"Europe/Berlin", "2026-03-29T02:00:00", Zone::Kind::kSkipped, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
    {"Europe/Berlin", "2026-03-29T02:59:59", Zone::Kind::kSkipped, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
    {"Europe/Berlin", "2026-03-29T03:00:00", Zone::Kind::kUnique, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
    {"Europe/Berlin", "2026-10-25T02:00:00", Zone::Kind::kRepeated, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
    {"Europe/Berlin", "2026-10-25T02:59:59", Zone::Kind::kRepeated, "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"},
    {"Europe/Berlin", "2026-10-25T03:00:00", Zone::Kind::kUnique, "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
    {"Australia/Lord_Howe", "2026-10-04T02:15:00", Zone::Kind::kSkipped, "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
    {"Australia/Lord_Howe", "2026-10-04T02:30:00", Zone::Kind::kUnique, "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"},
    {"Australia/Lord_Howe", "2026-04-05T01:45:00", Zone::Kind::kRepeated, "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"},
    {"Antarctica/Troll", "2026-03-29T02:30:00", Zone::Kind::kSkipped, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
    {"Antarctica/Troll", "2026-10-25T02:30:00", Zone::Kind::kRepeated, "2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z"},
    {"Pacific/Apia", "2011-12-30T12:00:00", Zone::Kind::kSkipped, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
    {"Pacific/Apia", "2011-12-31T00:00:00", Zone::Kind::kUnique, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
    {"Africa/Casablanca", "2026-02-15T02:30:00", Zone::Kind::kRepeated, "2026-02-15T01:30:00Z", "2026-02-15T02:30:00Z"},
    {"Africa/Casablanca", "2026-03-22T02:30:00", Zone::Kind::kSkipped, "2026-03-22T02:00:00Z", "2026-03-22T02:00:00Z"},
};

TEST(Zone, SaysWhatAWallClockTimeMeans) {
  for (const Row& row : kRows) {
    const auto instants = Zone::Find(row.zone).Value().ToInstants(Local(row.local));
    EXPECT_EQ(instants.kind, row.kind) << row.zone << " " << row.local;
    EXPECT_EQ(FormatRfc3339(instants.first), row.first) << row.zone << " " << row.local;
    EXPECT_EQ(FormatRfc3339(instants.last), row.last) << row.zone << " " << row.local;
  }
}

TEST(Zone, TheWayBackIsTheWayForth) {
  for (const Row& row : kRows) {
    if (row.kind == Zone::Kind::kSkipped) continue;
    const Zone zone = Zone::Find(row.zone).Value();
    EXPECT_EQ(zone.ToLocal(At(row.first)), Local(row.local)) << row.zone << " " << row.local;
    EXPECT_EQ(zone.ToLocal(At(row.last)), Local(row.local)) << row.zone << " " << row.local;
  }
}

TEST(Zone, AnUnknownNameIsToldWithTheNearest) {
  EXPECT_NE(Zone::Find("europe/berlin").Message().find("Europe/Berlin"), std::string::npos);
  for (const std::string name : {"", "Mars/Phobos", "../etc/passwd", "/etc/localtime", "Europe"}) EXPECT_FALSE(Zone::Find(name)) << name;
}

TEST(Zone, TheFarFutureFollowsTheLastRule) {
  const Zone berlin = Zone::Find("Europe/Berlin").Value();
  EXPECT_EQ(berlin.ToLocal(At("2150-07-01T12:00:00Z")), Local("2150-07-01T14:00:00"));
  EXPECT_EQ(berlin.ToLocal(At("2150-01-01T12:00:00Z")), Local("2150-01-01T13:00:00"));
}

TEST(Zone, AFileMayBringOne) {
  const Zone zone = Zone::Of("Customized", {{At("2026-01-01T00:00:00Z"), hours{1}}, {At("2026-03-29T01:00:00Z"), hours{2}}, {At("2026-10-25T01:00:00Z"), hours{1}}});
  const Zone berlin = *Zone::Find("Europe/Berlin");
  EXPECT_EQ(zone.Name(), "Customized");
  for (const char* local : {"1990-01-01T00:00:00", "2026-03-29T02:30:00", "2026-07-01T12:00:00", "2026-10-25T02:30:00", "2026-12-24T00:00:00"}) {
    EXPECT_EQ(zone.ToInstants(Local(local)).first, berlin.ToInstants(Local(local)).first) << local;
    EXPECT_EQ(zone.ToInstants(Local(local)).last, berlin.ToInstants(Local(local)).last) << local;
  }
}

// All of them in one month, two of them at its very ends, and one after the years that are looked up fast.
TEST(Zone, ManyChangesCloseTogetherEachHoldFromTheirInstantOn) {
  std::vector<OffsetChange> changes = {{At("1970-01-01T00:00:00Z"), hours{1}}};
  const TimePoint begin = At("1970-01-01T00:00:00Z") + 640 * days{32};
  for (int i = 0; i <= 32 * 24; ++i) changes.push_back({begin + hours{i}, minutes{i % 2 == 0 ? 30 : 20}});
  changes.push_back({At("2210-01-01T00:00:00Z"), hours{3}});
  const Zone zone = Zone::Of("Many", changes);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto offset = [&](TimePoint time) { return zone.ToLocal(time).since_epoch - time.time_since_epoch(); };
    EXPECT_EQ(offset(changes[i].from), changes[i].offset) << i;
    EXPECT_EQ(offset(changes[i].from - Duration{1}), changes[i - std::min(i, std::size_t{1})].offset) << i;
  }
}

}  // namespace
}  // namespace batchslo
