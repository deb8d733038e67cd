#include "exporter/store/ledger.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "exporter/store/codec.h"
#include "exporter/store/schema.h"

namespace batchslo {
namespace {

constexpr std::size_t kMostWaiting = 4096;  // calls; more are refused, so that a stuck disk does not eat the memory
constexpr int kPruneStep = 5000;

std::int64_t Micros(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint FromMicros(const std::optional<std::string>& text) { return TimePoint{Duration{text ? std::stoll(*text) : 0}}; }

// Held while the ledger is open: a second daemon on the file would corrupt what both believe.
class FileLock {
 public:
  static Result<std::unique_ptr<FileLock>> Take(const std::string& path) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Error{"ledger: " + path + " can't be written: " + std::strerror(errno)};
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      char holder[32] = "";
      const ssize_t got = pread(fd, holder, sizeof holder - 1, 0);
      close(fd);
      return Error{"ledger: another batchslo_exporter" + (got > 0 ? " (process " + std::string(holder) + ")" : "") + " has it open; stop that one, or name another file with --store"};
    }
    const std::string pid = std::to_string(getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0) {
      close(fd);
      return Error{"ledger: " + path + " can't be written: " + std::strerror(errno)};
    }
    auto lock = std::unique_ptr<FileLock>(new FileLock);
    lock->fd_ = fd;
    return lock;
  }
  ~FileLock() { close(fd_); }

 private:
  FileLock() = default;
  int fd_ = -1;
};

struct Ticket {
  const Report* report = nullptr;
  std::function<Result<void>(Session&)> work;  // instead of a report
  std::optional<Result<void>> answer;
};

class SqliteLedger : public Ledger {
 public:
  SqliteLedger(LedgerOptions options, std::unique_ptr<FileLock> lock, std::unique_ptr<Session> session, std::string notice)
      : options_(std::move(options)), lock_(std::move(lock)), session_(std::move(session)), notice_(std::move(notice)), inode_(Inode()) {
    state_.size_bytes = Size();
    writer_ = std::jthread([this](std::stop_token stop) { Write(stop); });
  }
  ~SqliteLedger() override {
    writer_.request_stop();
    waiting_.notify_all();
    writer_.join();
  }

  Result<void> Append(const Report& report) override {
    if (report.empty()) return {};
    Ticket ticket;
    ticket.report = &report;
    return Wait(ticket);
  }

  Result<void> ForEach(const std::function<void(const Fact&)>& visit) override {
    std::vector<Fact> facts;
    const auto read = Do([&](Session& session) { return ReadAll(session, facts); });
    if (!read) return read;
    std::stable_sort(facts.begin(), facts.end(), [](const Fact& a, const Fact& b) { return a.observed < b.observed; });
    for (const Fact& fact : facts) visit(fact);
    return {};
  }

  Result<std::vector<RunTotals>> Totals() override {
    std::vector<RunTotals> totals;
    const auto read = Do([&](Session& session) -> Result<void> {
      const auto rows = session.Query({"SELECT job, completed, failed FROM totals", {}, 3});
      if (!rows) return rows.GetError();
      for (const SqlRow& row : *rows) totals.push_back({*row[0], std::stoull(*row[1]), std::stoull(*row[2])});
      return {};
    });
    if (!read) return read.GetError();
    return totals;
  }

  Result<void> Remember(const std::vector<Memory>& changed) override {
    if (changed.empty()) return {};
    return Do([&](Session& session) -> Result<void> {
      for (const Memory& memory : changed) {
        const auto done = session.Execute({"INSERT INTO memory VALUES (:job, :text) ON CONFLICT (job) DO UPDATE SET text = excluded.text", {memory.job, memory.text}, 0});
        if (!done) return done;
      }
      return {};
    });
  }

  Result<std::vector<Memory>> Recall() override {
    std::vector<Memory> memories;
    const auto read = Do([&](Session& session) -> Result<void> {
      const auto rows = session.Query({"SELECT job, text FROM memory", {}, 2});
      if (!rows) return rows.GetError();
      for (const SqlRow& row : *rows) memories.push_back({*row[0], *row[1]});
      return {};
    });
    if (!read) return read.GetError();
    return memories;
  }

  Result<void> Forget(const std::vector<std::string>& jobs) override {
    return Do([&](Session& session) -> Result<void> {
      for (const std::string& job : jobs) {
        for (const char* table : {"facts", "completed", "totals", "memory"}) {
          const auto done = session.Execute({std::string("DELETE FROM ") + table + " WHERE job = :job", {job}, 0});
          if (!done) return done;
        }
      }
      return {};
    });
  }

