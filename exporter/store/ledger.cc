#include "exporter/store/ledger.h"

#include <bit>

#include "exporter/store/codec.h"
#include "exporter/store/file.h"
#include "exporter/store/put_right.h"
#include "exporter/store/reader.h"
#include "exporter/store/retention.h"
#include "exporter/store/tables.h"
#include "exporter/store/tallies.h"
#include "exporter/store/writer.h"

namespace batchslo {
namespace {

class SqliteLedger : public Ledger {
 public:
  SqliteLedger(LedgerOptions options, std::unique_ptr<FileLock> lock, OpenedFile opened)
      : options_(std::move(options)),
        lock_(std::move(lock)),
        notice_(std::move(opened.notice)),
        writer_(std::move(opened.session), options_.path,
                [this](Session& session, LedgerWriter::Reports reports) { return Store(session, reports); }) {}

  Result<void> Append(const Report& report) override {
    if (report.empty()) return {};
    const auto checked = CheckReport(report);
    return checked ? writer_.Append(report) : checked;
  }

  Result<void> ForEach(const std::function<void(const Fact&)>& visit) override {
    return VisitFacts([this](const Statement& statement) { return Query(statement); }, options_.staleness, visit);
  }

  Result<std::vector<RunTotals>> Totals() override {
    const auto rows =
        Query({"SELECT job, sum(completed), sum(failed) FROM jobs GROUP BY job HAVING sum(completed) > 0", {}, 3});
    if (!rows) return rows.GetError();
    std::vector<RunTotals> totals;
    for (const SqlRow& row : *rows) {
      totals.push_back({row[0].value_or(""), static_cast<std::uint64_t>(IntegerOf(row[1])),
                        static_cast<std::uint64_t>(IntegerOf(row[2]))});
    }
    return totals;
  }

  Result<void> Remember(const std::vector<Memory>& changed) override {
    if (changed.empty()) return {};
    return writer_.Change([&](Session& session) -> Result<void> {
      for (const Memory& memory : changed) {
        const auto done =
            session.Execute({"INSERT OR REPLACE INTO memory VALUES (:job, :text)", {memory.job, memory.text}, 0});
        if (!done) return done;
      }
      return {};
    });
  }

  Result<std::vector<Memory>> Recall() override {
    const auto rows = Query({"SELECT job, text FROM memory ORDER BY job", {}, 2});
    if (!rows) return rows.GetError();
    std::vector<Memory> memories;
    for (const SqlRow& row : *rows) memories.push_back({row[0].value_or(""), row[1].value_or("")});
    return memories;
  }

  Result<void> KeepTallies(const std::vector<StoredTally>& changed) override {
    if (changed.empty()) return {};
    return writer_.Change([&](Session& session) { return StoreTallies(session, changed); });
  }

  Result<std::vector<StoredTally>> Tallies() override {
    return LoadTallies([this](const Statement& statement) { return Query(statement); });
  }

  Result<void> KeepSkews(const Skews& changed) override {
    return writer_.Change([&](Session& session) -> Result<void> {
      for (const auto& [source, skew] : changed) {
        const auto done = session.Execute({"INSERT OR REPLACE INTO clocks VALUES (:source, :skew)", {source, std::int64_t{skew.count()}}, 0});
        if (!done) return done;
      }
      return {};
    });
  }

  Result<Skews> LoadSkews() override {
    const auto rows = Query({"SELECT source, skew FROM clocks", {}, 2});
    if (!rows) return rows.GetError();
    Skews skews;
    for (const SqlRow& row : *rows) skews[row[0].value_or("")] = Duration{IntegerOf(row[1])};
    return skews;
  }

  Result<void> KeepRegistry(const RegistryCopy& copy) override {
    return writer_.Change([&](Session& session) {
      return session.Execute({"INSERT OR REPLACE INTO registries VALUES (:name, :place, :fetched, :body)",
                              {copy.name, std::bit_cast<std::int64_t>(copy.place), Micros(copy.fetched), copy.body},
                              0});
    });
  }

  Result<std::vector<RegistryCopy>> Registries() override {
    const auto rows = Query({"SELECT name, place, fetched, body FROM registries", {}, 4});
    if (!rows) return rows.GetError();
    std::vector<RegistryCopy> copies;
    for (const SqlRow& row : *rows) {
      copies.push_back({row[0].value_or(""), std::bit_cast<std::uint64_t>(IntegerOf(row[1])), FromMicros(IntegerOf(row[2])), row[3].value_or("")});
    }
    return copies;
  }

  Result<void> PutRight(const ClockError& error, Span unseen) override {
    return writer_.Change([&](Session& session) { return PutTablesRight(session, error, unseen); });
  }

  Result<void> Forget(const std::vector<std::string>& jobs) override {
    if (jobs.empty()) return {};
    return writer_.Change([&](Session& session) -> Result<void> {
      for (const std::string& job : jobs) {
        for (const char* statement : {"DELETE FROM facts WHERE job IN (SELECT id FROM jobs WHERE job = :job)",
                                      "DELETE FROM jobs WHERE job = :job", "DELETE FROM memory WHERE job = :job",
                                      "DELETE FROM tallies WHERE job = :job"}) {
          const auto done = session.Execute({statement, {job}, 0});
          if (!done) return done;
        }
      }
      return {};
    });
  }

  Result<void> Prune(TimePoint now) override {
    const auto pruned = PruneFacts(writer_, now, options_.retention);
    return pruned ? writer_.Change([&](Session& session) { return PruneTallies(session, now); }) : pruned;
  }

  StoreState State() override { return writer_.State(); }
  std::string Notice() const override { return notice_; }

 private:
  Result<void> Store(Session& session, LedgerWriter::Reports reports) const {
    FactsTable facts(session);
    SpansTable spans(session, options_.staleness);
    for (const Report* report : reports) {
      const auto done = StoreReport(facts, spans, *report);
      if (!done) return done;
    }
    return spans.Flush();
  }

  Result<std::vector<SqlRow>> Query(const Statement& statement) {
    std::vector<SqlRow> rows;
    const auto done = writer_.Read([&](Session& session) -> Result<void> {
      auto got = session.Query(statement);
      if (!got) return got.GetError();
      rows = std::move(got).Value();
      return {};
    });
    return done ? Result<std::vector<SqlRow>>(std::move(rows)) : Result<std::vector<SqlRow>>(done.GetError());
  }

  const LedgerOptions options_;
  const std::unique_ptr<FileLock> lock_;
  const std::string notice_;
  LedgerWriter writer_;
};

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::Open(LedgerOptions options) {
  auto path = PreparePath(options.path);
  if (!path) return path.GetError();
  options.path = *path;
  auto lock = FileLock::Take(options.path);
  if (!lock) return lock.GetError();
  auto opened = OpenFile(options.path);
  if (!opened) return opened.GetError();
  return std::unique_ptr<Ledger>(
      std::make_unique<SqliteLedger>(std::move(options), std::move(lock).Value(), std::move(opened).Value()));
}

Result<void> ReadLedger(const std::string& path, const std::function<void(const Fact&)>& visit) {
  auto session = OpenForReading(path);
  if (!session) return session.GetError();
  const auto begun = (*session)->Execute({"BEGIN", {}, 0});  // one state of it, whatever is written meanwhile
  if (!begun) return begun;
  return VisitFacts([&](const Statement& statement) { return (*session)->Query(statement); }, {}, visit);
}

}  // namespace batchslo
