#pragma once

#include <string>
#include <vector>

#include "exporter/core/job.h"

namespace batchslo {

// What a source's `job_defaults` say of jobs that have no objectives of their own.
struct JobDefaults {
  std::string name;
  std::vector<std::string> namespaces;  // patterns as of fnmatch(3); empty: any
  std::string labels;                   // a selector, which the source knows how to read; empty: any
  // Its objectives, else the derived one as it is wanted here; its properties. It is no job.
  JobDef job;
};

}  // namespace batchslo
