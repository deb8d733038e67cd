#include "exporter/store/retention.h"

#include <vector>

#include "exporter/store/codec.h"

namespace batchslo {
namespace {

constexpr std::int64_t kSlice = 2000;         // facts that one transaction looks at
constexpr Duration kSettledAfter = hours{1};  // what comes later than this may find its neighbours gone

// Of equal facts about one thing in a row, those that have an equal one on both sides. Sights of a job (0) and that it
// is gone (5) end each other, so they are one row; their keys are named for the index, for one may come and go all day.
constexpr const char* kBetweenEqual =
    "DELETE FROM facts WHERE id IN (SELECT f.id FROM facts AS f WHERE f.observed >= :from AND f.observed < :to"
    " AND f.fields = (SELECT p.fields FROM facts AS p WHERE p.job = f.job AND p.kind = f.kind AND p.key = f.key"
    "  AND p.observed <= f.observed AND p.id <> f.id ORDER BY p.observed DESC LIMIT 1)"
    " AND f.fields = (SELECT n.fields FROM facts AS n WHERE n.job = f.job AND n.kind = f.kind AND n.key = f.key"
    "  AND n.observed >= f.observed AND n.id <> f.id ORDER BY n.observed LIMIT 1)"
    " AND NOT EXISTS (SELECT 1 FROM facts AS x WHERE f.kind IN (0, 5) AND x.job = f.job AND x.kind = 5 - f.kind"
    "  AND x.key IN ('', 'configured') AND x.observed >= (SELECT max(p.observed) FROM facts AS p WHERE p.job = f.job AND p.kind = f.kind AND p.key = f.key"
    "   AND p.observed <= f.observed AND p.id <> f.id)"
    "  AND x.observed <= (SELECT min(n.observed) FROM facts AS n WHERE n.job = f.job AND n.kind = f.kind AND n.key = f.key"
    "   AND n.observed >= f.observed AND n.id <> f.id)))";

// Of the runs: all sights of one whose newest sight is old and no running one (0), unless it is the job's last success.
// Each run is judged once: one may have a hundred thousand sights.
constexpr const char* kOldRuns =
    "WITH slice AS MATERIALIZED (SELECT id, job, key FROM facts WHERE observed >= :from AND observed < :to AND kind = 2),"
    " old AS MATERIALIZED (SELECT r.job, r.key FROM (SELECT DISTINCT job, key FROM slice) AS r JOIN jobs AS j ON j.id = r.job"
    " WHERE (SELECT n.observed < :before AND n.mark <> 0 FROM facts AS n WHERE n.job = r.job AND n.kind = 2 AND n.key = r.key"
    "  ORDER BY n.observed DESC, n.mark DESC LIMIT 1)"
    " AND NOT EXISTS (SELECT 1 FROM facts AS s WHERE s.job = r.job AND s.kind = 2 AND s.key = r.key"
    "  AND s.observed >= j.last_success AND s.success = j.last_success))"  // no success is later than its sight
    " DELETE FROM facts WHERE id IN (SELECT id FROM slice WHERE (job, key) IN (SELECT job, key FROM old))";

// Of all else: what has a newer one of its kind that tells at least as much. That a job is gone (5) stays until a sight
// of it ends that: it is gone since the first time that it was said, not since the newest.
constexpr const char* kOldOthers =
    "DELETE FROM facts WHERE id IN (SELECT f.id FROM facts AS f WHERE f.observed >= :from AND f.observed < :to"
    " AND f.kind NOT IN (2, 5)"
    " AND EXISTS (SELECT 1 FROM facts AS n WHERE n.job = f.job AND n.kind = f.kind AND n.key = f.key"
    "  AND n.observed > f.observed AND n.mark & f.mark = f.mark))";
constexpr const char* kOldGone =
    "DELETE FROM facts WHERE kind = 5 AND observed < :before AND EXISTS (SELECT 1 FROM facts AS n WHERE n.job = facts.job"
    " AND n.kind = 0 AND n.key = '' AND n.observed > facts.observed)";

struct Slice {
  std::int64_t from, to;
};

// The facts of [from, until), a slice at a time.
Result<Slice> NextSlice(Session& session, std::int64_t from, std::int64_t until) {
  const auto rows = session.Query(
      {"SELECT observed FROM facts WHERE observed >= :from AND observed < :until ORDER BY observed LIMIT 1 OFFSET " +
           std::to_string(kSlice),
       {from, until},
       1});
  if (!rows) return rows.GetError();
  const std::int64_t end = rows->empty() ? until : IntegerOf(rows->front()[0]);
  return Slice{from, std::max(end, from + 1)};  // many at one instant are one slice
}

Result<std::int64_t> SettledUntil(Session& session) {
  const auto rows = session.Query({"SELECT value FROM meta WHERE key = 'settled'", {}, 1});
  if (!rows) return rows.GetError();
  return rows->empty() ? INT64_MIN : IntegerOf(rows->front()[0]);
}

Result<void> Settle(LedgerWriter& writer, std::int64_t until) {
  bool more = true;
  const auto step = [&](Session& session) -> Result<void> {
    const auto from = SettledUntil(session);
    if (!from) return from.GetError();
    more = *from < until;
    if (!more) return {};
    const auto slice = NextSlice(session, *from, until);
    if (!slice) return slice.GetError();
    const auto deleted = session.Execute({kBetweenEqual, {slice->from, slice->to}, 0});
    if (!deleted) return deleted;
    return session.Execute({"INSERT OR REPLACE INTO meta VALUES ('settled', :until)", {slice->to}, 0});
  };
  Result<void> done;
  while (done && more) done = writer.Change(step);
  return done;
}

Result<void> DropOld(LedgerWriter& writer, std::int64_t before) {
  const auto gone = writer.Change([&](Session& session) { return session.Execute({kOldGone, {before}, 0}); });
  if (!gone) return gone;
  std::int64_t from = INT64_MIN;
  const auto step = [&](Session& session) -> Result<void> {
    const auto slice = NextSlice(session, from, before);
    if (!slice) return slice.GetError();
    auto done = session.Execute({kOldRuns, {slice->from, slice->to, before}, 0});
    if (done) done = session.Execute({kOldOthers, {slice->from, slice->to}, 0});
    if (done) from = slice->to;
    return done;
  };
  Result<void> done;
  while (done && from < before) done = writer.Change(step);
  return done;
}

Result<void> CutSpans(Session& session, std::int64_t before) {
  const auto gone = session.Execute({"DELETE FROM spans WHERE ends < :before", {before}, 0});
  return gone ? session.Execute({"UPDATE spans SET begins = :before WHERE begins < :before", {before}, 0}) : gone;
}

}  // namespace

Result<void> PruneFacts(LedgerWriter& writer, TimePoint now, Duration retention) {
  const std::int64_t before = Micros(now - retention);
  auto done = Settle(writer, Micros(now - kSettledAfter));
  if (done) done = DropOld(writer, before);
  if (done) done = writer.Change([&](Session& session) { return CutSpans(session, before); });
  return done;
}

}  // namespace batchslo
