#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/date_parts.h"
#include "exporter/core/result.h"

namespace re2 {
class RE2;
}

namespace batchslo {

// Paths under a root, as people write them: "exports/%Y%m%d/part-*". Pure.

// One name of the path.
struct PatternStep {
  enum class Kind { kName, kGlob, kDirectories };  // kDirectories: "**", any number of them, also none
  Kind kind = Kind::kName;
  std::string name;                       // kName: without escapes
  std::shared_ptr<const re2::RE2> names;  // kGlob: all that match
  std::vector<std::size_t> fields;        // kGlob: what each of its groups is, as an index of DateParts
  bool has_wildcard = false;              // else a glob has only date fields
  bool takes_temporary = false;           // it is itself written like a temporary name

  // Whether the name matches and says nothing else than `date`, which then has what the name adds.
  bool Matches(const std::string& name, DateParts& date) const;
};

struct FilePattern {
  std::vector<PatternStep> steps;
  std::size_t leading_names = 0;  // that come before the first glob
  bool has_date = false;
};

// Errors tell what is wrong with it, and what to write.
Result<FilePattern> ParseFilePattern(std::string_view text);

// What writers call a file that is not yet there, or is not of the data: ".x", "x.tmp", "x.crc", "x._COPYING_",
// "_temporary", "_started_x".
bool IsTemporaryName(std::string_view name);

}  // namespace batchslo