  // In small steps. A job's last success stays, with all that came after it, and so does the newest of everything else.
  Result<void> Prune(TimePoint now) override {
    const std::int64_t before = Micros(now - options_.retention);
    const std::string most = " LIMIT " + std::to_string(kPruneStep) + ")";
    const std::vector<Statement> steps = {
        {"DELETE FROM facts WHERE id IN (SELECT id FROM facts AS f WHERE last_observed < :before AND kind = 2 AND EXISTS (SELECT 1 FROM facts AS n"
         " WHERE n.job = f.job AND n.kind = 2 AND n.source = f.source AND n.success = 1 AND n.observed > f.observed)" + most, {before}, 0},
        {"DELETE FROM facts WHERE id IN (SELECT id FROM facts AS f WHERE last_observed < :before AND kind <> 2 AND EXISTS (SELECT 1 FROM facts AS n"
         " WHERE n.job = f.job AND n.kind = f.kind AND n.source = f.source AND n.key = f.key AND n.observed > f.observed)" + most, {before}, 0},
        {"DELETE FROM spans WHERE ends < :before", {before}, 0},
        {"DELETE FROM completed WHERE at < :before", {Micros(now - 4 * options_.retention)}, 0},
    };
    for (const Statement& step : steps) {
      const auto done = Do([&](Session& session) { return session.Execute(step); });
      if (!done) return done;
    }
    return {};
  }

