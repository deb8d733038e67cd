// Tested by tests/config/registry_rows_test.cc.
#include "exporter/config/registry_files.h"

#include "exporter/config/block.h"
#include "exporter/config/registry_get.h"

namespace batchslo {

Registered CompleteByFiles(const Config& config, std::vector<std::string>& errors) {
  RegistryTables tables;
  for (const RegistryDef& registry : config.registries) {
    if (!IsOfThisMachine(registry)) continue;
    const auto text = ReadRegistryFile(registry);
    auto table = text ? ReadRegistryTable(*text) : Result<RegistryTable>(text.GetError());
    if (table) {
      tables[registry.name] = std::make_shared<const RegistryTable>(std::move(table).Value());
    } else {
      errors.push_back("registry " + Quoted(registry.name) + ": " + table.Message());
    }
  }
  return CompleteByRegistries(config, tables);
}

}  // namespace batchslo
