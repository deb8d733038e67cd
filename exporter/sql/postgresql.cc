// libpq behind our own words. Not through SOCI, nor by the functions of libpq that wait: they take in all that a server
// sends, up to a GiB a message, and what it remarks before the login goes to our standard error.
#include "exporter/sql/postgresql.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>

#include "exporter/sql/fault.h"
#include "exporter/sql/url.h"

namespace batchslo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kMostAnswer = 8 << 20;
constexpr int kInFlight = 64 << 10;
constexpr milliseconds kBetweenLooks{100};  // TLS may hold back what its socket no longer shows

struct Close {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};
template <class T>
using Owned = std::unique_ptr<T, Close>;

// What a server sends for one answer. libpq reads until its socket is empty: the kernel keeps little, so that this is soon.
class Intake {
 public:
  Intake(PGconn* connection, steady_clock::time_point until) : connection_(connection), until_(until) {}

  // Waits a moment for it, and counts what is there to be read.
  void Wait(short events) {
    pollfd socket{PQsocket(connection_), events, 0};
    setsockopt(socket.fd, SOL_SOCKET, SO_RCVBUF, &kInFlight, sizeof kInFlight);  // a new one for each address that is tried
    const auto left = std::chrono::ceil<milliseconds>(until_ - steady_clock::now());
    poll(&socket, 1, static_cast<int>(std::clamp(left, milliseconds{0}, kBetweenLooks).count()));
    int bytes = 0;
    if (ioctl(socket.fd, FIONREAD, &bytes) == 0) taken_ += bytes;
  }
  bool IsLate() const { return steady_clock::now() >= until_; }
  bool IsTooMuch() const { return taken_ > kMostAnswer; }
  void Extend(milliseconds time) { until_ = steady_clock::now() + time; }

 private:
  PGconn* const connection_;
  steady_clock::time_point until_;
  std::int64_t taken_ = 0;
};

constexpr const char* kTooMuch = "the server sends more than 8 MiB where a few bytes were asked for";

class PostgresqlSession : public Session {
 public:
  PostgresqlSession(Owned<PGconn> connection, DatabaseOptions options, std::string name)
      : connection_(std::move(connection)), cancel_(PQgetCancel(connection_.get())), options_(std::move(options)), name_(std::move(name)) {}

  Result<std::vector<SqlRow>> Query(const Statement& statement) override {
    assert(statement.values.empty());
    const auto answer = Ask(PQsendQueryParams(connection_.get(), statement.sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0));
    if (!answer) return answer.GetError();
    const PGresult* result = answer->get();
    std::vector<SqlRow> rows;
    if (PQresultStatus(result) == PGRES_COMMAND_OK) return rows;  // it gives none
    if (static_cast<std::size_t>(PQnfields(result)) != statement.columns) return Fail(SqlFault::kConnect, "the answer has other columns than were asked for");
    for (int at = 0; at < PQntuples(result); ++at) {
      SqlRow& row = rows.emplace_back();
      for (int column = 0; column < PQnfields(result); ++column) {
        const bool is_null = PQgetisnull(result, at, column) != 0;
        row.push_back(is_null ? std::nullopt : std::optional(std::string(PQgetvalue(result, at, column), static_cast<std::size_t>(PQgetlength(result, at, column)))));
      }
    }
    return rows;
  }

  Result<void> Execute(const Statement& statement) override {
    const auto done = Query(statement);
    return done ? Result<void>() : Result<void>(done.GetError());
  }

  Result<std::vector<SqlColumn>> Columns(const std::string& sql) override {
    const auto prepared = Ask(PQsendPrepare(connection_.get(), "", sql.c_str(), 0, nullptr));
    if (!prepared) return prepared.GetError();
    const auto described = Ask(PQsendDescribePrepared(connection_.get(), ""));
    if (!described) return described.GetError();
    std::vector<SqlColumn> columns;
    for (int i = 0; i < PQnfields(described->get()); ++i) columns.push_back({PQfname(described->get(), i)});
    return columns;
  }

  SqlFault LastFault() const override { return fault_; }

  void Cancel() override {
    char text[256];
    if (cancel_) PQcancel(cancel_.get(), text, sizeof text);
  }

