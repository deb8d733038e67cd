#include "exporter/sql/url.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <span>

namespace batchslo {
namespace {

constexpr std::string_view kSystemCas = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::string_view kPostgresqlParameters[] = {"sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "target_session_attrs"};
constexpr std::string_view kSslModes[] = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
constexpr std::string_view kSessionAttributes[] = {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"};
constexpr std::string_view kMysqlParameters[] = {"sslmode", "sslrootcert", "sslcert", "sslkey"};

struct Url {
  std::string user, host, port, database;
  std::map<std::string, std::string> parameters;
};

// The whole url at first: what stands between two separators is then right, too. Its text is not repeated: a password may be in it.
Result<void> CheckEscapes(std::string_view url) {
  for (std::size_t at = url.find('%'); at != std::string_view::npos; at = url.find('%', at + 1)) {
    const std::string_view digits = url.substr(at + 1, 2);
    const bool is_byte = digits.size() == 2 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos && digits != "00";
    if (!is_byte) return Error{"the url has a % that does not begin an escape such as %20; write %25 where it stands for itself"};
  }
  return {};
}

std::string Unescape(std::string_view text) {
  const auto hex = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%';
    out.push_back(escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i]);
    if (escape) i += 2;
  }
  return out;
}

std::string Joined(std::span<const std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : ", ") + std::string(word);
  return out;
}

Result<Url> ParseUrl(std::string_view text, std::span<const std::string_view> allowed) {
  if (const auto checked = CheckEscapes(text); !checked) return checked.GetError();
  Url url;
  text.remove_prefix(text.find("://") + 3);
  const std::size_t question = text.find('?');
  std::string_view query = question == std::string_view::npos ? std::string_view{} : text.substr(question + 1);
  text = text.substr(0, question);
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) url.database = Unescape(text.substr(slash + 1));
  std::string_view authority = text.substr(0, slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    if (user.find(':') != std::string_view::npos) return Error{"the url holds a password; write it as password: {file: PATH} or {env: NAME}"};
    url.user = Unescape(user);
    authority.remove_prefix(at + 1);
  }
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  url.host = Unescape(authority.substr(0, has_port ? colon : authority.size()));
  if (has_port) url.port = authority.substr(colon + 1);
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::string key(pair.substr(0, pair.find('=')));
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
      const bool is_word = key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;  // else it may be of a password
      return Error{"the url has a parameter" + (is_word ? " \"" + key + "\"" : std::string(" of another name")) + "; allowed are " + Joined(allowed)};
    }
    url.parameters[key] = Unescape(pair.substr(std::min(pair.find('=') + 1, pair.size())));
  }
  return url;
}

std::string Quoted(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "'";
}

bool IsLocal(const std::string& host) {
  const bool is_loopback = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;  // "127.example" is a name
  const bool is_socket = host.starts_with('/') && host.find(',') == std::string::npos;
  return host.empty() || is_socket || host == "localhost" || is_loopback || host == "::1";
}

// A url without a host leaves it to libpq's environment.
bool IsLocalPostgresql(const std::string& host) {
  const auto said = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
  return said("PGHOSTADDR").empty() && said("PGSERVICE").empty() && IsLocal(host.empty() ? said("PGHOST") : host);
}

Result<MysqlTls> ReadMysqlTls(const Url& url) {
  const auto mode = url.parameters.find("sslmode");
  if (mode == url.parameters.end()) return IsLocal(url.host) ? MysqlTls::kPrefer : MysqlTls::kVerify;
  static const std::map<std::string_view, MysqlTls> kModes = {{"verify-full", MysqlTls::kVerify}, {"prefer", MysqlTls::kPrefer}, {"disable", MysqlTls::kOff}};
  const auto found = kModes.find(mode->second);
  if (found == kModes.end()) return Error{"sslmode of a MySQL url is verify-full, prefer (unverified, or none) or disable, not \"" + mode->second + "\""};
  return found->second;
}

Result<unsigned> ReadPort(const std::string& text, unsigned otherwise) {
  if (text.empty()) return otherwise;
  unsigned port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536) return port;
  return Error{"what the url has after its last colon is no port; write a number from 1 to 65535"};  // it may be a password
}

// The library reads lists and settings of its own from a host with other letters.
bool IsHostName(const std::string& host) {
  return std::all_of(host.begin(), host.end(), [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == ':'; });
}

Result<void> CheckWord(const Url& url, const std::string& parameter, std::span<const std::string_view> words) {
  const auto at = url.parameters.find(parameter);
  if (at == url.parameters.end() || std::find(words.begin(), words.end(), at->second) != words.end()) return {};
  return Error{parameter + " is one of " + Joined(words) + ", not \"" + at->second + "\""};
}

// What libpq would only say once it connects. Several hosts and their ports are its own business.
Result<void> CheckPostgresqlUrl(const std::string& text) {
  const auto url = ParseUrl(text, kPostgresqlParameters);
  if (!url) return url.GetError();
  if (url->port.find(',') == std::string::npos) {
    if (const auto port = ReadPort(url->port, 5432); !port) return port.GetError();
  }
  if (auto mode = CheckWord(*url, "sslmode", kSslModes); !mode) return mode;
  return CheckWord(*url, "target_session_attrs", kSessionAttributes);
}

}  // namespace

