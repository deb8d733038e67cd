#include "exporter/store/reader.h"

#include <algorithm>
#include <deque>
#include <queue>
#include <tuple>
#include <unordered_map>

#include "exporter/store/codec.h"

namespace batchslo {
namespace {

constexpr std::int64_t kPage = 4000;

// One row of spans and where we are in it: its next view.
struct SpanCursor {
  std::string source, scope;
  TimePoint at, ends;
  Duration step;

  bool operator<(const SpanCursor& other) const { return at > other.at; }  // the earliest on top of a priority_queue
};

// A bound between the two ends of a span is at most the one by which its views were joined, and never nothing.
Result<std::priority_queue<SpanCursor>> ReadSpans(const Ask& ask, const Staleness& staleness) {
  const auto rows = ask({"SELECT source, scope, begins, ends, bound FROM spans", {}, 5});
  if (!rows) return rows.GetError();
  std::priority_queue<SpanCursor> cursors;
  for (const SqlRow& row : *rows) {
    const Duration asked = staleness ? staleness(row[0].value_or("")) : Duration{0};
    const Duration step = asked > Duration{0} ? asked : Duration{IntegerOf(row[4])};
    cursors.push({row[0].value_or(""), row[1].value_or(""), FromMicros(IntegerOf(row[2])),
                  FromMicros(IntegerOf(row[3])), std::max<Duration>(step, seconds{1})});
  }
  return cursors;
}

class FactPages {
 public:
  explicit FactPages(const Ask& ask) : ask_(ask) {}

  Result<void> ReadJobs() {
    const auto rows = ask_({"SELECT id, source, job FROM jobs", {}, 3});
    if (!rows) return rows.GetError();
    for (const SqlRow& row : *rows) jobs_[IntegerOf(row[0])] = {row[1].value_or(""), row[2].value_or("")};
    return Fill();
  }
  std::optional<TimePoint> Next() const { return rows_.empty() ? std::nullopt : std::optional(rows_.front().observed); }
  Result<StoredFact> Take() {
    StoredFact fact = std::move(rows_.front());
    rows_.pop_front();
    const auto filled = rows_.empty() ? Fill() : Result<void>();
    return filled ? Result<StoredFact>(std::move(fact)) : filled.GetError();
  }

 private:
  Result<void> Fill() {
    const auto rows =
        ask_({"SELECT id, job, kind, key, observed, fields FROM facts WHERE observed >= :from AND (observed > :after "
              "OR id > :id)"
              " ORDER BY observed, id LIMIT " +
                  std::to_string(kPage),
              {observed_, observed_, id_},
              6});
    if (!rows) return rows.GetError();
    for (const SqlRow& row : *rows) {
      StoredFact fact;
      const auto& [source, job] = jobs_[IntegerOf(row[1])];
      fact.kind = static_cast<FactKind>(IntegerOf(row[2]));
      fact.source = source;
      fact.job = job;
      fact.key = row[3].value_or("");
      fact.observed = FromMicros(IntegerOf(row[4]));
      fact.fields = row[5].value_or("");
      rows_.push_back(std::move(fact));
    }
    if (rows->empty()) return {};
    id_ = IntegerOf(rows->back()[0]);
    observed_ = IntegerOf(rows->back()[4]);
    return {};
  }

  const Ask& ask_;
  std::unordered_map<std::int64_t, std::pair<std::string, std::string>> jobs_;  // source and name
  std::deque<StoredFact> rows_;
  std::int64_t observed_ = INT64_MIN, id_ = INT64_MIN;  // of the last row
};

// All views of one instant; each span moves on to its next.
void TakeViews(std::priority_queue<SpanCursor>& cursors, TimePoint at, std::vector<StoredFact>& out) {
  while (!cursors.empty() && cursors.top().at == at) {
    SpanCursor cursor = cursors.top();
    cursors.pop();
    out.push_back(Encode({cursor.source, at, ViewFact{DecodeScope(cursor.scope), true, {}}}));
    if (at == cursor.ends) continue;
    cursor.at = std::min(at + cursor.step, cursor.ends);
    cursors.push(std::move(cursor));
  }
}

bool ByContent(const StoredFact& a, const StoredFact& b) {
  return std::tie(a.kind, a.source, a.job, a.key, a.fields) < std::tie(b.kind, b.source, b.job, b.key, b.fields);
}

}  // namespace

// Facts of one instant are sorted by what they say, so that how they came does not matter.
Result<void> VisitFacts(const Ask& ask, const Staleness& staleness, const std::function<void(const Fact&)>& visit) {
  auto cursors = ReadSpans(ask, staleness);
  if (!cursors) return cursors.GetError();
  FactPages pages(ask);
  const auto begun = pages.ReadJobs();
  if (!begun) return begun;
  std::size_t unreadable = 0;
  std::vector<StoredFact> now;
  for (;; now.clear()) {
    const auto view_at = cursors->empty() ? std::nullopt : std::optional(cursors->top().at);
    const auto fact_at = pages.Next();
    if (!view_at && !fact_at) break;
    const TimePoint at = std::min(view_at.value_or(TimePoint::max()), fact_at.value_or(TimePoint::max()));
    TakeViews(*cursors, at, now);
    while (pages.Next() == at) {
      auto fact = pages.Take();
      if (!fact) return fact.GetError();
      now.push_back(std::move(fact).Value());
    }
    std::sort(now.begin(), now.end(), ByContent);
    for (const StoredFact& stored : now) {
      const auto fact = Decode(stored);
      fact ? visit(*fact) : void(++unreadable);
    }
  }
  if (unreadable == 0) return {};
  return Error{"ledger: " + std::to_string(unreadable) + " facts in it can't be read; they are left out"};
}

}  // namespace batchslo
