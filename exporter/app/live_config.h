#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "exporter/config/registry_rows.h"
#include "exporter/core/snapshot.h"

namespace batchslo {

// The configuration in force, and what is told of it: a bad file changes only the telling. Safe from any thread.
class LiveConfig {
 public:
  // `good` holds a configuration.
  LiveConfig(std::string file, ConfigResult good, TimePoint now);

  // With what is known of the tables of its registries.
  void Accept(ConfigResult good, const RegistryTables& tables, TimePoint now);
  void Refuse(std::string faults);
  // Other tables of the same configuration.
  void Take(const RegistryTables& tables);

  std::shared_ptr<const Config> Get() const;  // the rows of its registries are in it
  RegistryReadings Readings() const;
  ConfigState State() const;
  std::shared_ptr<const std::string> MaskedText() const;  // of the file in force, without its secrets
  std::uint64_t FileHash() const;                         // of all of its text
  std::vector<NamedFile> NamedFiles() const;           // as they were when they were taken
  Duration StalenessOf(const std::string& source) const;  // 0: no such source

 private:
  void PutInForce(std::shared_ptr<const Config> written, const RegistryTables& tables);

  const std::string file_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Config> written_;  // by the file alone; guarded by mutex_
  std::shared_ptr<const Config> config_;   // guarded by mutex_
  RegistryReadings readings_;              // guarded by mutex_
  ConfigState state_;                     // guarded by mutex_
  std::shared_ptr<const std::string> masked_text_;  // guarded by mutex_
  std::uint64_t file_hash_ = 0;           // guarded by mutex_
  std::vector<NamedFile> named_files_;    // guarded by mutex_
};

}  // namespace batchslo
