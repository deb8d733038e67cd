#pragma once

#include <string>

#include "exporter/core/source.h"
#include "exporter/sources/inquiry.h"

namespace batchslo {

// One source as it stands in a configuration, below `sources:`, in two lines; what is as its default is left out. Secrets
// are only named.
std::string SourceYaml(const SourceSpec& spec, const SourceConfig& source);

// A whole configuration with that source, and all that it knows as comments.
std::string DiscoveryYaml(const SourceSpec& spec, const SourceConfig& source, const Discovery& discovery, TimePoint now);

}  // namespace batchslo
