#include "exporter/store/tallies.h"

#include <bit>

#include "exporter/store/codec.h"

namespace batchslo {
namespace {

constexpr Duration kStoodStill = days{100};

std::uint32_t CountOf(const std::optional<std::string>& text) { return static_cast<std::uint32_t>(IntegerOf(text)); }

}  // namespace

Result<void> StoreTallies(Session& session, const std::vector<StoredTally>& tallies) {
  for (const auto& [job, objective, tally] : tallies) {
    const auto stored = session.Execute(
        {"INSERT INTO tallies (job, objective, rule, since, until, windows, missed, unknown, days)"
         " VALUES (:job, :objective, :rule, :since, :until, :windows, :missed, :unknown, :days)"
         " ON CONFLICT (job, rule) DO UPDATE SET until = excluded.until, windows = excluded.windows, missed = excluded.missed,"
         " unknown = excluded.unknown, days = excluded.days",
         {job, objective, std::bit_cast<std::int64_t>(tally->rule), Micros(tally->until), Micros(tally->until), std::int64_t{tally->windows},
          std::int64_t{tally->missed}, std::int64_t{tally->unknown}, tally->days.Text()},
         0});
    if (!stored) return stored;
  }
  return {};
}

Result<std::vector<StoredTally>> LoadTallies(const Ask& ask) {
  const auto rows = ask({"SELECT job, objective, rule, until, windows, missed, unknown, days FROM tallies", {}, 8});
  if (!rows) return rows.GetError();
  std::vector<StoredTally> tallies;
  for (const SqlRow& row : *rows) {
    const auto rule = std::bit_cast<std::uint64_t>(IntegerOf(row[2]));
    const auto read = DayCounts::Read(row[7].value_or(""));
    tallies.push_back({row[0].value_or(""), row[1].value_or(""),
                       SharedValue(Tally{rule, FromMicros(IntegerOf(row[3])), CountOf(row[4]), CountOf(row[5]), CountOf(row[6]), read.value_or(DayCounts())})});
  }
  return tallies;
}

Result<void> PruneTallies(Session& session, TimePoint now) {
  return session.Execute(
      {"DELETE FROM tallies WHERE until < :before AND EXISTS (SELECT 1 FROM tallies AS newer WHERE newer.job = tallies.job"
       " AND newer.objective = tallies.objective AND newer.until > tallies.until)",
       {Micros(now - kStoodStill)},
       0});
}

}  // namespace batchslo