 private:
  using Answer = std::shared_ptr<PGresult>;

  // The answer to what was sent, once the server is ready for the next.
  Result<Answer> Ask(int sent) {
    if (sent == 0) return Fail(SqlFault::kConnect, "the connection was lost");
    Intake intake(connection_.get(), steady_clock::now() + options_.statement_timeout + std::chrono::seconds{1});  // the server's own comes first
    Answer answer;
    for (;;) {
      const auto taken = Take(intake);
      if (!taken && !answer) return taken.GetError();
      if (!taken) break;  // it told why, and went
      Owned<PGresult> next(PQgetResult(connection_.get()));
      if (!next) break;
      const ExecStatusType status = PQresultStatus(next.get());
      const bool is_known = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_FATAL_ERROR;
      if (!is_known) return Fail(SqlFault::kConnect, "the server answers what was not asked");  // copies have no end
      if (!answer) answer = std::move(next);
    }
    if (!answer) return Fail(SqlFault::kConnect, "the connection was lost");
    if (PQresultStatus(answer.get()) == PGRES_FATAL_ERROR) return Refused(*answer);
    fault_ = SqlFault::kNone;
    return answer;
  }

  Result<void> Take(Intake& intake) {
    while (PQisBusy(connection_.get()) != 0) {
      if (intake.IsTooMuch()) return Fail(SqlFault::kConnect, kTooMuch);
      if (intake.IsLate()) return Fail(SqlFault::kConnect, "no answer within the timeout");
      intake.Wait(POLLIN);
      if (PQconsumeInput(connection_.get()) == 0) return Fail(SqlFault::kConnect, "the connection was lost");
    }
    return {};
  }

  Error Refused(const PGresult& result) {
    const char* state = PQresultErrorField(&result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state || !message) return Fail(SqlFault::kConnect, "the connection was lost");
    return Fail(PQstatus(connection_.get()) == CONNECTION_BAD ? SqlFault::kConnect : FaultOfSqlstate(state), message);
  }

  Error Fail(SqlFault fault, std::string_view text) {
    fault_ = fault;
    return {name_ + ": " + FirstLine(WithoutPassword(text, options_.password))};
  }

  const Owned<PGconn> connection_;
  const Owned<PGcancel> cancel_;
  const DatabaseOptions options_;
  const std::string name_;
  SqlFault fault_ = SqlFault::kNone;
};

// None: it stands. Else why not. Each address of a name has its time; one that takes no connection makes way for the next.
std::optional<std::string> Connect(PGconn* connection, const std::string& password, milliseconds timeout) {
  PQsetNoticeReceiver(connection, [](void*, const PGresult*) {}, nullptr);
  Intake intake(connection, steady_clock::now() + timeout);
  bool was_late = false;
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(connection)) {
    if (PQstatus(connection) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) return was_late ? "no answer within the timeout" : ConnectionMessage(WithoutPassword(PQerrorMessage(connection), password));  // before it is cut
    if (intake.IsTooMuch()) return kTooMuch;
    pollfd socket{PQsocket(connection), static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    do {
      intake.Wait(socket.events);
    } while (!intake.IsLate() && poll(&socket, 1, 0) == 0);
    was_late = intake.IsLate();
    if (!was_late) continue;
    shutdown(socket.fd, SHUT_RDWR);
    intake.Extend(timeout);
  }
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<Session>> OpenPostgresql(const DatabaseOptions& options, SqlFault& fault) {
  const auto conninfo = PostgresqlConninfo(options);
  if (!conninfo) return conninfo.GetError();
  const std::string name = "PostgreSQL " + options.url.substr(0, options.url.find('?'));
  Owned<PGconn> connection(PQconnectStart(conninfo->c_str()));
  if (const auto trouble = Connect(connection.get(), options.password, options.connect_timeout)) {
    const bool is_refused = trouble->find("authentication") != std::string::npos || trouble->find("password") != std::string::npos;
    fault = is_refused ? SqlFault::kAuth : SqlFault::kConnect;
    return Error{name + ": no connection: " + *trouble};
  }
  return std::unique_ptr<Session>(std::make_unique<PostgresqlSession>(std::move(connection), options, name));
}

}  // namespace batchslo
