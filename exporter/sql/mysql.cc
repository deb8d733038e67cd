// MariaDB Connector/C behind our own words. Not through SOCI: its MySQL backend can't be told to verify a server's name,
// falls back to plaintext, and has no escape for a password with a quotation mark.
#include "exporter/sql/mysql.h"

#include <errmsg.h>
#include <mysql.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cassert>

#include "exporter/sql/fault.h"
#include "exporter/sql/url.h"

// Of the library, and in none of its headers.
extern "C" int ma_pvio_register_callback(my_bool takes, void (*callback)(int is_write, MYSQL* connection, const unsigned char* bytes, std::size_t size));

namespace batchslo {
namespace {

constexpr std::size_t kMostAnswer = 8 << 20, kRow = 64;  // bytes; a few are asked for, and a row takes some itself
constexpr const char* kTooMuch = "the server sends more than 8 MiB where a few bytes were asked for";

// What this thread has read since it asked.
thread_local std::size_t taken = 0;

// The library keeps all that describes the columns of an answer, before it gives anything out, and all that it has to skip.
void Count(int is_write, MYSQL* connection, const unsigned char*, std::size_t size) {
  const auto got = static_cast<ssize_t>(size);
  if (is_write != 0 || got <= 0) return;
  taken += size;
  if (taken > kMostAnswer) shutdown(mysql_get_socket(connection), SHUT_RDWR);
}

struct Close {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};
template <class T>
using Owned = std::unique_ptr<T, Close>;

// Who an unverified server is can't be known: none gets the password in clear text. The library takes TLS that was asked for, and that the server
// has not, for TLS, and would send caching_sha2_password's in clear text; where none is asked for, a key of the server's encrypts it.
void RestrictLogin(MYSQL* connection, MysqlTls tls) {
  constexpr const char* kHashing = "mysql_native_password,client_ed25519";
  constexpr const char* kHashingOrEncrypting = "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";
  mysql_optionsv(connection, MARIADB_OPT_RESTRICTED_AUTH, tls == MysqlTls::kOff ? kHashingOrEncrypting : kHashing);
  mysql_optionsv(connection, MYSQL_DEFAULT_AUTH, "mysql_native_password");  // else refused for what the server names first, whatever the user has
}

void SetTls(MYSQL* connection, const MysqlTarget& target) {
  const my_bool verify = target.tls == MysqlTls::kVerify;
  const my_bool ask = target.tls != MysqlTls::kOff;
  mysql_optionsv(connection, MYSQL_OPT_SSL_ENFORCE, &ask);
  mysql_optionsv(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);  // without it the library falls back to plaintext
  if (verify) mysql_optionsv(connection, MYSQL_OPT_SSL_CA, target.ca.c_str());
  if (ask && !target.cert.empty()) mysql_optionsv(connection, MYSQL_OPT_SSL_CERT, target.cert.c_str());
  if (ask && !target.key.empty()) mysql_optionsv(connection, MYSQL_OPT_SSL_KEY, target.key.c_str());
  if (!verify && target.socket.empty()) RestrictLogin(connection, target.tls);
}

unsigned WholeSeconds(std::chrono::milliseconds time) { return static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(time).count()); }

Owned<MYSQL> Prepare(const MysqlTarget& target, const DatabaseOptions& options) {
  static const int kCounts = ma_pvio_register_callback(1, Count);
  static_cast<void>(kCounts);
  taken = 0;
  Owned<MYSQL> connection(mysql_init(nullptr));
  const unsigned connect = std::max(1u, WholeSeconds(options.connect_timeout));
  const unsigned answer = WholeSeconds(options.statement_timeout) + 1;  // the server's own timeout comes first
  const unsigned off = 0;
  const std::size_t packet = std::size_t{16} << 20;  // what a server has by default; the library's own is 1 GiB
  // "localhost" would be the socket, whatever the port.
  const unsigned protocol = target.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_optionsv(connection.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect);
  mysql_optionsv(connection.get(), MYSQL_OPT_READ_TIMEOUT, &answer);
  mysql_optionsv(connection.get(), MYSQL_OPT_WRITE_TIMEOUT, &answer);
  mysql_optionsv(connection.get(), MYSQL_OPT_LOCAL_INFILE, &off);
  mysql_optionsv(connection.get(), MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  mysql_optionsv(connection.get(), MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(connection.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  SetTls(connection.get(), target);
  return connection;
}

bool Connect(MYSQL* connection, const MysqlTarget& target, const std::string& password) {
  const auto text = [](const std::string& value) { return value.empty() ? nullptr : value.c_str(); };
  return mysql_real_connect(connection, text(target.host), target.user.c_str(), password.c_str(), text(target.database), target.port, text(target.socket), 0);
}

bool Tell(MYSQL* connection, const std::string& sql) { return mysql_real_query(connection, sql.data(), sql.size()) == 0; }

// MariaDB counts seconds, MySQL milliseconds and only SELECTs; what has neither is ended by KILL QUERY.
bool SetStatementTimeout(MYSQL* connection, std::chrono::milliseconds timeout) {
  constexpr unsigned kUnknownVariable = 1193;
  const std::string value = mariadb_connection(connection) ? "max_statement_time = " + std::to_string(static_cast<double>(timeout.count()) / 1000)
                                                           : "max_execution_time = " + std::to_string(timeout.count());
  return Tell(connection, "SET SESSION " + value) || mysql_errno(connection) == kUnknownVariable;
}

// NAMES: a server may be set to overlook what was said when it was connected to. autocommit: a snapshot that stays open
// would never see a later row. wait_timeout: the next poll may be hours away.
bool SetSession(MYSQL* connection, const DatabaseOptions& options) {
  return Tell(connection, "SET NAMES utf8mb4") &&
         Tell(connection, "SET SESSION time_zone = '+00:00', autocommit = 1, lock_wait_timeout = 1, wait_timeout = 86400") &&
         Tell(connection, "SET SESSION TRANSACTION READ ONLY") && SetStatementTimeout(connection, options.statement_timeout);
}

bool IsText(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_VARCHAR:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_STRING:
    case MYSQL_TYPE_ENUM:
    case MYSQL_TYPE_SET:
    case MYSQL_TYPE_JSON:
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB: return field.length > 0;  // 0: a bare NULL
    default: return false;
  }
}

std::optional<std::string> Cell(const MYSQL_FIELD& field, const char* data, unsigned long size) {
  if (!data) return std::nullopt;
  const std::string text(data, size);
  const bool has_date = field.type == MYSQL_TYPE_TIMESTAMP || field.type == MYSQL_TYPE_DATETIME || field.type == MYSQL_TYPE_DATE;
  if (has_date && text.starts_with("0000-00-00")) return std::nullopt;
  return field.type == MYSQL_TYPE_TIMESTAMP ? text + "+00" : text;
}

class MysqlSession : public Session {
 public:
  MysqlSession(Owned<MYSQL> connection, MysqlTarget target, DatabaseOptions options, std::string name)
      : connection_(std::move(connection)), target_(std::move(target)), options_(std::move(options)), name_(std::move(name)) {}
  ~MysqlSession() override { close(socket_); }

  Result<std::vector<SqlRow>> Query(const Statement& statement) override {
    assert(statement.values.empty());
    const Asking asking(asked_);
    if (!Tell(connection_.get(), statement.sql)) return Fail();
    const Owned<MYSQL_RES> result(mysql_use_result(connection_.get()));
    if (mysql_errno(connection_.get()) != 0) return Fail();
    std::vector<SqlRow> rows;
    if (!result) return rows;  // it gives none
    if (mysql_num_fields(result.get()) != statement.columns) return FailUnread("the answer has other columns than were asked for");
    const MYSQL_FIELD* fields = mysql_fetch_fields(result.get());
    while (MYSQL_ROW cells = mysql_fetch_row(result.get())) {
      const unsigned long* sizes = mysql_fetch_lengths(result.get());
      SqlRow& row = rows.emplace_back();
      for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i) row.push_back(Cell(fields[i], cells[i], sizes[i]));
      if (taken + rows.size() * kRow > kMostAnswer) return FailUnread(kTooMuch);
    }
    if (mysql_errno(connection_.get()) != 0) return Fail();
    fault_ = SqlFault::kNone;
    return rows;
  }

  Result<void> Execute(const Statement& statement) override {
    const auto done = Query(statement);
    return done ? Result<void>() : Result<void>(done.GetError());
  }

  Result<std::vector<SqlColumn>> Columns(const std::string& sql) override {
    const Asking asking(asked_);
    const Owned<MYSQL_STMT> statement(mysql_stmt_init(connection_.get()));
    if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) return Fail(mysql_stmt_errno(statement.get()), mysql_stmt_error(statement.get()));
    const Owned<MYSQL_RES> result(mysql_stmt_result_metadata(statement.get()));
    if (!result) return Fail(CR_MALFORMED_PACKET, "the answer has no columns");
    std::vector<SqlColumn> columns;
    for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i) {
      const MYSQL_FIELD& field = mysql_fetch_fields(result.get())[i];
      columns.push_back({field.name, IsText(field)});
    }
    return columns;
  }

