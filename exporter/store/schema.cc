#include "exporter/store/schema.h"

#include "exporter/store/codec.h"

namespace batchslo {
namespace {

// One entry a version; an entry is never changed once it is released. README.md says what the columns mean.
const SchemaVersions kVersions = {
    {
        "CREATE TABLE jobs (id INTEGER PRIMARY KEY, source TEXT NOT NULL, job TEXT NOT NULL,"
        " completed INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, last_success INTEGER)",
        "CREATE UNIQUE INDEX jobs_by_name ON jobs (job, source)",
        "CREATE TABLE facts (id INTEGER PRIMARY KEY, job INTEGER NOT NULL, kind INTEGER NOT NULL, key TEXT NOT NULL,"
        " observed INTEGER NOT NULL, mark INTEGER NOT NULL, success INTEGER, fields TEXT NOT NULL)",
        "CREATE INDEX facts_about ON facts (job, kind, key, observed)",
        "CREATE INDEX facts_by_time ON facts (observed)",
        "CREATE TABLE spans (id INTEGER PRIMARY KEY, source TEXT NOT NULL, scope TEXT NOT NULL,"
        " begins INTEGER NOT NULL, ends INTEGER NOT NULL, bound INTEGER NOT NULL)",
        "CREATE INDEX spans_of ON spans (source, scope, ends)",
        "CREATE TABLE memory (job TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    },
    {
        "CREATE TABLE tallies (job TEXT NOT NULL, objective TEXT NOT NULL, rule INTEGER NOT NULL, since INTEGER NOT NULL,"
        " until INTEGER NOT NULL, windows INTEGER NOT NULL, missed INTEGER NOT NULL, unknown INTEGER NOT NULL,"
        " days TEXT NOT NULL, PRIMARY KEY (job, rule)) WITHOUT ROWID",
    },
    {
        "CREATE TABLE registries (name TEXT PRIMARY KEY, place INTEGER NOT NULL, fetched INTEGER NOT NULL, body TEXT NOT NULL)",
    },
    {
        "CREATE TABLE clocks (source TEXT PRIMARY KEY, skew INTEGER NOT NULL) WITHOUT ROWID",
    },
};

// 0: there are no tables yet.
Result<std::size_t> VersionOf(Session& session) {
  const auto table = session.Query({"SELECT count(*) FROM sqlite_master WHERE name = 'meta'", {}, 1});
  if (!table) return table.GetError();
  if (table->front()[0] == "0") return std::size_t{0};
  const auto rows = session.Query({"SELECT value FROM meta WHERE key = 'schema'", {}, 1});
  if (!rows) return rows.GetError();
  return rows->empty() ? std::size_t{0} : static_cast<std::size_t>(IntegerOf(rows->front()[0]));
}

Result<void> RefuseNewer(std::size_t version, std::size_t known) {
  if (version <= known) return {};
  return Error{"ledger: it was written by a later version of batchslo_exporter (schema " + std::to_string(version) +
               ", this one knows " + std::to_string(known) + "); start that version, or name another file"};
}

}  // namespace

Result<void> RefuseOthers(Session& session) {
  const auto rows = session.Query({"SELECT count(*), count(*) FILTER (WHERE name IN ('meta', 'jobs', 'facts', 'spans', 'memory')) FROM sqlite_master", {}, 2});
  if (!rows) return rows.GetError();
  if (rows->front()[0] == "0" || rows->front()[1] == "5") return {};
  return Error{"ledger: it is a database of something else; name another file"};
}

Result<void> Migrate(Session& session) { return MigrateTo(session, kVersions); }

Result<void> MigrateTo(Session& session, const SchemaVersions& versions) {
  const auto version = VersionOf(session);
  if (!version) return version.GetError();
  if (*version >= versions.size()) return RefuseNewer(*version, versions.size());
  std::vector<std::string> steps = {"BEGIN IMMEDIATE"};
  if (*version == 0) steps.push_back("CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID");
  for (std::size_t i = *version; i < versions.size(); ++i) {
    steps.insert(steps.end(), versions[i].begin(), versions[i].end());
  }
  steps.push_back("INSERT OR REPLACE INTO meta VALUES ('schema', " + std::to_string(versions.size()) + ")");
  steps.push_back("COMMIT");
  for (const std::string& step : steps) {
    const auto done = session.Execute({step, {}, 0});
    if (done) continue;
    static_cast<void>(session.Execute({"ROLLBACK", {}, 0}).Ok());
    return done.GetError();
  }
  return {};
}

Result<void> CheckSchema(Session& session) {
  const auto version = VersionOf(session);
  if (!version) return version.GetError();
  if (*version == 0) return Error{"ledger: the file holds no ledger; is it the right one?"};
  if (*version < kVersions.size()) {
    return Error{"ledger: it was written by an earlier version; start the daemon of this one on it once"};
  }
  return RefuseNewer(*version, kVersions.size());
}

}  // namespace batchslo
