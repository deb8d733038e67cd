#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporter/core/clock_error.h"
#include "exporter/core/fact.h"
#include "exporter/core/snapshot.h"
#include "exporter/core/spans.h"
#include "exporter/core/tracker.h"

namespace batchslo {

struct LedgerOptions {
  std::string path;               // of the SQLite file; its side file "<path>.lock" is held while it is open
  Duration retention = days{90};  // facts older than this go, but never the last success of a job
  // The longest gap between two views of a source that still covers what lies between (SourceDef::staleness). Asked
  // when a view is stored and when facts are read; none or 0: views are kept one by one.
  std::function<Duration(const std::string& source)> staleness;
};

// Completed and failed runs of a job, ever. Only grow; a run counts once however often it is delivered.
struct RunTotals {
  std::string job;
  std::uint64_t completed = 0, failed = 0;
};

// The stored history: one SQLite file, one writer (a thread of its own), group commit, synchronous=FULL. It is a set of
// facts: neither their order nor their repetition matters, until Prune leaves out what says nothing more.
class Ledger {
 public:
  // Errors: another daemon holds the file; a newer schema; no right to write. A corrupt file is set aside as
  // "<path>.corrupt-<time>" and a new one begun: `Notice()` then says so.
  static Result<std::unique_ptr<Ledger>> Open(LedgerOptions options);
  virtual ~Ledger() = default;

  // Stores a report in one transaction and returns when it is on disk (a Sink). Writing the same facts again changes
  // nothing. Any thread; calls that wait together are committed together. Errors: disk full, I/O error, overload (256
  // reports or 4 MB wait already), a file that was replaced or deleted, a name with a NUL byte.
  virtual Result<void> Append(const Report& report) = 0;

  // All facts not older than the retention, by observed time, at equal times in an order of their own that begins with
  // what is said of jobs. Views without `since` come as others that cover the same, at most one staleness bound apart;
  // incomplete ones do not come; of `down` the newest of each source; of equal facts in a row those that Prune left.
  // An Error also where single facts can't be read: all others were visited.
  virtual Result<void> ForEach(const std::function<void(const Fact&)>& visit) = 0;

  virtual Result<std::vector<RunTotals>> Totals() = 0;

  // One small text a job that outlives restarts: what its verdicts rest on beyond the facts (Tracker::Memory).
  struct Memory {
    std::string job, text;
  };
  virtual Result<void> Remember(const std::vector<Memory>& changed) = 0;
  virtual Result<std::vector<Memory>> Recall() = 0;

  // How the windows of objectives ended (Tracker::TakeChangedTallies). Each as it stands: to write it again changes
  // nothing, and what a crash lost is counted again by the facts. One transaction.
  virtual Result<void> KeepTallies(const std::vector<StoredTally>& changed) = 0;
  virtual Result<std::vector<StoredTally>> Tallies() = 0;

  // How far the clocks of sources are from ours: after a start they are not known until each has been asked.
  using Skews = std::map<std::string, Duration>;
  virtual Result<void> KeepSkews(const Skews& changed) = 0;
  virtual Result<Skews> LoadSkews() = 0;

  // The last good copy of each registry's table, and where it came from.
  struct RegistryCopy {
    std::string name;
    std::uint64_t place = 0;
    TimePoint fetched;
    std::string body;
  };
  virtual Result<void> KeepRegistry(const RegistryCopy& copy) = 0;
  virtual Result<std::vector<RegistryCopy>> Registries() = 0;

  // What a clock said that ran ahead, as it would have said it; once, as soon as the clock is right. `unseen` is from when
  // it was last seen to be wrong until now, in right times: what was written with such a time since then stays.
  virtual Result<void> PutRight(const ClockError& error, Span unseen) = 0;

  // Jobs that are forgotten (discovered, gone, and kept long enough): their facts go.
  virtual Result<void> Forget(const std::vector<std::string>& jobs) = 0;
  // In small transactions: of equal facts in a row that are older than an hour the first and the newest stay; what is
  // older than the retention goes, but for the last success of a job, its newest facts, and runs still running. Tallies of
  // objectives that have another definition since go after their longest span.
  virtual Result<void> Prune(TimePoint now) = 0;

  virtual StoreState State() = 0;  // any thread, at once
  virtual std::string Notice() const = 0;
};

// The facts of a ledger that another process may have open, as ForEach gives them. Writes nothing and takes no lock;
// for a process that has not opened this ledger itself.
Result<void> ReadLedger(const std::string& path, const std::function<void(const Fact&)>& visit);

}  // namespace batchslo
