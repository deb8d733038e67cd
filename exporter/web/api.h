#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exporter/core/snapshot.h"
#include "exporter/web/message.h"

namespace batchslo {

// The JSON API in Prometheus' envelope; instants are RFC 3339. Pure.
// The jobs in pieces, made while they are sent; empty filters: all.
Pieces JobsPieces(std::shared_ptr<const Snapshot> snapshot, TimePoint now, std::string state, std::string team);
bool IsState(std::string_view name);
std::string RenderJob(const JobState& job, TimePoint now);
std::string RenderSources(const Snapshot& snapshot);
std::string RenderRegistries(const Snapshot& snapshot);
std::string RenderBuildInfo();
std::string RenderConfigStatus(const Snapshot& snapshot, const std::string& masked_text);
std::string RenderFlags(const Pairs& flags);
std::string RenderError(std::string_view type, std::string_view message);
std::string RenderJson(std::string_view json);  // what is JSON already
std::string RenderData(std::string_view key, std::string_view text);

// Null: not there. `name` as in the snapshot.
const JobState* FindJob(const Snapshot& snapshot, std::string_view name);

}  // namespace batchslo
