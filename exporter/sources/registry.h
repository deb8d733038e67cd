#pragma once

#include <vector>

#include "exporter/sources/source.h"

namespace batchslo {

// All kinds of sources that this version has, in the order of the documentation.
const std::vector<SourceKind>& SourceKinds();

// The row of a source that was configured.
const SourceKind& KindOf(const SourceConfig& source);
std::vector<SourceSpec> SourceSpecs();

}  // namespace batchslo
