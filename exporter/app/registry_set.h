#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporter/app/registry_runner.h"
#include "exporter/config/registry_rows.h"

namespace batchslo {

// The registries that are read. The main thread's.
class RegistrySet {
 public:
  explicit RegistrySet(RegistryServices services) : services_(std::move(services)) {}
  ~RegistrySet();

  // Ends what is not configured so any more, starts what does not run; what runs as configured goes on undisturbed.
  // `stored` is asked for if anything starts.
  using Stored = std::function<std::vector<Ledger::RegistryCopy>()>;
  void Run(const std::vector<RegistryDef>& registries, const Stored& stored);

  RegistryTables Tables() const;  // those that are known
  // In the order of the configuration, with what the rows came to.
  std::vector<RegistryState> Health(const std::vector<RegistryDef>& registries, const RegistryReadings& readings) const;

 private:
  const RegistryServices services_;
  std::map<std::string, std::unique_ptr<RegistryRunner>> runners_;
};

}  // namespace batchslo
