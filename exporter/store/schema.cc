#include "exporter/store/schema.h"

#include <array>

namespace batchslo {
namespace {

// One entry a version; an entry is never changed once it is released.
const std::array kVersions = {
    std::vector<std::string>{
        "CREATE TABLE facts (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, source TEXT NOT NULL, job TEXT NOT NULL, key TEXT NOT NULL,"
        " observed INTEGER NOT NULL, last_observed INTEGER NOT NULL, success INTEGER NOT NULL, fields TEXT NOT NULL)",
        "CREATE UNIQUE INDEX facts_about ON facts (job, kind, source, key, observed, fields)",
        "CREATE INDEX facts_by_time ON facts (last_observed)",
        "CREATE TABLE spans (id INTEGER PRIMARY KEY, source TEXT NOT NULL, scope TEXT, reached INTEGER NOT NULL, begins INTEGER NOT NULL, ends INTEGER NOT NULL)",
        "CREATE INDEX spans_of ON spans (source, scope, reached, ends)",
        "CREATE TABLE completed (job TEXT NOT NULL, run TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (job, run)) WITHOUT ROWID",
        "CREATE TABLE totals (job TEXT PRIMARY KEY, completed INTEGER NOT NULL, failed INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE memory (job TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    },
};

Result<std::size_t> VersionOf(Session& session) {
  const auto made = session.Execute({"CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID", {}, 0});
  if (!made) return made.GetError();
  const auto rows = session.Query({"SELECT value FROM meta WHERE key = 'schema'", {}, 1});
  if (!rows) return rows.GetError();
  return rows->empty() || !(*rows)[0][0] ? std::size_t{0} : static_cast<std::size_t>(std::stoul(*(*rows)[0][0]));
}

}  // namespace

Result<void> Migrate(Session& session) {
  const auto version = VersionOf(session);
  if (!version) return version.GetError();
  if (*version > kVersions.size()) {
    return Error{"the ledger was written by a later version (schema " + std::to_string(*version) + ", this one knows " + std::to_string(kVersions.size()) + "); start that version, or name another file"};
  }
  if (*version == kVersions.size()) return {};
  std::vector<std::string> steps = {"BEGIN IMMEDIATE"};
  for (std::size_t i = *version; i < kVersions.size(); ++i) steps.insert(steps.end(), kVersions[i].begin(), kVersions[i].end());
  steps.push_back("INSERT OR REPLACE INTO meta VALUES ('schema', " + std::to_string(kVersions.size()) + ")");
  steps.push_back("COMMIT");
  for (const std::string& step : steps) {
    const auto done = session.Execute({step, {}, 0});
    if (done) continue;
    static_cast<void>(session.Execute({"ROLLBACK", {}, 0}).Ok());
    return done.GetError();
  }
  return {};
}

}  // namespace batchslo
