#pragma once

#include <string>
#include <string_view>

#include "exporter/core/snapshot.h"

namespace batchslo {

// The JSON API in Prometheus' envelope; instants are RFC 3339. Pure.
std::string RenderJobs(const Snapshot& snapshot, TimePoint now, std::string_view state, std::string_view team);
std::string RenderJob(const JobState& job, TimePoint now);
std::string RenderSources(const Snapshot& snapshot);
std::string RenderBuildInfo();
std::string RenderConfigStatus(const Snapshot& snapshot, const std::string& masked_text);
std::string RenderError(std::string_view type, std::string_view message);
std::string RenderData(std::string_view key, std::string_view text);

// Null: not there. `name` as in the snapshot.
const JobState* FindJob(const Snapshot& snapshot, std::string_view name);

}  // namespace batchslo