Result<SqlDialect> CheckDatabaseUrl(const std::string& url) {
  if (url.starts_with("sqlite://")) {
    const auto path = SqlitePath(url);
    return path ? Result<SqlDialect>(SqlDialect::kSqlite) : path.GetError();
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    const auto checked = CheckPostgresqlUrl(url);
    return checked ? Result<SqlDialect>(SqlDialect::kPostgresql) : checked.GetError();
  }
  if (url.starts_with("mysql://") || url.starts_with("mariadb://")) {
    DatabaseOptions options;
    options.url = url;
    const auto target = ParseMysqlUrl(options);
    return target ? Result<SqlDialect>(SqlDialect::kMysql) : target.GetError();
  }
  return Error{"write postgresql://USER@HOST:PORT/DATABASE, mysql://USER@HOST:PORT/DATABASE or sqlite:///PATH"};
}

Result<std::string> SqlitePath(const std::string& url) {
  if (const auto checked = CheckEscapes(url); !checked) return checked.GetError();
  const std::string path = Unescape(url.substr(std::string_view("sqlite://").size()));
  if (path.find('"') != std::string::npos) return Error{"the path of a SQLite url can't have a quotation mark in it"};  // SOCI has no escape for it
  if (path.starts_with('/') && path.size() > 1) return path;
  return Error{"a SQLite url has three slashes and an absolute path: sqlite:///PATH"};
}

Result<std::string> SqliteFile(const std::string& name) { return name.starts_with("sqlite://") ? SqlitePath(name) : name; }

Result<std::string> PostgresqlConninfo(const DatabaseOptions& options) {
  auto url = ParseUrl(options.url, kPostgresqlParameters);
  if (!url) return url.GetError();
  auto& parameters = url->parameters;
  parameters.try_emplace("sslmode", IsLocalPostgresql(url->host) ? "prefer" : "verify-full");
  parameters.try_emplace("sslrootcert", options.sslrootcert.empty() ? std::string(kSystemCas) : options.sslrootcert);
  if (parameters["sslmode"] != "verify-full" && parameters["sslmode"] != "verify-ca") parameters.erase("sslrootcert");
  parameters.try_emplace("application_name", "batchslo_exporter");
  parameters["connect_timeout"] = std::to_string(std::max<std::int64_t>(2, options.connect_timeout.count() / 1000));
  parameters["tcp_user_timeout"] = std::to_string(options.statement_timeout.count());
  const std::string timeout = std::to_string(options.statement_timeout.count());
  parameters["options"] = std::string(options.writes ? "" : "-c default_transaction_read_only=on ") + "-c statement_timeout=" + timeout +
                          " -c lock_timeout=1000 -c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c datestyle=ISO";
  std::string info;
  const auto put = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) info += std::string(info.empty() ? "" : " ") + std::string(key) + "=" + Quoted(value);
  };
  put("host", url->host);
  put("port", url->port);
  put("user", url->user);
  put("dbname", url->database);
  put("password", options.password);
  for (const auto& [key, value] : parameters) put(key, value);
  return info;
}

Result<MysqlTarget> ParseMysqlUrl(const DatabaseOptions& options) {
  const auto url = ParseUrl(options.url, kMysqlParameters);
  if (!url) return url.GetError();
  const auto tls = ReadMysqlTls(*url);
  if (!tls) return tls.GetError();
  const auto port = ReadPort(url->port, 3306);
  if (!port) return port.GetError();
  if (url->user.empty()) return Error{"the url names no user; write mysql://USER@HOST:PORT/DATABASE"};
  const auto parameter = [&](const char* key) {
    const auto at = url->parameters.find(key);
    return at == url->parameters.end() ? std::string() : at->second;
  };
  if (url->host.empty()) return Error{"the url names no host; write mysql://USER@HOST:PORT/DATABASE, or for HOST the path of a socket with / written as %2F"};
  const bool on_socket = url->host.starts_with('/');
  if (on_socket && *tls == MysqlTls::kVerify) return Error{"a socket has no TLS; write the url without sslmode"};
  MysqlTarget target;
  (on_socket ? target.socket : target.host) = url->host;
  if (!IsHostName(target.host)) return Error{"the host of a MySQL url is one name, one address, or the path of a socket with / written as %2F"};
  target.port = *port;
  target.user = url->user;
  target.database = url->database;
  target.tls = on_socket ? MysqlTls::kOff : *tls;
  target.ca = parameter("sslrootcert");
  if (target.ca.empty()) target.ca = options.sslrootcert.empty() ? std::string(kSystemCas) : options.sslrootcert;
  target.cert = parameter("sslcert");
  target.key = parameter("sslkey");
  return target;
}

std::string QuoteName(std::string_view name, SqlDialect dialect) {
  const char mark = dialect == SqlDialect::kMysql ? '`' : '"';  // also with ANSI_QUOTES
  std::string out(1, mark);
  for (const char c : name) {
    if (c == mark) out.push_back(mark);
    out.push_back(c);
  }
  return out + mark;
}

std::string QuoteIdentifier(std::string_view dotted, SqlDialect dialect) {
  std::string out;
  for (std::size_t dot = 0; dot != std::string_view::npos; dotted.remove_prefix(dot == std::string_view::npos ? 0 : dot + 1)) {
    dot = dotted.find('.');
    out += (out.empty() ? "" : ".") + QuoteName(dotted.substr(0, dot), dialect);
  }
  return out;
}

}  // namespace batchslo
