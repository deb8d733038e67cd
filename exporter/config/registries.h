#pragma once
// Private to the readers of exporter/config.

#include <filesystem>
#include <vector>

#include "exporter/config/block.h"
#include "exporter/config/registry.h"

namespace batchslo {

// Reads `registries`. Relative paths of files begin at `folder`.
std::vector<RegistryDef> ReadRegistries(const Node& node, const std::filesystem::path& folder, FaultList& faults);

// What is wrong with the name of a host that a redirect may lead to ("" if nothing): a name, or "*." before one.
std::string RedirectHostFault(std::string_view text);

}  // namespace batchslo
