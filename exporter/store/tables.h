#pragma once

#include <functional>
#include <map>
#include <string>

#include "exporter/core/fact.h"
#include "exporter/core/spans.h"
#include "exporter/sql/database.h"

namespace batchslo {

// The table of facts: a set. Inside a transaction of the caller's.
class FactsTable {
 public:
  explicit FactsTable(Session& session) : session_(session) {}
  // A fact that is there already changes nothing. A run is counted when a sight of it first says that it is completed;
  // of `down` only the newest of a source is kept.
  Result<void> Add(const Fact& fact);

 private:
  struct Known {
    bool same = false, completed = false;  // this very fact is there; some sight of the run says completed
  };
  Result<std::int64_t> JobId(const std::string& source, const std::string& job);
  Result<Known> Find(std::int64_t job, const struct StoredFact& stored);
  Result<void> Insert(std::int64_t job, const struct StoredFact& stored);
  Result<void> Count(std::int64_t job, const struct StoredFact& stored, bool counted);
  Result<void> ReplaceDown(std::int64_t job, const struct StoredFact& stored);

  Session& session_;
};

// The longest gap between two views of a source that still covers what lies between.
using Staleness = std::function<Duration(const std::string& source)>;

// The stretches of time over which views were complete: views at most one staleness bound apart are one row. Gathers
// the views of a transaction and writes them at its end.
class SpansTable {
 public:
  SpansTable(Session& session, const Staleness& staleness) : session_(session), staleness_(staleness) {}
  void Add(const std::string& source, const ViewFact& view, TimePoint observed);
  Result<void> Flush();

 private:
  struct Row {
    std::string source, scope;
    Span span;
    Duration bound;
  };
  Result<void> Merge(const Row& row);

  Session& session_;
  const Staleness& staleness_;
  std::map<std::pair<std::string, std::string>, Stretches> views_;  // by source and scope
};

inline SqlValue OrNull(std::optional<TimePoint> time) { return time ? SqlValue(time->time_since_epoch().count()) : SqlValue(); }

// What a ledger can't hold, told before it is tried: one bad report must not spoil those that are committed with it.
Result<void> CheckReport(const Report& report);

Result<void> StoreReport(FactsTable& facts, SpansTable& spans, const Report& report);

}  // namespace batchslo
