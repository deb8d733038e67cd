#pragma once

#include <vector>

#include "exporter/sources/source.h"

namespace batchslo {

// All kinds of sources that this version has, in the order of the documentation.
const std::vector<SourceKind>& SourceKinds();
std::vector<SourceSpec> SourceSpecs();

}  // namespace batchslo
