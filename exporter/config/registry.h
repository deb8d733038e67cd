#pragma once

#include <cstdint>
#include <string>

#include "exporter/core/option.h"
#include "exporter/core/time.h"

namespace batchslo {

// A table that members of teams edit, a row a job, as it is configured.
struct RegistryDef {
  std::string name, kind;  // kind: "csv", "sheets"
  Options options;         // of its kind
  Duration poll_interval{0}, timeout{0};
  bool operator==(const RegistryDef&) const = default;
};

// Where its table lies, as a number: equal for equal places, in every version.
std::uint64_t PlaceOf(const RegistryDef& registry);

}  // namespace batchslo
