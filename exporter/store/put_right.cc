// Tested by tests/store/put_right_test.cc.
#include "exporter/store/put_right.h"

#include "exporter/store/codec.h"
#include "exporter/store/tables.h"

namespace batchslo {
namespace {

constexpr std::int64_t kPage = 2000;

// A row that can't be read keeps what it says, and is only moved.
Result<void> PutRowRight(Session& session, const SqlRow& row, const ClockError& error) {
  StoredFact stored;
  stored.kind = static_cast<FactKind>(IntegerOf(row[1]));
  stored.key = row[2].value_or("");
  stored.observed = FromMicros(IntegerOf(row[3]));
  stored.fields = row[4].value_or("");
  if (const auto fact = Decode(stored)) {
    stored = Encode(PutRight(*fact, error));
  } else {
    stored.observed = PutRight(stored.observed, error);
  }
  return session.Execute({"UPDATE facts SET observed = :observed, success = :success, fields = :fields WHERE id = :id",
                          {Micros(stored.observed), OrNull(stored.success), stored.fields, IntegerOf(row[0])},
                          0});
}

// A time in `unseen` is wrong if something that is yet to come was written later. By id: what was moved is not met again.
Result<void> PutFactsRight(Session& session, const ClockError& error, Span unseen) {
  const auto newest = session.Query({"SELECT coalesce(max(id), 0) FROM facts WHERE observed > :now", {Micros(unseen.to)}, 1});
  if (!newest) return newest.GetError();
  const std::int64_t newest_wrong = IntegerOf(newest->front()[0]);
  for (std::int64_t id = INT64_MIN;;) {
    const auto rows = session.Query({"SELECT id, kind, key, observed, fields FROM facts WHERE id > :id AND observed >= :from"
                                     " AND (observed < :since OR id <= :newest_wrong) ORDER BY id LIMIT " + std::to_string(kPage),
                                     {id, Micros(error.from), Micros(unseen.from), newest_wrong},
                                     5});
    if (!rows) return rows.GetError();
    if (rows->empty()) return {};
    for (const SqlRow& row : *rows) {
      const auto done = PutRowRight(session, row, error);
      if (!done) return done;
    }
    id = IntegerOf(rows->back()[0]);
  }
}

}  // namespace

Result<void> PutTablesRight(Session& session, const ClockError& error, Span unseen) {
  const auto facts = PutFactsRight(session, error, unseen);
  if (!facts) return facts;
  for (const char* statement : {"UPDATE jobs SET last_success = last_success - :by WHERE last_success >= :from",
                                "UPDATE spans SET begins = begins - :by WHERE begins >= :from",
                                "UPDATE spans SET ends = ends - :by WHERE ends >= :from"}) {
    const auto done = session.Execute({statement, {error.by.count(), Micros(error.from)}, 0});
    if (!done) return done;
  }
  return {};
}

}  // namespace batchslo
