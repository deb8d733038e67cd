#include "exporter/sql/fault.h"

#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>

#include "exporter/core/blot.h"

namespace batchslo {

SqlFault FaultOfSqlstate(std::string_view state) {
  static constexpr std::pair<std::string_view, SqlFault> kStates[] = {
      {"57014", SqlFault::kTimeout}, {"55P03", SqlFault::kBusy}, {"28", SqlFault::kAuth},   {"42501", SqlFault::kDenied}, {"42P01", SqlFault::kMissing},
      {"42703", SqlFault::kMissing}, {"3D", SqlFault::kMissing}, {"08", SqlFault::kConnect}, {"57P", SqlFault::kConnect},  {"53", SqlFault::kBusy},
      {"25006", SqlFault::kReadOnly}};
  for (const auto& [prefix, fault] : kStates) {
    if (state.starts_with(prefix)) return fault;
  }
  return SqlFault::kOther;
}

SqlFault FaultOfSqlite(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return SqlFault::kBusy;
    case SQLITE_FULL: return SqlFault::kDiskFull;
    case SQLITE_IOERR: return SqlFault::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return SqlFault::kCorrupt;
    case SQLITE_READONLY: return SqlFault::kReadOnly;
    case SQLITE_CANTOPEN: return SqlFault::kConnect;
    case SQLITE_INTERRUPT: return SqlFault::kTimeout;
    case SQLITE_PERM:
    case SQLITE_AUTH: return SqlFault::kDenied;
    default: return SqlFault::kOther;
  }
}

SqlFault FaultOfMysql(unsigned code) {
  struct Row {
    SqlFault fault;
    std::initializer_list<unsigned> codes;
  };
  using enum SqlFault;
  static const Row kCodes[] = {
      {kConnect, {1053, 1080, 1129, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1835, 1927, 3169, 4031}},
      {kAuth, {1045, 1130, 1251, 1524, 1698, 1820, 1862, 2049, 2059, 2061, 3118, 3955, 4151, 5010}},
      {kDenied, {1044, 1142, 1143, 1227, 1345, 1370}},
      {kMissing, {1049, 1054, 1146, 1356}},
      {kTimeout, {1317, 1969, 3024}},
      {kBusy, {1040, 1203, 1205, 1213, 1226}},
      {kDiskFull, {1021}},
      {kReadOnly, {1290, 1792, 1836}},
  };
  for (const auto& [fault, codes] : kCodes) {
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return fault;
  }
  const bool is_of_library = code >= 2000 && code < 3000;  // not the server's: then the connection is no good
  return is_of_library ? kConnect : kOther;
}

std::string MysqlMessage(unsigned code, std::string_view text) {
  constexpr unsigned kPluginNotAllowed = 5010;  // its text names a wrong one
  if (code == kPluginNotAllowed) {
    return "the server wants a way to log in that is safe only where it is verified; write sslmode=verify-full, "
           "or name its socket; sslmode=disable encrypts at least the password of caching_sha2_password";
  }
  constexpr unsigned kSyntax = 1064;  // its text quotes the statement
  if (code == kSyntax) {
    constexpr std::string_view kLine = " line ";
    const std::size_t line = text.rfind(kLine);
    const std::string_view number = line == std::string_view::npos ? "" : text.substr(line + kLine.size());
    const bool is_number = !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
    return is_number ? "a syntax error at line " + std::string(number) : "a syntax error";
  }
  const std::size_t quote = text.find('\'');
  if (FaultOfMysql(code) != SqlFault::kOther || quote == std::string_view::npos) return FirstLine(text);
  const std::size_t end = text.rfind('\'');
  return FirstLine(std::string(text.substr(0, quote)) + "'...'" + std::string(end > quote ? text.substr(end + 1) : ""));
}

std::string FirstLine(std::string_view text) {
  std::string line(text.substr(0, std::min(text.find('\n'), std::size_t{300})));
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.pop_back();
  return line;
}

std::string PrimaryMessage(std::string_view what) {
  const std::size_t appended = what.find(" while ");
  what = what.substr(0, appended);
  for (const std::string_view mark : {"ERROR:  ", "FATAL:  "}) {
    if (const std::size_t at = what.find(mark); at != std::string_view::npos) return FirstLine(what.substr(at + mark.size()));
  }
  return FirstLine(what);
}

std::string ConnectionMessage(std::string_view what) {
  constexpr std::string_view kFailed = "failed: ";
  if (const std::size_t at = what.rfind(kFailed); at != std::string_view::npos) return PrimaryMessage(what.substr(at + kFailed.size()));
  return PrimaryMessage(what);
}

std::string WithoutPassword(std::string_view text, std::string_view password) {
  constexpr std::size_t kLeast = 4;  // a shorter one would be found in any word
  std::string out(text);
  if (password.size() >= kLeast) Blot(out, password);
  return out;
}

std::string_view SqlFaultName(SqlFault fault) {
  static constexpr std::string_view kNames[] = {"none", "connect", "auth", "denied", "missing", "timeout", "busy", "disk_full", "io", "corrupt", "read_only", "other"};
  return kNames[static_cast<std::size_t>(fault)];
}

}  // namespace batchslo
