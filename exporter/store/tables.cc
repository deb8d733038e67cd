#include "exporter/store/tables.h"

#include <algorithm>

#include "exporter/store/codec.h"

namespace batchslo {
namespace {

std::int64_t Number(FactKind kind) { return static_cast<std::int64_t>(kind); }

bool IsCompletedMark(std::int64_t mark) { return mark >= 0 && mark <= 4 && IsCompleted(static_cast<Outcome>(mark)); }

std::string CompletedMarks() {
  std::string marks;
  for (int mark = 0; mark <= 4; ++mark) {
    if (IsCompletedMark(mark)) marks += (marks.empty() ? "(" : ", ") + std::to_string(mark);
  }
  return marks + ")";
}

}  // namespace

Result<void> FactsTable::Add(const Fact& fact) {
  const StoredFact stored = Encode(fact);
  const auto job = JobId(stored.source, stored.job);
  if (!job) return job.GetError();
  if (stored.kind == FactKind::kDown) return ReplaceDown(*job, stored);
  const auto known = Find(*job, stored);
  if (!known) return known.GetError();
  if (known->same) return {};
  const auto inserted = Insert(*job, stored);
  return inserted && stored.kind == FactKind::kRun ? Count(*job, stored, known->completed) : inserted;
}

Result<std::int64_t> FactsTable::JobId(const std::string& source, const std::string& job) {
  const auto found = session_.Query({"SELECT id FROM jobs WHERE job = :job AND source = :source", {job, source}, 1});
  if (!found) return found.GetError();
  if (!found->empty()) return IntegerOf(found->front()[0]);
  const auto made =
      session_.Query({"INSERT INTO jobs (source, job) VALUES (:source, :job) RETURNING id", {source, job}, 1});
  if (!made) return made.GetError();
  return IntegerOf(made->front()[0]);
}

// Asked for, and not all of them read: of one run there may be a hundred thousand sights. From the newest on, for what
// comes after a completed one is completed, too, as a rule; of a running one nothing is counted.
Result<FactsTable::Known> FactsTable::Find(std::int64_t job, const StoredFact& stored) {
  static const std::string kAbout = "SELECT 1 FROM facts WHERE job = :job AND kind = :kind AND key = :key";
  static const std::string kSame = kAbout + " AND observed = :observed AND fields = :fields LIMIT 1";
  static const std::string kCompleted = kAbout + " AND mark IN " + CompletedMarks() + " ORDER BY observed DESC LIMIT 1";
  const auto same = session_.Query({kSame, {job, Number(stored.kind), stored.key, Micros(stored.observed), stored.fields}, 1});
  if (!same) return same.GetError();
  if (!same->empty() || stored.kind != FactKind::kRun || !IsCompletedMark(stored.mark)) return Known{!same->empty(), false};
  const auto completed = session_.Query({kCompleted, {job, Number(stored.kind), stored.key}, 1});
  if (!completed) return completed.GetError();
  return Known{false, !completed->empty()};
}

Result<void> FactsTable::Insert(std::int64_t job, const StoredFact& stored) {
  return session_.Execute(
      {"INSERT INTO facts (job, kind, key, observed, mark, success, fields)"
       " VALUES (:job, :kind, :key, :observed, :mark, :success, :fields)",
       {job, Number(stored.kind), stored.key, Micros(stored.observed), std::int64_t{stored.mark},
        OrNull(stored.success), stored.fields},
       0});
}

Result<void> FactsTable::Count(std::int64_t job, const StoredFact& stored, bool counted) {
  const bool counts = !counted && IsCompletedMark(stored.mark);
  if (!counts && !stored.success) return {};
  const bool failed = counts && stored.mark == static_cast<int>(Outcome::kFailed);
  return session_.Execute(
      {"UPDATE jobs SET completed = completed + :completed, failed = failed + :failed,"
       " last_success = coalesce(max(last_success, :success), last_success, :success) WHERE id = :id",
       {std::int64_t{counts}, std::int64_t{failed}, OrNull(stored.success), job},
       0});
}

Result<void> FactsTable::ReplaceDown(std::int64_t job, const StoredFact& stored) {
  const std::int64_t kind = Number(FactKind::kDown);
  const auto rows =
      session_.Query({"SELECT observed, fields FROM facts WHERE job = :job AND kind = :kind", {job, kind}, 2});
  if (!rows) return rows.GetError();
  for (const SqlRow& row : *rows) {
    const std::pair there(IntegerOf(row[0]), row[1].value_or(""));
    if (there >= std::pair(Micros(stored.observed), stored.fields)) return {};
  }
  const auto cleared = session_.Execute({"DELETE FROM facts WHERE job = :job AND kind = :kind", {job, kind}, 0});
  return cleared ? Insert(job, stored) : cleared;
}

void SpansTable::Add(const std::string& source, const ViewFact& view, TimePoint observed) {
  const Duration bound = staleness_ ? staleness_(source) : Duration{0};
  views_[{source, EncodeScope(view.scope)}].Add(observed, bound);
}

Result<void> SpansTable::Flush() {
  for (const auto& [about, stretches] : views_) {
    const Duration bound = staleness_ ? staleness_(about.first) : Duration{0};
    for (const Span& span : stretches.All()) {
      const auto done = Merge({about.first, about.second, span, bound});
      if (!done) return done;
    }
  }
  views_.clear();
  return {};
}

// Rows within one bound of the added stretch become one with it. What lies further away stays: two rows that were apart
// before can only be bridged by it.
Result<void> SpansTable::Merge(const Row& row) {
  const auto rows =
      session_.Query({"SELECT id, begins, ends, bound FROM spans WHERE source = :source AND scope = :scope"
                      " AND ends >= :from AND begins <= :to ORDER BY ends",
                      {row.source, row.scope, Micros(row.span.from - row.bound), Micros(row.span.to + row.bound)},
                      4});
  if (!rows) return rows.GetError();
  std::int64_t begins = Micros(row.span.from), ends = Micros(row.span.to), bound = row.bound.count();
  for (const SqlRow& near : *rows) {
    begins = std::min(begins, IntegerOf(near[1]));
    ends = std::max(ends, IntegerOf(near[2]));
    const std::int64_t theirs = IntegerOf(near[3]);
    bound = theirs > 0 && bound > 0 ? std::min(bound, theirs) : std::max(bound, theirs);
  }
  const bool inside = rows->size() == 1 && begins == IntegerOf((*rows)[0][1]) && ends == IntegerOf((*rows)[0][2]);
  if (inside) return {};
  if (rows->empty()) {
    return session_.Execute(
        {"INSERT INTO spans (source, scope, begins, ends, bound) VALUES (:source, :scope, :begins, :ends, :bound)",
         {row.source, row.scope, begins, ends, bound},
         0});
  }
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const auto gone = session_.Execute({"DELETE FROM spans WHERE id = :id", {IntegerOf((*rows)[i][0])}, 0});
    if (!gone) return gone;
  }
  return session_.Execute({"UPDATE spans SET begins = :begins, ends = :ends, bound = :bound WHERE id = :id",
                           {begins, ends, bound, IntegerOf((*rows)[0][0])},
                           0});
}

