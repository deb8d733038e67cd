#include "exporter/sql/fault.h"

#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>

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
  const std::size_t line = what.find('\n');  // the first is SOCI's own
  return PrimaryMessage(line == std::string_view::npos ? what : what.substr(line + 1));
}

std::string_view SqlFaultName(SqlFault fault) {
  static constexpr std::string_view kNames[] = {"none", "connect", "auth", "denied", "missing", "timeout", "busy", "disk_full", "io", "corrupt", "read_only", "other"};
  return kNames[static_cast<std::size_t>(fault)];
}

}  // namespace batchslo
