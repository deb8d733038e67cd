// Of which day the partition is that was written: a backfill is no freshness of today's.
#include "exporter/core/partition.h"

#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace batchslo {
namespace {

Fact Wrote(const std::string& observed, const std::string& updated, std::optional<std::string> partition) {
  Fact fact = Moved(observed, updated);
  std::get<ObservationFact>(fact.what).partition = std::move(partition);
  return fact;
}

Subject Due(PartitionCheck check) {
  return {.rule = DailyAt10(ParseDeadline("00:00", Zone{}).Value()), .with = With::kOutput, .checks = {{"partition", std::move(check)}}};
}

TEST(PartitionNumber, ReadsDatesInTheFormsOfSources) {
  for (const auto& [name, number] : std::vector<std::pair<std::string, std::optional<double>>>{
           {"2026", 2026.0}, {"202603", 202603.0}, {"20260301", 20260301.0}, {"2026-03-01", 20260301.0}, {"2026-03-01T09", 2026030109.0},
           {"2026-03-01 09:30:00+00", 2026030109.0}, {"2026030109", 2026030109.0}, {"", {}}, {"202", {}}, {"20263", {}}, {"__NULL__", {}},
           {"eu", {}}, {"0026", {}}, {std::string(1000, '2') + "x", 2222222222.0}}) {
    EXPECT_EQ(PartitionNumber(name), number) << name;
  }
}

TEST(PartitionAt, IsOfTheWallClockOfItsZone) {
  const Zone tokyo = Zone::Find("Asia/Tokyo").Value(), berlin = Zone::Find("Europe/Berlin").Value();
  struct Row { PartitionCheck check; std::string written, due; };
  for (const auto& [check, written, due] : std::vector<Row>{{{Zone{}, 3, {}}, "02T23:59:59Z", "20260302"},
                                                            {{tokyo, 3, {}}, "02T15:00:00Z", "20260303"},
                                                            {{Zone{}, 4, {}}, "02T09:59:00Z", "2026030209"},
                                                            {{Zone{}, 2, {}}, "02T09:59:00Z", "202603"},
                                                            {{Zone{}, 1, days{90}}, "02T09:59:00Z", "2025"},
                                                            {{Zone{}, 3, days{1}}, "01T00:00:00Z", "20260228"},
                                                            // a day of 23 hours lies between
                                                            {{berlin, 3, days{1}}, "29T22:30:00Z", "20260329"},
                                                            // and an hour that no clock showed
                                                            {{berlin, 4, hours{1}}, "29T01:30:00Z", "2026032901"}}) {
    EXPECT_EQ(PartitionAt(check, At(written)), due) << written;
  }
}

TEST(PartitionCheck, OnlyTheOneThatIsDueCounts) {
  struct Row { const char* claim; PartitionCheck check; std::string updated; std::optional<std::string> partition; std::string verdict; };
  const PartitionCheck today{Zone{}, 3, {}}, yesterday{Zone{}, 3, days{1}};
  for (const auto& [claim, check, updated, partition, verdict] : std::vector<Row>{
           {"today's", today, "02T09:29:00Z", "20260302", "met"},
           {"in the form of files", today, "02T09:29:00Z", "2026-03-02", "met"},
           {"by the hour is by the day, too", today, "02T09:29:00Z", "2026-03-02T09", "met"},
           {"of tomorrow, ahead of time", today, "02T09:29:00Z", "20260303", "met"},
           {"a backfill of last month's", today, "02T09:29:00Z", "20260202", "missed"},
           {"yesterday's once more", today, "02T09:29:00Z", "20260301", "missed"},
           {"yesterday's, which is due today", yesterday, "02T09:29:00Z", "20260301", "met"},
           {"the one before yesterday's, a day late", yesterday, "02T09:29:00Z", "20260228", "missed"},
           {"nothing is known of it", today, "02T09:29:00Z", std::nullopt, "unknown"},
           {"it has no date", today, "02T09:29:00Z", "__UNPARTITIONED__", "unknown"},
           {"by the month tells no day", today, "02T09:29:00Z", "202603", "unknown"},
       }) {
    Facts facts;
    for (TimePoint at = At("02T00:00:00Z"); at <= At("02T10:01:00Z"); at += seconds{60}) {
      const bool is_written = at >= At(updated);
      facts.push_back(Wrote("02T00:00:00Z", is_written ? updated : "01T09:20:00Z", is_written ? partition : "20260301"));
      facts.back().observed = at;
    }
    EXPECT_EQ(VerdictAt(Due(check), facts, "02T10:01:00Z"), verdict) << claim;
  }
}

TEST(PartitionCheck, ALateOneIsNoSuccessOfTheNextWindow) {
  const PartitionCheck today{Zone{}, 3, {}};
  Facts facts;
  for (TimePoint at = At("01T12:00:00Z"); at <= At("03T10:01:00Z"); at += seconds{60}) {
    const bool is_written = at >= At("03T00:30:00Z");  // that of the 2nd, half an hour into the 3rd
    facts.push_back(Wrote("01T12:00:00Z", is_written ? "03T00:30:00Z" : "01T09:20:00Z", is_written ? "20260302" : "20260301"));
    facts.back().observed = at;
  }
  for (const auto& [now, verdict] : Timeline{{"02T09:00:00Z", "met"}, {"02T10:01:00Z", "missed"}, {"03T01:00:00Z", "missed"}, {"03T10:01:00Z", "missed"}}) {
    EXPECT_EQ(VerdictAt(Due(today), facts, now), verdict) << now;
  }
}

}  // namespace
}  // namespace batchslo
