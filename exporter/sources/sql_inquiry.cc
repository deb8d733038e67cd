// Tested by tests/cli/check_sources_test.py; on servers by tests/peers/postgresql and mariadb.
#include "exporter/sources/sql_inquiry.h"

#include "exporter/sources/sql_access.h"
#include "exporter/sources/sql_question.h"

namespace batchslo {
namespace {

using Found = CheckRow::Found;

// What the dialects call what is asked here.
struct Words {
  const char* who;                      // gives the user, as a grant names it
  std::vector<const char*> is_read_only;  // the first that the server understands
};

const Words& WordsOf(SqlDialect dialect) {
  static const Words kSqlite{"SELECT 'this user' FROM (SELECT count(*) FROM sqlite_master)", {"PRAGMA query_only"}};
  static const Words kPostgresql{"SELECT CAST(current_user AS TEXT)", {"SELECT current_setting('transaction_read_only')"}};
  static const Words kMysql{"SELECT CURRENT_USER()", {"SELECT @@transaction_read_only", "SELECT @@tx_read_only"}};
  return dialect == SqlDialect::kSqlite ? kSqlite : dialect == SqlDialect::kMysql ? kMysql : kPostgresql;
}

class SqlCheck {
 public:
  SqlCheck(const Inquiry& inquiry, SqlDialect dialect) : inquiry_(inquiry), dialect_(dialect) {}

  std::vector<CheckRow> Run() {
    CheckRow login = LogIn();
    const bool is_in = login.found == Found::kGood;
    std::vector<CheckRow> rows = {std::move(login)};
    if (!is_in) return rows;
    rows.push_back(IsReadOnly());
    std::size_t left = inquiry_.config.outputs.size();
    for (const auto& output : inquiry_.config.outputs) rows.push_back(CheckOutput(output, ShareOf(inquiry_.deadline, left--)));
    return rows;
  }

 private:
  static Found FoundOf(bool good) { return good ? Found::kGood : Found::kFailed; }

  CheckRow LogIn() {
    CheckRow row{Found::kFailed, "log in at " + inquiry_.config.options.String("url"), "everything", "", ""};
    auto opened = OpenSqlSource(inquiry_.config, nullptr, {});
    if (!opened) return row.message = opened.Message(), row;
    database_ = std::move(opened).Value();
    const auto answer = database_->Query({WordsOf(dialect_).who, {}, 1}, inquiry_.deadline);
    if (const auto* failure = std::get_if<Database::Failure>(&answer)) {
      row.message = failure->error.message;
      return row;
    }
    const auto& rows = std::get<std::vector<SqlRow>>(answer);
    if (!rows.empty() && rows[0][0]) user_ = *rows[0][0];
    row.found = Found::kGood;
    row.message = dialect_ == SqlDialect::kSqlite ? "" : "as " + user_;
    return row;
  }

  CheckRow IsReadOnly() {
    CheckRow row{Found::kUnknown, "open a session that can only read", "the promise that nothing is changed", "the server does not say whether the session is read-only", ""};
    for (const char* question : WordsOf(dialect_).is_read_only) {
      const auto answer = database_->Query({question, {}, 1}, inquiry_.deadline);
      const auto* rows = std::get_if<std::vector<SqlRow>>(&answer);
      if (!rows || rows->empty() || !(*rows)[0][0]) continue;
      const std::string& said = *(*rows)[0][0];
      row.found = FoundOf(said == "on" || said == "1");
      row.message = row.found == Found::kGood ? "" : "it could write: does a proxy drop what was set for the session?";
      break;
    }
    return row;
  }

  CheckRow CheckOutput(const SourceConfig::OutputTarget& output, Deadline deadline) {
    const bool is_table = output.options.Has("table");
    CheckRow row{Found::kGood, "", "output " + output.output + " of " + output.job, "", ""};
    const std::string column = is_table ? SqlTimeColumn(inquiry_.config, output.options) : "";
    row.tried = is_table ? "read " + column + " of " + output.options.String("table") : "run the query of " + output.job + "/" + output.output;
    const auto failure = is_table ? TryTable(output, column, deadline) : TryQuery(output, deadline);
    if (!failure) return row;
    row.found = Found::kFailed;
    row.message = failure->error.message;
    if (failure->fault == SqlFault::kDenied && is_table) row.remedy = Grant(output, column);
    return row;
  }

  // The columns that a poll reads, of no row: the right to them is asked for all the same.
  std::optional<Database::Failure> TryTable(const SourceConfig::OutputTarget& output, const std::string& column, Deadline deadline) {
    const std::string& table = output.options.String("table");
    const auto described = database_->Columns(DescribeTime(table, column, dialect_), deadline);
    if (const auto* failure = std::get_if<Database::Failure>(&described)) return *failure;
    const auto& columns = std::get<std::vector<SqlColumn>>(described);
    if (!columns.empty() && columns.front().is_text) return Database::Failure{{TextIsNoTime(table, column)}, SqlFault::kOther};
    std::string select = "SELECT t." + QuoteName(column, dialect_);
    for (const std::string& name : output.not_null) select += ", t." + QuoteName(name, dialect_);
    return Try(select + " FROM " + QuoteIdentifier(table, dialect_) + " AS t LIMIT 0", 1 + output.not_null.size(), deadline);
  }

  std::optional<Database::Failure> TryQuery(const SourceConfig::OutputTarget& output, Deadline deadline) {
    const std::string query = TrimQuery(output.options.String("query"));
    const auto described = database_->Columns(DescribeQuery(query), deadline);
    if (const auto* failure = std::get_if<Database::Failure>(&described)) return *failure;
    const auto& columns = std::get<std::vector<SqlColumn>>(described);
    const auto question = AskQuery(query, columns, dialect_);
    if (!question) return Database::Failure{question.GetError(), SqlFault::kOther};
    return Try(DescribeQuery(query), columns.size(), deadline);
  }

  std::optional<Database::Failure> Try(const std::string& sql, std::size_t columns, Deadline deadline) {
    const auto answer = database_->Query({sql, {}, columns}, deadline);
    const auto* failure = std::get_if<Database::Failure>(&answer);
    return failure ? std::optional(*failure) : std::nullopt;
  }

  std::string Grant(const SourceConfig::OutputTarget& output, const std::string& column) const {
    const std::string& table = output.options.String("table");
    std::string columns = QuoteName(column, dialect_);
    for (const std::string& name : output.not_null) columns += ", " + QuoteName(name, dialect_);
    const std::string select = "GRANT SELECT (" + columns + ") ON " + QuoteIdentifier(table, dialect_) + " TO ";
    const std::size_t at = user_.rfind('@');
    if (dialect_ == SqlDialect::kMysql && at != std::string::npos)
      return select + "'" + user_.substr(0, at) + "'@'" + user_.substr(at + 1) + "';";
    const std::string user = QuoteName(user_, dialect_);
    const std::size_t dot = table.find('.');
    const std::string schema = dot == std::string::npos ? "public" : table.substr(0, dot);
    return "GRANT USAGE ON SCHEMA " + QuoteName(schema, dialect_) + " TO " + user + ";\n" + select + user + ";";
  }

  const Inquiry& inquiry_;
  const SqlDialect dialect_;
  std::unique_ptr<Database> database_;
  std::string user_;
};

}  // namespace

std::vector<CheckRow> CheckSql(const Inquiry& inquiry) {
  return SqlCheck(inquiry, *CheckDatabaseUrl(inquiry.config.options.String("url"))).Run();
}

}  // namespace batchslo
