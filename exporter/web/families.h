#pragma once

#include <span>
#include <string_view>

#include "exporter/web/writer.h"

namespace batchslo {

enum class Group { kCore, kRuns, kSelf };

// One family of a job: its samples for one job.
struct JobFamily {
  std::string_view name, help, type, unit;
  Group group;
  void (*each)(const JobState& job, std::string_view labels, TimePoint now, Writer& out);
};
std::span<const JobFamily> JobFamilies();

// One family about ourselves and our sources.
struct SelfFamily {
  std::string_view name, help, type, unit;
  void (*all)(const Snapshot& snapshot, TimePoint now, Writer& out);
};
std::span<const SelfFamily> SelfFamilies();

}  // namespace batchslo