  SqlFault LastFault() const override { return fault_; }

  void Abandon() override { shutdown(socket_, SHUT_RDWR); }

  // By a second connection. What it was to end may be over when that stands; then it must not hit what came after.
  void Cancel() override {
    const std::uint64_t asked = asked_;
    const Owned<MYSQL> other = Prepare(target_, options_);
    if (!Connect(other.get(), target_, options_.password) || asked_ != asked) return;
    Tell(other.get(), "KILL QUERY " + std::to_string(id_));
  }

 private:
  // Counts when something begins to be asked and when it ends.
  struct Asking {
    explicit Asking(std::atomic<std::uint64_t>& asked_count) : asked(asked_count) {
      ++asked;
      taken = 0;
    }
    ~Asking() { ++asked; }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    std::atomic<std::uint64_t>& asked;
  };

  // The library would read the rest of the answer, however long, to go on with the connection.
  Error FailUnread(std::string_view text) {
    Abandon();
    fault_ = SqlFault::kConnect;
    return {name_ + ": " + std::string(text)};
  }
  Error Fail() { return Fail(mysql_errno(connection_.get()), mysql_error(connection_.get())); }
  Error Fail(unsigned code, std::string_view text) {
    if (taken > kMostAnswer) return FailUnread(kTooMuch);
    fault_ = FaultOfMysql(code);
    return {name_ + ": " + MysqlMessage(code, WithoutPassword(text, options_.password))};
  }

