// Tested by tests/app/registry_set_test.cc.
#include "exporter/app/registry_set.h"

#include <algorithm>

namespace batchslo {

// All are asked to stop before the first is waited for.
RegistrySet::~RegistrySet() {
  for (const auto& [name, runner] : runners_) runner->RequestStop();
}

void RegistrySet::Run(const std::vector<RegistryDef>& registries, const Stored& stored) {
  const auto stays = [&](const RegistryRunner& runner) { return std::find(registries.begin(), registries.end(), runner.Registry()) != registries.end(); };
  for (const auto& [name, runner] : runners_) {
    if (!stays(*runner)) runner->RequestStop();
  }
  std::erase_if(runners_, [&](const auto& entry) { return !stays(*entry.second); });
  std::optional<std::vector<Ledger::RegistryCopy>> copies;
  for (const RegistryDef& registry : registries) {
    if (runners_.contains(registry.name)) continue;
    if (!copies) copies = stored();
    const auto at = std::find_if(copies->begin(), copies->end(), [&](const auto& copy) { return copy.name == registry.name; });
    runners_[registry.name] = std::make_unique<RegistryRunner>(registry, at == copies->end() ? std::nullopt : std::optional(*at), services_);
  }
}

RegistryTables RegistrySet::Tables() const {
  RegistryTables tables;
  for (const auto& [name, runner] : runners_) {
    if (auto table = runner->Table()) tables[name] = std::move(table);
  }
  return tables;
}

std::vector<RegistryState> RegistrySet::Health(const std::vector<RegistryDef>& registries, const RegistryReadings& readings) const {
  std::vector<RegistryState> states;
  for (const RegistryDef& registry : registries) {
    states.push_back(runners_.at(registry.name)->Health());
    const auto reading = readings.find(registry.name);
    if (reading != readings.end()) states.back().reading = reading->second;
  }
  return states;
}

}  // namespace batchslo
