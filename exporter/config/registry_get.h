#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "exporter/config/registry.h"
#include "exporter/config/registry_table.h"
#include "exporter/core/clock.h"
#include "exporter/net/http.h"

namespace batchslo {

// Gets the table of one registry as CSV; none: it is what it was the last time. One thread.
using GetRegistry = std::function<Result<std::optional<std::string>>(Deadline deadline, const std::stop_token& stop)>;

GetRegistry MakeRegistryGetter(const RegistryDef& registry, HttpClient& http, Clock& clock);

// Its table, got once.
Result<RegistryTable> LookAtRegistry(const RegistryDef& registry, HttpClient& http, Clock& clock, Deadline deadline);

// Of one that lies on this machine: its file.
Result<std::string> ReadRegistryFile(const RegistryDef& registry);

// Whether it lies on this machine, and getting it waits for nobody.
bool IsOfThisMachine(const RegistryDef& registry);

}  // namespace batchslo
