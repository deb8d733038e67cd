#pragma once

#include <string>
#include <vector>

#include "exporter/core/time.h"

namespace batchslo {

// What paths have in common. Pure.

struct SeenFile {
  std::string path;  // below the root: "exports/20260301/part-0001.csv"
  TimePoint updated;
};
struct FilesFamily {
  std::string pattern;  // "exports/%Y%m%d/part-*.csv"
  std::string marker;   // "_SUCCESS", where one lies beside them
  std::size_t files = 0;
  TimePoint newest;
};

// One path with its date as fields and other numbers as "*"; empty: no pattern can name it.
std::string PatternOf(const std::string& path);

// By their patterns; more than three files of one directory and ending that have none are taken together.
std::vector<FilesFamily> FamiliesOf(const std::vector<SeenFile>& files);

// What a job that watches such a pattern might be called: "exports/part".
std::string JobNameOf(const std::string& pattern);

}  // namespace batchslo
