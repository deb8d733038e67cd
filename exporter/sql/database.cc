#include "exporter/sql/database.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace batchslo {
namespace {

// A connection and the thread that may hang in it. When its owner leaves it behind, it ends by itself as soon as the
// server lets go.
struct Lane {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::function<void(Session&)> work;      // guarded by mutex; empty: none
  bool done = false, leave = false;        // guarded by mutex
  bool hangs = false;                      // left behind in the middle of its work; guarded by mutex
  bool ended = false;                      // its connection is closed; guarded by mutex
  std::optional<Database::Failure> broken;  // guarded by mutex: it could not connect
  std::shared_ptr<Session> session;        // guarded by mutex
};

void Drive(const std::shared_ptr<Lane>& lane, const DatabaseOptions& options) {
  for (;;) {
    std::function<void(Session&)> work;
    std::shared_ptr<Session> session;
    {
      std::unique_lock lock(lane->mutex);
      lane->changed.wait(lock, [&] { return lane->leave || lane->work; });
      if (lane->leave) return;
      work = std::move(lane->work);
      lane->work = nullptr;
      session = lane->session;
    }
    std::optional<Database::Failure> broken;
    if (!session) {
      SqlFault fault = SqlFault::kNone;
      auto opened = Session::Open(options, &fault);
      if (opened) {
        session = std::move(opened).Value();
      } else {
        broken = Database::Failure{opened.GetError(), fault};
      }
      const std::lock_guard lock(lane->mutex);
      lane->session = session;
    }
    if (session) work(*session);
    const std::lock_guard lock(lane->mutex);
    lane->broken = std::move(broken);
    lane->done = true;
    lane->changed.notify_all();
  }
}

// The last thing that its thread does.
void Close(Lane& lane) {
  std::shared_ptr<Session> session;
  {
    const std::lock_guard lock(lane.mutex);
    session.swap(lane.session);
  }
  session.reset();
  const std::lock_guard lock(lane.mutex);
  lane.ended = true;
  lane.changed.notify_all();
}

constexpr int kMostLeftBehind = 8;
constexpr std::chrono::milliseconds kGoodbye{500};

class LanedDatabase : public Database {
 public:
  LanedDatabase(DatabaseOptions options, std::stop_token stop) : options_(std::move(options)), stop_(std::move(stop)) {}
  ~LanedDatabase() override { Leave(); }

  Rows Query(const Statement& statement, SqlDeadline deadline) override {
    return Ask<std::vector<SqlRow>>([statement](Session& session) { return session.Query(statement); }, deadline);
  }
  Described Columns(const std::string& sql, SqlDeadline deadline) override {
    return Ask<std::vector<SqlColumn>>([sql](Session& session) { return session.Columns(sql); }, deadline);
  }

 private:
  template <class T>
  std::variant<T, Failure> Ask(std::function<Result<T>(Session&)> ask, SqlDeadline deadline) {
    if (!lane_ && *options_.hanging >= kMostLeftBehind) {
      return Failure{{"too many connections hang; waiting for one of them to end"}, SqlFault::kTimeout};
    }
    auto answer = std::make_shared<std::variant<T, Failure>>(Failure{});
    const auto failure = RunOn([ask = std::move(ask), answer](Session& session) {
      auto result = ask(session);
      if (result) {
        *answer = std::move(result).Value();
      } else {
        *answer = Failure{result.GetError(), session.LastFault()};
      }
    }, deadline);
    if (failure) return *failure;
    const auto* failed = std::get_if<Failure>(answer.get());
    if (failed && failed->fault == SqlFault::kConnect) Leave();
    return *answer;
  }

  // None: it ran. The connection is left behind where it does not come back.
  std::optional<Failure> RunOn(std::function<void(Session&)> work, SqlDeadline deadline) {
    if (!lane_) Begin();
    std::unique_lock lock(lane_->mutex);
    lane_->done = false;
    lane_->work = std::move(work);
    lane_->changed.notify_all();
    const auto is_done = [&] { return lane_->done; };
    if (!lane_->changed.wait_until(lock, stop_, deadline, is_done)) {
      if (lane_->session) std::thread([session = lane_->session] { session->Cancel(); }).detach();
      if (!lane_->changed.wait_for(lock, std::chrono::milliseconds(300), is_done)) {
        if (lane_->session) lane_->session->Abandon();
        lane_->hangs = true;
        ++*options_.hanging;
        lock.unlock();
        Leave();
        return Failure{{"no answer within the timeout; its connection is given up"}, SqlFault::kTimeout};
      }
    }
    const auto broken = lane_->broken;
    lock.unlock();
    if (broken) Leave();
    return broken;
  }

  void Begin() {
    lane_ = std::make_shared<Lane>();
    thread_ = std::thread([lane = lane_, options = options_] {
      Drive(lane, options);
      if (lane->hangs) --*options.hanging;
      Close(*lane);
    });
  }

  void Leave() {
    if (!lane_) return;
    const auto lane = std::exchange(lane_, nullptr);
    std::unique_lock lock(lane->mutex);
    lane->leave = true;
    lane->changed.notify_all();
    // One that is well ends in a moment. It must not do so while the process ends, which takes the drivers' own things away.
    const bool ended = !lane->hangs && lane->changed.wait_for(lock, kGoodbye, [&] { return lane->ended; });
    lock.unlock();
    ended ? thread_.join() : thread_.detach();
  }

  const DatabaseOptions options_;
  const std::stop_token stop_;
  std::shared_ptr<Lane> lane_;
  std::thread thread_;  // of the lane
};

}  // namespace

std::unique_ptr<Database> MakeDatabase(const DatabaseOptions& options, std::stop_token stop) {
  return std::make_unique<LanedDatabase>(options, std::move(stop));
}

}  // namespace batchslo
