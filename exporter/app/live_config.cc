#include "exporter/app/live_config.h"

#include <algorithm>

#include "exporter/config/secret_line.h"
#include "exporter/core/fnv.h"

namespace batchslo {

LiveConfig::LiveConfig(std::string file, ConfigResult good, TimePoint now) : file_(std::move(file)) { Accept(std::move(good), {}, now); }

void LiveConfig::Accept(ConfigResult good, const RegistryTables& tables, TimePoint now) {
  if (const auto before = Get()) KeepUnchanged(before->fleet, good.config->fleet);
  PutInForce(std::make_shared<const Config>(*std::move(good.config)), tables);
  const std::uint32_t hash = Fnv1a<std::uint32_t>::Of(good.text);
  const std::uint64_t file_hash = Fnv1a<std::uint64_t>::Of(good.text);
  auto masked = std::make_shared<const std::string>(WithoutSecrets(good.text));
  const std::lock_guard lock(mutex_);
  state_ = {true, now, "", file_, hash};
  masked_text_.swap(masked);
  file_hash_ = file_hash;
  named_files_ = std::move(good.named_files);
}

void LiveConfig::Take(const RegistryTables& tables) {
  std::shared_ptr<const Config> written;
  {
    const std::lock_guard lock(mutex_);
    written = written_;
  }
  PutInForce(std::move(written), tables);
}

void LiveConfig::PutInForce(std::shared_ptr<const Config> written, const RegistryTables& tables) {
  std::shared_ptr<const Config> config = written;
  RegistryReadings readings;
  if (!written->registries.empty()) {
    Registered registered = CompleteByRegistries(*written, tables);
    if (const auto before = Get()) KeepUnchanged(before->fleet, registered.config.fleet);
    config = std::make_shared<const Config>(std::move(registered.config));
    readings = std::move(registered.readings);
  }
  const std::lock_guard lock(mutex_);
  written_.swap(written);
  config_.swap(config);  // what was in force goes without the lock
  readings_ = std::move(readings);
}

void LiveConfig::Refuse(std::string faults) {
  const std::lock_guard lock(mutex_);
  state_.last_reload_ok = false;
  state_.error = std::move(faults);
}

std::shared_ptr<const Config> LiveConfig::Get() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

RegistryReadings LiveConfig::Readings() const {
  const std::lock_guard lock(mutex_);
  return readings_;
}

ConfigState LiveConfig::State() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::shared_ptr<const std::string> LiveConfig::MaskedText() const {
  const std::lock_guard lock(mutex_);
  return masked_text_;
}

std::uint64_t LiveConfig::FileHash() const {
  const std::lock_guard lock(mutex_);
  return file_hash_;
}

std::vector<NamedFile> LiveConfig::NamedFiles() const {
  const std::lock_guard lock(mutex_);
  return named_files_;
}

Duration LiveConfig::StalenessOf(const std::string& source) const {
  const auto config = Get();
  const auto& sources = config->fleet.sources;
  const auto at = std::find_if(sources.begin(), sources.end(), [&](const SourceDef& def) { return def.name == source; });
  return at == sources.end() ? Duration{0} : at->staleness;
}

}  // namespace batchslo
