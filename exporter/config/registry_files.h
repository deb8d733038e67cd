#pragma once

#include <string>
#include <vector>

#include "exporter/config/registry_rows.h"

namespace batchslo {

// A configuration completed by those of its registries that lie on this machine: for who asks nobody. `errors` tell of
// those that can't be read.
Registered CompleteByFiles(const Config& config, std::vector<std::string>& errors);

}  // namespace batchslo