Result<void> CheckReport(const Report& report) {
  static constexpr struct {
    bool operator()(const std::string& text) const { return text.find('\0') != std::string::npos; }
    bool operator()(const JobFact& f) const { return (*this)(f.job); }
    bool operator()(const ViewFact& f) const { return f.scope && (*this)(*f.scope); }
    bool operator()(const RunFact& f) const { return (*this)(f.job) || (*this)(f.run_id); }
    bool operator()(const ObservationFact& f) const { return (*this)(f.job) || (*this)(f.output); }
    bool operator()(const LastSuccessFact& f) const { return (*this)(f.job); }
    bool operator()(const GoneFact& f) const { return (*this)(f.job); }
    bool operator()(const DownFact&) const { return false; }
  } kHasNul;
  for (const Fact& fact : report) {
    if (!kHasNul(fact.source) && !std::visit(kHasNul, fact.what)) continue;
    return Error{"ledger: a source, job, run, output or scope has a NUL byte in its name"};
  }
  return {};
}

Result<void> StoreReport(FactsTable& facts, SpansTable& spans, const Report& report) {
  for (const Fact& fact : report) {
    const auto* view = std::get_if<ViewFact>(&fact.what);
    if (view && !view->complete) continue;
    if (view) spans.Add(fact.source, *view, fact.observed);
    if (view && !view->since) continue;
    const auto done = facts.Add(fact);
    if (!done) return done;
  }
  return {};
}

}  // namespace batchslo
