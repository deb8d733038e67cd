#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/registry_table.h"

namespace batchslo {

using RegistryTables = std::map<std::string, std::shared_ptr<const RegistryTable>, std::less<>>;  // by name; none: not read yet

// A configuration whose jobs are completed by the rows of its registries: a row is a job's block, but what the block itself
// says comes before it, and so does a row of a registry that stands before. A row of a job that has no block makes it a
// configured one. A wrong row is left out; of two rows of one job the first counts.
using RegistryReadings = std::map<std::string, std::shared_ptr<const RegistryReading>, std::less<>>;  // of the tables that are there
struct Registered {
  Config config;
  RegistryReadings readings;
};
Registered CompleteByRegistries(const Config& config, const RegistryTables& tables);

}  // namespace batchslo