  const Owned<MYSQL> connection_;
  const MysqlTarget target_;
  const DatabaseOptions options_;
  const std::string name_;
  const unsigned long id_ = mysql_thread_id(connection_.get());
  const int socket_ = dup(mysql_get_socket(connection_.get()));  // the library may close its own at any time
  std::atomic<std::uint64_t> asked_ = 0;
  SqlFault fault_ = SqlFault::kNone;
};

// Where the library's own words leave people alone.
std::string_view Help(unsigned code) {
  if (code == CR_CONNECTION_ERROR || code == CR_CONN_HOST_ERROR) return "; is it up, and can it be reached from here?";
  if (code == CR_SSL_CONNECTION_ERROR) return "; sslmode=verify-full wants a certificate that names the host, of a CA in sslrootcert";
  return "";
}

}  // namespace

Result<std::unique_ptr<Session>> OpenMysql(const DatabaseOptions& options, SqlFault& fault) {
  const auto target = ParseMysqlUrl(options);
  if (!target) return target.GetError();
  const std::string name = "MySQL " + options.url.substr(0, options.url.find('?'));
  Owned<MYSQL> connection = Prepare(*target, options);
  if (!Connect(connection.get(), *target, options.password) || !SetSession(connection.get(), options)) {
    const unsigned code = mysql_errno(connection.get());
    fault = FaultOfMysql(code);
    if (taken > kMostAnswer) return Error{name + ": no connection: " + kTooMuch};
    return Error{name + ": no connection: " + MysqlMessage(code, WithoutPassword(mysql_error(connection.get()), options.password)) + std::string(Help(code))};
  }
  return std::unique_ptr<Session>(std::make_unique<MysqlSession>(std::move(connection), *target, options, name));
}

}  // namespace batchslo
