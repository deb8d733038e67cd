#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "exporter/sources/files_pattern.h"

namespace batchslo {

// What to look for. Where the pattern has date fields, only the newest date that is there counts, and none after
// `today`. With a marker a directory is there only when it holds a file of that name, whose time is then the time of
// the directory; without date fields only the newest such directory counts.
struct FilesWanted {
  std::string root;
  FilePattern pattern;  // without steps: only whether the root is there
  std::string marker;   // empty: none
  DateParts today;
};

struct FilesFound {
  std::optional<TimePoint> updated;  // of the newest file, or of the marker; none: nothing is there
  std::int64_t files = 0, bytes = 0;
  DateParts date;
  dev_t device = 0;  // the file system of the last directory before the first wildcard
};

struct WalkFault {
  std::string message;
  std::string_view reason;  // bounded: "missing", "denied", "io", "limit", "timeout"
  std::string path = {};    // that it is about; empty: none
};

using FilesAnswer = std::variant<FilesFound, WalkFault>;

// Blocks for as long as the file system does; ends at the next entry when it is `given_up`. What can't be read is a
// fault, never "no files": a directory before the first wildcard that is not there, one that may not be listed, an
// error of the disk, more than 100,000 entries. What vanishes while it looks is skipped.
FilesAnswer WalkFiles(const FilesWanted& wanted, const std::atomic<bool>& given_up);

}  // namespace batchslo
