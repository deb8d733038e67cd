#include "exporter/store/writer.h"

#include <algorithm>
#include <optional>

namespace batchslo {
namespace {

constexpr std::size_t kMostReports = 256,
                      kMostBytes = 4 << 20;  // that wait; more are refused, so that a slow disk does not eat the memory
constexpr std::size_t kBytesOfFact = 200;

// About what it takes in memory.
std::size_t SizeOf(const Report& report) {
  std::size_t bytes = 0;
  for (const Fact& fact : report) {
    const auto* run = std::get_if<RunFact>(&fact.what);
    bytes += kBytesOfFact + (run ? run->excerpt.size() : 0);
  }
  return bytes;
}

}  // namespace

struct LedgerWriter::Ticket {
  enum class Kind { kReport, kChange, kRead } kind;
  const Report* report = nullptr;
  Work work = {};
  std::size_t bytes = 0;
  std::optional<Result<void>> answer = {};  // the thread's until it is given out; then guarded by mutex_
  bool answered = false;                    // guarded by mutex_
};

LedgerWriter::LedgerWriter(std::unique_ptr<Session> session, const std::string& path, Store store)
    : session_(std::move(session)), identity_(path), path_(path), store_(std::move(store)) {
  state_.size_bytes = identity_.Bytes();
  thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
}

LedgerWriter::~LedgerWriter() {
  {
    const std::lock_guard lock(mutex_);
    thread_.request_stop();
  }
  waiting_.notify_all();
  thread_.join();
}

Result<void> LedgerWriter::Append(const Report& report) {
  Ticket ticket{Ticket::Kind::kReport, &report, {}, SizeOf(report)};
  return Wait(ticket);
}

Result<void> LedgerWriter::Change(Work work) {
  Ticket ticket{Ticket::Kind::kChange, nullptr, std::move(work)};
  return Wait(ticket);
}

Result<void> LedgerWriter::Read(Work work) {
  Ticket ticket{Ticket::Kind::kRead, nullptr, std::move(work)};
  return Wait(ticket);
}

StoreState LedgerWriter::State() {
  const std::lock_guard lock(mutex_);
  return state_;
}

Result<void> LedgerWriter::Wait(Ticket& ticket) {
  std::unique_lock lock(mutex_);
  if (stopped_) return Error{"ledger: it is closed"};
  const bool full = reports_ >= kMostReports || bytes_ >= kMostBytes;
  if (ticket.report && full) {
    ++state_.write_failures;
    return Error{"ledger: overloaded, the disk does not keep up; try again in a moment"};
  }
  queue_.push_back(&ticket);
  reports_ += ticket.report ? 1 : 0;
  bytes_ += ticket.bytes;
  waiting_.notify_one();
  answered_.wait(lock, [&] { return ticket.answered; });
  return *std::move(ticket.answer);
}

void LedgerWriter::Run(std::stop_token stop) {
  for (std::deque<Ticket*> batch; Take(stop, batch); batch.clear()) {
    const bool reports = std::any_of(batch.begin(), batch.end(), [](const Ticket* ticket) { return ticket->report; });
    if (reports) {
      const auto done = CommitReports(batch);
      Told(done);
      for (Ticket* ticket : batch) {
        if (ticket->report) ticket->answer = done;
      }
    }
    for (Ticket* ticket : batch) {
      if (ticket->kind == Ticket::Kind::kRead) ticket->answer = ticket->work(*session_);
      if (ticket->kind == Ticket::Kind::kChange) Told(*(ticket->answer = Commit(ticket->work)));
    }
    Answer(batch);
  }
}

// False: nothing waits, and nothing will.
bool LedgerWriter::Take(std::stop_token stop, std::deque<Ticket*>& batch) {
  std::unique_lock lock(mutex_);
  waiting_.wait(lock, [&] { return stop.stop_requested() || !queue_.empty(); });
  stopped_ = queue_.empty();
  batch.swap(queue_);
  reports_ = bytes_ = 0;
  return !stopped_;
}

Result<void> LedgerWriter::CommitReports(const std::deque<Ticket*>& batch) {
  std::vector<const Report*> reports;
  for (const Ticket* ticket : batch) {
    if (ticket->report) reports.push_back(ticket->report);
  }
  return Commit([&](Session& session) { return store_(session, reports); });
}

// What was committed counts only if the file still has its name afterwards.
Result<void> LedgerWriter::Commit(const Work& work) {
  const Error lost{"ledger: the file " + path_ +
                   " (or its -wal, or its .lock) was replaced or deleted while it was open; restart the daemon"};
  if (!identity_.Holds()) return lost;
  auto done = session_->Execute({"BEGIN IMMEDIATE", {}, 0});
  if (!done) return done;
  done = work(*session_);
  if (done) done = session_->Execute({"COMMIT", {}, 0});
  if (done) return identity_.Holds() ? done : Result<void>(lost);
  static_cast<void>(session_->Execute({"ROLLBACK", {}, 0}).Ok());  // a full disk has rolled it back already
  return done;
}

void LedgerWriter::Told(const Result<void>& done) {
  const std::uint64_t size = identity_.Bytes();
  const std::lock_guard lock(mutex_);
  state_.size_bytes = size;
  state_.up = done.Ok();
  state_.error = done ? "" : done.Message();
  ++(done ? state_.writes : state_.write_failures);
}

void LedgerWriter::Answer(const std::deque<Ticket*>& batch) {
  const std::lock_guard lock(mutex_);
  for (Ticket* ticket : batch) ticket->answered = true;
  answered_.notify_all();
}

}  // namespace batchslo
