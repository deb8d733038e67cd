// Fuzzes the addresses and the quoting of exporter/sql/url.cc, and exporter/sources/sql_question.cc. An input: a url (or a
// name of a table) in the first line, a query after it.
#include "exporter/sources/sql_question.h"
#include "exporter/sql/url.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace batchslo;

// What a database takes a quoted name for; none: it ends early or never.
std::optional<std::string> Unquoted(std::string_view text, char quote) {
  if (text.size() < 2 || text.front() != quote || text.back() != quote) return std::nullopt;
  std::string name;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    name.push_back(text[i]);
    if (text[i] == quote && (i + 2 >= text.size() || text[++i] != quote)) return std::nullopt;
  }
  return name;
}

void CheckUrl(const std::string& url) {
  DatabaseOptions options;
  options.url = url;
  options.password = "canary-5f1c";
  if (url.find('\0') != std::string::npos) return;  // no configuration holds one
  const auto dialect = CheckDatabaseUrl(url);
  if (!dialect) return CHECK(!dialect.Message().empty());
  if (*dialect == SqlDialect::kPostgresql) {
    const auto conninfo = PostgresqlConninfo(options);
    CHECK(conninfo || conninfo.Message().find("canary-5f1c") == std::string::npos);
  }
  if (*dialect == SqlDialect::kMysql) {
    const auto target = ParseMysqlUrl(options);
    if (target) CHECK(target->host.empty() != target->socket.empty() && target->port > 0 && target->port < 65536);
  }
  if (*dialect == SqlDialect::kSqlite) {
    const auto path = SqlitePath(url);
    if (path) CHECK(!path->empty() && path->find('\0') == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::TextOf(data, size);
  const std::string first(fuzz::Cut(text)), query(text);
  CheckUrl(first);
  for (const auto dialect : {SqlDialect::kSqlite, SqlDialect::kPostgresql, SqlDialect::kMysql}) {
    CHECK(Unquoted(QuoteName(first, dialect), dialect == SqlDialect::kMysql ? '`' : '"') == first);
    const auto question = AskQuery(query, {{first, false}, {"updated_at", false}, {"null." + first, false}}, dialect);
    CHECK(question || !question.Message().empty());
  }
  const std::string trimmed = TrimQuery(query);
  CHECK(TrimQuery(trimmed) == trimmed);
  return 0;
}