  StoreState State() override {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  std::string Notice() const override { return notice_; }

 private:
  Result<void> Do(std::function<Result<void>(Session&)> work) {
    Ticket ticket;
    ticket.work = std::move(work);
    return Wait(ticket);
  }

  Result<void> Wait(Ticket& ticket) {
    std::unique_lock lock(mutex_);
    if (queue_.size() >= kMostWaiting) return Error{"ledger: overloaded; try again in a moment"};
    if (stopped_) return Error{"ledger: closed"};
    queue_.push_back(&ticket);
    waiting_.notify_all();
    answered_.wait(lock, [&] { return ticket.answer.has_value(); });
    return *std::move(ticket.answer);
  }

  // What waits together is committed together.
  void Write(std::stop_token stop) {
    for (;;) {
      std::deque<Ticket*> batch;
      {
        std::unique_lock lock(mutex_);
        waiting_.wait(lock, [&] { return stop.stop_requested() || !queue_.empty(); });
        if (queue_.empty()) {
          stopped_ = true;
          return;
        }
        batch.swap(queue_);
      }
      const Result<void> done = Commit(batch);
      const std::uint64_t size = Size();
      const std::lock_guard lock(mutex_);
      state_.size_bytes = size;
      state_.up = done.Ok();
      state_.error = done ? "" : done.Message();
      ++(done ? state_.writes : state_.write_failures);
      for (Ticket* ticket : batch) {
        if (!ticket->answer) ticket->answer = done;
      }
      answered_.notify_all();
    }
  }

  Result<void> Commit(const std::deque<Ticket*>& batch) {
    if (Inode() != inode_) return Error{"ledger: the file " + options_.path + " was replaced or deleted while it was open; restart the daemon"};
    auto done = session_->Execute({"BEGIN IMMEDIATE", {}, 0});
    if (!done) return done;
    for (Ticket* ticket : batch) {
      done = ticket->report ? Store(*ticket->report) : ticket->work(*session_);
      if (!done) break;
    }
    if (done) done = session_->Execute({"COMMIT", {}, 0});
    if (done) return done;
    static_cast<void>(session_->Execute({"ROLLBACK", {}, 0}).Ok());
    newest_spans_.clear();
    return done;
  }

  Result<void> Store(const Report& report) {
    for (const Fact& fact : report) {
      const auto* view = std::get_if<ViewFact>(&fact.what);
      const auto done = view ? StoreView(fact, *view) : StoreFact(fact);
      if (!done) return done;
    }
    return {};
  }

  // Equal looks stay one row that grows; an equal sight of a run or a job is none at all.
  Result<void> StoreFact(const Fact& fact) {
    const StoredFact stored = Encode(fact);
    const std::int64_t observed = Micros(fact.observed);
    const auto before = session_->Query({"SELECT id, fields, last_observed FROM facts WHERE job = :job AND kind = :kind AND source = :source AND key = :key"
                                         " AND observed <= :observed ORDER BY observed DESC, id DESC LIMIT 1",
                                         {stored.job, std::int64_t{stored.kind}, fact.source, stored.key, observed}, 3});
    if (!before) return before.GetError();
    if (const auto counted = Count(fact); !counted) return counted;
    const bool same = !before->empty() && (*before)[0][1] == stored.fields;
    if (same && std::stoll(*(*before)[0][2]) >= observed) return {};
    if (same) return session_->Execute({"UPDATE facts SET last_observed = :observed WHERE id = :id", {observed, std::int64_t{std::stoll(*(*before)[0][0])}}, 0});
    const auto* run = std::get_if<RunFact>(&fact.what);
    const std::int64_t success = run && run->outcome == Outcome::kSucceeded ? 1 : 0;
    return session_->Execute({"INSERT OR IGNORE INTO facts (kind, source, job, key, observed, last_observed, success, fields)"
                              " VALUES (:kind, :source, :job, :key, :observed, :last, :success, :fields)",
                              {std::int64_t{stored.kind}, fact.source, stored.job, stored.key, observed, observed, success, stored.fields}, 0});
  }

  // A run counts once, when it is first seen to have ended.
  Result<void> Count(const Fact& fact) {
    const auto* run = std::get_if<RunFact>(&fact.what);
    if (!run || !IsCompleted(run->outcome)) return {};
    const auto known = session_->Query({"SELECT 1 FROM completed WHERE job = :job AND run = :run", {run->job, run->run_id}, 1});
    if (!known) return known.GetError();
    if (!known->empty()) return {};
    const auto kept = session_->Execute({"INSERT INTO completed VALUES (:job, :run, :at)", {run->job, run->run_id, Micros(fact.observed)}, 0});
    if (!kept) return kept;
    const std::int64_t failed = run->outcome == Outcome::kFailed ? 1 : 0;
    return session_->Execute({"INSERT INTO totals VALUES (:job, 1, :failed) ON CONFLICT (job) DO UPDATE SET completed = completed + 1, failed = failed + excluded.failed",
                              {run->job, failed}, 0});
  }

  struct StoredSpan {
    std::int64_t id = 0;
    TimePoint begins, ends;
  };

  // Views that join are one row that grows; so are those that reach back to the same past.
  Result<void> StoreView(const Fact& fact, const ViewFact& view) {
    if (!view.complete) return {};
    const bool reaches = view.since.has_value();
    const TimePoint begins = reaches ? *view.since : fact.observed;
    const Duration bound = reaches || !options_.staleness ? Duration{0} : options_.staleness(fact.source);
    const std::string key = fact.source + "\n" + (view.scope ? "=" + *view.scope : "-") + (reaches ? "r" : "v");
    StoredSpan& newest = newest_spans_[key];
    const SqlValue scope = view.scope ? SqlValue(*view.scope) : SqlValue();
    if (newest.id != 0 && begins <= newest.ends + bound && begins >= newest.begins) {
      newest.ends = std::max(newest.ends, fact.observed);
      return session_->Execute({"UPDATE spans SET ends = max(ends, :ends) WHERE id = :id", {Micros(fact.observed), newest.id}, 0});
    }
    const auto done = session_->Execute({std::string("INSERT INTO spans (source, scope, reached, begins, ends) VALUES (:source, ") + (view.scope ? ":scope" : "NULL") +
                                             ", :reached, :begins, :ends)",
                                         view.scope ? std::vector<SqlValue>{fact.source, scope, std::int64_t{reaches}, Micros(begins), Micros(fact.observed)}
                                                    : std::vector<SqlValue>{fact.source, std::int64_t{reaches}, Micros(begins), Micros(fact.observed)}, 0});
    if (!done) return done;
    const auto id = session_->Query({"SELECT last_insert_rowid()", {}, 1});
    if (!id) return id.GetError();
    newest = {std::stoll(*(*id)[0][0]), begins, fact.observed};
    return {};
  }

  Result<void> ReadAll(Session& session, std::vector<Fact>& facts) {
    const auto rows = session.Query({"SELECT kind, source, job, key, observed, last_observed, fields FROM facts ORDER BY observed, id", {}, 7});
    if (!rows) return rows.GetError();
    for (const SqlRow& row : *rows) {
      const StoredFact stored{std::stoi(*row[0]), *row[2], *row[3], *row[6]};
      auto fact = Decode(stored, *row[1], FromMicros(row[4]));
      if (!fact) continue;
      const bool again = row[4] != row[5];
      if (again) {
        Fact last = *fact;
        last.observed = FromMicros(row[5]);
        facts.push_back(std::move(last));
      }
      facts.push_back(*std::move(fact));
    }
    return ReadSpans(session, facts);
  }

  // A span comes back as views that cover the same: at its ends, and close enough to each other between them.
  Result<void> ReadSpans(Session& session, std::vector<Fact>& facts) {
    const auto rows = session.Query({"SELECT source, scope, reached, begins, ends FROM spans ORDER BY begins, id", {}, 5});
    if (!rows) return rows.GetError();
    for (const SqlRow& row : *rows) {
      ViewFact view;
      view.scope = row[1];
      const TimePoint begins = FromMicros(row[3]), ends = FromMicros(row[4]);
      if (*row[2] == "1") {
        view.since = begins;
        facts.push_back({*row[0], ends, view});
        continue;
      }
      const Duration step = std::max<Duration>(options_.staleness ? options_.staleness(*row[0]) : Duration{0}, seconds{1});
      for (TimePoint at = begins; at < ends; at += step) facts.push_back({*row[0], at, view});
      facts.push_back({*row[0], ends, view});
    }
    return {};
  }

  ino_t Inode() const {
    struct stat info{};
    return stat(options_.path.c_str(), &info) == 0 ? info.st_ino : 0;
  }

  std::uint64_t Size() const {
    std::uint64_t size = 0;
    for (const char* suffix : {"", "-wal"}) {
      std::error_code ignored;
      const auto bytes = std::filesystem::file_size(options_.path + suffix, ignored);
      if (!ignored) size += bytes;
    }
    return size;
  }

  LedgerOptions options_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Session> session_;  // the writer's
  std::string notice_;
  ino_t inode_;
  std::map<std::string, StoredSpan> newest_spans_;  // the writer's
  std::mutex mutex_;
  std::condition_variable waiting_, answered_;
  std::deque<Ticket*> queue_;  // guarded by mutex_
  bool stopped_ = false;       // guarded by mutex_
  StoreState state_;           // guarded by mutex_
  std::jthread writer_;
};

Result<std::unique_ptr<Session>> OpenFile(const std::string& path, SqlFault& fault) {
  DatabaseOptions options;
  options.url = "sqlite://" + path;
  options.writes = true;
  auto session = Session::Open(options, &fault);
  if (!session) return session;
  for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA mmap_size=0", "PRAGMA foreign_keys=ON"}) {
    const auto done = (*session)->Execute({pragma, {}, 0});
    fault = (*session)->LastFault();
    if (!done) return done.GetError();
  }
  const auto check = (*session)->Query({"PRAGMA quick_check(1)", {}, 1});
  fault = (*session)->LastFault();
  if (!check) return check.GetError();
  if (check->empty() || check->front()[0] != "ok") {
    fault = SqlFault::kCorrupt;
    return Error{"ledger: " + path + " is corrupt"};
  }
  const auto migrated = Migrate(**session);
  fault = (*session)->LastFault();
  if (!migrated) return migrated.GetError();
  return session;
}

std::string SetAside(const std::string& path) {
  const std::string stamp = std::to_string(std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  const std::string aside = path + ".corrupt-" + stamp;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;
    std::filesystem::rename(path + suffix, aside + suffix, ignored);
  }
  return aside;
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::Open(LedgerOptions options) {
  std::error_code fault_of_directory;
  std::filesystem::create_directories(std::filesystem::path(options.path).parent_path(), fault_of_directory);
  auto lock = FileLock::Take(options.path + ".lock");
  if (!lock) return lock.GetError();
  SqlFault fault = SqlFault::kNone;
  std::string notice;
  auto session = OpenFile(options.path, fault);
  if (!session && fault == SqlFault::kCorrupt) {
    notice = "the ledger was corrupt and lies now at " + SetAside(options.path) + "; history begins anew, so much is unknown at first";
    session = OpenFile(options.path, fault);
  }
  if (!session) return session.GetError();
  return std::unique_ptr<Ledger>(std::make_unique<SqliteLedger>(std::move(options), std::move(lock).Value(), std::move(session).Value(), std::move(notice)));
}

}  // namespace batchslo
